"""Verbs that say that one piece of work waits for another, and whether they are meant so.

Two ways: what is waited for stands behind the verb ("is blocked by", "waits for", "depends on", "needs"), or before it
("... must be merged first", "... blocks this"). Gates ("cannot start until") are in `gates`.
"""

from __future__ import annotations

from enum import Enum, auto

from aegis.core.reading.vocabulary import any_of, pattern, words
from aegis.core.reading.words import Phrases, each_with_each, phrases_of, words_of


class Kind(Enum):
    """What kind of words link."""

    BLOCKED = auto()
    WAITS = auto()
    DEPENDS = auto()
    NEEDS = auto()
    GATE = auto()


_STOPPED = phrases_of(
    """
    blocked, unblocked, gated, held up, held back, stalled, stuck, parked, paused, queued, on hold, on ice, postponed,
    deferred, delayed, bloqué, bloquée, bloqueado, bloqueada, blockiert, geblokkeerd
    """
)
_STOPPED_BY = phrases_of(
    """
    by, on, because of, due to, owing to, behind, pending, until, till, for, waiting for, waiting on, durch, von, par,
    por, door
    """
)
_BEHIND_IT = phrases_of(
    """
    sits behind, sit behind, waits behind, comes behind, is behind, in line behind, in the queue behind,
    chained to, directly behind, right behind, immediately behind, queue behind, queues behind,
    queue up behind, queues up behind,
    line up behind, lines up behind, queued behind, queued up behind, lined up behind
    """
)
_WAITS = phrases_of(
    """
    waiting to hear from, waiting to hear back from, waiting to get, waiting to receive, wait for, waits for,
    waiting for, wait with, waits with, waiting with, wait on, waits on, waiting on, await, awaits, awaiting,
    en attente d'une, en attente d'un, wartet auf, warten auf, wartet noch auf, warten noch auf, en attente de,
    attendre, il faut attendre,
    standing by for, stand by for, stands by for, hay que esperar a, esperando a, a la espera de, pending
    """
)
_DEPENDS = phrases_of(
    """
    depend on, depends on, depending on, dependent on, depend upon, depends upon, dependent upon, contingent on,
    conditional on, hinges on, rely on, relies on, comes right after, comes directly after, build on, builds on,
    build upon, builds upon, builds on top of, stacked on, stacked on top of, sits on top of, builds directly on,
    goes on top of, dependency on, downstream of, subject to, assume, assumes, assumes that, come after, comes after,
    goes after, next after, follows, follow after, follows after, must follow, has to follow, hängt von,
    hängt noch von, hängt an, haengt von, abhängig von, dépend de, dépend du, dépend des, depende de, erst nach,
    nicht vor, à faire après, pas avant, no antes de, no empezar antes de, não antes de,
    ne pas commencer avant, ne pas démarrer avant, ne commencer qu'après, no comenzar antes de, no iniciar antes de,
    não começar antes de, nicht beginnen vor, nicht starten vor, nicht anfangen vor, non prima di, dipende da,
    hangs on, hang on, stands and falls with, happen first is, come first is, comes first is, be done first is,
    be merged first is, be finished first is, needed first is, what is missing is, what's missing is, missing piece is,
    hangt af van, afhankelijk van, condition for this is, condition for it is, condition for starting is,
    requirement for this is, requirement for starting is, unblocked once
    """
)
_IN_THE_WAY = phrases_of("prerequisite, pre-requisite, precondition, dependency, blocker, showstopper")
_IS = phrases_of("is, here is, now is, for this is, for this task is, for this ticket is, of this is, of this task is")
_ARE = [f"{one}s are".replace("ys are", "ies are") for one in _IN_THE_WAY]
_NEEDS = phrases_of(
    """
    require, requires, requires that, need, needs, presupposes, presupposes that, benötigt, braucht, nécessite,
    requiere, necesita
    """
)
LINKS = Phrases(
    dict.fromkeys([*each_with_each(_STOPPED, _STOPPED_BY), *_BEHIND_IT], Kind.BLOCKED)
    | dict.fromkeys(_WAITS, Kind.WAITS)
    | dict.fromkeys([*_DEPENDS, *each_with_each(_IN_THE_WAY, _IS), *_ARE], Kind.DEPENDS)
    | dict.fromkeys(_NEEDS, Kind.NEEDS)
)
"""What is waited for stands behind these."""

