"""The signs that a living thing is not needed: it goes, it is made, stood in for, or its absence is what it is about.

`counters_of` tells those of the clause in which the thing is named, which hold for that mention alone; `counters_at`
those that hold for all mentions of the thing, whatever else the text says of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise

from aegis.core.services import lexicon as x
from aegis.core.services import phrases as p
from aegis.core.services.clauses import Clause, passes
from aegis.core.services.denials import denies, is_conditional, is_reported
from aegis.core.services.doer import is_done_by_doer
from aegis.core.services.requirement import THIS_MACHINE, Kind
from aegis.core.services.scene import Place, Said
from aegis.core.services.tails import SUBCOMMANDS
from aegis.core.services.verbs import VERBS, Verb


class Counter(Enum):
    """What speaks against a living thing's being needed, and how much of `decision.ENOUGH` that is."""

    STOOD_IN = "a fake stands in for it", 30
    DENIED = "it is denied, supposed or a wish", 9
    LATER = "not now", 9
    SUPPOSED = "only if", 9
    GOES = "it is removed, replaced or renamed", 20
    ABSENT = "its absence is the matter", 9
    NOT_NEEDED = "it is said not to be needed", 30
    SET_UP = "the task sets all of it up", 9
    MADE = "the work itself opens or starts it", 9
    FAKED = "the text has fakes do some of the work", 12
    NOTHING_RUNS = "the text says that nothing has to run", 14
    PAPER = "the task makes a text, a picture or a decision", 14
    PAST = "it was so", 6
    FAULT = "a fault of it is told", 15
    ELSEWHERE = "others do it, or another place: production, CI", 12
    TOLD = "it tells what programs do", 3
    BUILT = "it tells what programs have to do", 6
    MOVED = "the work moves away from it, or to it", 9
    REPORTED = "somebody else says so", 6
    REPORT = "it is so where somebody saw the fault", 20
    ABOUT = "it is written about", 6
    TEXTUAL = "its name is text, or data", 6
    OTHER = "something else is needed", 4
    CLEANED = "the task clears something away", 3

    def __init__(self, meaning: str, weight: int) -> None:
        self.meaning, self.weight = meaning, weight


# --- one mention ---------------------------------------------------------------------------------------------


def counters_of(said: Said, clause: Clause) -> Iterator[Counter]:
    """What speaks against it in the clause where it stands."""
    yield from _of_the_governor(said, clause)
    if _is_denied(clause):
        yield Counter.DENIED
    if said.place is Place.REPORT or _is_of_a_report(said):
        yield Counter.REPORT
    if not x.PAST.isdisjoint(clause.words) or _is_told_of_then(clause):
        yield Counter.PAST
    if (
        _says_others(_with_what_it_explains(clause))
        or not x.THEIRS.isdisjoint(clause.modifiers)
        or _is_in_ci(clause)
        or _is_of_others(said)
    ):
        yield Counter.ELSEWHERE
    if not x.LATER.isdisjoint(said.words) or not x.LATER_PAIRS.isdisjoint(pairwise(said.words)):
        yield Counter.LATER
    if _is_in_a_file(said):
        yield Counter.ABOUT
    if not x.TEXTUAL.isdisjoint((*said.words[: clause.begin], *clause.words)):
        yield Counter.TEXTUAL


def _says_others(words: Sequence[str]) -> bool:
    """ "In production", "users see ..."; not "log in with three users"."""
    return any(
        word in x.ELSEWHERE and not (n and (words[n - 1] in x.COUNTS or words[n - 1].isdigit()))
        for n, word in enumerate(words)
    )


def _with_what_it_explains(clause: Clause) -> Sequence[str]:
    """The clause's words; in brackets with those in front: "Ops do the database side (MySQL)"."""
    if clause.lead != "(":
        return clause.words
    return [*(token.word for token in clause.sentence[max(0, clause.begin - 10) : clause.begin]), *clause.words]


