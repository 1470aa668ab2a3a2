"""What people give or decide, and no task does: access, an approval, a device, an answer.

Where the line is between an unknown task and an unclear requirement: an item is an *unclear requirement* where it is
what people give or decide (access, an account, credentials, an approval, a decision, an answer, hardware, somebody's
doing), or says that nobody knows yet ("TBD"). It is a task's name, and an unknown one where no task bears it, in all
other cases, and also where it begins as a task does, with a verb of work ("Build the account page").
"""

from __future__ import annotations

import re

from aegis.core.reading.vocabulary import any_of, pattern, words
from aegis.core.reading.words import folded

_GIVEN_THINGS = """
    physical device, physical devices, real device, real devices, test device, access, accesses, credential,
    credentials, creds, api key, api keys, outcome, a go, the go, licence, licences, license, licenses, approval,
    approvals, sign-off, sign-offs, sign off, signoff, decision, decisions, confirmation, feedback, answer, answers,
    reply, go-ahead, go ahead, green light, ok, okay, budget, funding, hardware, invitation, invite, vpn, consent,
    agreement, signature, signatures, mock-up, mock-ups, mockup, mockups, wireframes, sample data, sample files,
    price list, sim card, sim cards, certificate, steering committee, admin rights, clarification, clarifications,
    nda, dpa, wireframes, quote, delivery, shipment, arrival, final copy, final texts, final text, final wording,
    final numbers, final list, translations, freigabe, zugang, zugänge, zugriff, genehmigung, entscheidung,
    zugangsdaten, rückmeldung, antwort,
    bestätigung, zustimmung, abnahme, lizenz, accès, validation par, décision, réponse, autorisation, accord, devis,
    identifiants, acceso, aprobación, aprobacion, decisión, respuesta, permiso, permisos, licencia, credenciales,
    contraseña, acesso, aprovação, decisão, accesso, approvazione, toegang, goedkeuring
"""
_SMALL_THINGS = """
    account, accounts, permission, permissions, password, passwords, token, tokens, key, keys, secret, secrets,
    contract, contracts, device, devices, phone, phones, laptop, scanner, printer, dongle, sensor, tablet, iphone,
    ipad, seat, seats, quota, test data, test user, test users, test patients, test customers, test accounts,
    test records, meeting, workshop, kick-off, kickoff, interview, interviews, stakeholder, stakeholders, gpu,
    purchase, order number, firewall rule, firewall rules, login, logins, konto, vertrag, compte, cuenta
"""
GIVEN = any_of(_GIVEN_THINGS)
_ACCOUNT = pattern(
    r"(?:[\w.]+\s+){0,2}(?:developer|test|service|admin|demo|sandbox|production|staging|prod|live|api|business"
    r"|merchant|bot"
    r"|technical|trial|root|read-only|paid|company|team|guest|user|signing|code signing|client)\s+",
    any_of(
        "accounts?, passwords?, keys?, tokens?, licen[cs]es?, certificates?, credentials, devices?, logins?,"
        " subscription, seats?, secrets?, users?"
    ),
    r"(?=$|\s*[(,;:.–—]|\s+(?:for|from|with|of|on|in|to)\b)",
)
"""An account or the like, of which its kind is said: "Apple developer account"."""
_GIVEN_IN_SMALL_LETTERS = any_of(_SMALL_THINGS)
LEADS_ON = any_of(
    """
    of, from, by, for, to, on, about, whether, at, with, in, is, are, has, have, must, needs, need, should, that, via,
    through, as, so, which, who, and, or, not, yet, if, before, after, until, durch, von, der, des, für, zur, zum, vom,
    beim, im, de, du, par, pour, à, au, aux, por, para, del, al, a, da, dal, van, voor
    """
)
ENDS = rf"(?:'s)?(?=$|\s*[^\w\s'&/-]|\s+-\s|\s+{LEADS_ON}\b)"
_A_GIVEN_THING = pattern(rf"(?<![\w-]){GIVEN}{ENDS}")
_A_SMALL_GIVEN_THING = pattern(
    rf"(?:a|an|the|our|one|two)\s(?:.*[^\w-])?{_GIVEN_IN_SMALL_LETTERS}{ENDS}"
    rf"|(?-i:[^A-Z].*(?<![\w-])|){_GIVEN_IN_SMALL_LETTERS}{ENDS}"
)
_PEOPLES_NAMES = """
    legal, finance, marketing, sales, hr, ops, customer, customers, client, clients, vendor, vendors, supplier,
    suppliers, stakeholders, management, manager, po, pm, product owner, product, cto, ceo, cfo, boss, lead,
    security team, design team, designer, designers, design, team, department, agency, lawyer, lawyers, auditor,
    partner, provider, bank, procurement, accounting, dpo, works council, infra, infrastructure, admin, admins, support,
    someone, somebody, colleague, colleagues, reviewer, security, platform team, compliance, dba, users, board, owner,
    rechtsabteilung, kunde, kunden, fachbereich, betriebsrat, chef, geschäftsführung, einkauf, juridique, client,
    équipe, direction, cliente, equipo, jurídico, proveedor, everyone, everybody, anyone
"""
_ROLES = r"""
    officers?, offices?, leads?, teams?, managers?, owners?, departments?, authority, authorities, agency, agencies,
    council, committee, board, bank, banks, insurer, insurance, provider, providers, vendors?, partners?, customers?,
    clients?, lawyers?, counsel, accountants?, auditors?, directors?, editors?, translators?, translation agency,
    designers?, photographer, professor, teachers?, union, ministry, mayor, publisher, studio, suppliers?,
    manufacturers?,
    management, planning, purchasing, controlling, metrology,
    school, university, hospital, court, police, foundation, museum, city, landlord, operators?, carriers?, customs,
    expert, experts, people, folks, guys, colleagues?, architects?, analysts?, researchers?, admins?, administrators?,
    acquirer, issuer, regulator, distributor, contractors?, freelancers?, consultants?, courier, dealer, reseller,
    integrator, law firm, sponsors?, chair, writers?, testers?, notary, dean, estate, advisers?, advisors?,
    secretary, steering group, working group, task force, jury, press, association, federation, chamber, registrar,
    hoster
"""
PEOPLE = rf"(?:{any_of(_PEOPLES_NAMES)}|(?:[a-z][\w'-]*\s+){{0,2}}{any_of(_ROLES)})"
_FROM_PEOPLE = pattern(
    r"\b(?:from|by|with|through|von|vom|durch|par|por|del|de)\s+(?:the\s+|our\s+|der\s+|dem\s+|den\s+|la\s+|le\s+"
    r"|el\s+)?"
    rf"{PEOPLE}\b(?!\s+\w+ing\b)"
)
_OF_PEOPLE = pattern(
    rf"(?:(?:the|our)\s+)?{PEOPLE}(?:'s\s|\s(?:vote|ballot|ruling|resolution)\b)|(?-i:[^A-Z].*\bfrom\s+(?:Mr\.?\s+|Mrs\.?\s+|Ms\.?\s+|Dr\.?\s+)?[A-Z][a-zà-ÿ]+)"
)
_ONLY_PEOPLE = pattern(
    rf"(?:(?:the|our|some|from)\s+)?(?:{PEOPLE}|\w+\s+(?:team|support|department))(?:\s+team)?"
    r"(?=$|\s*[.,;:!?(]|\s(?:to|who|for|here|now|-|–|—)\b)"
)
_A_NAME = re.compile(r"(?:Mr\.? |Mrs\.? |Ms\.? |Dr\.? |@)?[A-ZÀ-Þ][a-zà-ÿ]+(?: [A-ZÀ-Þ][a-zà-ÿ]+)?")
_NAME_FOR = re.compile(rf"(?:{_A_NAME.pattern}) (?:for|with) (?:the|an?|his|her|their|some|final|new)\b")
""" "waiting on Ines for the dark palette"."""
_PEOPLES_DOING = pattern(
    rf"(?:the\s+|our\s+)?(?:{PEOPLE}|@\w[\w.-]*)(?:\s+team)?\s+(?:still\s+)?(?:to|must|has\s+to|have\s+to|needs?\s+to|should|will)"
    r"\s+\w|.{0,60}\b(?:to|must|should)\s+be\s+(?:(?:chosen|picked|named)\s+by|decided|agreed|approved|signed|confirmed|ordered|delivered|clarified|provided)\b"
)
_A_PERSONS_DOING = re.compile(
    r"[A-ZÀ-Þ][\w.-]+(?: [A-ZÀ-Þ][\w.-]+)? (?:to|must|has to|needs to|should|will) [a-z]{2,} \w"
)
_WAITING_FOR = pattern(r"^(?:we(?:'re|\s+are)\s+)?(?:still\s+)?waiting\s+(?:for|on)\s+")
_PEOPLE_ANSWER = pattern(
    rf"(?:the\s+|our\s+)?{PEOPLE}\s+(?:replies|reply|answers?|sends?|signs?|reacts?|calls?|writes?)\b"
)
_DOING_IT = pattern(
    r"(?:[\w'-]+\s+){1,4}?(?:approving|confirming|signing|deciding|sending|answering|providing|delivering|agreeing|granting"
    r"|choosing|ordering|giving|replying)\b"
)
_PEOPLE_DO = pattern(
    r"(?:(?:the|our|a|an)\s+)?[^\s,]+(?:\s+[^\s,]+){0,2}?\s+(?:",
    any_of("decides, approves, signs off, confirms, delivers, provides, agrees, grants, chooses, responds, gets back"),
    r"|(?:has|have)(?:n't|\s+not)?(?:\s+yet)?\s+",
    any_of(
        """
        decided, approved, signed off, signed, confirmed, answered, replied, sent, delivered, provided, agreed, granted,
        picked, chosen, ordered, accepted, told us, given
        """
    ),
    r")\b",
)
_DESCRIBED = pattern(
    r"(?-i:(?:[Aa]n?|[Ss]ome|[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|\d{1,3}|[Aa]ny|[Aa]t least \w+) [a-z])"
)
"""A thing behind an article or a number that leaves open which one: "two rugged phones"; "the frozen schema" is one."""
_DOES = re.compile(
    r"[A-ZÀ-Þ][\w.-]+(?: [A-ZÀ-Þ][\w.-]+)? (?:must|has to|needs to|should|will|wants to|(?!is\b|was\b)[a-z]+s"
    r" (?:the|an?|us|me|it|him|her|them|our|his|their|whether|how|what|which)\b)"
)
_DATE = pattern(
    r"(?:on\s|the\s)?(?:\d{4}-\d\d-\d\d\b|\d{1,2}[./]\d{1,2}[./](?:\d{2,4})?(?=\s|$)|(?:mon|tues|wednes|thurs|fri"
    r"|satur|sun)day\b"
    r"|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?\s\d|\d{1,2}(?:st|nd|rd"
    r"|th)?\s(?:of\s)?(?:jan|feb|mar"
    r"|apr|may|jun|jul|aug|sep|oct|nov|dec)|q[1-4]\b|next\s(?:week|month|sprint|quarter|year)\b"
    r"|(?:the\s)?end\sof\s(?:the\s)?(?:week|month|sprint|quarter|year)\b|christmas|easter)"
)
_WORK = words(
    """
    add adjust allow apply approve archive automate backfill build bump change check choose clean configure convert
    create decide define delete deploy design disable display document draft draw drop enable enhance evaluate export
    expose extend extract finish fix freeze generate handle harden hide implement import improve index install integrate
    introduce investigate link load log make measure merge migrate model move normalise normalize optimise optimize
    parse persist plan port prepare print publish read record redesign reduce refactor release remove rename render
    replace research restore restructure review rework rewrite rotate run save send serve set setup show ship simplify
    sort speed split spike store stub support switch sync test track translate tune turn unify update upgrade upload
    use validate verify wire wrap write
    """
)
_UNKNOWN_YET = pattern(
    any_of(
        """
        tbd, tba, tbc, t\\.b\\.d, to be decided, to be determined, to be defined, to be confirmed, to be discussed,
        to be clarified, to be announced, unknown, unclear, not clear, not yet clear, not known, not yet known,
        not decided, not yet decided, not sure, don't know, needs clarification, \\?+, offen, noch offen, unklar,
        noch unklar, zu klären, noch zu klären, à définir, a definir, por definir, da definire
        """
    ),
    r"(?!\w)",
)


