"""Tasks found by their names as people write them: never more than what a careful reader would take for the same.

In this order, and the first that fits decides: the name in any case; without regard to punctuation, to its number
("3. Build it") and to notes in brackets; with a slip of the keyboard; with its verb in another form ("the schema is
migrated" for "Migrate the schema"). All tasks that fit equally well are told: who asks must not guess among them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import TypeVar

from aegis.core.numbers import Label, label_of, without_label

_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+[+#]*|[^\W_]+")
_DECORATION = " \t*_#.,;:!-–—\"'`"
_ARTICLES = ("a ", "an ", "the ", "der ", "die ", "das ", "le ", "la ", "les ", "el ", "los ", "las ")
_SHORTEST_SLIP = 4
_LONG = 6
"""From this length on, a wrong letter makes no other word of a word; a name with fewer letters has no slips at all."""
_MOST_ALIKE = 500
_MOST_WORDS = 30
_RARE = 50
LONGEST_NAME = 1024
"""Asana's own limit for a name; longer words are no name."""

K = TypeVar("K")
V = TypeVar("V")
_Node = dict[str, "_Node"]


def same_name(text: str) -> str:
    """A name as it is compared: in any case, blanks of any kind and number alike."""
    return " ".join(text.replace("\u00a0", " ").split()).casefold()