def _is_of_a_report(said: Said) -> bool:
    """ "Reported by Ines, protoc 3.19 from brew", "Seen on pre-prod", "Kafka 3.5, franz-go 1.15"."""
    first = next((word for word in said.words if word != "("), "")
    if first in x.REPORTS and "only" not in said.words:  # "happens only on MySQL": there it has to be seen
        return True
    parts = [one.split() for one in " ".join(said.words).split(" , ")]
    return len(parts) > 1 and all(len(part) == 2 and part[1][:1].isdigit() for part in parts)


def _is_in_a_file(said: Said) -> bool:
    """ "Set it on the Kafka topic, in topics.yaml": a setting that somebody else applies."""
    return any(
        one == "in" and other.endswith(x.SETTINGS) and "compose" not in other for one, other in pairwise(said.words)
    )


def _is_told_of_then(clause: Clause) -> bool:
    """ "We took RabbitMQ over Kafka in 2022"."""
    is_past = clause.verb is not None and clause.verb < clause.at and VERBS[clause.verb_word][1] == "ed"
    return is_past and clause.to_verb[-1:] in (["we"], ["i"], ["they"], ["he"], ["she"])


def _is_in_ci(clause: Clause) -> bool:
    """ "CI runs it", "in CI"; not `npm ci`."""
    return clause.words[:1] == ["ci"] or not {("in", "ci"), ("on", "ci"), ("our", "ci")}.isdisjoint(
        pairwise(clause.words)
    )


def _is_of_others(said: Said) -> bool:
    """ "Postgres is for the e2e suite only (other repo)"."""
    text = " ".join(said.words)
    return any(place in text for place in x.OTHER_PLACES)


def _of_the_governor(said: Said, clause: Clause) -> Iterator[Counter]:
    """What the words that lead to it say: what programs must do, what else is needed, who says so."""
    is_read = clause.kind is Kind.VARIABLE and clause.verb_word in ("use", "read", "honour", "respect", "support")
    if (_is_built(clause) and not passes(clause)) or is_read:
        yield Counter.BUILT
    elif _is_told(clause):
        yield Counter.TOLD
    if not p.NEEDS.isdisjoint(clause.before):
        yield Counter.OTHER
    if clause.preposition in ("to", "from", "off") and x.MOVES.intersection((clause.verb_word, *clause.before)):
        yield Counter.MOVED
    is_told = clause.is_place and clause.after[:1] and clause.after[0] in x.FAULTS
    if is_told or said.words[0] in ("fyi", "btw"):
        yield Counter.FAULT
    if (is_reported(said.tokens, clause.at) and not passes(clause)) or "depends_on" in said.words:
        yield Counter.REPORTED
    is_supposed = clause.lead in ("if", "whether", "unless") or "if" in clause.after
    is_supposed = is_supposed or said.words[0] in ("assume", "suppose", "imagine", "considered")
    if is_supposed or is_conditional(said.tokens, clause.at):
        yield Counter.SUPPOSED
    if _is_about(said, clause):
        yield Counter.ABOUT


def _is_built(clause: Clause) -> bool:
    """ "The API must run on port 8080", "the check at localhost:8080 must return 200"."""
    is_described = clause.verb == 0 and VERBS[clause.verb_word][1] == "s"
    if is_described and clause.verb_word not in x.REPORTS:  # "Replays events from a file to Kafka"
        return True
    if not is_done_by_doer(clause):
        is_statement = clause.verb is not None and clause.verb < clause.at and VERBS[clause.verb_word][1] == "base"
        if is_statement or x.MODALS.intersection(clause.to_verb):
            return True
    return bool(clause.preposition and clause.after[:1]) and clause.after[0] in p.MUST


def _is_told(clause: Clause) -> bool:
    """ "The server side uses Kafka", "before it goes to Redis"."""
    is_statement = (
        clause.verb is not None and clause.verb < clause.at and VERBS[clause.verb_word] == (Verb.SOFTWARE, "s")
    )
    return is_statement and not is_done_by_doer(clause)


