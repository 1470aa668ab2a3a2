"""Sentences that say that this task waits: by a verb ("is blocked by #3") or a gate ("cannot start until #3")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.core.reading.completion import COMPLETION
from aegis.core.reading.gates import GATES, Gate, gate_of, gate_subject, waits_behind
from aegis.core.reading.known import Reference
from aegis.core.reading.links import HELD_BACK, LINKS, MISHAP, Kind, is_meant
from aegis.core.reading.objects import Found
from aegis.core.reading.parts import is_step, numbers_in
from aegis.core.reading.people import is_a_thing_of_others, people_will
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.subjects import Subject, clause_before, subject_of
from aegis.core.reading.vocabulary import any_of, pattern, words

_COPULA = pattern(r"\b", any_of("is, are, be, been, being, remains?, stays?, gets?, still, currently"), r"\s*$|^\s*$")
_DONE = pattern(COMPLETION)
_PAST = pattern(r"\b(?:was|were|went|had|got)\b")
_OLD_LABEL = pattern(
    r"\b",
    any_of("was, were, old, before, previously, formerly, originally, history, example, format, log, error"),
    r"\s*:\s*$",
)
_STATE = pattern(
    r"\b(?P<state>blocked|waiting|on\s+hold|parked|stuck|paused|stalled|gated|postponed|deferred)\s*(?:\(|\[|:|->|→"
    r"|=>|\s[-–—]\s|,\s*(?=see\b))\s*",
    r"(?:(?:see|cf\.?|by|for|on|until|because\s+of|due\s+to)\s+)?(?=\S)",
)
STATE_WORDS = words("blocked waiting hold parked stuck paused stalled gated postponed deferred")
_OF_THE_EFFORT = pattern(
    r"\b(?:mostly|mainly|largely|partly|chiefly|lots\s+of|a\s+lot\s+of|time|days?|hours?|weeks?)\s*$"
)
_LATER_ON = pattern(r"\s+(?:that|this)\s+(?!one\b|task\b|ticket\b|is\b|has\b)\w")
_AND_FOR = pattern(
    r"[,;]?\s+and\s+(?:also\s+)?(?:for|on|by)\s+(?:(?-i:(?=[#\"'`A-Z]))|(?:[\w-]+,?\s+){1,6}?\(?(?=[#\"'`]))"
)
_TICKET = pattern(
    r"\s+(?:the\s+|our\s+|an?\s+)?(?:[\w-]+\s+){0,2}?(?:task|ticket|issue|story)\s+(?P<name>\"[^\"\n]{4,120}\")"
)
_POINTLESS = pattern(
    r"\b(?:makes?\s+no\s+sense|is\s+(?:pointless|useless|senseless|a\s+waste|in\s+vain)|doesn't\s+make\s+sense)\b"
)
_ONE_NAME = re.compile(r"[A-Z][a-zà-ÿ]+")
_YOU = pattern(r"\byou(?:'\w+)?\b")
_THEN = pattern(r"\s+(?:then|that)\b")
_OVER = pattern(
    r"\s*\((?:already\s+)?(?:merged|closed|done|released|shipped|fixed|live)\b"
    r"|\s+(?:in\s+the\s+old\s+tracker)?,?\s*which\s+"
    r"(?:was|is|has\s+been|got)\s+(?:already\s+)?(?:merged|closed|done|released|shipped|fixed|live)\b"
)
_HAVE_IT = pattern(
    r"\s*(?:we|i|you|they|those|these|that|it|he|she|somebody|someone|one)\s+(?:\w+\s+)?"
    r"(?:have|has|got|gets?|know|knows|hear|receive|received|arrives?|is|are|comes?|can|do|does|did)"
    r"(?:\s+(?:it|them|that|those|one|this|so|back|here|there|in|known|clear|decided))*\s*(?=[.,;!)]|$)"
)
_ARRIVE = pattern(
    r"\s*(?:they|it|that|those|these)\s+(?:arrives?|comes?|(?:have|has)\s+(?:arrived|come)|(?:are|is)\s+(?:here|there|back))\b"
)
_THEY_GAVE = pattern(
    r"\s*(?:they|he|she)\s+(?:have\s+|has\s+)?(?:confirm|approve|sign|answer|decide|agree|deliver|send|sent|grant|repl)\w*\b"
)
_AND_CLAUSE = pattern(
    rf"(?:{COMPLETION})?\s*(?:\([^()]*\)\s*)?,?\s*(?:and|as\s+well\s+as|plus|und|et|y)\s+(?:when\s+|once\s+|after\s+)?"
    r"(?P<for>(?:for|on)\s+)?"
)
_AFTER_THAT = pattern(r"\s+(?:that|this),?\s+(?-i:(?=[\"'#`A-Z]))")
_STAYS_ON = pattern(
    r"\b(?:stays?|remains?)\s+(?:on|at|with|under|in)\s+(?:the\s+|its\s+|their\s+|an?\s+)?"
    r"(?!(?:\w+\s+)?(?:backlog|board|column|draft|hold|ice|queue|sprint|list|waiting|progress|review|inbox)\b)\w"
)
_TELLS = pattern(r"\b(?:should|shall|must|will|is|are|can|may|gets?|have|has|appears?|shows?|stays?)\b")
_STATUS = pattern(r"^\W*(?:status|update|state|note|edit|news|progress)\b[^:]{0,20}:\s*")
_WE = pattern(r"\s*(?:we|i)(?:'re|'m|\s+are|\s+am)?\b")
_NOTHING = pattern(r"\s*(?:nothing|nobody|none|no\s+(?!longer\b|more\b)[a-z]+)\b")
_NEEDS_ALONE = pattern(r"\W*(?:also\s+)?(?:needs|requires)\s+#\d+(?:(?:\s*,\s*|\s+and\s+)#\d+)*\W*")
_NUMBER_IN_NOTE = pattern(r"\s+(?:the\s+)?(?:[\w'-]+\s+){1,5}\((?P<number>#\d+|(?-i:[A-Z][A-Z0-9]+-\d+))\)")
_OTHERS_DO = pattern(
    r"\W*(?:the\s+|all\s+|our\s+)?(?!this|it|we|i\b|nothing|nobody)\w+\s+(?:lands?|goes|go|ends?|sits?|stays?|keeps?|waits?)\b"
)
""" "Doesn't need the tool, reports land in a table until somebody looks": what does not wait is another clause's."""
_NEAR_BEGIN = 4
_OF_A_PROGRAM = pattern(
    r"\s*(?:the\s+|an?\s+)?(?:animation|response|request|lock|event|render\w*|load\w*|ack\w*|timeout|input|page"
    r"|list|dialog|data|result|promise|thread|job|queue|click"
    r"|users?|customers?|green|ci|tests?|build|review)\b"
)
_FIRST = words("first merged done finished closed before landed")
_HOLDS_OFF = words("until till pending")
_LEADING = ("and", "so", "but", "then", "only", "thus", "therefore", "i.e.", "please")
_DELIBERATE = re.compile(r"(?:deliberate|intentional|direct|immediate|strict|explicit|purpose|right|straight)(?:ly)?")
_GOES_ON = (",", "we ", "I ", "this ", "it ", "you ", "is ", "isn't ", "are ", "aren't ", "hasn't ")
_LONGEST_LABEL = 3
_MOST_LINKS = 20


