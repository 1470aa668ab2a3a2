"""One sentence, and what it names at a place: by a name, by "it", by words that people understand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from aegis.core.reading.known import Known, Reference
from aegis.core.reading.links import UNDECIDED, Kind
from aegis.core.reading.objects import Found, Objects
from aegis.core.reading.parts import clean
from aegis.core.reading.vocabulary import pattern
from aegis.core.reading.wording import is_given, is_people, is_requirement, is_waited_for
from aegis.core.reading.words import words_of

_SPAN = re.compile(r"`[^`\n]*`|\"[^\"\n]*\"")
_PRONOUN = pattern(
    r"\s*(?:that\s+one|that\s+task|that\s+ticket|(?:it|that|them|these|those|they)(?:'s|'re)?\b(?!\s+\w+\s+tasks?\b))(?=\W|$)"
)


class Sentence:
    """A sentence; `before` are those before it in its paragraph, where "it" may have its name."""

    def __init__(self, text: str, known: Known, before: Sequence[Sentence] = ()) -> None:
        self.text = text
        self.known = known
        self.before = before
        self.words = words_of(text)
        self.said = frozenset(word.said for word in self.words)

    @cached_property
    def objects(self) -> Objects:
        """What the sentence names."""
        return Objects(self.text, self.known, self.words)

    def is_quoted(self, at: int) -> bool:
        """Whether a place stands within a quoted phrase or code, which says nothing itself."""
        if '"' not in self.text and "`" not in self.text:
            return False
        spans = (one for one in _SPAN.finditer(self.text) if " " in one[0].strip('`"') or one[0][0] == "`")
        return any(one.start() < at < one.end() for one in spans)

    def named_behind(self, at: int) -> Found | None:
        """What is named from `at` on; "it" and "that" are what was named last before."""
        found = self.objects.behind(at)
        pronoun = self.pronoun_at(at) if found is None else None
        if pronoun is None:
            return found
        named = self.objects.last_mentioned(at) or self.mentioned_before()
        return Found(tuple(named), at, pronoun.end(), done=True) if named else None

    def pronoun_at(self, at: int) -> re.Match[str] | None:
        """The word at a place, where it stands for what was named before."""
        return _PRONOUN.match(self.text, at)

    def mentioned_before(self) -> Sequence[Reference]:
        """What the sentences before this one named last."""
        earlier = ((sentence.objects, len(sentence.text)) for sentence in reversed(self.before))
        return next((named for objects, end in earlier if (named := objects.last_mentioned(end))), ())

    def unclear(self, at: int, kind: Kind, *, firm: bool) -> Iterator[Reference]:
        """What people give, where the work plainly waits for it; what asks for a service is no matter of ours.

        `firm`: the sentence leaves no doubt that the work waits, so that it need not be what people give.
        """
        words = self.objects.phrase(at)
        given = kind in (Kind.BLOCKED, Kind.WAITS) and is_people(words)
        given = given or (is_given(words) if kind in (Kind.NEEDS, Kind.DEPENDS) else is_requirement(words))
        if not words or not (given or (firm and is_waited_for(words))):
            return
        if not any(self.known.service(word) for word in [words, *words.split()[:12]]):
            yield Reference(words, unclear=True)

    def unclear_before(self) -> Iterator[Reference]:
        """What people must decide by the sentence before: "Finance must choose. Until then, don't start"."""
        said = clean(self.before[-1].text) if self.before else ""
        if said and (is_requirement(said) or UNDECIDED.search(said)):
            yield Reference(said, unclear=True)