_THIS = (
    r"(?:(?:this|that|us|me|here|it)(?:\s+(?:task|ticket|issue|story|card|one|work|pr|item))?(?=\s*(?:[.,;:!?)–—-]"
    r"|$)|\s+"
    + any_of("at, right, now, until, because, since, for, and, as, too, currently, completely, still, so, from, here")
    + r"\b))"
)
_WE = any_of(
    """
    this, that, we, i, you, it, starting, start, work, working, any, anyone, anybody, anything, somebody, someone,
    the rest, everything, picking, taking, touching, beginning, going
    """
)
_THIS_STARTS = (
    rf"(?:first\b(?!\s+time)|beforehand\b|before(?:\s*[.,;!)]|\s*$|\s+{_WE}\b|(?:\s+[\w'-]+){{1,7}}\s+(?:can|could"
    r"|may)\b)|for\s+this\b|so\s+that\s+(?:this|we)\b"
    r"|to\s+(?:start|begin|do)\s+this\b)"
)
_MUST = any_of("must, has to, have to, needs to, need to, should, ought to, shall")
_THEN_THIS = r",?\s+(?:and\s+)?(?:only\s+)?(?:then|second|next|after\s+that)\s+(?:this|we|it|you|the\s+rest)\b"
_OVER = any_of(
    """
    merged, done, finished, through, ready, there, here, live, deployed, released, available, complete, completed,
    in place, in, out
    """
)
_THINGS_IN_THE_WAY = any_of("prerequisite, pre-requisite, precondition, dependency, blocker, showstopper")
_IN_WORK = any_of(
    "open, missing, pending, unfinished, ongoing, in progress, in review, in flight, in the works, to be done, to do"
)
BEHIND = pattern(
    r"\s(?:",
    rf"{_MUST}\s+(?!not\b|never\b|wait\b)(?:be\s+)?(?P<done>[a-z]+)(?:\s+(?!first\b"
    rf"|before)[\w-]+){{0,7}}?(?:\s+{_THIS_STARTS}|{_THEN_THIS})",
    r"|(?:is|are)\s+(?:still\s+|clearly\s+|really\s+)?(?:(?:a|an|the|our|my)\s+)?(?:hard\s+|main\s+|only\s+|real\s+)?",
    rf"{_THINGS_IN_THE_WAY}s?\b(?!\s+(?:of|for|to)\s+(?!this\b|it\b|us\b|me\b|here\b))",
    rf"|(?:is|are)\s+(?:currently\s+|still\s+)?(?:blocking|holding\s+up)\s+{_THIS}",
    r"|(?:still\s+|currently\s+)?(?:blocks?|gates?|unblocks?|enables?|holds?\s+up|precedes?"
    r"|takes?\s+precedence\s+over)\s+",
    rf"{_THIS}|(?:comes?|goes?|lands?)\s+before\s+{_THIS}|makes?\s+this\s+possible\b",
    r"|(?:is|are)\s+(?:needed|required|necessary)\s+(?:first|before\s+(?:this|we|starting|that)|for\s+this)\b",
    rf"|(?:comes?|goes?)\s+(?:in\s+)?first\b|first{_THEN_THIS}|(?<=,\s)(?:and\s+)?(?:then|second|next)\s+(?:comes\s+)?this\b",
    r"|(?:is|are)\s+in\s+the\s+way\b|first(?=(?:,?\s*(?:please|pls|then))?\s*[.!]*$)",
    rf"|(?:is|are)\s+a\s+must\s+{_THIS_STARTS}|{_MUST}(?:\s+be)?\s+{_OVER}"
    r"(?=(?:\s+(?:too|as\s+well))?\s*(?:[.,!;(]|$)|\s+for\s+(?:at\s+least\s+)?(?:an?|one|two|three|some|\d+)\s)",
    r"|(?P<open>(?:is\s+not|are\s+not|isn't|aren't|has\s+not|hasn't|have\s+not|haven't)\s+(?:yet\s+)?(?:been\s+)?",
    rf"(?P<missing>[a-z]+)|not\s+(?:yet\s+)?{_OVER}\b|(?:is|are)\s+(?:still|yet)\s+{_IN_WORK}))",
)
"""What is waited for stands before it; in the group `open` only where the sentence holds this task back as well."""

