"""Gates: words of time that hold work back until something is done, "cannot start until", "only after", "once ...".

The same word of time makes a gate or none by what stands before it: "cannot start before X" waits for X, "must start
before X" is the reverse, "need not wait until X" waits for nothing, and "only after X" needs no more.
"""

from __future__ import annotations

from dataclasses import dataclass

from aegis.core.reading.vocabulary import any_of, pattern, words
from aegis.core.reading.words import Phrases, phrases_of

GATES = Phrases(
    dict.fromkeys(
        phrases_of(
            """
            once, after, when, as soon as, until, till, before, ahead of, prior to, earlier than, sooner
            than, unless, without, while, with, as long as, if, wenn,
            sobald, nachdem, bevor, dès que, une fois que, seulement après, cuando, una vez que, hasta que,
            solo después de
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
    not, cannot, cant, dont, never, nothing, nobody, no, pointless, useless, impossible, senseless, too early, nicht,
    kein, keine, pas
    """
)
_NEGATED = pattern(rf"\b{_NO}\b|n't\b")
_ONLY = pattern(r"\b(?:only|earliest|erst|nur|seulement|solo|sólo)\b")
_HELD = pattern(
    r"\b",
    any_of(
        """
        wait, waits, waiting, hold, holds, holding, park, parked, pause, paused, keep, leave, postpone, postponed,
        defer, deferred, delay, delayed, blocked, on hold, on ice, stuck, stalled, frozen, sit, sits, sitting, rests,
        stay, stays
        """
    ),
    r"\b",
)
_KEEPS = pattern(
    r"\b(?:keep|leave)s?\s+(?:using\b|(?:the|a|an|our|both|all)\s+(?!(?:whole\s+)?(?:task|ticket|issue|story|card|pr|mr|branch)\b))"
)
"""Something else is kept meanwhile, which is work itself: "keep the workaround until ..."."""
_PUT_OFF = pattern(
    r"\b(?:park(?:ed)?|paused?|postponed?|defer(?:red)?|delayed|blocked|on\s+hold|on\s+ice|stalled|frozen",
    r"|hold(?:ing)?\s+(?:off|this|it)",
    r"|(?:this|we|it|task|ticket)\s+(?:(?:must|has\s+to|have\s+to|will|should)\s+)?waits?)\b",
)
_BEGINS = any_of(
    """
    start, started, starts, starting, begin, begun, begins, kick off, kicked off, pick up, picked up, pick this up,
    pick it up, picking this up, picking it up, proceed, continue, resume, go ahead, work on this, work on it,
    worked on, start work, tackle, tackled, take this, take it, touch, touch this, touch it, unblocked, do this,
    do it, do, doing this, done, happen, go live, go out, go in, merge, merge this, merged, deploy, deployed, release,
    released, ship, shipped, land, roll out, rolled out, implement, implemented, schedule, scheduled, planned, plan,
    enable, enabled, queue, next in line, next up, closed, finished, completed, tested, reviewed, turn it on, turn
    this on,
    switch, switched, go, last, last step, next step, deployable, startable, removed, deleted, dropped, switched on,
    turned on, activated
    """
)
_WITH_WORK = any_of(
    """
    this, it, work, working, on, with, here, the work, implementation, development, coding, the task, anything, yet, now
    """
)
_STARTS = pattern(rf"\b{_BEGINS}\b")
_STARTS_WORK = pattern(
    r"\b(?:start|begin|begun|kick|pick|proceed|continu|resum|go\s+ahead|work|tackl|touch|take|do\b|doing|unblock)|^\s*(?:not|only)\b"
)
_STARTS_AT_END = pattern(rf"\b{_BEGINS}(?:\s+{_WITH_WORK})*\s*[,:]?\s*(?:even\s+)?$|^\s*(?:not|no|only|earliest)\s*$")
_FIRST_VERB = pattern(
    r"\b(?:can|cannot|cant|must|should|shall|will|is|are|has|have|to|do|does|dont|only|may|not|could|would|no|let's|please)\b",
    rf"|n't\b|'ll\b|'d\b|'s\b|'re\b|{_STARTS.pattern}|{_HELD.pattern}",
)
_ALLOWED = pattern(
    r"\b(?:can|may|must|should|shall|will|to\s+be|ready|unblocked|next|(?:is|has|have|needs?)\s+to|let's|please|planned",
    r"|scheduled|could|agreed\s+to|going\s+to|continue)\b|'ll\b",
    r"|\b(?:we|i|this|it)\s+(?:then\s+)?(?:start|begin|continue)s?\s*$",
)
_BIDDEN = pattern(
    r"^\s*(?:please\s+)?(?:start|begin|do|merge|deploy|release|ship|pick|tackle|implement|schedule|queue|run)\b"
)
_OF_WORK = any_of(
    """
    add, build, write, implement, do, make, use, switch, remove, delete, drop, move, run, merge, deploy, update, rename,
    replace, create, change, compare, repeat, redo, rerun, measure, remeasure, evaluate, generate, regenerate, report,
    retry, review, check, verify, retest, document, refactor, rebase, extract, import, export, convert, translate,
    clean,
    publish, record, draw, resume, print, send, train, retrain, tackle, ship, release, start, take, pick, go,
    proceed, continue, port, migrate, test, wire, fix, flip, enable, turn, set
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
    r"(?:(?:work|implementation|development|coding|task|ticket|story|issue|rollout|kick-?off|this|it|we|i|everything)\s+)?",
    r"(?:(?:on|with)\s+(?:this|it)\s+|here\s+)?(?:then\s+|only\s+|will\s+|is\s+|be\s+)*",
    r"(?:starts?|begins?|resumes?|continues?|kicks?\s+off|kick-?off|unblocks?|unblocked|next|ready|goes\s+(?:in|out|live)|sequenced|queued|back\s+to\s+(?:this|it)"
    r"|(?:becomes?\s+|gets?\s+)?(?:possible|doable|feasible|workable|startable|actionable))(?:\s+is)?\s*$",
    r"|(?:^|.*[:,])\W*(?:we|i)(?:'ll|\s+will)?\s+(?:get\s+to|(?:come|get|go)\s+back\s+to|return\s+to|look\s+(?:at|into)|revisit)",
    r"\s+(?:this|it)\s*$",
)
"""The work's own beginning, said as a fact: "Work starts when ...", "Becomes possible once ..."."""
_DOUBTED = pattern(r"\b(?:would|might|maybe|perhaps|nicer|better|ideally|was|were|had|if|whether)\b")
_IF_THIS = pattern(r"\bif\s+(?:you\s+do\s+|we\s+do\s+|one\s+does\s+)?(?:this|it)\b")
_PAST = pattern(r"\b(?:was|were|had)\b")
_OTHER_SENSE = pattern(
    r"\b",
    any_of(
        """
        look, looks, looking, looked, named, called, modelled, days?, hours?, weeks?, months?, minutes?, seconds?, year,
        immediately, ever, even, long, soon, one, shortly, \\d+, and, or, just, than, as, rather
        """
    ),
    r"\s*$",
)
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
    rf"|{_OF_WORK})\b|.{{0,60}}\b(?:can|should|must)\b",
)
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
    said = connector.casefold().split()
    negated, held = _NEGATED.search(left) is not None, _HELD.search(left) is not None
    begins = _STARTS_AT_END.search(left) is not None
    if said[0] == "while" or said[-2:] == ["long", "as"]:
        return Gate(False) if negated and not held and begins else None
    if said[0] == "before" and _IF_THIS.search(left):
        return Gate(False, mishap=True)
    if said[0] in _BEFORE:
        return _gate_of_before(said[0], left)
    if said[0] in ("if", "with") and not _ONLY.search(left):
        return None
    if said[0] == "with":
        return Gate(False, of_done=True)
    if _OTHER_SENSE.search(left) or negated or (held and not begins):
        return None
    if said[0] in ("seulement", "solo") or _ONLY.search(left):
        return None if _PAST.search(left) else Gate(_is_firm(left))
    if _DOUBTED.search(left):
        return None
    if _BEGINS_THEN.match(left):
        return Gate(False)
    allowed = (_STARTS.search(left) and _ALLOWED.search(left)) or (begins and _BIDDEN.search(left))
    if allowed:
        return Gate(False)
    return Gate(False, of_done=True) if _BIDDEN_WORK.match(left) else None


def _gate_of_before(said: str, left: str) -> Gate | None:
    """The gate of "not ... before", "wait ... until"."""
    negated, held = _NEGATED.search(left) is not None, _HELD.search(left) is not None
    if said in _COMPARED and _STARTS_AT_END.search(left) is None:
        return None
    if negated:
        return None if held else Gate(_is_firm(left) and said not in ("without", *_COMPARED))
    if _KEEPS.search(left) and not _PUT_OFF.search(left):
        return None
    return Gate(_PUT_OFF.search(left) is not None) if held and said in _UNTIL else None


def _is_firm(left: str) -> bool:
    return _STARTS_AT_END.search(left) is not None and _STARTS_WORK.search(left) is not None


def gate_subject(left: str) -> str:
    """What stands before the first verb of a gate: its subject, nothing where it is left out."""
    verb = _FIRST_VERB.search(left)
    return left[: verb.start()] if verb is not None else left


def waits_behind(connector: str, text: str) -> bool:
    """Whether what follows "Once X is done" is work that waits for it; after "Until X is done" it must be held back."""
    said = connector.casefold().split()
    if said[0] in ("before", "bevor", "if", "with", "ahead", "prior", "earlier", "sooner"):
        return False
    if said[0] in _BEFORE or said[0] == "while" or said[-2:] == ["long", "as"]:
        return _NEGATED.search(text) is not None or _HELD.search(text) is not None
    is_headed = text.lstrip().startswith(":")
    text = text.strip(" ,.!):–—-")
    if is_headed and _LATER_WISH.search(text) is None and _TELLS.match(text) is None:
        return True
    return not text or (_LATER_WISH.search(text) is None and _WORK_FOLLOWS.match(text) is not None)
