"""What sentences say that people must give, decide or do before the work can go on."""

from __future__ import annotations

import re

from aegis.core.reading.parts import clean
from aegis.core.reading.requirements import ENDS, GIVEN, LEADS_ON, PEOPLE, WHICH_PEOPLE
from aegis.core.reading.vocabulary import any_of, pattern

_IS_GIVEN = pattern(rf"(?:(?!(?!a\s){LEADS_ON}\s)[\w'/.-]+\s+){{0,5}}{GIVEN}{ENDS}")
_NOT_THERE = pattern(
    r"\b(?:(?:we|i)\s+(?:don't|do\s+not)\s+have|(?:is|are)\s+(?:still\s+)?missing|not\s+(?:yet\s+)?(?:arrived"
    r"|available|here|there|ordered))\b"
    r"|\((?:[\w']+\s){0,3}(?:ordered|delivered|arrives?|arriving|requested|applied\s+for|promised)\b"
)
_A_THING_OF_OTHERS = re.compile(r"(?:the|a|an|our|their|lack of|missing)\s|[A-Z]\w+'s\s")
_STAFF = any_of(
    """
    legal, finance, marketing, sales, hr, ops, vendor, vendors, supplier, stakeholders, management, po, product owner,
    cto, ceo, cfo, boss, security team, design team, agency, lawyer, lawyers, auditor, bank, procurement, accounting,
    dpo, works council, infra, compliance, dba, platform team, rechtsabteilung, fachbereich, betriebsrat,
    geschäftsführung
    """
)
_STAFF_ONLY = pattern(rf"(?:the\s+|our\s+)?{_STAFF}(?:\s+team)?")
_MUST = any_of("must, has to, have to, needs to, need to")
_STAFF_MUST = pattern(
    rf"\b{_STAFF}(?:\s+team)?\s+(?:still\s+)?{_MUST}\s+(?:first\s+)?",
    any_of("confirm, approve, sign, sign off, decide, agree, say, ok, choose, answer, check"),
    r"\b(?!\s+(?:each|every|any|all)\b)",
)
_PEOPLE_MUST_BEFORE = pattern(
    rf"(?:{_STAFF}(?:\s+team)?|(?:somebody|someone)(?:\s+(?:from|in|at)\s+[\w ]{{2,20}}?)?",
    r"|(?!(?:that|this|it|these|those|they|we|you|there|then|everything|everybody|users?|customers?|visitors?"
    r"|players?|admins?)\b)",
    rf"(?-i:[A-ZÀ-Þ][a-zà-ÿ]+(?: [A-ZÀ-Þ][a-zà-ÿ]+)?))\s+(?:still\s+)?{_MUST}\s+(?:first\s+)?",
    any_of(
        """
        approve, confirm, decide, sign, agree, say, answer, send, deliver, provide, open, grant, order, buy, give,
        check, review, ask, set up, create, install, write, choose, tell, hand over, unlock, allow, look
        """
    ),
    r"\b.*\b(?:before\s+(?:we|this|i|you|anything|anyone|that)|first|(?:until|till)\s+then)\b",
)
_BEFORE_PEOPLE_MUST = pattern(
    rf"(?:before|until)\s+(?:we|this|i|you|anything|anyone|work|starting|that)\b.{{0,60}}?(?:{PEOPLE}|\b(?:he|she"
    r"|they))\s+(?:still\s+)?",
    rf"{_MUST}\s+(?:first\s+)?",
    any_of(
        """
        approve, confirm, decide, sign, agree, say, answer, send, deliver, provide, open, grant, order, buy, give, ask,
        choose, tell, hand over, unlock, allow, clarify, settle, finish, finalise, finalize, write, review
        """
    ),
    r"\b",
)
_COMES_FROM_PEOPLE = pattern(
    rf"\b(?:{_MUST}|will|should)\s+(?:still\s+)?(?:first\s+)?(?:come|be\s+(?:provided|delivered|given|sent|decided"
    r"|confirmed|approved|signed|chosen|granted)|arrive)",
    rf"\s+(?:from|by)\s+(?:{_STAFF}\b|(?:the\s+|our\s+)?{PEOPLE}\b|(?-i:[A-ZÀ-Þ][a-zà-ÿ]+)(?=[\s.,;)]|$))",
)
_PEOPLE_WILL = pattern(
    rf"\s*(?:(?:the\s+|our\s+)?{_STAFF}(?:\s+team)?|somebody|someone)(?:\s+(?:from|in|at)\s+\w+)?\s+(?:[a-z]+s|has"
    r"|have|is|are)\b"
    r"|\s*(?:we|i)\s+(?:know|have|get|hear|receive)\b(?!\s+(?:time|capacity|resources|nothing|more|enough|some)\b)"
)
_SOMEBODY_GIVES = pattern(
    r"(?-i:(?!The|This|That|It|We|You|They|All|CI)[A-ZÀ-Þ][a-zà-ÿ]+(?:\s[A-ZÀ-Þ][a-zà-ÿ]+)?)\s+(?:gives?|sends?|brings?|hands?|returns|answers|decides|approves"
    r"|confirms|delivers|provides|signs|agrees|chooses|orders|is\s+back|comes\s+back|gets\s+back|has\s+(?:given|sent|brought))\b"
)
""" "until Hanne gives us back the phone"."""
_EVENT = pattern(
    r"(?:the\s+|our\s+)?(?:new\s+)?",
    any_of(
        """
        go-live, go live, golive, launch, code freeze, freeze, audit, holidays?, vacation, summer break, new year,
        easter, christmas, black friday, delivery, arrival, end of the \\w+(?: \\w+)?, start of the \\w+(?: \\w+)?,
        election, conference, trade fair, training, kick-off, move to the
        """
    ),
    r"\b",
)
_WHETHER_WISHED = pattern(
    r"(?:whether|if)\s+.{1,60}?\b(?:wants?|wishes|agrees?|accepts?|pays?|approves?|decides?|likes?|say|says)\b"
)
_NOT_DONE_YET = any_of(
    """
    signed, approved, decided, answered, replied, confirmed, delivered, sent, granted, agreed, provided, paid, ordered,
    bought, arrived, final, clear, known, available, settled, chosen
    """
)
_UNDONE = pattern(
    rf"(?:(?:has|have|is|are)(?:n't|\s+not)|\bnot)\s+(?:yet\s+)?(?:been\s+)?{_NOT_DONE_YET}\b",
    r"|\b(?:we|i)\s+(?:still\s+)?(?:don't|do\s+not|haven't|have\s+not)\s+(?:yet\s+)?(?:have|got"
    r"|received?)\s+(?:any\s+|an?\s+|the\s+|our\s+)?",
    rf"(?:[\w-]+\s+){{0,2}}?{GIVEN}{ENDS}|\b(?:nobody|no\s+one|none\s+of\s+us)\s+(?:has|knows|can|could|answers"
    r"|answered|told|said|will)\b",
)
_CLAUSE_END = re.compile(r"[.,;:!?()–—]|\s-\s|\s(?:so|but|and|because|since|as)\s")
_OF_MACHINES = pattern(
    r"\b\d+\s?(?:ms|s|secs?|seconds?|min|minutes?)\b|\b(?:answer|reply|confirmation|ok)\s+(?:of|from"
    r"|by)\s+(?:the\s+)?(?:\w+\s+)?"
    r"(?:server|service|api|backend|client|browser|database|broker|queue|worker|device|socket|process)\b"
    r"|\b(?:approvals?|confirmations?|consent|sign-?offs?|decisions?|answers?|review|reviews|signatures?)\s+(?:of|from|by)"
    r"\s+(?:(?:at\s+least|only|just|exactly|up\s+to|more\s+than)\s+)?(?:one|two|three|four|\d+|any|every|each|an?|some)\s"
)
_OWN_STEP = pattern(
    r"(?:",
    any_of(
        """
        or, and, but, (?-i:it), seeing, this, that, you, we, i, he, she, they, each, every, all, tests, ci, then, now,
        default, at,
        tomorrow
        """
    ),
    r"\b|\w+ing\b|[\d(`{<$]|(?:the|all|your|our)\s+",
    any_of(
        "tests? (?:pass|are|run), test suite, build, ci, pipeline, page, form, event, request, response, users?, click"
    ),
    r"\b)",
)


