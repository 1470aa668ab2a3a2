"""The words of a sentence that say that one piece of work waits for another, and whether they are meant so.

Three kinds: verbs with what is waited for behind them ("is blocked by", "waits for", "depends on", "needs"), gates
("cannot start until", "only after"), and what is said behind the name of what comes first ("must be merged first").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from aegis.core.reading.vocabulary import any_of, pattern


class Kind(Enum):
    """What kind of words link."""

    BLOCKED = auto()
    WAITS = auto()
    DEPENDS = auto()
    NEEDS = auto()
    GATE = auto()


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that is meant: `firm` where it holds the work's beginning, so that also what is not known holds it."""

    firm: bool


LINK = pattern(
    r"(?P<blocked>\b(?:blocked|gated|held\s+up|held\s+back|stalled|stuck|parked|paused|queued|on\s+hold|on\s+ice|postponed|deferred"
    r"|delayed|bloqu[ée]e?|bloquead[oa]|blockiert|geblokkeerd)\s+(?:by|on|behind|pending|until|till|waiting\s+(?:for|on)|for"
    r"|durch|von|par|por|door)\b)"
    r"|(?P<waits>\b(?:wait(?:s|ing)?\s+(?:for|on)|awaits?|awaiting|wartet\s+(?:noch\s+)?auf|warten\s+(?:noch\s+)?auf"
    r"|en\s+attente\s+de|esperando\s+a|a\s+la\s+espera\s+de)\b|(?:^|(?<=[,;:(–—-]\s)|(?<=\()|(?<=\bis\s))pending\b)"
    r"|(?P<depends>\b(?:depend(?:s|ing|ent)?\s+(?:up)?on|contingent\s+(?:up)?on|hinges\s+on|rel(?:y|ies)\s+on"
    r"|builds?\s+(?:directly\s+)?(?:up)?on(?:\s+top\s+of)?|goes\s+on\s+top\s+of|dependency\s+on|downstream\s+of"
    r"|conditional\s+(?:up)?on|subject\s+to|assumes?(?:\s+that)?|comes\s+after|goes\s+after|must\s+follow|has\s+to\s+follow"
    r"|h[äa]ngt\s+(?:noch\s+)?(?:von|an)|abh[äa]ngig\s+von|d[ée]pend\s+(?:de|du|des)|depende\s+de|erst\s+nach|nicht\s+vor"
    r"|blockers?\s+(?:here\s+|now\s+|for\s+this\s+)?(?:is|are)|(?:dependency|prerequisite|precondition)\s+(?:here\s+|for\s+this\s+)?is)\b)"
    r"|(?P<needs>\b(?:requires?|needs?|presupposes?|ben[öo]tigt|braucht|n[ée]cessite|requiere|necesita)\b)"
)
GATE = pattern(
    r"\b(?:once|after|when|as\s+soon\s+as|until|till|before|unless|without|while|as\s+long\s+as|only\s+if|seulement\s+après|solo\s+después\s+de"
    r"|no\s+antes\s+de)\b"
)
_THIS = r"(?:this|that|it\b(?!\s+\w)|us|me|here)"
_START_OF_THIS = (
    r"(?:first\b|beforehand\b|before(?:\s*[.,;!)]|\s*$|\s+(?:this|that|we|i|you|it|starting|start|work|working|any|anyone|anybody"
    r"|anything|somebody|someone|the\s+rest|everything|picking|taking|touching|beginning|going)\b)"
    r"|for\s+this\b|so\s+that\s+(?:this|we)\b|to\s+(?:start|begin|do)\s+this\b)"
)
_NOT_DONE = (
    r"(?:is\s+not|are\s+not|isn't|aren't|has\s+not|hasn't|have\s+not|haven't)\s+(?:yet\s+)?(?:been\s+)?(?P<missing>[a-z]+)"
    r"|(?:is|are)\s+(?:still|yet)\s+(?:open|missing|pending|unfinished|in\s+(?:progress|review|the\s+works|flight)|ongoing|to\s+be\s+\w+)"
)
BEHIND = pattern(
    r"\s(?:(?P<first>(?:must|has\s+to|have\s+to|needs?\s+to|should|ought\s+to|shall)\s+(?:be\s+)?(?P<done>[a-z]+)"
    rf"(?:\s+(?!first\b|before)[\w-]+){{0,4}}?\s+{_START_OF_THIS})"
    r"|(?:is|are)\s+(?:still\s+|clearly\s+|really\s+)?(?:(?:a|an|the|our|my)\s+)?(?:hard\s+|main\s+|only\s+|real\s+|big\s+)?"
    r"(?:prerequisite|pre-requisite|precondition|dependency|blocker|showstopper)s?\b(?!\s+(?:of|for|to)\s+(?!this|it\b|us\b|me\b|here))"
    rf"|(?:is|are)\s+(?:currently\s+|still\s+)?(?:blocking|holding\s+up)\s+{_THIS}"
    rf"|(?:still\s+|currently\s+)?(?:blocks?|gates?|holds?\s+up)\s+{_THIS}"
    r"|(?:is|are)\s+(?:needed|required|necessary)\s+(?:first|before\s+(?:this|we|starting|that)|for\s+this)\b"
    r"|(?:comes?|goes?)\s+first\b|first,?\s+(?:and\s+)?(?:only\s+)?then\s+(?:this|we|it|the\s+rest)\b|(?:->|→|=>)\s*\W{0,3}this\b"
    rf"|(?P<open>{_NOT_DONE}))"
)
HELD_BACK = pattern(
    r"\b(?:blocked|on\s+hold|parked|stuck|can't\s+(?:start|begin)|cannot\s+(?:start|begin)|don't\s+(?:start|begin)|do\s+not\s+(?:start|begin)"
    r"|not\s+(?:startable|ready)|too\s+early|has\s+to\s+wait|must\s+wait|hold\s+off|waiting)\b"
)
IMPERATIVE = pattern(
    r"(?:^|(?<=[.;:,]\s)|(?<=please\s))(?:please\s+)?(?:finish|do|complete|land|merge|close|get|ship|have|tackle|deliver"
    r"|start\s+with|first\s+do|first\s+finish)\s+(?=\S)"
)
FIRST_BEHIND = pattern(
    r"\s*(?:\([^()]{0,80}\)\s*)?(?:is\s+|has\s+been\s+|to\s+be\s+)?(?:done\s+|merged\s+|finished\s+|in\s+|out\s+|completed\s+|ready\s+)?"
    r"(?:first\b|before\s+(?:this|that|you|we|i|starting|beginning|work|any|picking|the\s+rest)\b)"
)
_NEGATION = r"\b(?:not|cannot|cant|dont|never|neither|nor|without|nothing|nobody|none|hardly|no|kein|keine|nicht|pas)\b|n't\b"
_SUPPOSED = r"\b(?:would|might|may|could|maybe|perhaps|if|whether|unless|possibly|assuming|suppose|should\s+this|nicer)\b"
_PAST = r"\b(?:was|were|had|used\s+to|formerly|previously|originally|no\s+longer|until\s+recently)\b"
_NOT_MEANT = pattern(f"{_NEGATION}|{_SUPPOSED}|{_PAST}")
_WISHES_TO_WAIT = pattern(r"\b(?:i|we)(?:'d|\s+would)(?:\s+(?:rather|better|still|prefer\s+to|suggest\s+to))?\s*$")
_NEGATED = pattern(
    r"\b(?:not|cannot|cant|dont|never|nothing|nobody|no\s+(?:work|point|use|sense|one|need\s+to\s+start|start|way|reason)|pointless"
    r"|useless|impossible|senseless|too\s+early|no)\b|n't\b"
)
_ONLY = pattern(r"\b(?:only|earliest|at\s+the\s+earliest)\b")
_HELD = pattern(
    r"\b(?:wait(?:s|ing)?|hold(?:s|ing)?|park(?:ed)?|pause[ds]?|keep|leave|postpone[ds]?|defer(?:s|red)?|delay(?:s|ed)?|blocked|on"
    r"\s+hold|on\s+ice|stuck|stalled|frozen|sit(?:s|ting)?|rests?|stays?\s+(?:blocked|here|parked|open))\b"
)
_BEGINS = any_of(
    """
    start, started, starts, begin, begun, begins, kick off, kicked off, pick up, picked up, pick this up, pick it up,
    picking this up, picking it up, proceed, continue, resume, go ahead, work on this, work on it, worked on,
    start work, starting, tackle, tackled, take this, take it, touch this, touch it, unblocked, do this, do it, done,
    be done, happen, go live, go out, go in, merge, merge this, merged, deploy, deployed, release, released, ship,
    shipped, land, roll out, rolled out, implement, implemented, implement this, schedule, scheduled, planned, plan,
    enable, enabled, turn it on, turn this on, switch, switched
    """
)
_WORK = any_of(
    """
    add, build, write, implement, do, make, use, switch, remove, delete, drop, move, run, merge, deploy, update, rename,
    replace, create, change, take, pick, go, proceed, continue, port, migrate, test, wire, fix, flip, enable, turn, set
    """
)
_STARTS = pattern(rf"\b{_BEGINS}\b")
_STARTS_AT_END = pattern(
    rf"\b{_BEGINS}(?:\s+(?:this|it|work|working|on|with|here|the\s+work|implementation|development|coding|the\s+task|anything"
    r"|yet|again|earlier|at\s+all|now))*\s*,?\s*(?:even\s+)?$|^\s*(?:not|only|earliest)\s*$"
)
_PUT_OFF = pattern(
    r"\b(?:park(?:ed)?|paused?|postponed?|defer(?:red)?|delayed|blocked|on\s+hold|on\s+ice|stalled|frozen|hold(?:ing)?\s+(?:off|this|it)"
    r"|(?:this|we|it|task|ticket)\s+(?:must\s+|has\s+to\s+|have\s+to\s+|will\s+|should\s+)?waits?)\b"
)
_FIRST_VERB = pattern(
    r"\b(?:can|cannot|cant|must|should|shall|will|is|are|has|have|to|do|does|dont|only|wo|may|not|could|would|no|let's|let|please)\b"
    rf"|n't\b|'ll\b|'d\b|'s\b|'re\b|{_STARTS.pattern}|{_HELD.pattern}"
)
_PAST_ONLY = pattern(r"\b(?:was|were|had)\b")
_LATER_WISH = pattern(
    r"\b(?:could|would|might|may|maybe|perhaps|easier|simpler|obsolete|nicer|faster|superfluous|unnecessary|as\s+well)\b"
)
_WORK_FOLLOWS = pattern(
    r"(?:then\s+)?(?:we|you|i|this|it|please|let's|anyone|anybody|somebody|someone|start|begin|here|there's)\b"
    rf"|(?:then\s+)?{_WORK}\b|.{{0,60}}\b(?:can|should|must|may)\b"
)
_ALLOWED = pattern(
    r"\b(?:can|may|must|should|shall|will|to\s+be|ready\s+to|is\s+to|has\s+to|have\s+to|needs\s+to|need\s+to|let's|let\s+us|please|planned|scheduled"
    r"|could\s+only)\b|'ll\b|^\s*(?:please\s+)?(?:start|begin|do|merge|deploy|release|ship|pick|tackle|implement|schedule|run)\b"
)
_DOUBTED = pattern(r"\b(?:would|might|maybe|perhaps|could|nicer|better|ideally|was|were|had|if|whether)\b")
_OTHER_SENSE = pattern(
    r"\b(?:look|looks|looking|looked|named|called|modelled|modeled|days?|hours?|weeks?|months?|minutes?|seconds?|ms|immediately"
    r"|ever|even|long|soon|one|year|day|shortly|\d+|and|or|just|than|as|rather|thereafter)\s*$"
)
_REFUTED = pattern(
    any_of(
        """
        no longer, not any more, not anymore, another story, another ticket, another task, separate task, separate story,
        separate ticket, separate issue, out of scope, need not wait, needn't wait, don't have to wait, do not have to wait,
        does not have to wait, doesn't have to wait, no need to wait, not necessary, not needed, not required, isn't needed,
        isn't necessary, isn't required, not strictly necessary, unnecessary, not a blocker, not a hard blocker,
        found another way, is solved, that's solved, got resolved, has been resolved, was resolved, obsolete, not strictly needed,
        can start without, can go ahead anyway, can start anyway, is optional, but not a must, not blocking
        """
    )
)


