"""What an item under a heading says when it names no task: nothing at all, something that people give, or a package.

Where the line is between an unknown task and an unclear requirement: an item is an *unclear requirement* where it is
what people give or decide (access, an account, credentials, an approval, a decision, an answer, hardware, somebody's
doing), or says that nobody knows yet ("TBD"). It is a task's name, and an unknown one where no task bears it, in all
other cases, and also where it begins as a task does, with a verb of work ("Build the account page").
"""

from __future__ import annotations

import re

from aegis.core.reading.links import is_refuted
from aegis.core.reading.markup import STRUCK
from aegis.core.reading.vocabulary import any_of, pattern, words

# --- nothing ---------------------------------------------------------------------------------------------------

_NONE = any_of(
    """
    none, nothing, nobody, no one, noone, nil, null, n/a, n\\.a, n\\. a, na, not applicable, not blocked, unblocked,
    no response, no, keine, keiner, keines, kein, nichts, niemand, entfällt, aucun, aucune, aucuns, aucunes, rien,
    personne, ninguna, ninguno, nada, nadie, nenhuma, nenhum, nessuna, nessuno, niente, geen, inga, ingen, žádné, brak,
    нет, 无, 沒有, 没有, なし, 특별히 없음, 없음
    """
)
_NO_THING = any_of(
    """
    dependencies, dependency, blockers, blocker, prerequisites, prerequisite, preconditions, predecessors, task, tasks,
    ticket, tickets, issues, requirements, work, abhängigkeiten, dépendances, dépendance, dependencias, voraussetzungen,
    deps
    """
)
_SO = any_of(
    """
    yet, needed, known, so far, at the moment, right now, for now, really, else, that i know of, i know of, afaik,
    at all, here, identified, currently, now, blocking, required, to wait for, special, specific, in particular, atm,
    for this task, for this one, for this, on other tasks, on other tickets, from other tasks, from other teams,
    other, further, open, hard, external, internal, technical, real, as far as i know, bekannt, bisher, mehr, para esta,
    pour l'instant, por ahora, connue, anymore, any more, left
    """
)
_NONE_AT_ALL = rf"{_NONE}(?![\w'-])(?!\.?\s*#?\d)(?:\s+(?:{_SO}|{_NO_THING})\b)*"
_NOTHING = pattern(
    rf"[\s*_]*(?:there\s+(?:are|is)\s+|currently\s+|it\s+is\s+|is\s+)?{_NONE_AT_ALL}"
    r"[\s*_]*(?=$|[.,;:!(–—/]|-\s|\s-)|[\s\-–—_./*]+$"
)
_NOTHING_BUT = pattern(rf"[\s*_]*{_NONE_AT_ALL}[\s,;:(–—-]*")
_EXCEPT = pattern(
    any_of(
        """
        except for, except, apart from, aside from, besides, other than, but, save for, with the exception of, außer,
        ausser, bis auf, sauf, excepté, à part, excepto, salvo, menos, exceto, tranne, eccetto, behalve, only, nur
        """
    ),
    r"(?=[\s:\"'`#\[])[\s:]*(?P<rest>.+)",
)


def is_nothing(text: str) -> bool:
    """Whether an item says that there is none: "none", "n/a", "No blockers so far.", "keine (kann sofort los)"."""
    text = text[:300].strip(f" *_–—{STRUCK}").removeprefix("--").removesuffix("--").strip()
    return not text or _NOTHING.match(text) is not None


def but_for(text: str) -> str | None:
    """What is left where an item says "none, except ..."; None where it does not say so."""
    nothing = _NOTHING_BUT.match(text[:300])
    exception = _EXCEPT.match(text, nothing.end()) if nothing is not None else None
    return exception["rest"].strip().rstrip(")") if exception is not None else None


# --- something that people give ---------------------------------------------------------------------------------

