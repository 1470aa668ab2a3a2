"""Gates: words of time that hold work back until something is done, "cannot start until", "only after", "once ...".

The same word of time makes a gate or none by what stands before it: "cannot start before X" waits for X, "must start
before X" is the reverse, "need not wait until X" waits for nothing, and "only after X" needs no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aegis.core.reading.vocabulary import any_of, pattern, words
from aegis.core.reading.words import Phrases, phrases_of

GATES = Phrases(
    dict.fromkeys(
        phrases_of(
            """
            once, after, when, as soon as, the moment, the minute, until, till, before, ahead of, prior to,
            earlier than, sooner than, unless, without, while, with, as long as, if, wenn, sobald, nachdem, bevor,
            dès que, une fois que, seulement après, cuando, una vez que, hasta que, solo después de
            """
        ),
        None,
    )
)
"""Words of time that may make a gate."""
_UNTIL = words("until till hasta")
_BEFORE = words("before unless without until till bevor hasta ahead prior earlier sooner")
_COMPARED = words("ahead earlier sooner")
"""These compare times, too: only behind words of beginning do they make a gate."""
_NO = any_of(
    """
    not, cannot, cant, dont, never, nothing, nobody, no, premature, too soon, pointless, useless, impossible,
    senseless, too early, nicht, kein, keine, pas
    """
)
_NEGATED = pattern(rf"\b{_NO}\b|n't\b")
_ONLY = pattern(r"\b(?:only|earliest|erst|nur|seulement|solo|sólo)\b")
_HELD = pattern(
    r"\b",
    any_of(
        """
        wait, waits, waiting, hold, holds, holding, park, parked, parking, pause, paused, pausing, keep, leave,
        postpone, postponed, postponing, defer, deferred, deferring, delay, delayed, blocked, on hold, on ice,
        stuck, stalled, frozen, sit, sits, sitting, rests, stay, stays, embargo, embargoed
        """
    ),
    r"\b",
)
_KEEPS = pattern(
    r"\b(?:keep|leave)s?\s+(?:(?:using|what|my|their|your|its)\b|(?:the|a|an|our|both|all)\s+(?!(?:whole\s+)?(?:task|ticket|issue|story|card"
    r"|pr|mr|branch)\b))"
)
"""Something else is kept meanwhile, which is work itself: "keep the workaround until ..."."""
_PUT_OFF = pattern(
    r"\b(?:park(?:ed|ing)?|paus(?:ed?|ing)|postpon(?:ed?|ing)|defer(?:red|ring)?|delayed|blocked|on\s+hold|on\s+ice|stalled|frozen|embargo(?:ed)?",
    r"|hold(?:ing)?\s+(?:off|this|it)",
    r"|(?:this|we|it|task|ticket)\s+(?:(?:must|has\s+to|have\s+to|will|should)\s+)?waits?)\b",
)
_BEGINS = any_of(
    """
    start, started, starts, starting, begin, begun, begins, beginning, unparked, unpaused, unfrozen, revived, reopened,
    get going, get started, go further, kick off, kicked off, pick up, picked up, pick this up,
    pick it up, picking this up, picking it up, proceed, continue, resume, go ahead, work on this, work on it,
    worked on, start work, tackle, tackled, take this, take it, touch, touch this, touch it, unblocked, do this,
    do it, do, doing this, done, happen, go live, go out, go in, merge, merge this, merged, deploy, deployed, release,
    released, ship, shipped, land, roll out, rolled out, implement, implemented, schedule, scheduled, planned, plan,
    enable, enabled, queue, next in line, next up, closed, finished, completed, tested, reviewed, turn it on,
    turn this on, switch, switched, go, last, last step, next step, deployable, startable, removed, deleted, dropped,
    switched on, turned on, activated
    """
)
_WITH_WORK = any_of(
    """
    this, it, this one, this task, that, work, working, on, with, here, the work, implementation, development, coding,
    the task, anything, yet, now
    """
)
_STARTS = pattern(rf"\b{_BEGINS}\b")
_STARTS_WORK = pattern(
    r"\b(?:start|begin|begun|kick|pick|proceed|continu|resum|go\s+ahead|work|tackl|touch|take|do\b|doing|unblock)",
    r"|^\s*(?:not|only)\b",
)
_STARTS_AT_END = pattern(rf"\b{_BEGINS}(?:\s+{_WITH_WORK})*\s*[,:]?\s*(?:even\s+)?$|^\s*(?:not|no|only|earliest)\s*$")
_FIRST_VERB = pattern(
    r"\b(?:can|cannot|cant|must|should|shall|will|is|are|has|have|to|do|does|dont|only|may|not|could|would|no|let's"
    r"|please)\b",
    rf"|n't\b|'ll\b|'d\b|'s\b|'re\b|{_STARTS.pattern}|{_HELD.pattern}",
)
_ALLOWED = pattern(
    r"\b(?:can|may|must|should|shall|will|to\s+be|ready|unblocked|next|(?:is|has|have|needs?)\s+to|let's|please"
    r"|planned",
    r"|scheduled|could|agreed\s+to|going\s+to|continue)\b|'ll\b",
    r"|\b(?:we|i|this(?:\s+(?:one|task|ticket))?|it)\s+(?:then\s+)?(?:start|begin|continue)s?\s*$",
)
_BIDDEN = pattern(
    r"^\s*(?:please\s+)?(?:start|begin|do|merge|deploy|release|ship|pick|tackle|implement|schedule|queue|run)\b"
)
_OF_WORK = any_of(
    """
    add, build, write, implement, do, make, use, switch, remove, delete, drop, move, run, merge, deploy, update,
    rename, adapt, adjust, extend, clean, connect, call, roll, bump, publish, announce, tell, close, finish, revert,
    refactor, rework, convert, import, export, expose, document, describe, copy, apply, increase, lower, raise,
    reduce, allow, hide, link, bring, put, let, get, give, send, replace, create, change, take, pick, go, proceed,
    continue, port, migrate, test, wire, fix, flip, enable, turn, set, compare, repeat, redo, rerun, measure,
    remeasure, evaluate, generate, regenerate, report, retry, review, check, verify, retest, rebase, extract,
    translate, record, draw, resume, print, train, retrain, tackle, ship, release, start
    """
)
_WE_DO = any_of("we, i, let's, we'll, i'll, we will, i will, we only, we then, i only, i then")
_BIDDEN_WORK = pattern(
    rf"\s*(?:please\s+|{_WE_DO}\s+)?{_OF_WORK}\b.{{0,40}}$",
    r"|.{0,40}\bto\s+be\s+[a-z]{2,}(?:ed|ne|un|en|ilt)\b.{0,20}$",
    r"|.{0,40}\b(?:is|are|gets?)\s+(?:repeated|redone|rerun|resumed|continued|done)\s*$",
)
_BEGINS_THEN = pattern(
    r"(?:^|.*[:,])\W*(?:(?:all|the|any|this|our)\s+)*",
    r"(?:(?:work|implementation|development|coding|task|ticket|story|issue|rollout|kick-?off|this|it|we|i"
    r"|everything)\s+)?",
    r"(?:(?:on|with)\s+(?:this|it)\s+|here\s+)?(?:then\s+|only\s+|will\s+|is\s+|be\s+)*",
    r"(?:starts?|begins?|resumes?|continues?|kicks?\s+off|kick-?off|unblocks?|unblocked|next|ready|goes\s+(?:in|out"
    r"|live)|sequenced|queued|(?:comes?\s+)?(?:to\s+life|alive)|back\s+to\s+(?:this|it)"
    r"|(?:becomes?\s+|gets?\s+)?(?:possible|doable|feasible|workable|startable|actionable))(?:\s+is)?\s*$",
    r"|(?:^|.*[:,])\W*(?:we|i)(?:'ll|\s+will)?\s+(?:get\s+to|(?:come|get|go)\s+back\s+to|return\s+to|look\s+(?:at"
    r"|into)|revisit)",
    r"\s+(?:this|it)\s*$",
)
"""The work's own beginning, said as a fact: "Work starts when ...", "Becomes possible once ..."."""
_DOUBTED = pattern(r"\b(?:would|might|maybe|perhaps|nicer|better|ideally|originally|was|were|had|if|whether)\b")
_IF_THIS = pattern(r"\bif\s+(?:you\s+do\s+|we\s+do\s+|one\s+does\s+)?(?:this|it)\b")
_FINDS_OUT = pattern(r"\b(?:find\s+out|notice|learn|see|know|hear|happens?|shows?|fails?|appears?)\b")
""" "We only find out when the bank bounces the transfer": nothing is begun then."""
_PAST = pattern(r"\b(?:was|were|had)\b")
_OTHER_SENSE = pattern(
    r"\b",
    any_of(
        """
        look, looks, looking, looked, named, called, modelled, days?, hours?, weeks?, months?, minutes?, seconds?, year,
        immediately, ever, even, long, soon, shortly, \\d+, and, or, just, than, as, rather
        """
    ),
    r"\s*$",
)
_TEMPORARY = pattern(
    r"\b(?:temporary|temporarily|workaround|work-around|stop-?gap|interim|in\s+the\s+meantime|meanwhile|for\s+now)\b"
)
_OTHERS_STAY = pattern(
    r"^\W*(?:they|he|she|those|these|users?|customers?|people|both|all|(?:the\s+)?old\s+\w+)\s+(?:must\s+|will\s+"
    r"|should\s+)?(?:stays?|keeps?|sits?|rests?|waits?)\b"
)
"""Others are kept as they are meanwhile."""
_LATER_WISH = pattern(
    r"\b",
    any_of(
        """
        could, would, might, may, maybe, perhaps, easier, simpler, obsolete, nicer, faster, superfluous, unnecessary,
        as well
        """
    ),
    r"\b",
)
_WORK_FOLLOWS = pattern(
    r"(?:then\s+)?(?:",
    any_of("we, you, i, this, it, please, let's, anyone, anybody, somebody, someone, start, begin, here, there's"),
    rf"|because|since|as|due|{_OF_WORK})\b|.{{0,60}}\b(?:can|should|must)\b",
)
_NOTE_FIRST = re.compile(r"^[\s\w]{0,60}\([^()]{0,120}\)")
_TELLS = pattern(r"(?:the|a|an|it|there|they|he|she|no|all|some|many|page|nothing|everything)\b")
"""What begins so behind a colon tells of a state, and bids nothing."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that is meant.

    `firm`: it holds the work's beginning, so that also what is not known holds it; `of_done`: only what the sentence
    says must be done makes it one ("write it after X is out"); `mishap`: only what goes wrong otherwise ("if you do
    this before X, the build breaks").
    """

    firm: bool
    of_done: bool = False
    mishap: bool = False