def of_verbs(sentence: Sentence) -> Iterator[Reference]:
    """What "is blocked by", "waits for", "depends on", "needs" say that this task waits for."""
    for number, (begin, end, kind) in enumerate(LINKS.find(sentence.text, sentence.words)):
        if number < _MOST_LINKS and not sentence.is_quoted(begin):
            yield from _of_verb(sentence, begin, end, kind)


def of_states(sentence: Sentence) -> Iterator[Reference]:
    """ "Status: waiting (#3)", "Blocked -> #3", "on hold, see #3"."""
    for number, state in enumerate(_STATE.finditer(sentence.text)):
        if number >= _MOST_LINKS:
            return
        left = clause_before(sentence.text, state.start("state"))
        if is_meant(left, Kind.WAITS) and subject_of(left, sentence.known) is Subject.OWN:
            found = sentence.objects.behind(state.end())
            yield from filter(sentence.objects.is_known, found.references) if found is not None else ()


def _of_verb(sentence: Sentence, begin: int, end: int, kind: Kind) -> Iterator[Reference]:
    left = _STATUS.sub("", clause_before(sentence.text, begin))
    if _NOTHING.match(sentence.text, end):
        return  # "blocked by nothing, #3 is only related"
    if not is_meant(left, kind) or _OLD_LABEL.search(sentence.text[max(0, begin - 20) : begin]):
        return
    pronoun = sentence.pronoun_at(end)
    behind_label = left.rpartition(":")[2]
    subject = subject_of(behind_label if pronoun or _WE.match(behind_label) else left, sentence.known)
    found = sentence.named_behind(end)
    if found is not None and not _is_other_trackers(sentence, found, kind):
        if subject is Subject.FOREIGN and sentence.objects.behind(end) is None:
            return  # "this must land first, Nora waits for it"
        if subject is Subject.OWN or (subject is Subject.FOREIGN and _holds_anyway(sentence, found, left, kind)):
            yield from found.references
            more = list(_of_one_more(sentence, found.end))
            yield from more or _of_people_besides(sentence, found.end, firm=kind is Kind.WAITS)
    elif found is not None or subject is not Subject.OWN:
        return
    elif kind in (Kind.WAITS, Kind.BLOCKED) and (ticket := _TICKET.match(sentence.text, end)) is not None:
        yield Reference(ticket["name"].strip('"'))
    elif told := _told_later(sentence, begin, end, kind):
        yield from told
        yield from _of_one_more(sentence, end)
    elif pronoun and kind in (Kind.WAITS, Kind.BLOCKED):
        yield from sentence.unclear_at(*_topic(sentence.text, begin, left))
    elif not _is_aside(sentence, begin, left, kind):
        holds_off = not _HOLDS_OFF.isdisjoint(sentence.text[begin:end].casefold().split())
        plainly = holds_off or is_a_thing_of_others(sentence.objects.phrase(end))
        plainly = kind is Kind.BLOCKED and plainly
        if _ONE_NAME.fullmatch(sentence.objects.phrase(end)) and sentence.objects.in_order():
            return  # "... is still open (#3), so wait for Bo"
        alone = kind is Kind.WAITS and not left.strip() and _stands_alone(sentence, begin, end)
        yield from sentence.unclear(end, kind, firm=plainly or alone)


