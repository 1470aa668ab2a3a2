"""Sentences that lead to a list of what must come first: "... works only when its four callers have been moved:"."""

from __future__ import annotations

from aegis.core.reading.completion import STATES
from aegis.core.reading.vocabulary import any_of, pattern

_ENDS = r"[^:]{0,80}:\W*$"
_NEGATED = (
    r"(?:not|n't|cannot|can\s+not|never|nothing|nobody|no|don't|impossible|pointless|senseless|makes\s+no\s+sense)"
)
_GATE = r"(?:until|till|before|unless|without)"
_ONLY = pattern(
    rf"\bonly\s+(?:\w+\s+){{0,3}}?(?:when|once|after|if|as\s+soon\s+as|with)\b{_ENDS}",
    rf"|\b{_NEGATED}\b.{{0,80}}?\b{_GATE}\b{_ENDS}|n't\b.{{0,80}}?\b{_GATE}\b{_ENDS}",
    r"|(?:^|[.!;,]\s+|\b(?:start|starts|begin|possible|ready|done|go|this|it|free)\s+)(?:once|as\s+soon\s+as|after"
    rf"|when|until|till)\b[^:]{{0,60}}\b(?:{STATES}|[a-z]+(?:ed|en))\W*:\W*$",
    r"|^\W*(?:this\s+|we\s+|it\s+)?(?:can|may)\s+(?:only\s+)?(?:go|start|begin|be\s+\w+(?:ed|en|n)(?:\s+(?:off|on|out|down|up|over))?)\s+(?:when|once|after|as\s+soon\s+as|if)\b"
    rf"{_ENDS}|\bwhat\s+(?:we|i)\s+(?:still\s+)?need\b{_ENDS}"
    r"|^\W*before\s+(?:we|i|you|this|it|any\w+)\b[^:]{0,40},\s*(?:all\s+(?:of\s+)?)?(?:these|the\s+following|this|that)\W*:\W*$"
    rf"|\b(?:has|have)\s+to\s+be\s+(?:there|in|in\s+place|up|merged|done)\b{_ENDS}",
    r"|\b(?:wait|waits|waiting|depend|depends|depending|dependent|blocked|held\s+up|held\s+back|relies|rely|builds?"
    r"|hinges?|stuck|gated|sits)\s+"
    rf"(?:\w+\s+){{0,3}}?(?:for|on|upon|by|behind|until)\b{_ENDS}",
    r"|\b(?:needs?|requires?|presupposes?)\s+(?:that\s+)?(?:the\s+)?(?:following|these|all\s+of|two|three|four"
    rf"|several|some)\b{_ENDS}",
    r"|\b(?:outstanding|open|pending)\s+before\s+(?:we|i|this)\b[^:]{0,40}:\W*$",
    r"|\b(?:must|has\s+to|have\s+to|needs?\s+to|should|needed|required|necessary|comes?|done|finished|merged"
    r"|closed)\s+(?:\w+\s+){0,5}?",
    rf"(?:first|beforehand|before\s+(?:this|we|i|you|it|that|starting|work|any))\b{_ENDS}",
    r"|\b(?:prerequisites?|preconditions?|blockers?|dependencies|conditions?\s+(?:for|to)|missing(?:\s+pieces?)?"
    r"(?!\s+(?:fields?|values?|images?|files?|keys?|rows?|entries)\b)"
    r"|predecessors?)\b[^:.]{0,50}\b(?:is|are)\b"
    rf"{_ENDS}|\b(?:we|this|it|i)(?:'m|'re|\s+am|\s+are|\s+is)?\s+(?:still\s+)?(?:wait\w*|miss\w*|lack\w*)\b{_ENDS}",
)
_OTHERS = pattern(
    r"\b",
    any_of(
        """
        this must be done before, this has to be done before, must be done before the, unblocks?, follow-?ups?,
        the user, acceptance, test cases?, check, checks, checklist, steps, verify,
        no longer, not any more, nothing waits, does not depend, doesn't depend, not depend on, out of scope, later,
        would, could, might, release notes, once we, once this, once it's, after we, after this, after it, when we,
        when this, as soon as we, as soon as this
        """
    ),
    r"\b",
)
_OF_A_THING = pattern(
    r"(?:^|[.!?]\s+)\W*(?:(?:which|what|how|whether|who|where)\b|(?:the|an?|each|every|its)\s+(?:\w+\s+)?",
    any_of(
        "text, label, value, price, colour, color, result, output, amount, number, icon, state, message, behaviou?r"
    ),
    r"\b)[^.:]{0,60}?\bdepends?\b",
)


def leads_to_a_list(text: str) -> bool:
    """Whether a line that ends with a colon says that what is listed below it must come first."""
    text = text.rstrip(" *_")
    if not text.endswith((":", ":–", "...", ": -")) or len(text) < 12:
        return False
    last = text[-240:]
    return _ONLY.search(last) is not None and _OTHERS.search(last) is None and _OF_A_THING.search(last) is None
