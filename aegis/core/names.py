"""Tasks found by their names as people write them: never more than what a careful reader would take for the same.

In this order, and the first that fits decides: the name in any case; without regard to punctuation, to its number
("3. Build it") and to notes in brackets; with a slip of the keyboard; with its verb in another form ("the schema is
migrated" for "Migrate the schema"). All tasks that fit equally well are told: who asks must not guess among them.

Last, where just one task can be meant, a name of which a part is left out, as people do: its area ("the address step"
for "Checkout: address step"), what it is for ("the consent text" for "Consent text for photos"), or what follows its
first words where these tell that it is done ("the widget has been moved" for "Move the widget to v2").
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TypeVar

from aegis.core.labels import Label, Labels, without_label
from aegis.core.reading.words import Word, folded, words_of
from aegis.core.spelling import LONG, SHORTEST_SLIP, is_slip, one_moved, shortened, stem

LONGEST_NAME = 1024
"""Asana's own limit for a name; longer words are no name."""

_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+[+#]*|[^\W_]+")
_NO_PLAIN_LETTERS = re.compile(r"[+#]|[0-9][.,][0-9]|(?<![a-z])(?:and|und)(?![a-z])", re.IGNORECASE)
_NO_LETTERS = dict.fromkeys(code for code in range(128) if not chr(code).isalnum())
_DECORATION = " \t*_#.,;:!-–—\"'`"
_ARTICLES = ("a ", "an ", "the ", "der ", "die ", "das ", "le ", "la ", "les ", "el ", "los ", "las ")
_SMALL_WORDS = """
    a an and und the der die das le la les el los las is are was were be been being has have had will shall to of for
    in on our your my its s isn aren hasn haven t gets get got getting also all already fully completely finally
    actually properly
"""
_AND = ("and", "und")
_SMALL = frozenset(_SMALL_WORDS.split())
_MOST_ALIKE = 500
"""Where more names than this share a word, it tells nothing."""
_MOST_WORDS = 30
_RARE = 50
_FEWEST_OF_REST = 2
"""Fewer words than these are ordinary ones: "tests" of "Checkout: tests"."""
_FEWEST_OF_BEGINNING = 3
_MOST_REMEMBERED = 100_000

K = TypeVar("K")
V = TypeVar("V")
_Node = dict[str, "_Node"]


def same_name(text: str) -> str:
    """A name as it is compared: in any case, blanks of any kind and number alike."""
    return " ".join(text.replace("\u00a0", " ").split()).casefold()


def stems(words: str) -> tuple[str, ...]:
    """The words that carry the meaning, each without what its form adds to it."""
    return tuple(stem(word) for word in _words(words) if word not in _SMALL)


class Names:
    """The names of a project's tasks."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        """Takes GIDs with names; tasks without a name are not found."""
        self._named = [(gid, name) for gid, name in named if name.strip()]
        self._found: dict[str, tuple[str, ...]] = {}
        self._meanings: dict[str, dict[str, int]] = {}

    def find(self, words: str) -> tuple[str, ...]:
        """GIDs of the tasks of this name, but for case, punctuation, number and notes in brackets."""
        if len(words) > LONGEST_NAME:
            return ()
        found = self._found.get(words)
        if found is None:
            found = tuple(self._find(words))
            if len(self._found) < _MOST_REMEMBERED:
                self._found[words] = found
        return found

    def _find(self, words: str) -> Sequence[str]:
        exact = self._exact.get(same_name(words))
        if exact:
            return exact
        letters = _letters(words)
        loose = self._loose.get(letters) or self._bare.get(letters)
        bare = "" if loose else _bare(words)
        return loose or (self._bare.get(_letters(bare)) if bare != words else None) or ()

    def find_close(self, words: str) -> tuple[str, ...]:
        """GIDs of the tasks whose name differs by a slip of the keyboard or by the form of its verb."""
        if len(words) > LONGEST_NAME:
            return ()
        of_words = stems(words)
        return (
            self._with_slips(_words(_bare(words)))
            or self._in_other_form(of_words)
            or self._without_area(of_words)
            or self._without_end(of_words)
            or self._without_purpose(of_words)
        )

    def numbered(self, label: Label, beside: str) -> tuple[str, ...]:
        """GIDs of the tasks that bear the number, as the task called `beside` would say it."""
        return self._labels.bearers(label, beside)

    @cached_property
    def _bare_names(self) -> list[tuple[str, str]]:
        """GIDs with the names without what people leave out."""
        return [(gid, _bare(name)) for gid, name in self._named]

    @cached_property
    def _exact(self) -> dict[str, list[str]]:
        return _grouped((same_name(name), gid) for gid, name in self._named)

    @cached_property
    def _loose(self) -> dict[str, list[str]]:
        return _grouped((_letters(name), gid) for gid, name in self._named)

    @cached_property
    def _bare(self) -> dict[str, list[str]]:
        return _grouped((_letters(name), gid) for gid, name in self._bare_names)

    @cached_property
    def _labels(self) -> Labels:
        return Labels(self._named)

    # --- names in running text ---------------------------------------------------------------------------------

    def mentions(self, words: Sequence[Word]) -> list[tuple[int, int]]:
        """Where names stand in running text; of several that begin at one place, the longest first."""
        found: list[tuple[int, int]] = []
        tree = self._tree
        for at, (begin, _, first) in enumerate(words):
            node = tree.get(first)
            if node is None:
                continue
            ends: list[int] = []
            for following in range(at + 1, at + 1 + _MOST_WORDS):
                if "" in node:
                    ends.append(words[following - 1][1])
                node = node.get(words[following][2]) if following < len(words) else None
                if node is None:
                    break
            found += [(begin, end) for end in reversed(ends)]
        return found

    def may_be_close(self, words: Sequence[Word]) -> bool:
        """Whether running text may hold a name with one word mistyped or all in other forms: the others are there."""
        there = frozenset(stem(said) for _, _, said in words)
        if any(there.issuperset(key) for one in there for key in self._beginnings_with.get(one, ())):
            return True
        return any(
            sum(one in there for one in of_name) >= max(1, len(of_name) - 1)
            for rare in there
            for of_name in self._by_rare_stem.get(rare, ())
        )

    @cached_property
    def _tree(self) -> _Node:
        """The words of all names, one within the other; an empty word ends a name."""
        root: _Node = {}
        for (_, name), (_, bare) in zip(self._named, self._bare_names, strict=True):
            for form in {name, bare}:
                node = root
                for _, _, said in words_of(form)[:_MOST_WORDS]:
                    node = node.setdefault(said, {})
                node[""] = {}
        root.pop("", None)
        return root

    @cached_property
    def _by_rare_stem(self) -> dict[str, list[tuple[str, ...]]]:
        """The two rarest words of each name (the second only where it is rare indeed) -> the words of the name."""
        of_names = list(self._by_stems)
        count = Counter(one for of_name in of_names for one in of_name)
        found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for of_name in of_names:
            first, second, *_ = sorted(of_name, key=lambda one: count[one])
            found[first].append(of_name)
            if count[second] <= _RARE and second != first:
                found[second].append(of_name)
        return {one: names for one, names in found.items() if len(names) <= _MOST_ALIKE}

    # --- slips of the keyboard ---------------------------------------------------------------------------------

    @cached_property
    def _by_words(self) -> dict[tuple[str, ...], list[str]]:
        return _grouped((tuple(_words(name)), gid) for gid, name in self._bare_names)

    @cached_property
    def _names_with(self) -> dict[str, list[tuple[str, ...]]]:
        return _grouped((word, words) for words in self._by_words for word in dict.fromkeys(words))

    @cached_property
    def _near_words(self) -> dict[str, list[str]]:
        """Each word of a name, and it with one letter left out -> the words meant by it."""
        return _grouped(
            (form, word) for word in self._names_with if len(word) >= SHORTEST_SLIP for form in shortened(word)
        )

    def _with_slips(self, words: Sequence[str]) -> tuple[str, ...]:
        letters = sum(map(len, words))
        if not words or letters < LONG or len(words) > _MOST_WORDS:
            return ()
        meant = [self._meant(word) for word in words]
        if not all(meant):
            return ()
        alike = [sum(len(self._names_with[one]) for one in options) for options in meant]
        if min(alike) > _MOST_ALIKE:
            return ()
        slips = {
            name: sum(options[one] for one, options in zip(name, meant, strict=True))
            for option in meant[alike.index(min(alike))]
            for name in self._names_with[option]
            if len(name) == len(words) and all(one in options for one, options in zip(name, meant, strict=True))
        }
        fewest = min(slips.values(), default=0)
        if not slips or fewest > 1 + letters // 12:
            return ()
        return tuple(gid for name, count in slips.items() if count <= fewest + 1 for gid in self._by_words[name])

    def _meant(self, word: str) -> dict[str, int]:
        """The words of names that a word may mean, with the slips between them."""
        meant = self._meanings.get(word)
        if meant is None:
            meant = self._meanings_of(word)
            if len(self._meanings) < _MOST_REMEMBERED:
                self._meanings[word] = meant
        return meant

    def _meanings_of(self, word: str) -> dict[str, int]:
        options = {word: 0} if word in self._names_with else {}
        if len(word) >= SHORTEST_SLIP and not any(map(str.isdigit, word)):
            near = (other for form in shortened(word) for other in self._near_words.get(form, ()))
            options |= {other: 1 for other in near if other not in options and is_slip(word, other)}
        return options

    # --- other forms of the verb -------------------------------------------------------------------------------

    @cached_property
    def _by_stems(self) -> dict[tuple[str, ...], list[str]]:
        found = ((stems(name), gid) for gid, name in self._bare_names)
        return _grouped((of_name, gid) for of_name, gid in found if len(of_name) > 1)

    @cached_property
    def _by_sorted_stems(self) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
        return _grouped((tuple(sorted(of_name)), of_name) for of_name in self._by_stems)

    def _in_other_form(self, of_words: tuple[str, ...]) -> tuple[str, ...]:
        if not 1 < len(of_words) <= _MOST_WORDS:
            return ()
        likely = self._by_sorted_stems.get(tuple(sorted(of_words)), ())
        return tuple(gid for of_name in likely if one_moved(of_words, of_name) for gid in self._by_stems[of_name])

    # --- without the area before a colon -----------------------------------------------------------------------

    @cached_property
    def _by_rest(self) -> dict[tuple[str, ...], list[str]]:
        """Names of the form "Area: rest", without their first words, as long as no word of the rest is missing."""
        return _grouped(
            (of_name[-count:], gid)
            for gid, name in self._bare_names
            if ": " in name and (of_name := stems(name))
            for count in range(max(_FEWEST_OF_REST, len(stems(name.partition(": ")[2]))), len(of_name))
        )

    def _without_area(self, of_words: tuple[str, ...]) -> tuple[str, ...]:
        """ "The new address step" for "Checkout: address step": where just one task is called so."""
        found = self._by_rest.get(of_words, ())
        return tuple(found) if len(found) == 1 else ()

    # --- the beginning alone, where its verb has moved ------------------------------------------------------------

    @cached_property
    def _by_beginning(self) -> dict[tuple[str, ...], list[str]]:
        """The first words of names, the verb behind the others."""
        return _grouped(
            ((*of_name[1:count], of_name[0]), gid)
            for of_name, gids in self._by_stems.items()
            for gid in gids
            for count in range(_FEWEST_OF_BEGINNING, len(of_name))
        )

    @cached_property
    def _beginnings_with(self) -> dict[str, list[tuple[str, ...]]]:
        """The shortest beginnings, by their first word."""
        return _grouped((key[0], key) for key in self._by_beginning if len(key) == _FEWEST_OF_BEGINNING)

    def _without_end(self, of_words: tuple[str, ...]) -> tuple[str, ...]:
        """ "The widget has been moved" for "Move the widget to v2", where just one task is called so."""
        found = self._by_beginning.get(of_words, ())
        return tuple(found) if len(found) == 1 else ()

    # --- without what it is for ----------------------------------------------------------------------------------

    @cached_property
    def _by_thing(self) -> dict[tuple[str, ...], list[str]]:
        """Names of the form "thing for something", by the thing alone."""
        found = ((stems(name.partition(" for ")[0]), gid) for gid, name in self._bare_names if " for " in name)
        return _grouped((of_thing, gid) for of_thing, gid in found if len(of_thing) >= _FEWEST_OF_REST)

    def _without_purpose(self, of_words: tuple[str, ...]) -> tuple[str, ...]:
        """ "The consent text" for "Consent text for photos", where just one task is called so."""
        found = self._by_thing.get(of_words, ())
        return tuple(found) if len(found) == 1 else ()


def _words(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def _letters(text: str) -> str:
    """The letters and digits alone; "and" is left out as "&" is."""
    if text.isascii() and not _NO_PLAIN_LETTERS.search(text):
        return text.lower().translate(_NO_LETTERS)
    return "".join([one for one in _LETTERS.findall(folded(text)) if one not in _AND])


def _bare(name: str) -> str:
    """A name without its number, notes in brackets before and behind, and an article."""
    text = name.strip(" \t*_\"'`")
    if not text[:1].isalpha() or any(map(str.isdigit, text[:12])):
        text = without_label(text)
    text = text.strip(_DECORATION)
    while text[-1:] in (")", "]") and (at := text.rfind("(" if text[-1] == ")" else "[")) > 0:
        text = text[:at].rstrip(_DECORATION)
    while text[:1] in ("(", "[") and 0 < (at := text.find(")" if text[0] == "(" else "]")) < len(text) - 1:
        text = text[at + 1 :].lstrip(_DECORATION)
    if text[:4].casefold().startswith(_ARTICLES):
        text = text.partition(" ")[2]
    return text or name


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """The values of each key, in order; what has an empty key is left out."""
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        if key:
            found.setdefault(key, []).append(value)
    return found