class Names:
    """The names of a project's tasks."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        """Takes GIDs with names; tasks without a name are not found."""
        self._named = [(gid, name) for gid, name in named if name.strip()]

    def find(self, words: str) -> tuple[str, ...]:
        """GIDs of the tasks of this name, but for case, punctuation, number and notes in brackets."""
        if len(words) > LONGEST_NAME:
            return ()
        found = self._exact.get(same_name(words))
        if not found:
            letters, bare = _letters(words), _letters(_bare(words))
            found = self._loose.get(letters) or self._bare.get(letters) or self._bare.get(bare)
        return tuple(found or ())

    def find_close(self, words: str) -> tuple[str, ...]:
        """GIDs of the tasks whose name differs by a slip of the keyboard or by the form of its verb."""
        if len(words) > LONGEST_NAME:
            return ()
        return self._with_slips(_words(_bare(words))) or self._in_other_form(stems(words))

    def numbered(self, label: Label) -> tuple[str, ...]:
        """GIDs of the tasks that bear the number."""
        return tuple(self._numbered.get(label, ()))

    @cached_property
    def _exact(self) -> dict[str, list[str]]:
        return _grouped((same_name(name), gid) for gid, name in self._named)

    @cached_property
    def _loose(self) -> dict[str, list[str]]:
        return _grouped((_letters(name), gid) for gid, name in self._named)

    @cached_property
    def _bare(self) -> dict[str, list[str]]:
        return _grouped((_letters(_bare(name)), gid) for gid, name in self._named)

    @cached_property
    def _numbered(self) -> dict[Label, list[str]]:
        found: dict[Label, list[str]] = defaultdict(list)
        for gid, name in self._named:
            label = label_of(name)
            if label is not None:
                found[label].append(gid)
        return dict(found)

    # --- names in running text ---------------------------------------------------------------------------------

    def mentions(self, text: str) -> list[tuple[int, int]]:
        """Where names stand word by word in a text; of several that begin at one place, the longest first."""
        words = [(one.start(), one.end(), _folded(one[0])) for one in _WORD.finditer(text)]
        found: list[tuple[int, int]] = []
        for at, (begin, _, _) in enumerate(words):
            node: _Node | None = self._tree
            ends: list[int] = []
            for _, end, word in words[at : at + _MOST_WORDS]:
                node = node.get(word) if node is not None else None
                if node is None:
                    break
                if "" in node:
                    ends.append(end)
            found += [(begin, end) for end in reversed(ends)]
        return found

    def may_be_close(self, text: str) -> bool:
        """Whether a text may hold a name with one word mistyped or in another form: all but one of its words are there."""
        there = frozenset(stems(text))
        return any(
            sum(stem in there for stem in of_name) >= max(1, len(of_name) - 1)
            for one in there
            for of_name in self._by_rare_stem.get(one, ())
        )

    @cached_property
    def _tree(self) -> _Node:
        """The words of all names, one within the other; an empty word ends a name."""
        root: _Node = {}
        for _, name in self._named:
            for form in (name, _bare(name)):
                node = root
                for word in _words(form)[:_MOST_WORDS]:
                    node = node.setdefault(word, {})
                node[""] = {}
        root.pop("", None)
        return root

    @cached_property
    def _by_rare_stem(self) -> dict[str, list[tuple[str, ...]]]:
        """The two rarest words of each name (the second only where it is rare indeed) -> the words of the name."""
        of_names = [of_name for _, name in self._named if len(of_name := stems(_bare(name))) > 1]
        count = Counter(stem for of_name in of_names for stem in of_name)
        found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for of_name in of_names:
            first, second, *_ = sorted(of_name, key=lambda stem: count[stem])
            found[first].append(of_name)
            if count[second] <= _RARE and second != first:
                found[second].append(of_name)
        return {stem: names for stem, names in found.items() if len(names) <= _MOST_ALIKE}

    # --- slips of the keyboard ---------------------------------------------------------------------------------

    @cached_property
    def _by_words(self) -> dict[tuple[str, ...], list[str]]:
        return _grouped((tuple(_words(_bare(name))), gid) for gid, name in self._named)

    @cached_property
    def _names_with(self) -> dict[str, list[tuple[str, ...]]]:
        return _grouped((word, words) for words in self._by_words for word in dict.fromkeys(words))

    @cached_property
    def _near_words(self) -> dict[str, list[str]]:
        """Each word of a name, and it with one letter left out -> the words meant by it."""
        return _grouped(
            (form, word) for word in self._names_with if len(word) >= _SHORTEST_SLIP for form in _shortened(word)
        )

    def _with_slips(self, words: Sequence[str]) -> tuple[str, ...]:
        letters = sum(map(len, words))
        if not words or letters < _LONG or len(words) > 30:
            return ()
        meant = [self._meant(word) for word in words]
        if not all(meant):
            return ()
        alike = [sum(len(self._names_with[one]) for one in options) for options in meant]
        rarest = meant[alike.index(min(alike))]
        if min(alike) > _MOST_ALIKE:
            return ()
        found: dict[tuple[str, ...], int] = {}
        for option in rarest:
            for name in self._names_with[option]:
                if len(name) == len(words) and all(one in options for one, options in zip(name, meant, strict=True)):
                    found[name] = sum(options[one] for one, options in zip(name, meant, strict=True))
        if not found or min(found.values()) > 1 + letters // 12:
            return ()
        best = min(found.values())
        near = [gid for name, slips in found.items() if slips <= best + 1 for gid in self._by_words[name]]
        return tuple(near)

    def _meant(self, word: str) -> dict[str, int]:
        """The words of names that a word may mean, with the slips between them."""
        options = {word: 0} if word in self._names_with else {}
        if len(word) >= _SHORTEST_SLIP and not any(map(str.isdigit, word)):
            for form in _shortened(word):
                for other in self._near_words.get(form, ()):
                    if other not in options and _is_slip(word, other):
                        options[other] = 1
        return options

    # --- other forms of the verb -------------------------------------------------------------------------------

    @cached_property
    def _by_stems(self) -> dict[tuple[str, ...], list[tuple[tuple[str, ...], str]]]:
        found: dict[tuple[str, ...], list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for gid, name in self._named:
            of_name = stems(_bare(name))
            if len(of_name) > 1:
                found[tuple(sorted(of_name))].append((of_name, gid))
        return dict(found)

    def _in_other_form(self, of_words: tuple[str, ...]) -> tuple[str, ...]:
        if len(of_words) < 2:
            return ()
        likely = self._by_stems.get(tuple(sorted(of_words)), ())
        return tuple(gid for of_name, gid in likely if _one_moved(of_words, of_name))


def stems(words: str) -> tuple[str, ...]:
    """The words that carry the meaning, each without what its form adds to it."""
    return tuple(_stem(word) for word in _words(words) if word not in _SMALL)


_SMALL = frozenset(
    """
    a an the der die das le la les el los las is are was were be been being has have had will shall to of for in on our
    your my its s gets get got getting also all already fully completely finally actually properly
    """.split()
)
_IRREGULAR = dict(
    pair.split("=")
    for pair in """
    frozen=freeze froze=freeze built=build rebuilt=rebuild written=write wrote=write rewritten=rewrite rewrote=rewrite
    made=make sent=send chosen=choose chose=choose ran=run found=find bought=buy taken=take took=take given=give
    gave=give broken=break broke=break drawn=draw drew=draw thrown=throw shown=show known=know begun=begin began=begin
    led=lead kept=keep held=hold left=leave paid=pay sold=sell taught=teach brought=bring thought=think spoken=speak
    hidden=hide hid=hide bound=bind torn=tear wound=wind spun=spin dealt=deal met=meet fed=feed
    """.split()
)
_ENDINGS = (
    *("ications", "ication", "ations", "ation", "ating", "ated", "ates", "ate", "ments", "ment", "ings", "ing"),
    *("ions", "ion", "ied", "ies", "ed", "es", "als", "al", "e", "s", "y"),
)
_SHORTEST_STEM = 3


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    """ "migrated", "migration" and "migrate" alike; what comes out need not be a word."""
    word = _IRREGULAR.get(word, word)
    if not word.isalpha() or not word.isascii():
        return word
    for _ in range(3):
        ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) - len(one) >= _SHORTEST_STEM), "")
        if not ending or word.endswith("ss"):
            break
        word = word.removesuffix(ending)
    return word[:-1] if len(word) > _SHORTEST_STEM and word[-1] == word[-2] else word


def _one_moved(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether both are the same, but for one word (or two in a row, as "set up") that stand at another place."""
    if one == other:
        return True
    return any(
        one[at : at + size] == other[to : to + size] and one[:at] + one[at + size :] == other[:to] + other[to + size :]
        for size in (1, 2)
        for at in range(len(one) - size + 1)
        for to in range(len(other) - size + 1)
    )


