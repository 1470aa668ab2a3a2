"""The clause around a thing, and the words that govern it: "run the import | against | a local | Postgres"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aegis.core.services import lexicon as x
from aegis.core.services.denials import after_version
from aegis.core.services.requirement import Kind, Requirement
from aegis.core.services.tails import tails_of
from aegis.core.services.things import is_version
from aegis.core.services.verbs import VERBS, Verb
from aegis.core.services.words import Token

_MOST_MODIFIERS = 5
_LONGEST = 40
"""Words on either side of a name that can be its clause."""


@dataclass(frozen=True)
class Clause:
    """The words around the thing at `at`, from `begin` to `end` of the sentence.

    Its noun phrase begins at `phrase` and ends at `tail`; `preposition` leads to it, or is "" where it is an object;
    `verb` is the place of the verb that governs it. `words`, `before` and `after` are the clause's, those in front of
    the thing and those behind its phrase; `modifiers` are between what leads to it and its name.
    """

    sentence: Sequence[Token]
    at: int
    begin: int
    end: int
    phrase: int
    tail: int
    preposition: str
    verb: int | None
    words: Sequence[str]
    before: Sequence[str]
    after: Sequence[str]
    modifiers: Sequence[str]

    @property
    def thing(self) -> Requirement | None:
        """What the clause is about."""
        return self.sentence[self.at].thing

    @property
    def kind(self) -> Kind | None:
        """Its kind."""
        return self.thing.kind if self.thing is not None else None

    @property
    def is_place(self) -> bool:
        """Whether it is a port or a URL."""
        return self.kind in (Kind.PORT, Kind.URL)

    @property
    def verb_word(self) -> str:
        """The verb that governs it, in the form in which it stands there; "" where there is none."""
        return self.sentence[self.verb].word if self.verb is not None else ""

    @property
    def to_verb(self) -> Sequence[str]:
        """The clause's words in front of its verb; in front of the thing where it has none."""
        if self.verb is None:
            return self.before
        return [token.word for token in self.sentence[self.begin : self.verb]]

    @property
    def lead(self) -> str:
        """The word or mark that ends the clause before."""
        return self.sentence[self.begin - 1].word if self.begin else ""

    @property
    def end_mark(self) -> str:
        """The word or mark that ends it; "" where the sentence does."""
        return self.sentence[self.end].word if self.end < len(self.sentence) else ""

    @property
    def rest(self) -> Sequence[str]:
        """What follows the thing, beyond the clause as well."""
        return [token.word for token in self.sentence[self.at + 1 : self.at + _LONGEST]]


def passes(clause: Clause) -> bool:
    """ "`migrate` on an empty MySQL must go through", "the suite on Postgres has to be green"."""
    is_led = clause.preposition in ("on", "against", "with")
    musts = [n for n, word in enumerate(clause.after[:8]) if word in ("must", "has", "have")]
    return is_led and bool(musts) and not x.PASSES.isdisjoint(clause.after[musts[0] + 1 : musts[0] + 5])


def clause_of(sentence: Sequence[Token], at: int) -> Clause:
    """The clause of the thing that the token at `at` names."""
    begin, end = _begin(sentence, at), _end(sentence, at)
    phrase = _phrase(sentence, at, begin)
    leads = sentence[phrase - 1].word if phrase > begin else ""
    preposition = leads if leads in x.PREPOSITIONS else ""
    tail = _tail(sentence, at)
    verb = _verb(sentence, begin, phrase - bool(preposition), tail, end, is_object=not preposition)
    words = [token.word for token in sentence[begin:end]]
    return Clause(
        sentence,
        at,
        begin,
        end,
        phrase,
        tail,
        preposition,
        verb,
        words=words,
        before=words[: at - begin],
        after=words[tail - begin :],
        modifiers=words[phrase - begin : at - begin],
    )


def _begin(sentence: Sequence[Token], at: int) -> int:
    first = max(0, at - _LONGEST)
    for n in range(at - 1, first - 1, -1):
        if sentence[n].word in x.BREAKS and not _is_in_a_list(sentence, n):
            return n + 1
    return first


