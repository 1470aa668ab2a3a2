"""The signs that a task is done with, or checked on, a living thing that its text names.

Each says something of one mention, by the clause in which it stands; `decision` weighs them, with those of the text as
a whole (`whole`) and those against it (`counters`).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from aegis.core.services import lexicon as x
from aegis.core.services import phrases as p
from aegis.core.services.clauses import Clause, passes
from aegis.core.services.doer import is_done_by_doer
from aegis.core.services.requirement import Kind
from aegis.core.services.scene import Place, Said
from aegis.core.services.table import CLIENTS
from aegis.core.services.tails import SHELLS, SUBCOMMANDS
from aegis.core.services.things import is_version
from aegis.core.services.verbs import VERBS, Verb
from aegis.core.services.words import COMMAND_LINE


class Sign(Enum):
    """What speaks for a living thing's being needed, and how much of `decision.ENOUGH` that is."""

    AGAINST = "something is done against it", 6
    PREPARED = "it is to be brought up before the work", 6
    COMMANDED = "the text says to run it", 6
    HAD = "whoever does the task is to have it running", 6
    HERE = "it is on the machine of whoever does the task", 6
    WORK = "somebody works on it: run, measure, fill, reproduce", 4
    LIVE = "a real, local, running one is meant", 4
    RULED_OUT = "nothing may stand in for it", 4
    NAMED = "it is named as a thing of its own", 3
    PLACED = "it is where something is done, and no sentence says what it is or does", 3
    HANDS_ON = "the text wants something tried, measured, looked at", 3
    ALL_HANDS_ON = "... again and again", 2
    PART = "a part of it is named", 1
    UP = "it is up, running, reachable", 3
    INSTANCE = "one of its kind: a Postgres", 3
    LINE = "a command line of it is shown", 3
    DOES = "it does the work by itself", 3
    ELLIPTIC = "on it, from it: what is said before goes for it", 3
    MEASURED = "numbers, plans, pictures are taken from it", 3
    BOTH = "what people or programs do: publish, import, copy", 2
    DOER = "whoever does the task is to do it", 2
    BY_MEANS_OF = "it is the tool of the work", 2
    PASSES = "what is done with it must pass", 4
    ENVIRONMENT = "the dev, lab, test one is meant", 2
    CHECKED = "it is how the work is tried, checked or accepted", 2
    COUNTED = "so many, once, twice", 2
    OBSERVED = "what comes of it is looked at", 2
    ADDRESS = "its address is given", 2
    DIRECT = "directly, itself", 2
    ACCEPTED_LIVE = "the work is accepted where everything runs", 2
    DEFINITE = "the one", 1

    def __init__(self, meaning: str, weight: int) -> None:
        self.meaning, self.weight = meaning, weight


def signs_of(said: Said, clause: Clause) -> Iterator[Sign]:
    """What speaks for the thing of a clause being needed alive."""
    yield from _of_its_name(said, clause)
    yield from _of_the_phrase(clause)
    yield from _of_the_verb(clause)
    if "first" in clause.after[:1] or _is_the_answer(clause) or _is_prepared(said, clause):
        yield Sign.PREPARED
    is_local = x.LOCAL.intersection((*clause.modifiers, *clause.after[:1]))
    if clause.preposition in x.AGAINST or (clause.preposition in ("auf", "sur", "en") and is_local):
        yield Sign.AGAINST
    if said.place is Place.BENCH and x.STATES.intersection(clause.after[:2]):
        yield Sign.HAD
    if said.place in (Place.CHECK, Place.OUTCOME) or x.CHECKS.intersection(clause.before[-8:]):
        yield Sign.CHECKED
    if passes(clause):
        yield Sign.PASSES
    if clause.preposition and x.MEASURES.intersection(said.words):
        yield Sign.MEASURED


# --- its name ------------------------------------------------------------------------------------------------


def _of_its_name(said: Said, clause: Clause) -> Iterator[Sign]:
    if said.place is not Place.BENCH and said.tokens[clause.at].word not in ("port", "ports"):
        yield Sign.NAMED
        if said.place is not Place.NAME and clause.kind is not Kind.VARIABLE and _is_placed(clause):
            yield Sign.PLACED
    if said.tokens[clause.at].word.startswith(COMMAND_LINE) or _is_a_command_line(clause):
        yield Sign.LINE
    if clause.verb is None and _is_elliptic(clause):
        yield Sign.ELLIPTIC
    if _does_the_work(clause):
        yield Sign.DOES
    if clause.kind is Kind.COMMAND and clause.preposition in x.BY_MEANS_OF:
        yield Sign.BY_MEANS_OF
    if clause.kind is Kind.SERVICE and clause.thing is not None and clause.thing.address:
        yield Sign.ADDRESS