def _is_slip(one: str, other: str) -> bool:
    """Whether the two differ by one letter: left out, doubled, turned round with the next, or (in long words) wrong."""
    if one == other or abs(len(one) - len(other)) > 1 or (min(len(one), len(other)) < _LONG and one[0] != other[0]):
        return False
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) != len(other):
        longer, shorter = (one, other) if len(one) > len(other) else (other, one)
        return longer[at + 1 :] == shorter[at:]
    if one[at + 2 :] == other[at + 2 :] and one[at : at + 2] == other[at : at + 2][::-1]:
        return True
    return len(one) >= _LONG and one[at + 1 :] == other[at + 1 :]


def _shortened(word: str) -> set[str]:
    """The word, and it with each one of its letters left out."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(min(len(word), 40)))}


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


def _letters(text: str) -> str:
    return "".join(_LETTERS.findall(_folded(text)))


def _folded(text: str) -> str:
    """Small letters without accents."""
    text = text.casefold()
    if text.isascii():
        return text
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


def _bare(name: str) -> str:
    """A name without its number, notes in brackets before and behind, and an article."""
    text = without_label(name.strip(" \t*_\"'`")).strip(_DECORATION)
    while text[-1:] in (")", "]") and (at := text.rfind("(" if text[-1] == ")" else "[")) > 0:
        text = text[:at].rstrip(_DECORATION)
    while text[:1] in ("(", "[") and 0 < (at := text.find(")" if text[0] == "(" else "]")) < len(text) - 1:
        text = text[at + 1 :].lstrip(_DECORATION)
    article = next((one for one in _ARTICLES if text[:4].casefold().startswith(one)), "")
    return text[len(article) :] or name


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """The values of each key, in order; what has an empty key is left out."""
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        if key:
            found.setdefault(key, []).append(value)
    return found