def _end(sentence: Sequence[Token], at: int) -> int:
    last = min(len(sentence), at + _LONGEST)
    for n in range(at + 1, last):
        if sentence[n].word in x.BREAKS and not _is_in_a_list(sentence, n):
            return n
    return last


def _is_in_a_list(sentence: Sequence[Token], n: int) -> bool:
    """ "Postgres, Redis and Kafka": a comma between two things."""
    return (
        sentence[n].word == ","
        and 0 < n < len(sentence) - 1
        and sentence[n - 1].thing is not None
        and any(token.thing is not None for token in sentence[n + 1 : n + 3])
    )


def _phrase(sentence: Sequence[Token], at: int, begin: int) -> int:
    """Where the thing's noun phrase begins: articles, "local", "dev", and up to two words that are none of these."""
    n, strange = at, 0
    while n > begin and at - n < _MOST_MODIFIERS:
        token = sentence[n - 1]
        if token.word in x.PREPOSITIONS or token.is_mark:
            break
        listed = token.word in ("and", "&") and n - 1 > begin and sentence[n - 2].thing is not None
        if not (token.word in x.MODIFIERS or token.thing is not None or is_version(token) or listed):
            strange += 1
            determined = any(one.word in x.MODIFIERS for one in sentence[max(begin, n - 3) : n - 1])
            is_verb = token.word in VERBS and not _is_a_noun(sentence, n - 1, begin)
            if is_verb or strange > 2 or not determined:
                break
        n -= 1
    return n


def _tail(sentence: Sequence[Token], at: int) -> int:
    """Where what belongs to the thing's own name ends: its version, and nouns such as "server"."""
    thing = sentence[at].thing
    nouns = tails_of(thing)[0] if thing is not None else frozenset()
    last = min(len(sentence), at + _LONGEST)
    n = after_version(sentence, at + 1)
    while n < last and sentence[n].word in nouns and sentence[n].thing is None:
        n = after_version(sentence, n + 1)
    return n


def _verb(sentence: Sequence[Token], begin: int, leads: int, tail: int, end: int, *, is_object: bool) -> int | None:
    """The verb that governs a phrase: the one in front of it that says most; behind it where the clause begins so."""
    if is_object:
        while leads > begin and sentence[leads - 1].word.startswith("-"):  # "curl -v http://..."
            leads -= 1
        is_verb = leads > begin and sentence[leads - 1].word in VERBS and not _is_a_noun(sentence, leads - 1, begin)
        return leads - 1 if is_verb else None
    best: int | None = None
    for n in range(leads - 1, begin - 1, -1):
        found = VERBS.get(sentence[n].word)
        if found is None or sentence[n].thing is not None or _is_a_noun(sentence, n, begin):
            continue
        if best is None or found[0] > VERBS[sentence[best].word][0]:
            best = n
        if found[0] is Verb.WORK:
            break
    if best is not None or leads > begin:
        return best
    if begin > 1 and sentence[begin - 1].word == ",":  # "post the plans under #12, from postgres 16"
        earlier = range(begin - 2, max(-1, begin - _LONGEST), -1)
        return next((n for n in earlier if sentence[n].word in VERBS), None)
    return next((n for n in range(tail, min(end, tail + 4)) if sentence[n].word in VERBS), None)


def _is_a_noun(sentence: Sequence[Token], n: int, begin: int) -> bool:
    """ "The run", "a test", "the anonymised dump": behind an article a word is no verb."""
    before = sentence[n - 1].word if n > begin else ""
    form, following = VERBS[sentence[n].word][1], sentence[n + 1].word if n + 1 < len(sentence) else ""
    if before.startswith("-") or (form == "base" and VERBS.get(following, ("", ""))[1] == "s"):
        return True  # "curl -X PUT", "the integration test talks to ..."
    if n - 1 > begin and (before in x.ENVIRONMENTS or VERBS.get(before, ("", ""))[1] == "ed"):
        before = sentence[n - 2].word
    return before in x.BEFORE_A_NOUN
