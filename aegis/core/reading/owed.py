"""What people owe this work, told in two steps: what they have not given yet, and that the work rests because of it.

"PayNord promised us keys for Tuesday. Not a line of this can be tried out before they arrive." Neither sentence says it
alone: the first may tell of anything, the second of nothing that is named. Both together leave no doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.core.reading.known import Reference
from aegis.core.reading.links import is_refuted
from aegis.core.reading.parts import clean
from aegis.core.reading.requirements import PEOPLE
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.vocabulary import any_of, pattern, words

_NO_NAME = r"(?!(?:The|This|That|These|Those|It|We|You|They|If|When|Once|There|No|Not|All|Each|Every|Users?|A|An)\b)"
_NAME = rf"(?-i:{_NO_NAME}[A-ZÀ-Þ][\w&]+(?:\s[A-ZÀ-Þ][\w&]+)?)(?:\s\([^()]{{1,30}}\))?"
_WHO = (
    rf"(?:(?:the\s+|our\s+)?{PEOPLE}(?:\s\([^()]{{1,30}}\))?|{_NAME}(?:\s+and\s+{_NAME})?"
    rf"|(?:the\s+)?owner\s+of\s+\w+|somebody|someone)"
)
_GIVE = any_of(
    """
    give, grant, send, say, decide, sign, countersign, approve, confirm, deliver, answer, reply, provide, choose, pick,
    order, buy, tell, agree, open, unlock, release, hand over, set up, let us know, get back, put
    """
)
_GIVEN = any_of(
    """
    given, granted, sent, said, decided, signed, countersigned, approved, confirmed, delivered, answered, replied,
    provided, chosen, picked, ordered, bought, told us, told me, agreed, opened, unlocked, released, handed over,
    set up, come back, got back
    """
)
_OWES = pattern(
    rf"(?:^|[.;:,!?–—]\s+|\s-\s|\b(?:but|and|because|since|as)\s+){_WHO}\s+(?:",
    rf"(?:still\s+)?(?:has|have|needs?|is|are)\s+to\s+(?:first\s+)?{_GIVE}\b|must\s+(?:still\s+|first\s+)?{_GIVE}\b",
    rf"|(?:has|have)\s+yet\s+to\s+{_GIVE}\b|(?:still\s+)?(?:has|have)(?:n't|\s+not)\s+(?:yet\s+|even\s+)?{_GIVEN}\b",
    r"|(?:promised|owes?)\s+us\b|disagrees?\s+on\b|(?:has|have)\s+the\s+last\s+word|can't\s+agree\b"
    r"|decides?\b|own(?:s)?\s+it\b",
    r"|said\s+(?:that\s+)?they(?:'d|\s+would|\s+will)\b|wants?\s+an?\s+[\w ]{2,40}\s+before\s+they\b"
    r"|(?:have|has)(?:n't|\s+not)\s+delivered\b",
    r"|(?:is|are)\s+considering\b|(?:will|'ll)\s+(?:name|send|tell|decide|give)\b",
    r"|puts?\s+it\b|(?:is|are)\s+(?:still\s+)?(?:checking|deciding|discussing|looking\s+for|negotiating"
    r"|waiting\s+for))",
)
_LACKS = pattern(
    r"\b(?:is|are)\s+(?:still\s+)?(?:stuck|held)\s+(?:in|at|with)\s+(?:customs|the\s+mail|transit"
    r"|procurement|legal)\b",
    rf"|\b(?:is|are|lies?|sits?)\s+(?:still\s+)?with\s+(?:the\s+|our\s+)?{PEOPLE}\b",
    r"|\bnobody\s+(?:has\s+)?(?:told\s+(?:me|us)\s+(?:which|what|how|who|whether|when|where)|answered|decided)\b|\bno\s+(?:reply|answer|date|decision"
    r"|access)\b(?:\s+(?:so\s+far|yet))?\s*(?=[.,;)]|$)",
    r"|\b\d+\s+of\s+\d+\s+(?:are\s+)?(?:back|in|signed|here|returned)\b",
    r"|\bordered\b[^.]{0,40}\b(?:lead\s+time|wks|weeks|days|arrives?|delivery)\b|\b(?:lead\s+time"
    r"|delivery)\b[^.]{0,40}\b(?:weeks|wks|days)\b",
    r"|\b(?:we|i)\s+(?:still\s+)?lack\s+(?:the|their|a|an|his|her)\b|\basked\s+(?:our|the|their)\s+\w+"
    r"|\bbeen\s+asked\s+for\b",
    r"|\b(?:was|were|is|are|been)\s+requested\s+from\b|\bback\s+at\s+the\s+(?:manufacturer|supplier|vendor|shop)\b",
    r"|\b(?:we're|we\s+are|i'm|i\s+am)\s+(?:still\s+)?(?:missing|lacking)\s+(?:the|a|an|their|his|her)\b",
)
_THEY = r"(?:they|he|she|it|that|those|these|them)"
_NO_START = any_of(
    "start, begin, go on, go ahead, continue, proceed, do this, do it, do anything, do much, go further, work on this"
)
_RESTS = pattern(
    rf"\b(?:we|i)\s+(?:can't|cannot|can\s+not|won't|will\s+not)\s+{_NO_START}(?=\s*(?:[.,;!)–—-]|$)|"
    rf"\s+(?:earlier|before"
    r"|until|till|without|yet|here|any))",
    rf"|\b(?:we|i)\s+(?:can't|cannot|won't)\s+\w+(?:\s+\w+){{0,3}}\s+(?:before|until|without)\s+(?:{_THEY}|his|her|their)\s+"
    r"(?:decision|answer|approval|ok|go|word|reply)\b"
    rf"|^\W*(?:can't|cannot|no\s+way\s+to)\s+{_NO_START}\s*(?:[.,;!]|$|earlier|before|until|without|yet)",
    r"|\b(?:not\s+a\s+line|nothing|none)\s+(?:of\s+(?:this|it)\s+)?(?:can|may)\s+be\s+\w+(?:\s+\w+)?"
    r"\s+(?:before|until|without)"
    rf"\s+{_THEY}\b",
    rf"|\b(?:please\s+)?(?:nobody|no\s+one|don't|do\s+not)\s+(?:start|begin|pick\s+this\s+up)\w*\s+(?:\w+"
    rf"\s+)?(?:before|until)"
    rf"\s+(?:{_THEY}|we(?:'ve|\s+have)\s+heard)",
    r"|\bso\s+(?:this|this\s+one|we|i|i'm|we're|this\s+task)\s*(?:(?:is|are|am)\s+)?(?:parked|blocked|on"
    r"\s+hold|stuck|on\s+ice)\b",
    r"|\b(?:i|we)(?:'m|'re|\s+am|\s+are)\s+(?:stuck|blocked)(?=\s*(?:[.,;!)]|$|until|here|without))|^\W*(?-i:STOP)\W*$",
    rf"|\b(?:i|we)(?:'ll|\s+will)?\s+(?:then\s+)?(?:carry\s+on|start|continue|go\s+on|begin|resume|go)"
    rf"\s+(?:as\s+soon\s+as|once|when"
    rf"|after)\s+{_THEY}(?:'s|'re|\b)|\bresume\s+(?:on|upon|after|when|once)\s+(?:arrival|delivery|{_THEY})\b",
    rf"|\bas\s+long\s+as\s+{_THEY}\s+(?:do|does|don't|doesn't|haven't|hasn't|are|is|can't)\b,?\s*(?:any|no"
    rf"|nothing|nobody|we|i)\b",
    r"|\bwithout\s+(?:it|them|that|those)\s+(?:we|i)(?:'d|\s+would|\s+can\s+only|\s+could\s+only)\b"
    r"|\b(?:can't|cannot)\s+\w+(?:\s+on)?\s+without\b",
    r"|\b(?:(?:i|we)\s+(?:won't|will\s+not)|not\s+going\s+to)\s+(?:touch|start|begin)\b[^.;]{0,60}?\b(?:on\s+a\s+hunch|in\s+the"
    r"\s+dark|on\s+a\s+guess|before|until|till|yet|without\s+(?:it|them|that))\b",
    r"|^\W*once\s+(?:(?:they're|it's)\s+(?:here|there|in|back)|in\s+(?:our|my)\s+\w+)\b",
    r"|^\W*(?:this\s+is\s+)?(?:leave\s+it|pausing|paused|parked|on\s+hold|(?:so,?\s+)?patience|hands\s+off)\W*$|\bhands\s+off\W*$"
    r"|\bso,\s+patience\b",
    r"|\b(?:i've|we've|i\s+have|we\s+have)\s+put\s+(?:this|it)\s+aside\b|\b(?:i|we)\s+have\s+nothing\s+to\s+(?:put|do|show|build|work)\b",
    r"|\b(?:everything|the\s+rest)\s+(?:else\s+)?waits\s+(?:on|for)\s+(?:that|it|this|them)\b|\bif\s+they\s+(?:agree|say\s+yes|approve|accept),?"
    r"\s+(?:we|i)\s+(?:start|begin|go)\b",
    r"|\bnot\s+a\s+(?:commit|line|minute)\s+before\b|\bso\s+not\s+(?:before|sooner|earlier)\b|\bnot\s+sooner\b",
    rf"|\buntil\s+we\s+can\s+(?:read|see|try|have)\b|\bbefore\s+{_THEY}(?:'s|'ve|\s+has|\s+have)\s+\w+"
    rf"\s+(?:it|them|that)?\s*(?:we|i)(?:'re|'m|\s+are)?"
    r"\s+(?:not|won't|can't)\b",
    rf"|\buntil\s+{_THEY}\s+(?:has|have|does|do|did),?\s+(?:please\s+)?(?:don't|do\s+not|nobody|nothing)\b",
    rf"|\buntil\s+{_THEY}\s+(?:has|have|does|do|did),?\s+(?:we|i)(?:'re|'m|\s+are|\s+am)?\s*(?:not|n't"
    rf"|won't|can't|cannot|don't)\b",
)
_NO_MATTER = pattern(
    r"\b(?:(?:i|we|this|it)\s+(?:was|were)|(?:was|were)\s+(?:blocked|stuck|parked|waiting)|meanwhile|in"
    r"\s+the\s+meantime",
    r"|anyway|regardless|mock(?:s|ed)|stubbed|(?:a|the)\s+(?:mock|stub|dummy|placeholder|fake)(?!\s+until)"
    r"|would|could|might",
    r"|(?:the|an?|each|every|all)\s+(?:users?|customers?|visitors?|players?|members?|admins?|clients?)\b(?!'s)",
    r"|^(?:users?|customers?|visitors?|players?|members?|admins?|clients?)",
    r"|the\s+(?:app|server|client|job|button|form|page|request|dialog)\s+(?:waits?|must|has\s+to|can't))\b",
)
"""Tells of another time, of a way around, or of people who use the software."""
OWED_WORDS = words(
    """
    leave pausing hands aside waits everything if later sooner patience have
    can't cannot won't stuck parked blocked hold carry resume resumes long without nobody nothing not stop once then
    until when before going ice
    """
)
"""One of these stands in each sentence that lets the work rest."""
_OWE_WORDS = words(
    """
    lack considering asked said requested name wants
    has have needs must is are owes owe promised hasn't haven't disagree disagrees decides owns puts nobody no of
    ordered
    lead we're i'm says signs approves confirms answers
    """
)
_VAGUE = pattern(r"\b(?:owns?|puts?|decides?)\s+it\b")
"""Tells who has it, and not what it is: the sentence before does."""
_THEN_WE = pattern(r"^\W*(?:only\s+)?then\s+(?:we|i)\s+(?:\w+\s+)?(?:design|build|start|begin|can)\b")
_PAUSED = re.compile(r"\W*(?:on hold|paused|parked|blocked|waiting)\W*$", re.IGNORECASE)
_STOPS = re.compile(r"!!\s*STOP\s*!!", re.IGNORECASE)
_FIRST = pattern(
    rf"^\W*(?:first\s+things\s+first|first)\W+(?P<what>{_WHO}\s+(?:says?|decides?|signs?|approves?"
    rf"|confirms?|answers?)\b.*)$"
)


def of_what_people_owe(sentence: Sentence) -> Iterator[Reference]:
    """What people still have to give, where this sentence lets the work rest and it or one before it tells what for."""
    if OWED_WORDS.isdisjoint(sentence.said) and not sentence.before:
        return
    text = sentence.text[:400]
    if sentence.before and _PAUSED.match(sentence.before[-1].text) and _OWES.search(text):
        if not (_NO_MATTER.search(text) or is_refuted(text)):
            yield Reference(clean(text), unclear=True)
        return
    then_we = _THEN_WE.match(text) is not None
    if not (then_we or _RESTS.search(text)) or _NO_MATTER.search(text) or is_refuted(text):
        return
    tells_itself = _OWES.search(text) is not None and not _VAGUE.search(text)
    sources = [*reversed(sentence.before), sentence]
    for one in (sentence, *sources) if tells_itself else sources:
        said = _STOPS.sub("", one.text[:400]).strip()
        if _OWE_WORDS.isdisjoint(one.said) or "?" in said[-2:]:
            continue
        if _NO_MATTER.search(said) or is_refuted(said) or any(map(sentence.known.service, said.split()[:20])):
            return
        first = _FIRST.match(said)
        if first is not None or (not then_we and (_OWES.search(said) or _LACKS.search(said))):
            yield Reference(clean(first["what"] if first is not None else said), unclear=True)
            return