_GIVEN = any_of(
    """
    physical device, physical devices, real device, real devices, test device, access, accesses, credential,
    credentials, creds, api key, api keys, outcome, a go, the go, licence, licences, license, licenses, approval,
    approvals, sign-off, sign-offs, sign off, signoff, decision, decisions, confirmation, feedback, answer, answers,
    reply, go-ahead, go ahead, green light, ok, okay, budget, funding, hardware, invitation, invite, vpn, consent,
    agreement, clarification, clarifications, nda, dpa, freigabe, zugang, zugänge, zugriff, genehmigung, entscheidung,
    zugangsdaten, rückmeldung, antwort, bestätigung, zustimmung, abnahme, lizenz, accès, validation par, décision,
    réponse, autorisation, accord, devis, identifiants, acceso, aprobación, aprobacion, decisión, respuesta, permiso,
    permisos, licencia, credenciales, contraseña, acesso, aprovação, decisão, accesso, approvazione, toegang,
    goedkeuring
    """
)
_GIVEN_IN_SMALL_LETTERS = any_of(
    """
    account, accounts, permission, permissions, password, passwords, token, tokens, key, keys, secret, secrets,
    contract, contracts, device, devices, phone, phones, laptop, scanner, printer, dongle, sensor, tablet, iphone, ipad,
    seat, seats, quota, meeting, workshop, kick-off, kickoff, interview, interviews, stakeholder, stakeholders,
    purchase, order number, firewall rule, firewall rules, login, logins, konto, vertrag, compte, cuenta
    """
)
_LEADS_ON = any_of(
    """
    of, from, by, for, to, on, about, whether, at, with, in, is, are, has, have, must, needs, need, should, that, via,
    through, as, so, which, who, and, or, not, yet, if, before, after, until, durch, von, der, des, für, zur, zum, vom,
    beim, im, de, du, par, pour, à, au, aux, por, para, del, al, a, da, dal, van, voor
    """
)
_ENDS = rf"(?:'s)?(?=$|\s*[^\w\s'&/-]|\s+-\s|\s+{_LEADS_ON}\b)"
_A_GIVEN_THING = pattern(rf"(?<![\w-]){_GIVEN}{_ENDS}")
_A_SMALL_GIVEN_THING = pattern(
    rf"(?:a|an|the|our|one|two)\s(?:.*[^\w-])?{_GIVEN_IN_SMALL_LETTERS}{_ENDS}"
    rf"|(?-i:[^A-Z].*(?<![\w-])|){_GIVEN_IN_SMALL_LETTERS}{_ENDS}"
)
_PEOPLE = any_of(
    """
    legal, finance, marketing, sales, hr, ops, customer, customers, client, clients, vendor, vendors, supplier,
    suppliers, stakeholders, management, manager, po, pm, product owner, product, cto, ceo, cfo, boss, lead,
    security team, design team, designer, designers, design, team, department, agency, lawyer, lawyers, auditor,
    partner, provider, bank, procurement, accounting, dpo, works council, infra, infrastructure, admin, admins, support,
    someone, somebody, colleague, colleagues, reviewer, security, platform team, compliance, dba, users, board, owner,
    rechtsabteilung, kunde, kunden, fachbereich, betriebsrat, chef, geschäftsführung, einkauf, juridique, client,
    équipe, direction, cliente, equipo, jurídico, proveedor, everyone, everybody, anyone
    """
)
_FROM_PEOPLE = pattern(
    rf"\b(?:from|by|with|through|von|vom|durch|par|por|del|de)\s+(?:the\s+|our\s+|der\s+|dem\s+|den\s+|la\s+|le\s+|el\s+)?"
    rf"{_PEOPLE}\b(?!\s+\w+ing\b)"
)
_OF_PEOPLE = pattern(
    rf"(?:(?:the|our)\s+)?{_PEOPLE}'s\s|(?-i:[^A-Z].*\bfrom\s+(?:Mr\.?\s+|Mrs\.?\s+|Ms\.?\s+|Dr\.?\s+)?[A-Z][a-zà-ÿ]+)"
)
_ONLY_PEOPLE = pattern(
    rf"(?:(?:the|our|some)\s+)?{_PEOPLE}(?:\s+team)?(?=$|[.,;:!?(]|\s(?:to|who|for|here|now|-|–|—)\b)"
)
_A_NAME = re.compile(r"(?:Mr\.? |Mrs\.? |Ms\.? |Dr\.? |@)?[A-ZÀ-Þ][a-zà-ÿ]+(?: [A-ZÀ-Þ][a-zà-ÿ]+)?")
_PEOPLES_DOING = pattern(
    rf"(?:the\s+|our\s+)?(?:{_PEOPLE}|@\w[\w.-]*)(?:\s+team)?\s+(?:to|must|has\s+to|have\s+to|needs?\s+to|should|will)"
    r"\s+\w|.{0,60}\bto\s+be\s+(?:decided|agreed|approved|signed|confirmed|ordered|delivered|clarified|provided)\b"
)
_A_PERSONS_DOING = re.compile(
    r"[A-ZÀ-Þ][\w.-]+(?: [A-ZÀ-Þ][\w.-]+)? (?:to|must|has to|needs to|should|will) [a-z]{2,} \w"
)
_PEOPLE_DO = pattern(
    r"(?:(?:the|our|a|an)\s+)?[^\s,]+(?:\s+[^\s,]+){0,2}?\s+(?:",
    any_of("decides, approves, signs off, confirms, delivers, provides, agrees, grants, chooses, responds, gets back"),
    r"|(?:has|have)(?:n't|\s+not)?(?:\s+yet)?\s+",
    any_of(
        """
        decided, approved, signed off, signed, confirmed, answered, replied, sent, delivered, provided, agreed, granted
        """
    ),
    r")\b",
)
_DATE = pattern(
    r"(?:on\s|the\s)?(?:\d{4}-\d\d-\d\d\b|\d{1,2}[./]\d{1,2}[./](?:\d{2,4})?(?=\s|$)|(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?\s\d|\d{1,2}(?:st|nd|rd|th)?\s(?:of\s)?(?:jan|feb|mar"
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


def is_requirement(text: str) -> bool:
    """Whether an item asks for what people give or decide; see this module's text for where the line is."""
    text = text.strip()[:400]
    if is_not_known_yet(text) or _DATE.match(text):
        return True
    first = text.split(maxsplit=1)[0].casefold() if text else ""
    if first in _WORK and not text[:1].islower():
        return False
    return (
        _A_GIVEN_THING.search(text) is not None
        or _A_SMALL_GIVEN_THING.match(text) is not None
        or _FROM_PEOPLE.search(text) is not None
        or _OF_PEOPLE.match(text) is not None
        or _REVIEW.match(text) is not None
        or _WHICH_PEOPLE.match(text) is not None
        or _PEOPLES_DOING.match(text) is not None
        or _A_PERSONS_DOING.match(text) is not None
        or _PEOPLE_DO.match(text) is not None
    )


_REVIEW = pattern(
    r"(?:(?:a|an|the|our|your|legal|code|security|final|[a-z]+'s)\s)*review(?=$|\s*[^\w\s'&/-]|\s(?:by|of|from|through)\b)"
)
_IS_GIVEN = pattern(rf"(?:(?!(?!a\s){_LEADS_ON}\s)[\w'/.-]+\s+){{0,5}}{_GIVEN}{_ENDS}")
_NOT_THERE = pattern(
    r"\b(?:(?:we|i)\s+(?:don't|do\s+not)\s+have|(?:is|are)\s+(?:still\s+)?missing|not\s+(?:yet\s+)?(?:arrived|available|here|there|ordered))\b"
)
_WHICH_PEOPLE = pattern(rf"(?:whether|if|what|how|which|who|when)\s+(?:the\s+|our\s+)?{_PEOPLE}\b")
_A_THING_OF_OTHERS = re.compile(r"(?:the|a|an|our|their|lack of|missing)\s|[A-Z]\w+'s\s")
_STAFF = any_of(
    """
    legal, finance, marketing, sales, hr, ops, vendor, vendors, supplier, stakeholders, management, po, product owner,
    cto, ceo, cfo, boss, security team, design team, agency, lawyer, lawyers, auditor, bank, procurement, accounting,
    dpo, works council, infra, compliance, dba, platform team, rechtsabteilung, fachbereich, betriebsrat,
    geschäftsführung
    """
)
_MUST = any_of("must, has to, have to, needs to, need to")
_STAFF_MUST = pattern(
    rf"\b{_STAFF}(?:\s+team)?\s+(?:still\s+)?{_MUST}\s+(?:first\s+)?",
    any_of("confirm, approve, sign, sign off, decide, agree, say, ok, choose, answer, check"),
    r"\b",
)
_PEOPLE_MUST_BEFORE = pattern(
    rf"(?:{_STAFF}(?:\s+team)?|(?!(?:that|this|it|these|those|they|we|you|there|then|everything|everybody)\b)",
    rf"(?-i:[A-ZÀ-Þ][a-zà-ÿ]+(?: [A-ZÀ-Þ][a-zà-ÿ]+)?))\s+(?:still\s+)?{_MUST}\s+(?:first\s+)?",
    any_of(
        """
        approve, confirm, decide, sign, agree, say, answer, send, deliver, provide, open, grant, order, buy, give,
        check, review, ask, set up, create, install, write, choose, tell, hand over, unlock, allow
        """
    ),
    r"\b.*\b(?:before\s+(?:we|this|i|you|anything|anyone)|first)\b",
)
_OWN_STEP = pattern(
    r"(?:",
    any_of(
        """
        or, and, but, it, this, that, you, we, i, he, she, they, each, every, all, tests, ci, then, now, default, at,
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
    return any(one.match(text) for one in (_IS_GIVEN, _WHICH_PEOPLE)) or _NOT_THERE.search(text) is not None


def is_a_thing_of_others(text: str) -> bool:
    """Whether words name a thing that somebody must bring ("the vendor's fix"), and no cause in a program ("CORS")."""
    return _A_THING_OF_OTHERS.match(text) is not None


def is_people(text: str) -> bool:
    """Whether words name people of whom something is awaited: "legal", "the design team"."""
    return _ONLY_PEOPLE.match(text) is not None or _A_NAME.fullmatch(text) is not None


def is_not_known_yet(text: str) -> bool:
    """Whether words say that something is not known yet: "TBD", "not sure"."""
    return _UNKNOWN_YET.match(text) is not None


def people_must(text: str) -> bool:
    """Whether a sentence says that people of ours must do something before the work can: "Legal has to approve it"."""
    return _STAFF_MUST.search(text[:400]) is not None or _PEOPLE_MUST_BEFORE.match(text[:400]) is not None


def is_waited_for(text: str) -> bool:
    """Whether words can stand for something that work waits for, and are no step of the work itself."""
    return len(text.split()) > 1 and _OWN_STEP.match(text) is None


# --- neither a task nor a requirement ----------------------------------------------------------------------------

_PACKAGE = re.compile(
    r"@?[\w./+-]+(?:\s*(?:[@^~]|[=<>~!]=?=?)\s*v?\d[\w.*+-]*|\s+v?\d+\.[\dx*][\w.*+-]*)"
    r"(?:\s*,?\s*[<>=!~]=?\s*[\d.*]+)?"
)
_VERSION = r"v?\d+(?:\.[\dx*][\w.*+-]*)*"
_PACKAGE_MOVED = pattern(
    rf"@?[\w./+-]+(?::\s?|\s)\s*(?:from\s+)?[\^~=<>]*{_VERSION}\s*(?:-+>|=>|→|⇒|to|auf|bis|à|a)\s*[\^~=<>]*{_VERSION}",
    r"|[a-z@][\w./@+-]+\s+(?:stays|unchanged|as\s+is|stays\s+as\s+is|\(?(?:latest|pinned|unpinned)\)?)",
)
_NO_PACKAGE = words("release version phase sprint milestone step task part chapter section epic iteration stage v")
_BARE_PACKAGE = re.compile(r"[a-z@][a-z0-9./@+_-]{1,60}")
_IS_DONE = pattern(
    r"(?:[(\[]|\s[-–—:]\s?|:\s|,\s|\s(?:was|were|has\s+been|have\s+been)\s)\s*(?:already\s+|now\s+|all\s+)?",
    any_of(
        """
        done, complete, completed, finished, merged, resolved, closed, shipped, deployed, live, fixed, released, landed,
        granted, received, approved, given, arrived, ready, erledigt, fertig, fait, hecho, hecha, terminé, terminada,
        listo, lista, feito, fatto
        """
    ),
    r"\b(?!\s*(?:by|once|when|until)\b)",
)
_DENIES = any_of(
    """
    not blocked by, not blocked on, not dependent on, no longer, not waiting, not needed, not required, not a blocker,
    not blocking, no dependency on, no need, no hard dependency, does not depend, doesn't depend, doesn't need,
    does not need, do not need, don't need, independent of, independent from, unrelated to, related to, relates to,
    see also, see above, see below, see description, see comments, see links, see parent, similar to, unblocks,
    needed by, needed for, required by, required for, followed by, follow-up of, was blocked by, was blocked on,
    unabhängig von, siehe auch, voir aussi, ver también
    """
)
_DENIES_WITH_COLON = any_of(
    """
    see, cf, cf\\., compare, optional, optionally, nice to have, nice-to-have, out of scope, related, blocks,
    blocking, enables, precedes, follow-up, follow up, before, part of, parent, parent task, epic, subtask of,
    child of, duplicates, supersedes, replaces, was, formerly, previously, siehe, blockiert, voir, ver, bloquea,
    bloque, soft, later
    """
)
_DENIED = pattern(rf"\(?(?:{_DENIES}(?=[\s:#\"'\[(]|$)|{_DENIES_WITH_COLON}(?:\s?:|\s(?=[#\"'`\[]|https?:|task\s\d)))")
_REVERSED = pattern(
    r"\b(?:comes?\s+after|depends?\s+on|waits?\s+for|needs?|requires?|(?:is|are)\s+blocked\s+by|builds?\s+on|follows?)\s+"
    r"(?:this|us)\b"
)
_DENIED_BEHIND = pattern(
    r"(?:[(\[]|\s[-–—:]\s?|:\s|,\s|\s(?:is|are)\s)\s*(?:but\s+|now\s+|actually\s+)?",
    any_of(
        """
        optional, soft, soft dependency, nice to have, nice-to-have, not blocking, not a blocker, no blocker,
        non-blocking, not needed, not needed any more, not needed anymore, no longer needed, not required,
        no longer required, no longer relevant, descoped, obsolete, not strictly needed, not strictly required,
        can be parallel, can run in parallel, in parallel, kein blocker, nicht nötig
        """
    ),
    r"(?=\s*(?:$|[.,;:!)\]–—-]))",
)


def is_package(text: str) -> bool:
    """Whether an item is a package with its version ("lodash 4.17.21", "httpx>=0.27"), which is no task."""
    text = text.strip(" `*_\"'")
    if len(text) >= 100 or text.split()[:1] == [] or text.split()[0].casefold().rstrip(":") in _NO_PACKAGE:
        return False
    return _PACKAGE.fullmatch(text) is not None or _PACKAGE_MOVED.fullmatch(text) is not None


def may_be_package(text: str) -> bool:
    """Whether an item may be a package without its version: one word in small letters ("lodash", "@types/node")."""
    return _BARE_PACKAGE.fullmatch(text.strip(" `*_\"'")) is not None


def is_said_to_be_done(text: str) -> bool:
    """Whether an item says of itself that it is done: "(done)", "- merged last week", "was granted"."""
    return _IS_DONE.search(text[:600]) is not None and not text[:4].casefold().startswith("what")


def denies(text: str) -> bool:
    """Whether an item begins with words that make what follows no dependency: "see also ...", "blocks #3"."""
    return _DENIED.match(text) is not None


def is_denied(text: str) -> bool:
    """Whether one thing is said to be no dependency: "see also ...", "... (optional)"."""
    return denies(text) or _DENIED_BEHIND.search(text[:600]) is not None


def is_turned(text: str) -> bool:
    """Whether a whole item says that nothing waits for it: "#3 is mocked, no need to wait", "#4 comes after this"."""
    return _REVERSED.search(text[:600]) is not None or is_refuted(text[:600])
