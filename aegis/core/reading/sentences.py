"""Plain sentences that say what must come first: "This can only start once the schema is frozen", "waits for #3".

A sentence links this task to another where three things come together: words that link (a verb as "waits for", a gate
as "cannot start until", or what is said of the other as "must land first"), this task as the one that waits (said, or
left out: "Blocked by #3"), and the other as a task that is known, a number, an address, or what people give. Denied,
supposed, past and asked links are none, and neither is one whose subject is something else ("the report waits for
...", "#2 depends on #3").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.core.reading.asked_of_people import of_what_people_lack
from aegis.core.reading.builds import FRAME_WORDS
from aegis.core.reading.coming_first import CHAIN, ORDER_WORDS, may_hold_chain, of_others, of_what_is_not_done
from aegis.core.reading.frames import of_frames
from aegis.core.reading.gates import GATES
from aegis.core.reading.known import Known, Reference
from aegis.core.reading.links import BEHIND_WORDS, BIDDING_WORDS, ENSURE_WORDS, LINKS, is_refuted
from aegis.core.reading.owed import OWED_WORDS, of_what_people_owe
from aegis.core.reading.parts import is_step
from aegis.core.reading.passives import of_passives
from aegis.core.reading.requirements import TELLING_WORDS
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.vocabulary import words
from aegis.core.reading.waiting import STATE_WORDS, of_gates, of_states, of_verbs
from aegis.core.reading.weighed import of_weighed
from aegis.core.reading.words import folded

_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\b[Nn]o\.)(?<!\b[Nn]r\.)(?<!\bnos\.)(?<!\b[MD]r\.)(?<!\bMrs\.)(?<!\bvs\.)(?<!\bCdr\.)(?<!\bCapt\.)(?<!\bLt\.)(?<!\bProf\.)(?<!\bcf\.)[\"')\]]*\s+(?=[^a-z\s])(?!\([^()]{0,80}\)\W*(?:$|\s))|\n"
)
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)\*(?=\w)|(?<=[\w.:!])\*(?!\w)")
_ASIDE_ASKS = re.compile(r"^(?:blocked|waiting|waits|depends|needs)\b[^?]*\s[-–—]\s[^?]{5,}\?+\W*$", re.IGNORECASE)
""" "Blocked by #3 - nobody has begun it, I think?" asks only whether it has begun."""
_ASKS = re.compile(r"(?:^|[.;–—])(?:@?[A-Z]\w*: )?[^:]*\?[\s\"')]*$")
_YES = re.compile(
    r"\W*(?:A(?:nswer)?: *|@?[A-Z]\w*: *|[-–—>] *)?"
    r"(?:yes|yep|yeah|yup|correct|right|exactly|indeed|absolutely|ja|oui|sí)\b(?!\s+(?:now|after|away|here))",
    re.IGNORECASE,
)
"""What answers a question so says what it asked."""
_THAT_IS = re.compile(
    r"\W*(?:that's|that is|that are|those are|these are|they are|this is|i\.e\."
    r"|meaning|namely|tracked (?:in|as|by)|see|tickets?:|tasks?:)"
    r"[\s:]+(?:tasks? |tickets? )?(?:the )?[#\"'`\[\w]",
    re.IGNORECASE,
)
_REQUESTS = re.compile(
    r"(?:^|[,.;:] )(?:hi|hello|hey|hallo)?[, ]*(?:please )?(?:could|can|would|will) (?:you|we|i|someone|somebody"
    r"|anyone|anybody|one of you|[A-Z]\w+)"
    r" (?:please |maybe )?(?:take|do|pick|start|build|look|have|handle|grab|implement|finish|merge|deploy|ship"
    r"|continue|own)\b",
    re.IGNORECASE,
)
"""A question by its mark only, which asks for the work itself to be done."""
_QUOTED = re.compile(r"\"[^\"\n]{1,300}\"|`[^`\n]{1,300}`|“[^“”\n]{1,300}”|(?<!\w)'[^'\n]{1,300}'(?!\w)")
"""A question mark within a name asks nothing."""
_ENDS_OPEN = re.compile(r"\b(?:on|by|for|until|once|after|before|and|the|is|are)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_TELLING = frozenset[str]().union(
    LINKS.telling_words,
    GATES.telling_words,
    BEHIND_WORDS,
    BIDDING_WORDS,
    ENSURE_WORDS,
    STATE_WORDS,
    FRAME_WORDS,
    ORDER_WORDS,
    OWED_WORDS,
)
_HOLDING = words(
    """
    until till before unless pending begin here still needed password without please ordered blocked hold parked stuck
    waiting wait
    embargo waits await awaiting paused only hasta can't cannot won't resume stop then once long going leave pausing
    aside patience sooner nothing
    bevor
    """
)
"""Words that may hold this task's work whatever it is that they tell of."""
_SENTENCES_BACK = 2
_LONGEST = 1000
MOST_SENTENCES = 1000
"""A text with more sentences than this is not read to its end, and says so."""