_NOT_KNOWN_AT_END = pattern(r"(?:[:=]|\s[-–—])\s*(?:tbd|tba|tbc|t\.b\.d\.?|unclear|unknown|open\s+question|\?+)\W*$")
""" "Retention period: TBD"."""
_HAS_TO_COME = pattern(
    rf"\((?:the\s+|our\s+)?{PEOPLE}\)\W*$|\((?:[^()]{{0,40}},\s*)?(?:booked|promised|expected|asked|requested|applied\s+for)\b|"
    r"\((?:(?:the\s+)?(?:supplier|vendor|manufacturer|shop|agency|carrier)\s+(?:says?|said|promised|promises|thinks)\b"
    r"|delivery\b|arrives?\b|ordered\b|being\s+delivered\b)"
    r"|(?-i:^[a-z][^()]*)\((?-i:[A-ZÀ-Þ][a-zà-ÿ]+)\s+(?:has|gets|asks|asked|calls|called|wrote|talks|sends|brings|orders|needs|must|will)\b",
    r"|(?-i:^[a-z])[^()]*\bfrom\s[^()]*\((?-i:[A-ZÀ-Þ][a-zà-ÿ]+)\)\W*$",
)
""" "new cables (supplier says in May)", "test cards from the bank (Ana)"."""


