"""One sentence, and what it names at a place: by a name, by "it", by words that people understand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.core.reading.known import Known, Reference
from aegis.core.reading.links import UNDECIDED, Kind
from aegis.core.reading.objects import Found, Objects
from aegis.core.reading.parts import clean
from aegis.core.reading.people import comes_to_pass, is_given, is_of_machines, is_of_staff, is_waited_for, people_must
from aegis.core.reading.requirements import is_doing_of_people, is_people, is_requirement
from aegis.core.reading.vocabulary import any_of, pattern
from aegis.core.reading.words import Word, words_of

_SPAN = re.compile(r"`[^`\n]*`|\"[^\"\n]*\"|(?<!\w)'[^'\n]{2,120}'(?!\w)")
_QUOTES = frozenset("`\"'")
_PRONOUN = pattern(
    r"\s*(?:(?P<both>both(?:\s+of\s+(?:them|these|those))?)|then(?<=(?:until|.till)\sthen)"
    r"|(?<=after\s)(?P<this>this)(?=\s+(?:has\s+(?:been\s+)?|is\s+)(?:landed|merged|done|in|released|shipped|deployed|out|live)\b)|(?:that|this)\s+one"
    r"|that\s+task|that\s+ticket|hers|theirs|his(?=\s+is\b)|(?:it|that|them|these|those|they)(?:'s|'re)?\b(?!\s+\w+\s+tasks?\b)"
    r"(?!(?<=that)\s+(?:database|server|service|field|file|page|table|value|way|version|machine|key|list)\b))(?=\W|$)"
)


_OF_USERS = pattern(
    r"(?:the|a|an|all|every|each|any|our)\s+(?:\w+\s+)?(?:users?|visitors?|players?|readers?|guests?|members?"
    r"|shoppers?|buyers?|senders?"
    r"|recipients?|callers?|viewers?|pupils?|students?|drivers?|subscribers?|attendees?)\b"
)
_NOT_CLEAR = pattern(
    r"\b(?:not|n't|never)\s+(?:yet\s+|been\s+|really\s+)*(?:clear|known|decided|settled|agreed|fixed|sure|discussed"
    r"|final)\b"
    r"|\b(?:unclear|unknown|undecided|open\s+question|still\s+open|nobody\s+knows|don't\s+know|to\s+be\s+(?:decided"
    r"|discussed|clarified))\b|^open\b"
    r"|\b(?:is|are)(?:n't|\s+not)\s+(?:here|in|there|available|arrived)\b|\b(?:don't|do\s+not)\s+have\b"
    r"|\bno\s+access\b|\bnothing\s+yet\b"
)
_NONE_OF_THEM = pattern(r":\s+(?:nothing|none|no|nichts|n\s?/?\s?a|done|ok)\b")
""" "Waiting on design: nothing"."""
_THAT_ONE = pattern(r"(?:that|this|their|his|her)\s+[a-z]+")
""" "Before that decision": of what was told already."""
_DOING = pattern(
    any_of(
        """
        seeing, knowing, using, changing, breaking, doing, running, reading, waiting, looking, touching, asking,
        calling,
        making, being, loading, reloading, checking, saving, writing, adding, removing, opening, clicking, going,
        losing,
        trying, blocking, closing, sending, storing, parsing, showing, rendering, restarting, logging
        """
    ),
    r"\s",
)


class Sentence:
    """A sentence; `before` are those before it in its paragraph, where "it" may have its name."""

    def __init__(self, text: str, known: Known, before: Sequence[Sentence] = ()) -> None:
        self.text = text
        self.known = known
        self.before = before
        self.words: list[Word] = words_of(text)
        self.said = frozenset([said for _, _, said in self.words])
        """Its words, each once."""
        self._objects: Objects | None = None

    @property
    def objects(self) -> Objects:
        """What the sentence names."""
        if self._objects is None:
            self._objects = Objects(self.text, self.known, self.words)
        return self._objects

    def is_quoted(self, at: int) -> bool:
        """Whether a place stands within a quoted phrase or code, which says nothing itself."""
        if _QUOTES.isdisjoint(self.text):
            return False
        spans = (one for one in _SPAN.finditer(self.text) if " " in one[0].strip("`\"'") or one[0][0] == "`")
        return any(one.start() < at < one.end() for one in spans)

    def named_behind(self, at: int) -> Found | None:
        """What is named from `at` on; "it" and "that" are what was named last before."""
        found = self.objects.behind(at)
        pronoun = self.pronoun_at(at) if found is None else None
        if pronoun is None:
            return found
        if pronoun["this"]:
            named: Sequence[Reference] = self.objects.last_mentioned(at)
        elif pronoun["both"]:
            named = self.objects.two_mentioned(at) or self._two_before()
        else:
            named = self.objects.last_mentioned(at) or self.mentioned_before()
        return Found(tuple(named), at, pronoun.end(), done=True) if named else None

    def pronoun_at(self, at: int) -> re.Match[str] | None:
        """The word at a place, where it stands for what was named before."""
        found = _PRONOUN.match(self.text, at)
        return None if found is not None and "IT" in found[0] else found

    def mentioned_before(self) -> Sequence[Reference]:
        """What the sentences before this one named last."""
        earlier = ((sentence.objects, len(sentence.text)) for sentence in reversed(self.before))
        return next((named for objects, end in earlier if (named := objects.last_mentioned(end))), ())

    def _two_before(self) -> Sequence[Reference]:
        return self.before[-1].objects.two_mentioned(len(self.before[-1].text)) if self.before else ()

    def unclear(self, at: int, kind: Kind, *, firm: bool) -> Iterator[Reference]:
        """What people give, where the work plainly waits for it; what asks for a service is no matter of ours.

        `firm`: the sentence leaves no doubt that the work waits, so that it need not be what people give.
        """
        words = self.objects.phrase(at).lstrip(" :")
        given = self._is_given(words, kind)
        if (
            not words
            or is_of_machines(words)
            or _NONE_OF_THEM.search(words)
            or _THAT_ONE.fullmatch(words)
            or _DOING.match(words)
            or _OF_USERS.match(words)
            or not (given or (firm and is_waited_for(words)))
        ):
            return
        if not any(self.known.service(word) for word in [words, *words.split()[:12]]):
            yield Reference(words, unclear=True)

    def _is_given(self, words: str, kind: Kind) -> bool:
        if kind is Kind.DEPENDS:
            return is_given(words) or is_of_staff(words) or is_doing_of_people(words)
        if kind is Kind.NEEDS:
            return is_given(words) or (not self.said.isdisjoint(("first", "still")) and is_requirement(words))
        if kind is Kind.GATE:
            return is_requirement(words) or comes_to_pass(words)
        return is_requirement(words) or is_people(words)

    def unclear_at(self, begin: int, end: int) -> Iterator[Reference]:
        """What people must do by the words between two places: "Kim decides, wait for that"."""
        said = clean(self.text[begin:end].strip(" ,;:-–—"))
        if said and (is_requirement(said) or comes_to_pass(said) or UNDECIDED.search(said) or _NOT_CLEAR.search(said)):
            yield Reference(said, unclear=True)

    def unclear_before(self, *, plainly: bool = False) -> Iterator[Reference]:
        """What people must decide by the sentence before: "Finance must choose. Until then, don't start".

        `plainly`: whatever it says is waited for, as in "... until we have it".
        """
        said = clean(self.before[-1].text) if self.before else ""
        if said and (
            plainly or _NOT_CLEAR.search(said) or people_must(said) or is_requirement(said) or UNDECIDED.search(said)
        ):
            yield Reference(said, unclear=True)