def said_in_sentences(lines: Sequence[str], known: Known) -> Iterator[Reference]:
    """What sentences in lines say that the task waits for; an empty line parts paragraphs."""
    number = 0
    asked: list[Reference] = []  # by the sentence before, if it is a question
    for paragraph in paragraphs(lines):
        if not (asked and _YES.match(paragraph)) and not _may_tell(paragraph):
            asked = []
            continue
        told: list[Reference] = []  # by the sentence before; this one may say it in other words
        said: list[Sentence] = []  # the sentences before, in which "it" may have its name
        for text in sentences_of(paragraph):
            number += 1
            if number > MOST_SENTENCES:
                yield from told
                yield Reference(f"more than {MOST_SENTENCES} sentences, of which the last were not read", unclear=True)
                return
            if _YES.match(text):
                yield from asked
            sentence = Sentence(text, known, said[-_SENTENCES_BACK:])
            said.append(sentence)
            yield from _named_behind(told, sentence)
            found = _said_in(sentence)
            if found and "; " in text and is_refuted(text, sentence.said):
                sentence = Sentence(text.partition("; ")[0], known, said[-_SENTENCES_BACK - 1 : -1])
                found = _said_in(sentence)  # "depends on #3; #4 would be nice but isn't needed"
            is_meant = bool(found) and not is_refuted(sentence.text, sentence.said)
            asked = found if is_meant and _only_asks(text) else []
            told = found if is_meant and not asked else []
        yield from told


def _named_behind(told: Sequence[Reference], sentence: Sentence) -> Sequence[Reference]:
    """What was told, by its tasks where a sentence names them: "Not before the apps are off it. That's #3"."""
    if not any(one.unclear for one in told) or not _THAT_IS.match(sentence.text):
        return told
    named = [one for found in sentence.objects.in_order() for one in found.references]
    return [*(one for one in told if not one.unclear), *named] if named else told


def _only_asks(text: str) -> bool:
    """Whether a sentence asks, and asks for nothing to be done."""
    if "?" not in text[-5:] or _ASIDE_ASKS.search(text) or _REQUESTS.search(text):
        return False
    return _ASKS.search(_QUOTED.sub("", text)) is not None


def _said_in(sentence: Sentence) -> list[Reference]:
    if _TELLING.isdisjoint(sentence.said) and not _is_chain(sentence.text):
        return []
    if not _may_matter(sentence):
        return []
    found = list(of_verbs(sentence))
    is_given = any(one.unclear for one in found)  # "until we get one, without it nobody can say": one thing, told twice
    found += [one for one in of_gates(sentence) if not (one.unclear and is_given)]
    found += of_others(sentence)
    if not STATE_WORDS.isdisjoint(sentence.said):
        found += of_states(sentence)
    for further in (of_what_is_not_done, of_frames, of_passives, of_what_people_lack, of_what_people_owe, of_weighed):
        found = found or list(further(sentence))
    return [one for one in found if not _is_a_step(one, sentence)]


def _is_a_step(reference: Reference, sentence: Sentence) -> bool:
    """ "After step 6 there is no way back": a number of a list that no task bears."""
    return is_step(reference.words) and not sentence.objects.is_known(reference)


def _may_matter(sentence: Sentence) -> bool:
    """Whether a sentence may name anything, or tell of something that people give; quickly told."""
    if not _HOLDING.isdisjoint(sentence.said) or not TELLING_WORDS.isdisjoint(sentence.said):
        return True
    if any(word.endswith("'s") for word in sentence.said):
        return True  # "needs Robin's word"
    return sentence.objects.are_there or any(one.objects.are_there for one in sentence.before)


def _may_tell(text: str) -> bool:
    """Whether a text has a word without which nothing in it can link; quickly told."""
    if not _TELLING.isdisjoint(_WORD.findall(text.lower() if text.isascii() else folded(text))):
        return True
    return _is_chain(text)


def _is_chain(text: str) -> bool:
    return may_hold_chain(text) and CHAIN.search(text) is not None


def paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """The paragraphs of lines; a line that begins with a small letter goes on with the one before it."""
    text = ""
    for raw in (*lines, ""):
        line = (_EMPHASIS.sub("", raw) if "*" in raw or "_" in raw else raw).strip()
        if (
            line
            and 0 < len(text) < _LONGEST
            and text[-1] not in ".!?:;"
            and not text.startswith(("cc ", "CC ", "@"))
            and (line[0].islower() or _ENDS_OPEN.search(text[-12:]))
        ):
            text = f"{text} {line}"
            continue
        if text:
            yield text
        text = line


def sentences_of(text: str) -> Iterator[str]:
    """The sentences of a paragraph, those that are longer than people write in pieces."""
    begin = 0
    for start, end in [*(one.span() for one in _SENTENCE_END.finditer(text)), (len(text), len(text))]:
        sentence = text[begin:start].strip()
        begin = end
        for at in range(0, len(sentence), _LONGEST):
            yield sentence[at : at + _LONGEST]