BEHIND_WORDS = words(
    """
    before unblock unblocks enable enables precede precedes precedence makes must has have needs need should ought
    shall prerequisite prerequisites pre precondition preconditions dependency blocker blockers showstopper blocking
    holding block blocks gate gates hold holds needed required necessary first then way second next not isn't aren't
    hasn't haven't still yet
    """
)
"""One of these stands in each sentence in which `BEHIND` finds something."""
HELD_BACK = pattern(
    r"\b",
    any_of(
        """
        comes first, can't go further, cannot go further, can't go any further, can't move on, cannot move on,
        can't get on, can't finish, cannot finish, leave it alone, leave this alone, leave it until, leave this until,
        leave it till, so wait, nothing can be done,
        nothing can be tested, nothing to do, ball is with, ball is in, hands off, still blocked, not yet,
        can't go ahead, cannot go ahead, can't get further, not possible yet, can't work on this, blocked, on hold,
        parked, stuck, can't start, cannot start, can't begin,
        cannot begin, can't proceed, cannot proceed, can't continue, cannot continue, can't do this, cannot do this,
        can't do it, cannot do it, can't be done, cannot be done, can't be started, cannot be started, can't go on,
        cannot go on, can't merge this, cannot merge this, can't ship this, cannot ship this, don't start,
        don't begin, do not start, do not begin, not startable, not ready, too early,
        has to wait, have to wait, must wait, please wait, let's wait, better wait, hold off, waiting
        """
    ),
    r"\b",
)
NOT_DONE = pattern(
    rf"(?:\bnot\s+|n't\s+)(?:\w+\s+){{0,2}}?{_OVER}\b|\b(?:still|yet|only)\s+(?:\w+\s+)?{_IN_WORK}\b",
    r"|(?:n't|\bnot)\s+(?:been\s+)?[a-z]+ed\s+yet\b|\bnot\s+yet\s+(?:been\s+)?[a-z]+ed\b",
    rf"|\b(?:is|are|it's|that's)\s+{_IN_WORK}\b|\bmissing\b|\bunfinished\b",
)
"""Says of something that it is not done."""
UNDECIDED = pattern(
    r"\b(?:needs?|has|have|must)\s+(?:to\s+)?(?:first\s+)?(?:be\s+)?",
    any_of(
        "decide, decided, clarify, clarified, agree, agreed, approve, approved, confirm, confirmed, say, choose, sign"
    ),
    r"\b",
)
"""Says that people must decide something."""
MISHAP = pattern(
    r"\b", any_of("break, breaks, fail, fails, lose, loses, lost, twice, crash, crashes, corrupts, red"), r"\b"
)
BIDDING = pattern(
    r"(?:^|(?<=[.;:,]\s)|(?<=please\s)|(?<=\bto\s)|(?<=should\s)|(?<=must\s)|(?<=let's\s))(?:please\s+)?",
    r"(?:(?:we|you|i|somebody|someone)\s+(?:must|should|have\s+to|has\s+to|need\s+to|needs\s+to)\s+(?:first\s+)?)?",
    any_of("finish, do, complete, land, merge, close, get, ship, have, let, tackle, deliver, start with, first do"),
    r"\s+(?=\S)",
)
"""A bidding whose object comes first where `FIRST_BEHIND` follows it."""
BIDDING_WORDS = words("finish do complete land merge close get ship have let tackle deliver start")
FIRST_BEHIND = pattern(
    r"\s*(?:\([^()]{0,80}\)\s*)?(?:is\s+|has\s+been\s+|to\s+be\s+)?",
    r"(?:(?:done|merged|finished|in|go\s+in|out|out\s+of\s+the\s+door|completed|ready|go|land|be|happen|ship)\s+)?",
    r"(?:first\b|ahead\s+of\s+(?:this|us|me|it)\b|before\s+(?:this|that|you|we|i|starting|beginning|work|any|picking|the\s+rest|anybody|anyone"
    r"|somebody|someone|the\s+work)\b)",
)
ENSURE_WORDS = words("make ensure check verify sure confirm")
ENSURE = pattern(r"\b(?:make\s+sure|ensure|check|verify|be\s+sure|confirm)(?:\s+that)?\s+(?=\S)")
"""What must be sure comes first where `STARTS_LATER` stands in the sentence, too."""
STARTS_LATER = pattern(
    r"\bbefore\s+(?:starting|beginning|this|picking|taking|work|doing|touching|(?:you|we)\s+(?:start|begin))\b",
    r"|\bfirst\b|\bbeforehand\b",
)