def _topic(text: str, begin: int, left: str) -> tuple[int, int]:
    """Where what "it" stands for is told: before the clause, or before the colon in "Credentials: waiting for them"."""
    start = begin - len(left)
    colon = text.rfind(":", start, begin)
    return (start, colon) if colon > start else (0, start)


def _of_one_more(sentence: Sentence, at: int) -> Iterator[Reference]:
    """ "Waits for #49 because the format changes there, and for #50"."""
    joint = _AND_FOR.search(sentence.text, at)
    more = sentence.objects.behind(joint.end()) if joint is not None else None
    if more is not None and not more.plain:
        yield from more.references


def _stands_alone(sentence: Sentence, begin: int, end: int) -> bool:
    """ "Waiting for upstream": a sentence that begins so tells of this work, unless a program's waiting is meant."""
    if sentence.text[begin:end].casefold().startswith("wait "):
        return False  # "Wait for the animation before ..." bids a work
    if sentence.text[begin:end].casefold() == "pending" and _TELLS.search(sentence.text, end, end + 60):
        return False  # "Pending ones should appear on top"
    if begin >= _NEAR_BEGIN or sentence.text[end : end + 1] == ":":
        return False  # "Pending: grey"
    return not sentence.objects.in_order() and _OF_A_PROGRAM.match(sentence.text, end) is None


