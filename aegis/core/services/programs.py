"""Whether a text says to run a program: a command that begins a clause, or stands in backticks where one is run."""

from __future__ import annotations

from collections.abc import Sequence

from aegis.core.services import phrases as p
from aegis.core.services.clauses import clause_of
from aegis.core.services.commands import COMMANDS
from aegis.core.services.requirement import Kind, Requirement
from aegis.core.services.table import CLIENTS
from aegis.core.services.tails import SUBCOMMANDS
from aegis.core.services.things import service_at
from aegis.core.services.verbs import VERBS
from aegis.core.services.words import COMMAND_LINE, Token

_RUN_BEFORE = p.words(
    "run execute running executing with via using output of from through by do try start call then : and in repeat",
    "verify check = reproduce after once type paste rerun first",
)
_SAID_OF = p.words("must should is are was returns prints fails failed shows says needs has does can will would makes")


def runs_program(sentence: Sequence[Token], at: int) -> Requirement | None:
    """The program, or the service that it talks to, that the token at `at` says to run; None where it does not."""
    token = sentence[at]
    if token.word.startswith(COMMAND_LINE):
        return _of_a_line(sentence, at)
    thing = token.thing
    if thing is None or not (thing.kind is Kind.COMMAND or thing.service == "Docker") or not token.sure:
        return None
    if at and sentence[at - 1].word == "(":  # "MySQL 8 (docker compose up mysql)" says how that may be had
        return None
    clause = clause_of(sentence, at)
    if clause.begin == at or _is_led_by(sentence, at, "=") or (at and sentence[at - 1].word in ("and", "then", "&")):
        return served(thing) if _goes_on_as_a_command(sentence, at) else None
    return None


def _goes_on_as_a_command(sentence: Sequence[Token], at: int) -> bool:
    after = [token.word for token in sentence[at + 1 : at + 7]]
    if after[:1] == ["compose"]:
        after = after[1:]
    if not after or after[0][:1].isdigit() or _SAID_OF.intersection(after[:2]):
        return False
    if after[0] in SUBCOMMANDS or after[0].startswith("-") or "." in after[0].strip("."):
        return True
    return after[0] in VERBS and VERBS[after[0]][1] == "base"


def _is_led_by(sentence: Sequence[Token], at: int, word: str) -> bool:
    return at > 0 and sentence[at - 1].word == word


def named_in_a_line(sentence: Sequence[Token], at: int) -> Requirement | None:
    """What a command line in backticks runs, or the service that this talks to."""
    if not sentence[at].word.startswith(COMMAND_LINE) or (at and sentence[at - 1].word in ("e.g", "eg")):
        return None
    name, _, place = sentence[at].raw[len(COMMAND_LINE) :].partition(" ")
    if place:
        return service_at(place)
    if name in CLIENTS or name.startswith("kafka-"):
        return Requirement(CLIENTS.get(name, "Kafka"))
    return Requirement.command(COMMANDS[name][0]) if name in COMMANDS else None


def _of_a_line(sentence: Sequence[Token], at: int) -> Requirement | None:
    """What a command line in backticks runs, where words around it say to run it."""
    before = [token.word for token in sentence[max(0, at - 4) : at]]
    after = [token.word for token in sentence[at + 1 : at + 3]]
    if after[:1] and after[0] in _SAID_OF and "must" not in after:
        return None
    if before and before[-1] not in _RUN_BEFORE and before[-1] not in VERBS:
        return None
    if p.words("not no never without should instead replace remove").intersection(before) or "don't" in before:
        return None
    return named_in_a_line(sentence, at)


def served(thing: Requirement | None) -> Requirement | None:
    """The service of a client, as psql is one; else the thing itself."""
    is_client = thing is not None and thing.kind is Kind.COMMAND and thing.service in CLIENTS
    return Requirement(CLIENTS[thing.service]) if thing is not None and is_client else thing