_NOT_MEANT = pattern(
    r"n't\b|\b",
    any_of(
        """
        not, cannot, cant, dont, never, neither, nor, without, nothing, nobody, none, hardly, no, stop, stopped, kein,
        keine, nicht, pas, não, nao, would, might, may, could, maybe, perhaps, if, whether, unless, possibly, instead
        of,
        assuming, suppose, should this, nicer, was, were, had, used to, thought, believed, formerly, previously,
        originally, no longer, until recently
        """
    ),
    r"\b",
)
_WISHES_TO_WAIT = pattern(r"\b(?:i|we)(?:'d|\s+would)(?:\s+(?:rather|better|still|prefer\s+to|suggest\s+to))?\s*$")
_NOT_NEEDED = any_of(
    "necessary, needed, required, blocking, a blocker, a hard blocker, the case, true, relevant, a must"
)
_DO = any_of("start, begin, go ahead, be done, be started")
_REFUTATIONS = (
    (  # waiting as a matter of its own: "waiting for approval is a separate state"
        words("waiting"),
        pattern(r"^\W*waiting\s+(?:for|on)\s+[^,;.:]{3,60}?\s(?:is|are|was)\s+(?:an?|its|one|no|not|part)\s"),
    ),
    (
        words("wait"),
        pattern(
            r"\b(?:need\s+not|needn't|(?:do|does|did|will)\s+not\s+(?:have|need)\s+to|(?:don't|doesn't"
            r"|won't)\s+(?:have|need)\s+to",
            r"|no\s+need\s+to)\s+wait\b|\b(?:don't|do\s+not)\s+wait\s+for\s+(?:it|that|this|them)\b",
        ),
    ),
    (
        words("without anyway already now right today immediately"),
        pattern(
            rf"\bcan\s+{_DO}\s+(?:(?:without(?!\s+(?:the|a|an|our)\s))|anyway|already|now|right|today|immediately)\b"
        ),
    ),
    (
        words("not longer never isn't aren't wasn't"),
        pattern(
            r"\b(?:(?:is|are|was|be|it's|that's|they're)\s+(?:not|no\s+longer|never)|isn't|aren't|wasn't|no\s+longer)",
            rf"\s+(?:\w+ly\s+)?{_NOT_NEEDED}\b",
            r"|\bno\s+longer\s+(?:blocked|blocking|blocks|waiting|waits|depends|needs|requires)\b",
        ),
    ),
    (
        words("blocker blocking"),
        pattern(
            r"[,;(–—-]\s*(?:so\s+|thus\s+)?(?:not|no\s+longer)\s+(?:a\s+blocker|blocking)(?:\s+any\s?more)?\s*(?=$|[.,;)])"
        ),
    ),
    (words("found"), pattern(r"\bfound\s+another\s+way\b")),
    (
        words("thought free"),
        pattern(
            r"\bor\s+so\s+(?:i|we)\s+thought\b|\b(?:is|are|it's|that's)\s+free\s+to\s+(?:take|start|go|be\s+\w+ed)\b"
        ),
    ),
    (
        words("solved resolved done over fixed history another separate different scope optional"),
        pattern(
            r"\b(?:that's|that\s+is|this\s+is|which\s+is|that\s+was|which\s+was)\s+(?:solved|resolved|done|over"
            r"|fixed|history",
            r"|(?:for\s+)?(?:another|a\s+separate|a\s+different)\s+(?:story|ticket|task|issue|day)|out\s+of\s+scope"
            r"|optional)\b",
        ),
    ),
    (
        words("separate later follow"),
        pattern(
            r"\(separate\s+(?:story|ticket|task|issue)\)|^\s*later,",
            r"|\bin\s+a\s+(?:separate|later|follow-up)\s+(?:story|ticket|task|issue|pr)\b",
        ),
    ),
    (
        words("but unnecessary"),
        pattern(
            r"\bbut\s+(?:now\s+)?(?:it|this|that|not)\s+(?:does\s+not|doesn't|isn't|is\s+not|a\s+must|need\s+not"
            r"|needn't)\b|\bis\s+unnecessary\b"
        ),
    ),
    (
        words("not no matter"),
        pattern(
            r"\bnot\s+(?:in|part\s+of|for)\s+this\s+(?:ticket|task|story|issue|pr)\b|(?:\bnot|n't|\bno)\s+matter\b",
        ),
    ),
)
"""Words, one of which stands in each sentence in which the pattern beside them finds that nothing waits."""


def is_meant(left: str, kind: Kind) -> bool:
    """Whether a verb that links is meant: not denied, supposed or past. `left` is its clause up to it."""
    if kind is Kind.WAITS and _WISHES_TO_WAIT.search(left):
        return True
    return _NOT_MEANT.search(left) is None


def is_refuted(sentence: str, said: frozenset[str] | None = None) -> bool:
    """Whether a sentence says that after all nothing waits: "... but we do not have to wait for it".

    `said`: its words, where they are known.
    """
    if said is None:
        said = frozenset(one for _, _, one in words_of(sentence))
    return any(not there.isdisjoint(said) and refuted.search(sentence) for there, refuted in _REFUTATIONS)