def _is_other_trackers(sentence: Sentence, found: Found, kind: Kind) -> bool:
    """Whether an unknown number is told of as done, or only needed for what it is: "builds on #512 (merged)"."""
    if any(map(sentence.objects.is_known, found.references)):
        return False
    if _OVER.match(sentence.text, found.end) is not None:
        return True
    return kind is Kind.NEEDS and _FIRST.isdisjoint(sentence.said) and not _NEEDS_ALONE.fullmatch(sentence.text)


def _is_aside(sentence: Sentence, begin: int, left: str, kind: Kind) -> bool:
    """Whether what is not known is said of something else: "users (blocked by an admin)", "you need an account"."""
    if _OF_THE_EFFORT.search(left):
        return True  # "two days, mostly waiting for answers"
    in_brackets = not left.strip() and sentence.text[:begin].rstrip().endswith("(") and begin > 2
    return in_brackets or (kind is Kind.NEEDS and _YOU.search(left) is not None)


def _told_later(sentence: Sentence, begin: int, end: int, kind: Kind) -> Sequence[Reference]:
    """What the sentence names behind words for something that it waits for: "the subnet first, see #3"."""
    noted = _NUMBER_IN_NOTE.match(sentence.text, end) if kind is not Kind.NEEDS else None
    if noted is not None:
        return list(numbers_in(noted["number"]))
    if kind is Kind.NEEDS and "first" not in sentence.said:
        return ()
    if kind is Kind.DEPENDS and not sentence.text[begin:end].casefold().startswith(("depend", "block", "pre")):
        return ()  # "follows the pattern of #3"
    return sentence.objects.told_later(end, seen=kind in (Kind.BLOCKED, Kind.NEEDS))


def _holds_anyway(sentence: Sentence, found: Found, left: str, kind: Kind) -> bool:
    """Whether a task named so plainly holds this one, though the sentence's subject is nothing that is known."""
    if kind is Kind.BLOCKED and not _COPULA.search(left):
        return False  # "users blocked by ..."
    return not found.plain and any(map(sentence.objects.is_known, found.references))


def of_gates(sentence: Sentence) -> Iterator[Reference]:
    """What "cannot start until", "only after" and the like say that this task waits for."""
    for number, (begin, end, _) in enumerate(GATES.find(sentence.text, sentence.words)):
        if number < _MOST_LINKS and not sentence.is_quoted(begin):
            left, connector = clause_before(sentence.text, begin, wide=True), sentence.text[begin:end]
            near = clause_before(sentence.text, begin)
            if connector.casefold() == "after" and _AFTER_THAT.match(sentence.text, end):
                continue  # "After that 'Orders' can go ahead"
            if near.lstrip(" (").casefold().startswith(("i.e", "e.g")):
                continue  # "after the season (i.e. not before May) we would like to have it"
            if _STAYS_ON.search(near):
                continue  # "the brokers stay on 1.27 until #206"
            gate = gate_of(near, connector)
            if gate is None and left != near and _OTHERS_DO.match(near) is None:
                gate = gate_of(left, connector)
            elif gate is not None:
                left = near
            if gate is None or (gate.mishap and not MISHAP.search(sentence.text)):
                yield from _of_no_gate(sentence, begin, end)
            else:
                yield from _of_gate(sentence, gate, left, end)