def _is_placed(clause: Clause) -> bool:
    """Whether it is where, or with what, something is done: "from the Postgres in compose", "Node 20 only"."""
    if not x.GOES.isdisjoint(clause.before):
        return False
    if clause.preposition and clause.verb is not None:
        is_visited = clause.is_place and VERBS[clause.verb_word][0] is Verb.SOFTWARE
        return not is_visited and is_done_by_doer(clause)
    if not x.STATEMENTS.isdisjoint(clause.words) or clause.lead in (",", "→") or clause.end_mark == ":":
        return False
    if clause.preposition:
        starts = (clause.phrase - 1 == clause.begin and clause.lead not in (")", ":")) or not {
            "our",
            "your",
            "my",
            "the",
        }.isdisjoint(clause.modifiers)
        is_filled = clause.preposition == "into" and any(word[:1].isdigit() for word in clause.before)
        return is_filled or (starts and clause.preposition not in ("of", "into"))
    if clause.lead == ":" and clause.is_place and clause.phrase == clause.begin and _is_the_target(clause):
        return True
    if clause.lead == "(":
        return False
    if clause.phrase > clause.begin and clause.sentence[clause.phrase - 1].word.startswith("-"):
        return True  # "--target mysql"
    has_version = clause.at + 1 < len(clause.sentence) and is_version(clause.sentence[clause.at + 1])
    more = ("only", "and") if clause.is_place else ("only", "for") if clause.kind is Kind.COMMAND else ("only",)
    is_free = has_version or not clause.after or clause.after[0] in x.PREPOSITIONS or clause.after[0] in more
    is_listed = clause.end_mark == "," and not has_version and len(clause.after) < 3
    return clause.phrase == clause.begin and is_free and not is_listed


def _is_the_target(clause: Clause) -> bool:
    """ "Target: http://search.lan:8080, 500 users"."""
    label = [token.word for token in clause.sentence[max(0, clause.begin - 3) : clause.begin - 1]]
    return not x.TARGETS.isdisjoint(label)


def _is_a_command_line(clause: Clause) -> bool:
    """ "Satisfied when docker inspect says ..."; not "the Docker build needs 4 GB"."""
    token, after = clause.sentence[clause.at], clause.after[:2]
    is_program = clause.kind is Kind.COMMAND or token.word == "docker"
    if not is_program or not token.raw.islower() or clause.phrase != clause.at:
        return False
    if clause.thing is not None and clause.thing.service in CLIENTS and not p.MUST.union(p.FINITE).intersection(after):
        return not after or not after[0].endswith("s") or after[0] in SHELLS
    if not after:
        return False
    return after[0] in SUBCOMMANDS and not p.MUST.union(p.FINITE).intersection(after)


def _is_elliptic(clause: Clause) -> bool:
    """ "... - on Postgres", "2014 to 2019, from http://...": nothing but the place."""
    if clause.after[:1] and (clause.after[0] in p.FINITE or clause.after[0] in p.MUST):
        return False
    starts = clause.phrase - 1 == clause.begin
    if clause.is_place and clause.preposition in ("from", "at", "off"):
        return True
    if clause.is_place and clause.preposition == "on" and clause.phrase - 2 == clause.begin:  # "axe on https://..."
        return not x.READ.intersection(clause.before)
    return starts and clause.preposition in ("on", "from", "under", "at", "off")


def _does_the_work(clause: Clause) -> bool:
    """ "inkscape turns the files into PDFs", "buf lint has 61 complaints", "as syft writes it"."""
    after = clause.after[:2]
    if clause.phrase != clause.at or not after:
        return False
    if clause.kind is Kind.VARIABLE:
        return after[0] in x.TELLS
    is_client = clause.thing is not None and clause.thing.service in CLIENTS
    if clause.kind is not Kind.COMMAND or is_client or p.MUST.intersection(after):
        return False
    is_verb = after[0].endswith("s") and len(after) > 1 and after[0] not in ("is", "was", "has", "needs", "as", "does")
    return is_verb or (after[0] in SUBCOMMANDS and clause.begin == clause.at)


# --- the words next to it ------------------------------------------------------------------------------------