_PROMISED = pattern(
    rf"[,;]?\s*[-–—]?\s*(?:the\s+|our\s+)?{PEOPLE}\s+(?:says?|said|promised|promises|thinks|expects?|delivers)\b"
    r"|[,;]\s*(?:ordered|requested|promised|applied\s+for|booked)\b"
)


def is_promised(text: str, at: int) -> bool:
    """Whether a note that begins at a place tells that people bring it: "rev C boards, supplier says week 20"."""
    return _PROMISED.match(text, at) is not None


_DOINGS = """
    decides approves signs confirms delivers provides agrees grants chooses responds decided approved signed confirmed
    answered replied sent delivered provided agreed granted ordered clarified decide approve sign confirm agree say
    choose answer check review team support department missing unclear whether monday tuesday wednesday thursday friday
    saturday sunday christmas gives ok okay given told final delivery translations easter week month sprint quarter
    year arrived available
"""
TELLING_WORDS = frozenset(
    word
    for listed in (_GIVEN_THINGS, _SMALL_THINGS, _PEOPLES_NAMES, _DOINGS)
    for word in re.findall(r"[^\W_]{2,}", folded(listed))
) - {"of", "the", "physical", "real", "order", "number", "product", "lead", "test", "pm", "po", "direction"}
"""Without one of these, a sentence tells of nothing that people give (but in words that leave no doubt)."""