def _of_gate(sentence: Sentence, gate: Gate, left: str, end: int) -> Iterator[Reference]:
    subject = subject_of(gate_subject(left), sentence.known)
    found = sentence.named_behind(end)
    if found is not None and (found.done or not found.plain or not gate.of_done):
        if subject is Subject.OWN or (subject is Subject.FOREIGN and (found.done or not found.plain or found.titled)):
            yield from found.references
            yield from _of_people_besides(sentence, found.end)
    elif subject is not Subject.OWN:
        return
    elif told := sentence.objects.told_later(end, seen=not (gate.of_done or gate.mishap)):
        yield from told
    elif sentence.pronoun_at(end):
        before = list(sentence.unclear_before(plainly=_ARRIVE.match(sentence.text, end) is not None))
        gave = _THEY_GAVE.match(sentence.text, end) is not None
        yield from before if before or not gave else sentence.unclear(end, Kind.GATE, firm=True)
    elif _HAVE_IT.match(sentence.text, end):
        yield from sentence.mentioned_before() or sentence.unclear_before(plainly=True)
    elif not sentence.text[:end].rstrip().casefold().endswith(" with"):  # "only contacts with consent"
        yield from sentence.unclear(end, Kind.GATE, firm=gate.firm)


def _of_people_besides(sentence: Sentence, at: int, *, firm: bool = False) -> Iterator[Reference]:
    """ "Once #33 is in and the bank has activated it": what people do beside a task; `firm` if "for" says it again."""
    joint = _AND_CLAUSE.match(sentence.text, at)
    if joint is not None and sentence.objects.behind(joint.end()) is None:
        yield from sentence.unclear(joint.end(), Kind.GATE, firm=firm and joint["for"] is not None)


def _of_no_gate(sentence: Sentence, begin: int, end: int) -> Iterator[Reference]:
    """ "Once the schema is frozen, build the tables"; "red until #3 is merged, so don't start yet"."""
    connector = sentence.text[begin:end]
    if connector.casefold() == "after" and _LATER_ON.match(sentence.text, end):
        return  # "After that the translators get a fresh export"
    near = clause_before(sentence.text, begin).strip(" ,").casefold()
    leads = all(word in _LEADING or _DELIBERATE.fullmatch(word) for word in near.split()) or (
        near.endswith(":") and len(near.split()) <= _LONGEST_LABEL
    )
    waits_later = connector.casefold() in ("until", "till") and HELD_BACK.search(sentence.text, end) is not None
    if connector.casefold() in ("before", "without") and _POINTLESS.search(sentence.text, end):
        found = sentence.named_behind(end)
        yield from found.references if found is not None and found.done else ()
        return
    if not leads and not waits_later:
        return
    found = sentence.named_behind(end)
    if found is None:
        yield from _of_no_name(sentence, connector, end) if leads else ()
        return
    if not any(_is_a_task(one, sentence) for one in found.references):
        return
    done = _DONE.match(sentence.text, found.end)
    if done is not None and _PAST.search(done[0]):
        return  # "After the redesign went live, the page is slow" tells of a cause
    rest = sentence.text[done.end() if done is not None else found.end :]
    if leads and waits_behind(connector, rest):
        if (
            found.done
            or not found.plain
            or (found.titled and (not rest.strip(" .!)") or rest.lstrip().startswith(_GOES_ON)))
        ):
            yield from found.references
    elif waits_later and found.done:
        yield from found.references


def _is_a_task(reference: Reference, sentence: Sentence) -> bool:
    """Whether a task is meant: also by a number that none bears, but for steps, which any list has."""
    if sentence.objects.is_known(reference):
        return True
    return reference.label is not None and not is_step(reference.words)


def _of_no_name(sentence: Sentence, connector: str, end: int) -> Iterator[Reference]:
    """ "After Tom has bought them (#3), run the suite"; "Finance must choose. Until then, don't start"."""
    note = sentence.objects.note_behind(end)
    if note is None and connector.casefold() in ("until", "till") and people_will(sentence.text, end):
        words = sentence.objects.phrase(end)
        if waits_behind(connector, sentence.text[end:]):
            yield Reference(words, unclear=True)
        return
    if note is not None and "," in sentence.text[end : note.begin]:
        return  # "once merged, tell Greta (#22)"
    if note is not None:
        yield from note.references if waits_behind(connector, sentence.text[note.end :]) else ()
        return
    then = _THEN.match(sentence.text, end)
    if then is not None and waits_behind(connector, sentence.text[then.end() :]):
        yield from sentence.mentioned_before() or sentence.unclear_before()