def gate_of(left: str, connector: str) -> Gate | None:
    """The gate that a word of time makes with what stands before it in its sentence, None where it makes none."""
    if not left.strip() or _TEMPORARY.search(left) or _OTHERS_STAY.search(left):
        return None
    word = _first_of(connector)
    if word == "while":
        held_back = _NEGATED.search(left) and not _HELD.search(left) and _STARTS_AT_END.search(left)
        return Gate(False) if held_back else None
    if word in _BEFORE:
        return _gate_before(left, word)
    return _gate_after(left, word)


def _first_of(connector: str) -> str:
    """The word that tells what a connecting word means; "as long as" means "while"."""
    said = connector.casefold().split()
    if said[0] == "the":
        return "once"  # "the moment it is merged"
    return "while" if said[-2:] == ["long", "as"] else said[0]


def _gate_before(left: str, word: str) -> Gate | None:
    """ "cannot start" + "until", "not" + "before", "hold off" + "until"."""
    if word == "before" and _IF_THIS.search(left):
        return Gate(False, mishap=True)
    if word in _UNTIL and left.strip(" -*(").casefold() in ("open", "still open"):
        return Gate(False)
    held = _HELD.search(left) is not None
    if word in _COMPARED and _STARTS_AT_END.search(left) is None:
        return None
    if _NEGATED.search(left):
        return None if held else Gate(word not in ("without", *_COMPARED) and _is_firm(left))
    if _KEEPS.search(left) and not _PUT_OFF.search(left):
        return None
    if held and (word in _UNTIL or word == "without"):
        return Gate(_PUT_OFF.search(left) is not None)
    return None