def is_given(text: str) -> bool:
    """Whether words begin with what people give: "access to the account", "a written approval"."""
    return any(one.match(text) for one in (_IS_GIVEN, WHICH_PEOPLE)) or _NOT_THERE.search(text) is not None


def is_of_staff(text: str) -> bool:
    """Whether words name people of the company ("the works council"), or ask what somebody wants."""
    return _STAFF_ONLY.fullmatch(text) is not None or _WHETHER_WISHED.match(text) is not None


def people_will(text: str, at: int) -> bool:
    """Whether a clause that begins at a place tells what people do: "somebody tells us the limits"."""
    return _PEOPLE_WILL.match(text, at) is not None


def comes_to_pass(text: str) -> bool:
    """Whether words tell of an event, or of what people do: "the go-live", "the vendor fixes the driver"."""
    return any(one.match(text) is not None for one in (_EVENT, _PEOPLE_WILL, _SOMEBODY_GIVES))


def not_done_by_people(text: str) -> str | None:
    """The clause that says that people have not done something yet: "the contract is not signed"."""
    undone = _UNDONE.search(text)
    if undone is None:
        return None
    before = [one.end() for one in _CLAUSE_END.finditer(text, 0, undone.start() + 1)]
    behind = _CLAUSE_END.search(text, undone.end())
    return clean(text[before[-1] if before else 0 : behind.start() if behind is not None else len(text)])


def is_of_machines(text: str) -> bool:
    """Whether words tell of what programs wait for: "the answer of the server, at most 5 s"."""
    return _OF_MACHINES.search(text) is not None


def is_a_thing_of_others(text: str) -> bool:
    """Whether words name a thing that somebody must bring ("the vendor's fix"), and no cause in a program ("CORS")."""
    return _A_THING_OF_OTHERS.match(text) is not None


def people_must(text: str) -> bool:
    """Whether a sentence says that people of ours must do something before the work can: "Legal has to approve it"."""
    text = text[:400]
    return (
        any(one.search(text) for one in (_STAFF_MUST, _BEFORE_PEOPLE_MUST, _COMES_FROM_PEOPLE))
        or _PEOPLE_MUST_BEFORE.match(text) is not None
    )


def is_waited_for(text: str) -> bool:
    """Whether words can stand for something that work waits for, and are no step of the work itself."""
    return len(text.split()) > 1 and _OWN_STEP.match(text) is None