def kind_of(link: str) -> Kind:
    """The kind of a match's group in `LINK`."""
    return Kind[link.upper()]


def is_meant(left: str, kind: Kind) -> bool:
    """Whether a verb that links is meant: not denied, supposed or past. `left` is its clause up to it."""
    if kind is Kind.WAITS and _WISHES_TO_WAIT.search(left):
        return True
    return _NOT_MEANT.search(left) is None


def is_refuted(sentence: str) -> bool:
    """Whether a sentence says that after all nothing waits: "... but we do not have to wait for it"."""
    return _REFUTED.search(sentence) is not None


def gate_of(left: str, connector: str) -> Gate | None:
    """The gate that a connecting word makes with what stands before it, None where it makes none.

    "cannot start" + "until", "only" + "after", "can start" + "once" are gates; "start" + "before" is the reverse of one,
    and "need not wait" + "until" a denied one.
    """
    word = connector.casefold().split()[0]
    negated, held = _NEGATED.search(left) is not None, _HELD.search(left) is not None
    begins = _STARTS_AT_END.search(left) is not None
    if word == "while" or connector.casefold().endswith("long as"):
        return Gate(False) if negated and not held and begins else None
    if word in ("before", "unless", "without", "until", "till"):
        if negated:
            return None if held else Gate(begins and word != "without")
        return Gate(_PUT_OFF.search(left) is not None) if held and word in ("until", "till") else None
    if _OTHER_SENSE.search(left) or negated or held:
        return None
    if word in ("seulement", "solo", "no") or _ONLY.search(left) or connector.casefold().startswith("only"):
        return None if _PAST_ONLY.search(left) else Gate(begins)
    if _STARTS.search(left) and _ALLOWED.search(left) and not _DOUBTED.search(left):
        return Gate(False)
    return None


def gate_subject(left: str) -> str:
    """What stands before the first verb of a gate: its subject, nothing where it is left out."""
    verb = _FIRST_VERB.search(left)
    return left[: verb.start()] if verb is not None else left


def is_main_clause(text: str, *, until: bool) -> bool:
    """Whether what follows "Once X is done" tells of work that waits for it; after "Until ..." it must be held back."""
    if until:
        return _NEGATED.search(text) is not None or _HELD.search(text) is not None
    text = text.strip(" ,.!")
    return not text or (_LATER_WISH.search(text) is None and _WORK_FOLLOWS.match(text) is not None)