def _of_the_phrase(clause: Clause) -> Iterator[Sign]:
    modifiers = set(clause.modifiers)
    if modifiers & (x.LIVE | {"your", "my"}):
        yield Sign.LIVE
    if modifiers & x.ENVIRONMENTS or {"our", "your"} & modifiers:
        yield Sign.ENVIRONMENT
    if _is_one_of_its_kind(clause):
        yield Sign.INSTANCE
    elif modifiers & {"the", "that", "this"}:
        yield Sign.DEFINITE
    if _is_here(clause):
        yield Sign.HERE
    if clause.after[:1] and clause.after[0] in p.RUNS - {"set", "open", "there"}:
        yield Sign.UP
    if _is_had(clause):
        yield Sign.HAD
    if {"directly", "straight", "itself"}.intersection((*clause.before[-6:], *clause.after[:2])):
        yield Sign.DIRECT


def _is_one_of_its_kind(clause: Clause) -> bool:
    """ "A Postgres with data", "a three-broker Kafka"; not "a bigger Postgres", "a Redis with a fault has no ..."."""
    if not {"a", "an", "any", "another", "one"}.intersection(clause.modifiers):
        return False
    strange = (word not in x.MODIFIERS and not word[:1].isdigit() and "-" not in word for word in clause.modifiers)
    is_subject = clause.phrase == clause.begin and bool(p.FINITE.intersection(clause.after))
    return not any(strange) and not is_subject


def _is_here(clause: Clause) -> bool:
    """ "On your laptop", "in one terminal", "from your shell"."""
    after = clause.after
    for n, word in enumerate(after[:-2]):
        if word in ("on", "in", "from") and after[n + 1] in x.OWNERS:
            where = x.MACHINES | x.YOURS if after[n + 1] in ("your", "my") else x.MACHINES
            if not where.isdisjoint(after[n + 2 : n + 4]):
                return True
    return False


def _is_had(clause: Clause) -> bool:
    """ "Have Postgres going", "you will want tesseract installed", "keep a Kafka running"."""
    lead = [token.word for token in clause.sentence[max(0, clause.phrase - 3) : clause.phrase]]
    if not lead or lead[-1] not in x.HAVE or not x.STATES.intersection(clause.after[:2]):
        return False
    if lead[-2:-1] and lead[-2] in p.MUST | {"to", "will"} and not x.DOERS.intersection(clause.before[-6:]):
        return len(lead) == 2  # "the image must have ffmpeg installed"
    return len(lead) == 1 or lead[-2] in x.TOLD_TO_HAVE or clause.phrase - 1 == clause.begin


# --- what is done with it ------------------------------------------------------------------------------------


def _of_the_verb(clause: Clause) -> Iterator[Sign]:
    if clause.verb is None or (clause.is_place and clause.verb_word not in x.CONTACT | x.READS):
        return
    weight = VERBS[clause.verb_word][0]
    if weight is not Verb.SOFTWARE:
        yield Sign.WORK if weight is Verb.WORK else Sign.BOTH
    if not is_done_by_doer(clause):
        return
    yield Sign.DOER
    if clause.is_place and clause.verb_word in x.CONTACT:
        yield Sign.COMMANDED
    if weight is Verb.SOFTWARE and not clause.preposition:
        return
    between = clause.sentence[clause.verb + 1 : clause.end]
    if any(is_version(one) or one.word in x.COUNTS for one in between if one.thing is None):
        yield Sign.COUNTED
    rest = clause.rest
    if any(word in x.OBSERVES and (n == 0 or rest[n - 1] in (",", "and", "then")) for n, word in enumerate(rest)):
        yield Sign.OBSERVED


def _is_the_answer(clause: Clause) -> bool:
    """ "... and only there, so: Docker"."""
    if clause.phrase != clause.begin or clause.begin < 2 or clause.lead != ":":
        return False
    return clause.sentence[clause.begin - 2].word in ("so", "hence", "therefore")


def _is_prepared(said: Said, clause: Clause) -> bool:
    """ "Before you begin, bring up Elasticsearch", "start a local Redis first", "export FOO_TOKEN"."""
    if clause.kind is Kind.VARIABLE:
        return clause.before in (["export"], ["$", "export"])
    if clause.preposition:
        return False
    begin = max(clause.begin, clause.phrase - 2)
    verbs = [token.word for token in clause.sentence[begin : clause.phrase]]
    told = x.LEADS.issuperset(clause.before[: begin - clause.begin])
    return told and bool(x.BRINGS.intersection(verbs)) and bool(x.FIRST.intersection(said.words))