def is_given_alone(text: str) -> bool:
    """Whether words are nothing but what people give: "wireframes", "feedback"."""
    return _A_GIVEN_THING.fullmatch(text.strip()) is not None


def is_no_title(text: str) -> bool:
    """Whether words are no task's name, but tell of a thing or a doing: "two screens", "Kim must decide"."""
    if begins_with_work(text):
        return False
    return _DESCRIBED.match(text) is not None or _DOES.match(text) is not None


def is_doing_of_people(text: str) -> bool:
    """Whether words tell of what people are to do: "infra to give us a runner", "the customer confirming it"."""
    return any(one.match(text) is not None for one in (_PEOPLES_DOING, _DOING_IT, _PEOPLE_ANSWER))


def is_requirement(text: str) -> bool:
    """Whether an item asks for what people give or decide; see this module's text for where the line is."""
    text = _WAITING_FOR.sub("", text.strip()[:400], count=1)
    if is_not_known_yet(text) or _DATE.match(text) or _NOT_KNOWN_AT_END.search(text) or _HAS_TO_COME.search(text):
        return True
    if begins_with_work(text) and not text[:1].islower():
        return False
    return (
        _A_GIVEN_THING.search(text) is not None
        or _A_SMALL_GIVEN_THING.match(text) is not None
        or _ACCOUNT.match(text) is not None
        or _GIVEN_STATE.match(text) is not None
        or _OF_SOMEBODY.match(text.removeprefix("only ")) is not None
        or _FROM_PEOPLE.search(text) is not None
        or _OF_PEOPLE.match(text) is not None
        or _REVIEW.match(text) is not None
        or WHICH_PEOPLE.match(text) is not None
        or _TROUBLE.match(text) is not None
        or _ASK_PEOPLE.match(text) is not None
        or is_doing_of_people(text)
        or _A_PERSONS_DOING.match(text) is not None
        or _PEOPLE_DO.match(text) is not None
    )