def _is_about(said: Said, clause: Clause) -> bool:
    """ "A page about Redis", "see http://...", "compare Kafka and RabbitMQ"."""
    if clause.before[-1:] in (["about"], ["see"]) or not x.DESCRIBED.isdisjoint(clause.words):
        return True
    if clause.lead == ":" and clause.is_place:  # "Sheet with 22 cases: https://..."
        return not x.READ.isdisjoint(token.word for token in clause.sentence[: clause.begin])
    is_compared = clause.verb_word == "compare" and not clause.preposition
    return is_compared or said.words[0] in x.WRITES


def _is_denied(clause: Clause) -> bool:
    """Whether the clause denies or only supposes it."""
    if any(denies(word) or word in ("than", "whether") for word in clause.before):
        return True
    after = list(clause.after[:6])
    after = after[: after.index("and")] if "and" in after else after
    if any(word in ("not", "nobody", "never", "optional") or word.endswith("n't") for word in after):
        return True
    return any(one == "no" and other in x.NO_LONGER for one, other in pairwise(after))


# --- all that a text says of a thing -------------------------------------------------------------------------


def counters_at(said: Said, clause: Clause) -> Iterator[Counter]:
    """What a mention says against the thing's being needed, wherever else the text names it."""
    if said.named[clause.at].thing is not None:  # "the index" may go, and the service stay
        if _goes(said, clause):
            yield Counter.GOES
        if _is_made(clause):
            yield Counter.MADE
    if _is_absent(said, clause):
        yield Counter.ABSENT
    if _is_not_needed(clause.before, clause.after) or _is_optional(said, clause):
        yield Counter.NOT_NEEDED
    if not clause.is_place and stands_in(clause.words) and not _wants_the_real_one(said.words):
        yield Counter.STOOD_IN


_PLACES_TAKEN = x.pairs("_ instead_of rid_of rather_than alternative_to replacement_for place_of successor_of")
_ELSEWHERE = ("against", "on", "with", "in", "and", "by")


def _goes(said: Said, clause: Clause) -> bool:
    """ "Remove Redis", "move off Kafka", "Mongo → SQLite", "MySQL is gone"."""
    near, after = list(clause.before[-6:]), list(clause.after)
    is_part = clause.preposition == "of" and not x.REMOVAL.intersection(near)  # "kill the primary of the Redis set"
    is_object = clause.preposition in ("", "of", "off", "from") and not is_part
    if is_object and x.GOES.intersection(near) and not any(word in _ELSEWHERE for word in near[-3:]):
        return True
    if said.place is Place.NAME and not x.GOES.isdisjoint(said.words[:2]):
        return True
    is_part = is_part or ("of" in clause.before and x.REMOVAL.isdisjoint(clause.before))
    if (
        said.words[0] in x.GOES and not is_part and x.USES.isdisjoint(clause.before)
    ):  # "delete a.py and the REDIS_URL setting"
        return True
    if _PLACES_TAKEN.intersection(pairwise(near[-3:])):
        return not _is_named_for_itself(clause)
    if near[-1:] == ["off"] and {"move", "moved", "moving", "migrate", "get", "be"}.intersection(near):
        return True
    if clause.tail < len(clause.sentence) and clause.sentence[clause.tail].word == "→":
        return True
    if after[:1] and (after[0] in x.GONE or after[0] == "out"):
        return True
    return after[:1] in (["is"], ["was"], ["has"], ["itself"]) and bool(x.GONE.intersection(after[:4]))


def _is_named_for_itself(clause: Clause) -> bool:
    """ "Valkey instead of Redis": both are the same here."""
    before = clause.sentence[max(0, clause.begin) : clause.at]
    return any(token.thing is not None and token.thing == clause.thing for token in before)


