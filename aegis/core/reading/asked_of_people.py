"""Sentences that let the work wait for people by their whole build: "the logo is still missing, so we can't go on".

The plain ones ("waits for Robin's answer", "can't start before legal has agreed") are read by `waiting` and
`coming_first`; here are those that first tell what is not there, and then that the work waits, or the reverse.
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis.core.reading.known import Reference
from aegis.core.reading.links import HELD_BACK
from aegis.core.reading.parts import clean
from aegis.core.reading.people import not_done_by_people, people_must
from aegis.core.reading.requirements import PEOPLE, is_requirement
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.vocabulary import any_of, pattern

_NAME = (
    r"(?-i:(?!The|This|It|We|You|They|These|That|If|When|Once|There|No|Not|All|Each"
    r"|Every)[A-ZÀ-Þ][a-zà-ÿ]+(?:\s[A-ZÀ-Þ][a-zà-ÿ]+)?)"
)
_WHO = rf"(?:(?:the\s+|our\s+|their\s+)?{PEOPLE}|{_NAME}|he|she|they|somebody|someone)"
_GAVE = any_of(
    """
    decided, approved, signed, signed off, answered, replied, sent, sent us, delivered, provided, agreed, granted,
    told us,
    given, given us, said, chosen, ordered, bought, written, reviewed, checked, handed over, uploaded, shared,
    translated,
    drawn, recorded, clarified, set up, activated, unlocked, opened, released, booked, paid, picked, settled, okayed,
    come back, got back, looked at, found, filled in, finished, confirmed
    """
)
_GIVES = any_of(
    """
    decides, approves, signs, signs off, answers, replies, sends, delivers, provides, agrees, grants, tells us, gives,
    says,
    chooses, orders, buys, reviews, uploads, shares, translates, clarifies, activates, unlocks, comes back, gets back
    """
)
_WHEN_GIVEN = pattern(
    rf"^\W*(?:only\s+)?(?:once|after|when|as\s+soon\s+as)\s+(?P<what>{_WHO}\s+(?:(?:has"
    rf"|have)\s+(?:\w+ly\s+)?{_GAVE}|(?:is|are)\s+(?:done|through|ready|finished)\s+with)\b[^,:;]*)[,:]\s*"
    r"(?P<then>\S.*)$"
)
_SOFTWARE = pattern(
    r"(?:(?:the|a|an|all|every|each|any)\s+)?(?:users?|customers?|visitors?|buyers?|players?|members?|guests?|admins?"
    r"|sender|recipient)\b(?!'s)"
)
_STATE = any_of(
    """
    final, there, here, known, clear, decided, fixed, settled, available, agreed, approved, signed, delivered, ordered,
    confirmed, complete, defined, in, paid, granted, set up, translated, written, chosen, sent
    """
)
_LACKING = pattern(
    rf"(?P<what>(?:[\w'/-]+\s+){{1,10}}?(?:(?:is|are|was|were|has|have)(?:n't"
    rf"|\s+not)(?:\s+yet)?(?:\s+been)?\s+{_STATE}(?:\s+yet)?"
    r"|(?:is|are)\s+(?:still\s+|yet\s+)?(?:missing|open|unclear|unknown|undecided|outstanding|pending"
    r"|to\s+be\s+\w+ed)|is\s+lacking))",
    r"|(?:we|i)(?:'re|\s+are|\s+am|'m)?\s+(?:still\s+)?(?:missing|lack|miss|have\s+no|don't\s+have|do\s+not\s+have"
    r"|haven't\s+got|haven't\s+received|never\s+got)\s+(?P<thing>[^,;.]{3,80})",
    r"|(?:the\s+)?ball\s+is\s+(?:with|in)\s+(?P<who>[^,;.]{2,60})",
)
_NEEDED = pattern(
    r"\bneed(?:s|ed)?\s+(?P<what>[^,;.]{3,80}),?\s+(?:which|that|but|and)\s+(?:we|i|it|they|he"
    r"|she)?\s*(?:\w+\s+)?(?:don't|do\s+not|haven't|have\s+not|hasn't|isn't|is\s+not|aren't|is\s+still)\s+(?:have"
    r"|got|here|there|missing|been|arrived|come)\b"
)
_NEED_BEFORE = pattern(
    r"\b(?:we|i)\s+(?:still\s+)?need\s+(?P<what>(?:the|an?|your|their|some|his|her)\s[^,;.]{3,80}?)\s+before\s+(?:we|this|i|work)"
    r"\s+(?:can|could|may)\s+(?:be\s+)?(?:start|begin|go\s+(?:on|ahead)|continue|proceed)"
)
_NEED_WITHOUT = pattern(
    r"\b(?:we|i)\s+(?:still\s+)?need\s+(?P<what>(?:the|an?|your|their|some|his|her)\s[^,;]{3,90}?),?\s+without\s+(?:it|that|them)\b"
    r".*\b(?:can't|cannot|nothing|no)\b"
)
_MUST_FIRST = pattern(
    r"^\W*(?:but\s+|so\s+|and\s+)?(?:first(?:ly)?|before\s+(?:that|anything|this)|beforehand"
    rf"|to\s+begin\s+with),?\s+(?P<what>{_WHO}\s+(?:must|has\s+to|have\s+to|needs?\s+to|should|will|{_GIVES})\b.*)$"
)
_NOT_BEFORE = pattern(r"\W*(?:not|never)\s+(?:before|earlier|sooner)\b(?:\s+that)?\W*$")
_AFTER_EVENT = pattern(
    r"^\W*(?:after|once|when)\s+(?P<what>(?:the\s+|our\s+)?(?:workshop|meeting|call|review|interview|kick-?off"
    r"|demo|visit|audit|training)\b[^,;]*)"
)


_RIGHTS = r"(?:permissions?|access|account|accounts|rights|keys?|tokens?|licen[cs]e|credentials|login|password|vpn)"
_STILL_HAS_TO = pattern(
    rf"^\W*(?P<what>{_WHO}\s+still\s+(?:has\s+to|have\s+to|needs?\s+to|must)\s+[^.;]*?)(?:,?\s+(?:then|before"
    r"|only\s+then)\b.*)?\W*$"
)
_FROM_NEEDED = pattern(
    rf"^\W*(?P<what>[\w' -]{{2,60}}?\s+from\s+{_WHO})\s+(?:is\s+|are\s+)?(?:still\s+)?(?:needed|required|missing"
    r"|pending)\b"
)
_NEEDS_SOMEBODYS = pattern(rf"^\W*(?:still\s+|we\s+|this\s+|it\s+)*needs?\s+(?P<what>{_NAME}'s\s+[\w -]{{2,40}})\W*$")
_RIGHTS_NEEDED = pattern(
    rf"^\W*(?P<what>(?:an?\s+|the\s+)?(?:\w+\s+)?{_RIGHTS}\b[^.;(]*?)\s+(?:is|are)\s+(?:still\s+)?(?:required"
    r"|needed|missing|necessary)\b(?=.*(?:\(|\bfirst\b|\bstill\b))"
)
_NO_RIGHTS = pattern(
    r"^\W*(?:i|we)\s+(?:still\s+)?(?:don't|do\s+not|haven't)\s+(?:have"
    rf"|got)\s+(?P<what>[^,;.]*\b{_RIGHTS}\b[^,;.]*\b(?:yet|so\s+far))"
)
_SOMEBODY_FIRST = pattern(
    r"^\W*(?P<what>(?:somebody|someone|(?-i:IT|HR|QA))\b[^,;.]*?\b(?:must|has\s+to|needs\s+to)\b[^;.]*?)\s+first\b"
)
_NOT_BEFORE_THEN = pattern(
    r"^(?P<what>[^;:.]{5,200}?)\s*[,;:–—-]+\s*(?:[^;]{0,60}[,;]\s*)?(?:so\s+|hence\s+)?(?:not|no\s+(?:start|go)|don't\s+\w+"
    r"|do\s+not\s+\w+)(?:\s+this|\s+it)?\s+before(?:\s+(?:that|then))?(?:\W*$|,)"
)
_NOTHING_UNTIL = pattern(
    r"^(?P<what>[^;:.]{5,200}?)\s*[,;:–—-]+\s*(?:so\s+)?nothing\s+(?:can|to)\b.*\buntil\s+(?:it|they|that|he|she)\b"
)
_UNTIL_THEY = pattern(
    r"\b(?:until|till|before|unless)\s+(?:he|she|they|that|it)\s+(?:does|do|did|has|have|is|are|answers?|says?"
    r"|comes?|replies)\b"
)
_START = r"(?:start|begin|wait|continue|go\s+on|go\s+ahead|do\s+this|pick\s+this\s+up|hold\s+off|take\s+this|resume)"
_WHEN_THEY_ARE = pattern(
    rf"^(?P<what>[^;:.]{{5,200}}?)\s*[,;:.–—-]+\s*(?:so\s+|please\s+|then\s+|we\s+|i\s+|i'll\s+|we'll\s+"
    rf"|only\s+)*{_START}\s+(?:\w+\s+)?(?:when|once|until|till|as\s+soon\s+as|after|for)\s+"
    r"(?:he|she|they|it|that|those|them)\b"
)
_PLEASE_WAIT = pattern(
    r"^(?P<what>[^;:.]{5,200}?)\s*[,;:–—-]+\s*(?:so\s+|then\s+)?(?:please\s+)?(?:wait|hold\s+off|do\s+not\s+start"
    r"|don't\s+start)\W*$"
)
_JUST_WAIT = pattern(
    r"^\W*(?:so\s+|please\s+|then\s+)*(?:wait|hold\s+off|do\s+not\s+start|don't\s+start|not\s+yet)(?:\s+(?:yet"
    r"|please|for\s+now|until\s+then))*\W*$"
)
_THEY_SAY = pattern(
    r"(?:\bnot\b|n't\b|\bonly\b|\bnever\b).*\b(?:before|until|when|once|unless|if)\s+(?:they|he|she)\s+(?:say|agree"
    r"|answer|decide|approve|confirm|sign|give|reply|ok|come|have|has|are|is)\w*\b"
)
_GIVES_GO = pattern(
    rf"\b(?P<what>{_WHO}\s+(?:must|has\s+to|have\s+to|needs\s+to|need\s+to)\s+(?:still\s+|first\s+)?(?:give|say"
    r"|agree|ok|okay|bless|green-?light)\b[^.;]*)"
)
_MUST_BE = pattern(
    r"^\W*(?P<what>(?:the|our|all|a|an|both|two|three)\s+[^,;.]{2,80}?\s+(?:must|has\s+to|have\s+to"
    r"|needs?\s+to)\s+(?:first\s+)?be\s+",
    any_of(
        "signed, approved, delivered, ordered, decided, confirmed, granted, bought, agreed, paid, clarified,"
        " chosen, procured, hired, here, there, accepted, booked"
    ),
    r"[^,;.]{0,40}?)\s+(?:first|before\s+(?:we|this|you|i|work|starting|any\w*)|beforehand)\b",
)
_WHEN_HERE = pattern(
    r"^\W*(?:only\s+)?(?:as\s+soon\s+as|once|when|after)\s+(?P<what>(?:the|our|all|both|a"
    r"|an)\s+[^,;.]{2,80}?\s+(?:is|are|has|have)\s+(?:been\s+|all\s+)?",
    any_of(
        "here, delivered, arrived, signed, approved, granted, known, decided, agreed, paid, clarified, back,"
        " bought, chosen"
    ),
    r")\s*,?\s*(?:we|i|this|you|it|work)\s+(?:can|could|may|will|starts?|begins?)\b",
)
_ASKED_FOR = pattern(
    r"\bneeds?\s+(?P<what>(?:an?|the|some|access)\s+[^,;.]{3,80}),.*\b(?:is\s+waiting\s+for|not\s+(?:yet\s+)?(?:delivered|arrived|here)|nothing\s+yet|no\s+answer|no\s+reply"
    r"|not\s+yet|still\s+waiting|haven't\s+heard|asked\s+(?:for|\w+\s+(?:on|in|last|yesterday|twice)))\b"
)
_WHETHER_AT_ALL = pattern(
    r"\bwhether\s+(?:we|to)\s+(?:\w+\s+)?(?:do|want|need|build|have|keep)\s+(?:this"
    r"|it)(?:\s+at\s+all)?\b.*\b(?:decid\w+|open|unclear|before|not)\b|\bbefore\s+we\s+decide\s+(?:whether|if)\b"
)
_SOMEBODY = pattern(
    rf"^\W*(?:to\s+do\s+(?:this|it|that)|for\s+(?:this|that|it)|to\s+start),?\s+(?P<what>{_WHO}\s+(?:must|has\s+to"
    r"|have\s+to|needs\s+to)\s+(?:first\s+)?"
    r"(?:give|send|tell|open|grant|create|buy|order|decide|choose|unlock|provide|sign|approve|set\s+up|write"
    r"|hand)\b.*)$"
)
_UNSIGNED = pattern(
    r"^\W*(?!(?:if|when|unless|whether|whenever)\b)(?P<what>[^,;.]*\b(?:go/no-go|contract|approval|decision|sign-?off|answer|budget|offer|licen[cs]e|access"
    r"|feedback|review|nda|dpa|designs?|icons|texts|copy|wording|mock-?ups?|hardware|permission)\b[^,;.]*"
    r"\b(?:pending|unsigned|outstanding|missing|undecided|overdue)\b)"
)
_WITHOUT_IT = pattern(
    r"^\W*without\s+(?:it|that|them|this|those)\s*,?\s+(?:we|i|this|you|nothing|no|there)\b.*\b(?:can't|cannot"
    r"|can\s+not"
    r"|nothing|impossible|no)\b"
)
_NOBODY_HAS = pattern(r"\b(?:nobody|no\s+one|we\s+don't|we\s+do\s+not|i\s+don't)\s+(?:has|have|knows?|got)\b")


_PLAIN_LACKS = (_STILL_HAS_TO, _FROM_NEEDED, _NEEDS_SOMEBODYS, _RIGHTS_NEEDED, _NO_RIGHTS, _SOMEBODY_FIRST)


_IN_GERMAN = pattern(
    r"\b(?:erst|nicht|nichts)\s[^.;]{0,60}?(?:wenn|sobald|bevor|bis|nachdem)\s+(?P<what>(?:der|die|das|unser\w*)\s+[^\s.;,]+"
    r"(?:\s[^.;,]{1,40})?\s(?:zugestimmt|freigegeben|entschieden|unterschrieben|geantwortet|bestätigt|genehmigt|geliefert)"
    r"\s+hat)\b"
)


def of_what_people_lack(sentence: Sentence) -> Iterator[Reference]:
    """What people must give before the work goes on, where a sentence tells so by its whole build."""
    said = clean(_lacked(sentence))
    if said and not _SOFTWARE.match(said) and not sentence.known.service(said):
        yield Reference(said, unclear=True)


def _lacked(sentence: Sentence) -> str:
    text = sentence.text[:500]
    before = sentence.before[-1].text[:500] if sentence.before else ""
    for frame in (_WHEN_GIVEN, _MUST_FIRST, _MUST_BE, _WHEN_HERE, _SOMEBODY, _UNSIGNED, *_PLAIN_LACKS):
        if found := frame.match(text):
            return found["what"]
    for frame in (_NEEDED, _NEED_BEFORE, _NEED_WITHOUT, _ASKED_FOR, _GIVES_GO, _IN_GERMAN):
        if found := frame.search(text):
            return found["what"]
    for frame in (_WHEN_THEY_ARE, _PLEASE_WAIT, _NOT_BEFORE_THEN, _NOTHING_UNTIL):
        if (found := frame.match(text)) and (_tells_of_people(found["what"]) or _lacks(found["what"])):
            return found["what"]
    if _WHETHER_AT_ALL.search(text):
        return text
    if before and _goes_on(text, before):
        return before
    if _NOT_BEFORE.match(text) and (event := _AFTER_EVENT.match(before)):
        return event["what"]
    return _lacking(text)


def _goes_on(text: str, before: str) -> bool:
    """Whether a sentence lets the work wait for what the sentence before it says of people."""
    if _JUST_WAIT.match(text):
        return _LACKING.search(before) is not None or people_must(before)
    if _WITHOUT_IT.match(text):
        return any(one.search(before) for one in (_NOBODY_HAS, _ON_ITS_WAY, _LACKING))
    if _UNTIL_THEY.search(text) and HELD_BACK.search(text) and not_done_by_people(before) is not None:
        return True
    return _THEY_SAY.search(text) is not None and _STARTS_WITH_PEOPLE.match(before) is not None


def _lacking(text: str) -> str:
    return _lacks(text) if HELD_BACK.search(text) is not None else ""


def _lacks(text: str) -> str:
    """What of people is said not to be there: "the tax question is open"."""
    lacking = _LACKING.search(text)
    if lacking is None:
        return ""
    said = lacking["what"] or lacking["thing"] or lacking["who"] or ""
    return said if lacking["what"] is None or _is_of_people(clean(said)) else ""


def _tells_of_people(said: str) -> bool:
    """Whether words tell of what people do, or of something that is on its way."""
    return _STARTS_WITH_PEOPLE.match(said) is not None or _ON_ITS_WAY.search(said) is not None


_STARTS_WITH_PEOPLE = pattern(
    rf"\W*{_WHO}\s+(?:is|are|has|have|wants?|looks?|needs?|must|will|still|works?|thinks?|checks?|asked|writes?"
    r"|must|prepares?)\b"
)
_ON_ITS_WAY = pattern(
    r"\b(?:ordered|on\s+(?:its|their|the)\s+way|in\s+the\s+mail|requested|applied\s+for|being\s+(?:bought|ordered"
    r"|set\s+up|printed|shipped"
    r"|delivered|signed|translated))\b"
)
_THINGS = pattern(
    r"\b",
    any_of(
        """
        texts?, copy, wording, logos?, photos?, pictures?, images?, design, designs, contract, offer, price, prices,
        pricing,
        list, data, numbers?, figures?, rules?, terms, specs?, specification, requirements?, concept, date, name,
        domain,
        boards?, parts?, samples?, units?, sensors?, phones?, cables?, machines?,
        mock-?ups?, icons?, wireframes?, assets?, sketches, drafts?, sounds?, recordings?,
        account, access, licen[cs]e, key, hardware, devices?, budget, decision, answer, feedback, content, translation,
        translations, legal, law, questions?, who, which, what, whether, how, when, where
        """
    ),
    r"\b",
)


def _is_of_people(said: str) -> bool:
    return is_requirement(said) or _THINGS.search(said) is not None
