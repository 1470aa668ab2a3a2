"""The words and marks that may stand before, behind and between the names in a sentence."""

from __future__ import annotations

import re

from aegis.core.reading.completion import COMPLETION
from aegis.core.reading.vocabulary import any_of, pattern

FILLER = pattern(
    r"(?:",
    any_of(
        """
        (?:mr\\.? |mrs\\.? )?[a-z]+(?: and [a-z]+)? to (?:finish|complete|merge|ship|deliver|close|land|do|get|release),
        [a-z]+(?: and [a-z]+)?(?: (?:has|have|is|are))? (?:done|finished|through|ready) with,
        [a-z]+(?:'ve| and [a-z]+)?(?: (?:has|have))? (?:(?:finish|complet|merg|land|deliver|clos|releas)ed|shipped),
        [a-z]+ (?:says|said|confirms|confirmed|reports|tells us)(?: that)?,
        [a-z]+'s(?: task| ticket| card| issue)?, the, a, an, our, these, those, both, either, all, of, on, for, until,
        till, once, after, completion, finishing, merging, merge, release, landing, task, tasks, ticket, tickets,
        issue, issues, story, card, item, first, jira, also, at least, to, have, having, and, open, new, task called,
        ticket called, der, die, das, den, dem, la, le, les, el, los, las, de, aufgabe, tarea, tâche, work on,
        outcome of, result of, see, called, named, your, my, pending, missing, upcoming, ongoing, whole, other,
        task named, both of, that, the fact that, merge of, changes from, changes in, output of, what
        """
    ),
    r"[:,]?\s+)*(?:(?:(?:the|these|those|all|both|two|three|four|several|some|following|of|\d)\s+){1,4}",
    r"(?:(?:things|tasks|tickets|issues|items|stories|ones)\s*)?(?:(?:is|are|has"
    r"|have)(?:\s+been)?\s+[a-z]+\s*)?(?:\([^()]{0,40}\)\s*)?:\s*)?",
)
QUOTED = re.compile(r"\"([^\"\n]{1,300})\"|`([^`\n]{1,300})`|'([^'\n]{2,300})'(?!\w)")
MARK = re.compile(r"[\"`\[]|https?://|(?<!\w)'", re.IGNORECASE)
MAY_MARK = re.compile(r"[\"'`#№\[/]|\d")
"""Each mark has, or stands before, one of these."""
COUNTS = re.compile(r"\d|\b(?:step|phase|part|stage|milestone|previous|preceding)s?\b", re.IGNORECASE)
"""What tasks are counted by without a mark has one of these."""
WORD_START = re.compile(r"[^\s()]+")
WORD_END = re.compile(r"[^\s,;:!?()\[\]\"`]+")
DONE = pattern(COMPLETION)
MAY_FOLLOW = pattern(
    r"\s*$|\s*[.,;:!?)\]\"`–—|]|'(?!s\b)|\s+[-(–—→/&+]|\s+",
    any_of(
        """
        and, or, but, so, because, since, first, before, until, which, that, who, now, still, though, too, anyway,
        right now, at the moment, today, currently, here, yet, then, we, i, you, this, it, they, these, as well,
        for this, for it, as soon, please, due, if, when, once, while, where, tho, again, is still, are still, is open,
        are open,
        is not, are not, isn't, aren't, hasn't, has not, delivers, works, exists, provides, returns, supports, offers,
        makes no, is pointless, is useless,
        there's, there is, nothing, nobody, no, don't, keep, leave, creates, exposes, publishes, emits, produces,
        accepts, have, has, can, must, sends, writes, knows, task, ticket, issue,
        story, sowie, und, et, y
        """
    ),
    r"\b",
)
JOINT = pattern(
    r"\s*(?:,|;|/|&|\+)\s*(?:(?:and|or|also|then)\s+)?|\s+",
    any_of("and, or, und, et, y, as well as, plus, then, and then"),
    r"\s+(?:(?:also|for|on|by|until)\s+)?",
)
IN_A_ROW = pattern(
    rf"(?:{COMPLETION})?(?:\s*\([^()]{{0,80}}\))?(?:{JOINT.pattern}|\s+nor\s+)(?:(?:the|task|ticket)\s+)?"
)
JOINT_BEFORE = re.compile(r"(?:,|;|&|\s(?:and|or|und|et|y))\s*$", re.IGNORECASE)
EXCEPT = pattern(r",?\s+(?:except(?:\s+for)?|but\s+not|without)\s+")
NOT_AFTER_ALL = pattern(
    r"\s+(?:(?:can|may|could|should|will)\s+)?(?:comes?|is|are|be|follows?|waits?|goes)\s+",
    r"(?:later|afterwards|next|after\s+(?:this|that)|independent|optional|not\b|no\b)",
)
NOTE = re.compile(r"\s*\([^()]{0,80}\)")
NOTE_AT_END = re.compile(r"\s\([^()]{0,80}\)$")
STARTS_CLAUSE = pattern(
    r"(?:^|[.,;:!?()–—|]|\s-|\b(?:and|but|so|also|because|since|the|task|tasks|ticket|our|first|then|that|note"
    r"|think|like|believe|both|"
    r"says|die|der|das|la|le|el|however|if|says|sure|issue|story|or|yes|as))\s*$"
)
SMALL_START = pattern(r"(?:and|or|so|as|is|are|in|on|by|for|to|but|both|that|it|we)\b")
"""No name that is nearly written begins with one of these."""
SMALL_END = pattern(r"\s(?:have|has|had|is|are|was|were|be|been|will|shall|to|of|for|in|on|and|the|both|all)$")
GOES_TO = re.compile(r"(?<=ed)\s+(?:to|into|from|onto|over to|off)\s+(?:the\s+)?[^\s,.;:]+")
""" "The widget has been moved to v2": where to is left out of the name."""
BY_NAME = re.compile(
    r"(?<=\w) \([A-ZÀ-Þ][a-zà-ÿ]+(?: [A-ZÀ-Þ][a-zà-ÿ]+)?\)(?= (?:has|have|is|must|says|gives|decides))"
)
""" "The security officer (Pilar) has approved it"."""
PHRASE_END = re.compile(
    r"(?<!\b[DM]r)(?<!\bMrs)(?<!\bvs)(?<!\bProf)[.;!?](?:\s|$)|\s[-–—]\s|,\s|\s\(|\)"
    r"|\s(?:and then|then|so that|so|because|otherwise|but|before)\s"
)


def may_end(text: str, end: int) -> bool:
    """Whether a name may end at a place."""
    return MAY_FOLLOW.match(text, end) is not None or DONE.match(text, end) is not None