def _gate_after(left: str, word: str) -> Gate | None:
    """ "only" + "after", "can start" + "once", "write it" + "when ... is out"."""
    only = word in ("seulement", "solo") or _ONLY.search(left) is not None
    if word in ("if", "with") and not only:
        return None
    if word == "with":
        return Gate(False, of_done=True)
    starts = only or _STARTS.search(left) is not None
    if not starts and not _BIDDEN_WORK.match(left) and not _BEGINS_THEN.match(left):
        return None
    begins = _STARTS_AT_END.search(left) is not None
    if _OTHER_SENSE.search(left) or _NEGATED.search(left) or (not begins and _HELD.search(left)):
        return None
    if only and _FINDS_OUT.search(left):
        return None
    if only:
        if word == "if":
            return None if _PAST.search(left) else Gate(False)
        is_bare = left.strip(" (").casefold() == "only"  # "Only after a reload." may tell of a fault
        return None if _PAST.search(left) else Gate(begins and not is_bare and _STARTS_WORK.search(left) is not None)
    if _DOUBTED.search(left):
        return None
    if _BEGINS_THEN.match(left):
        return Gate(False)
    if (starts and _ALLOWED.search(left)) or (begins and _BIDDEN.search(left)):
        return Gate(False)
    return Gate(False, of_done=True) if _BIDDEN_WORK.match(left) else None


def _is_firm(left: str) -> bool:
    return _STARTS_AT_END.search(left) is not None and _STARTS_WORK.search(left) is not None


def gate_subject(left: str) -> str:
    """What stands before the first verb of a gate: its subject, nothing where it is left out."""
    verb = _FIRST_VERB.search(left)
    return left[: verb.start()] if verb is not None else left


def waits_behind(connector: str, text: str) -> bool:
    """Whether what follows "Once X is done" is work that waits for it; after "Until X is done" it must be held back."""
    word = _first_of(connector)
    if word in ("before", "bevor", "if", "with", "prior", *_COMPARED):
        return False
    if word in _BEFORE or word == "while":
        return _NEGATED.search(text) is not None or _HELD.search(text) is not None
    text = _NOTE_FIRST.sub("", text, count=1)
    is_headed = text.lstrip().startswith(":")
    text = text.strip(" ,.!):–—-")
    if is_headed and _LATER_WISH.search(text) is None and _TELLS.match(text) is None:
        return True
    return not text or (_LATER_WISH.search(text) is None and _WORK_FOLLOWS.match(text) is not None)