_REVIEW = pattern(
    r"(?:(?:a|an|the|our|your|legal|code|security|final|[a-z]+'s)\s)*review(?=$|\s*[^\w\s'&/-]|\s(?:by|of|from"
    r"|through)\b)"
)
_TROUBLE = pattern(
    r"(?-i:(?=[a-z]))(?:missing|unclear|lack\s+of|vacation|holidays?|sick(?:ness)?|illness|absence|strike"
    r"|shortage)\s+\w"
    r"|(?-i:[A-ZÀ-Þ]\w+)(?:'s|s')?\s+(?:(?:is|are)\s+)?(?:on\s+|back\s+from\s+|returns?\s+from\s+)?(?:vacation"
    r"|holidays?|parental\s+leave|sick\s+leave|pto|return)\b"
    r"|(?:someone|somebody|anyone|anybody|a\s+(?:person|colleague|volunteer))\s+(?:with|who|from|to|in|at)\b"
    r"|open\s+questions?\b"
)
_GIVEN_STATE = pattern(
    r"[\w' /-]{2,60}\s(?:is\s+|are\s+|has\s+been\s+|have\s+been\s+|to\s+be\s+|must\s+be\s+)?(?:\w+ly\s+)?",
    any_of(
        "signed, approved, granted, decided, ordered, delivered, received, cleared, paid, procured, hired,"
        " unlocked, countersigned, (?:accepted|confirmed|chosen|picked|given|answered|provided)(?=\\s+by\\b)"
    ),
    r"(?=$|\s*[(,;:.–—]|\s(?:by|from|and|in|for|on)\b)|(?-i:(?:by\s+|from\s+)?IT\b(?!\s+\w))|.*\b(?:by"
    r"|from)\s+(?-i:IT|HR|QA|PR|PM|PO)\b|(?:external|internal|security|legal|tax|financial)\s+audit\b",
)
"""What has a state into which only people bring it: "NDA signed"."""
_OF_SOMEBODY = pattern(
    r"(?:(?-i:[A-ZÀ-Þ]\w+)'s?|his|her|their)\s+(?:\w+\s+)?(?:go|ok|okay|yes|word|blessing|input|opinion|answer"
    r"|feedback|approval|review|decision|sign-?off"
    r"|texts?|numbers|list|time|reply|consent|vote|choice|signature)\b"
)
_ASK_PEOPLE = pattern(
    rf"(?:ask|talk\s+to|coordinate|check|clarify|agree|discuss|align|sync|speak)\b.{{0,60}}?\b(?:{PEOPLE}|team)\b"
)
WHICH_PEOPLE = pattern(rf"(?:whether|if|what|how|which|who|when)\s+(?:the\s+|our\s+)?{PEOPLE}\b")


def begins_with_work(text: str) -> bool:
    """Whether words begin as a task's name does, with a verb of work."""
    return text.split(maxsplit=1)[0].casefold() in _WORK if text.strip() else False


def is_people(text: str, *, by_name: bool = True) -> bool:
    """Whether words name people of whom something is awaited: "legal", "the design team", and `by_name` "Robin"."""
    if _ONLY_PEOPLE.match(text) is not None:
        return True
    return by_name and (_A_NAME.fullmatch(text) is not None or _NAME_FOR.match(text) is not None)


def is_not_known_yet(text: str) -> bool:
    """Whether words say that something is not known yet: "TBD", "not sure"."""
    return _UNKNOWN_YET.match(text) is not None