def _is_absent(said: Said, clause: Clause) -> bool:
    """ "When Redis is down", "a Kafka outage", "if MySQL doesn't answer"."""
    if said.place is Place.NAME:
        return not x.FAILURE.isdisjoint(said.words)
    after = clause.after[:4]
    if clause.rest[:1] != [] and clause.rest[0] in SUBCOMMANDS:  # "docker build fails": the build, not Docker
        return False
    is_bad = bool(x.ABSENT.intersection(after)) or any(word.endswith("n't") or word == "not" for word in after[:2])
    if not is_bad:
        return False
    return clause.lead in x.WHEN or not x.WHEN.isdisjoint(clause.before) or bool(x.ABSENT.intersection(after[:2]))


def _is_made(clause: Clause) -> bool:
    """ "The test opens a listener on 127.0.0.1:4000 by itself", "listen on port 8080"."""
    if {"by", "itself"} <= set(clause.after[:3]):
        return True
    if ("its", "own") in pairwise(clause.modifiers):
        return True
    if not clause.preposition and clause.verb_word in x.STARTS and not x.YOU.intersection(clause.to_verb):
        return True
    is_here = clause.thing is not None and f"{THIS_MACHINE}:" in clause.thing.service
    return clause.is_place and is_here and not x.OPENS.isdisjoint(clause.words)


def _is_not_needed(before: Sequence[str], after: Sequence[str]) -> bool:
    """ "No Docker", "without any Redis", "RabbitMQ stays optional", "the daemon plays no part"."""
    if before[-1:] and before[-1] in ("no", "neither", "nor"):
        return True
    if before[-1:] == ["without"] and not _is_a_condition(before, after):
        return True
    if list(before[-2:]) in (["no", "real"], ["without", "any"]) or "optional" in after[:3]:
        return True
    if x.SET_UP.intersection(before[-2:]) and _is_no_duty(before[-8:]):
        return True
    denied = any(word.endswith("n't") or word in ("not", "no", "never") for word in after[:5])
    return denied and bool(x.NEEDED.intersection(after[:5]))


def _is_a_condition(before: Sequence[str], after: Sequence[str]) -> bool:
    """ "Without it the suite is skipped": what comes of it; not "runs without Docker"."""
    return len(before) == 1 and not x.SKIPPED.isdisjoint(after)


def _is_no_duty(words: Sequence[str]) -> bool:
    """ "You don't have to install ...", "there is no need to start ..."."""
    denied = any(word.endswith("n't") or word in ("not", "no", "never") for word in words)
    return denied and not x.DUTY.isdisjoint(words)


def _is_optional(said: Said, clause: Clause) -> bool:
    """ "Redis (optional)", "optional: Redis", "Mailhog is nice to look at them, but optional"."""
    if "optional" in said.words[-2:]:
        return True
    around = (
        *clause.sentence[max(0, clause.begin - 2) : clause.begin],
        *clause.sentence[clause.tail : clause.tail + 2],
    )
    return any(token.word.startswith("optional") for token in around)


def _wants_the_real_one(words: Sequence[str]) -> bool:
    """ "The tests pass with the mock, we want to see it with the real thing"; not "no real Redis, a fake"."""
    return any(other in ("real", "actual") and one not in x.NOT_A_STAND_IN for one, other in pairwise(words))


def stands_in(words: Sequence[str]) -> bool:
    """Whether a sentence has a fake do the work, and does not rule it out."""
    in_memory = ("in", "memory") in pairwise(words)
    is_named = in_memory or not x.STAND_INS.isdisjoint(words) or not {"sqlite", "h2"}.isdisjoint(words)
    if not is_named and not any(word.startswith(("mock", "fake")) for word in words):
        return False
    if any(word in x.NOT_A_STAND_IN or word.endswith("n't") for word in words) or _wants_the_real_one(words):
        return False
    return not x.TESTED.isdisjoint(words) or len(words) < 6
