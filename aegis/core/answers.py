"""What a person's answer to a question means: the option that they chose, if it can be told, else just their words.

Nothing is guessed: "2", "option 2", "let's go with the second one, it is simpler" or an option's own words are
understood; "2 days", "1 or 2", "not 2" are not, and are passed on as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from aegis.core.models import QuestionOption

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINAL = rf"(?P<ordinal>{'|'.join(_ORDINALS)}|1st|2nd|3rd|[4-9]th|10th|last)"
_WORD = rf"(?P<word>{'|'.join(_WORDS)})"
_NOUN = r"(?:option|choice|alternative|variant|approach|solution|possibility|way|answer|number|no\.?|nr\.?|opt\.?)"
_GO = (
    r"(?:(?:hi|hello|hey|ok|okay|yes|yep|sure|fine|alright|right|well|so|then|please|pls|thanks|thank you)\b"
    r"[ ,.!:;-]*)*"
    r"(?:(?:let'?s|let us|i'd|i would|i'll|i will|we'll|we will|we'd|i|we|you can|you may|you should|my)\b[ ]*)?"
    r"(?:please[ ]+)?"
    r"(?:(?:go|going|do|take|use|pick|choose|chose|prefer|vote|want|suggest|recommend|like|say|select|answer|choice)"
    r"\b[ ]*(?:is\b[ ]*)?)?"
    r"(?:(?:for|with|on)\b[ ]*)?:?[ ]*"
)
_NUMBERED = rf"{_NOUN}[ ]*(?:(?:no\.?|nr\.?|number)[ ]*)?"
_NUMBER = re.compile(rf"{_GO}(?P<noun>{_NUMBERED})?(?P<sign>[#(])?[ ]*(?:(?P<digits>\d{{1,2}})|{_WORD})(?P<rest>.*)")
_PLACE = re.compile(rf"{_GO}(?P<article>the[ ]+)?{_ORDINAL}(?P<noun>[ ]+(?:one|of them|{_NOUN})\b)?(?P<rest>.*)")
_NO_MORE = re.compile(r"[ ]*(?:please|pls|thanks|thank you|thx|then|for me|it is|it)?[ ]*[.!)\]]*[ ]*")
_GOES_ON = re.compile(
    r"[ ]*(?:[.:;!)\]]+(?:[ ]|$)|,[ ]|[-–—]+[ ])(?P<why>.*)|[ ]+\((?P<aside>[^()]*)\)[ .!]*|"
    r"[ ](?:because|since|as|please|pls|thanks|thank|thx|works|for now|obviously|definitely|"
    r"(?:is|sounds|looks|seems|would be|will be)[ ](?:good|fine|best|better|right|great|ok|okay|nice|simplest|easiest|"
    r"cheapest))\b.*"
)
_TAKES_BACK = re.compile(
    r"[ ]*(?:no|nope|wait|hmm|or|if|unless|maybe|perhaps|is|isn't|was|wasn't|won't|cannot|can't|never|doesn't|didn't|"
    r"not (?:sure|yet|good|possible)|sounds|looks|seems|would|though|actually)\b"
)
_ANOTHER = re.compile(
    rf"[ ]*(?:,|/|\+|&|-|–|or|and|to|vs\.?)*[ ]*(?:{_NOUN}[ ]*)?[#(]?(?:\d|\b(?:{'|'.join((*_WORDS, *_ORDINALS))})\b)"
)
_RECOMMENDED = re.compile(
    rf"{_GO}(?:as[ ]+(?:you[ ]+)?recommend(?:ed)?|(?:the|your)[ ]+(?:recommended[ ]+(?:one|{_NOUN})|recommendation)|"
    rf"recommend(?:ed|ation))(?P<rest>.*)"
)
_MARKS = str.maketrans(dict.fromkeys("*_`️⃣\u200b") | {"’": "'", "\u00a0": " "})
_AVAILABLE = re.compile(
    r"(?:(?:ok|okay|yes|hi|done)[ ,.!-]*)*"
    r"(?:(?:it|that|this|the (?:service|server|command|variable|port|database)|[\w.:/-]+)"
    r"(?:'s|[ ]+(?:is|are|was|has been|should be|runs|works|answers))?)?[ ]*(?:now[ ]+|up and[ ]+)?"
    r"(?:available|running|reachable|installed|started|restarted|ready|online|back|set|fixed|done|up|there|runs|works|"
    r"answers|(?:(?:i|we)(?:'ve|[ ]+have)?[ ]+(?:just[ ]+|now[ ]+)?)?"
    r"(?:started|restarted|installed|set up|set|fixed)[ ]+(?:it|that|(?:the[ ]+)?[\w./-]+))"
    r"(?:[ ]+(?:now|again|and running|on this machine|for you|there))*[ .!]*"
)
_ITEM = re.compile(r"(?:^|\s)(\d{1,2})[.)][ ]", re.MULTILINE)
_MOST_LOOKED_AT = 2000


def understood(text: str, options: Sequence[QuestionOption], recommended: int = 0) -> int | None:
    """The number (from 1) of the option that a person's words choose; None where they choose none for sure.

    Args:
        text: the comment as written.
        options: the question's options.
        recommended: the number of the recommended one, which "as recommended" means; 0 for none.
    """
    line = _first_line(text)
    if not line or not options or _counts_off(text):
        return None
    found = _by_label(line, options)
    if found is None:
        found = _by_number(line, len(options))
    if found is None:
        found = _by_place(line, len(options))
    if found is None and recommended and (match := _RECOMMENDED.fullmatch(line)) and _ends(match["rest"]):
        found = recommended
    return found if found is not None else _by_gid(text, options)


def _counts_off(text: str) -> bool:
    """Whether the words are a list of their own ("1. do this 2. do that"): its numbers choose nothing."""
    return len(set(_ITEM.findall(text[:_MOST_LOOKED_AT]))) > 1


def says_available(text: str) -> bool:
    """Whether the words say no more than that what was missing is there now: "it is running", "started", "done"."""
    line = _first_line(text)
    return len(line) <= 100 and _AVAILABLE.fullmatch(line) is not None


def _first_line(text: str) -> str:
    """The first line that says something, in small letters, without decoration; quoted lines are not the writer's."""
    plain = unicodedata.normalize("NFKC", text[:_MOST_LOOKED_AT]).translate(_MARKS).casefold()
    lines = (" ".join(line.split()).strip("\"'“”«» ") for line in plain.splitlines())
    return next((line for line in lines if line and not line.startswith(">")), "")


def _by_number(line: str, count: int) -> int | None:
    """ "2", "option 2", "#2", "2) because it is simpler", "let's go with two"."""
    match = _NUMBER.fullmatch(line)
    if match is None:
        return None
    rest = match["rest"]
    explicit = bool(match["noun"] or match["sign"])
    if match["word"] and not (explicit or match.start("word") or not rest.strip(" .!")):
        return None  # "one moment please"
    if not _ends(rest):
        return None
    number = int(match["digits"]) if match["digits"] else _WORDS.index(match["word"]) + 1
    return number if 1 <= number <= count else None


def _by_place(line: str, count: int) -> int | None:
    """ "the second one", "second", "2nd option", "the last one". A bare "second, ..." only counts off."""
    match = _PLACE.fullmatch(line)
    if match is None:
        return None
    named = bool(match["noun"]) or bool(match["article"] and _NO_MORE.fullmatch(match["rest"]))
    if not (named or _NO_MORE.fullmatch(match["rest"])) or not _ends(match["rest"]):
        return None
    word = match["ordinal"]
    if word == "last":
        return count
    number = _ORDINALS.index(word) + 1 if word in _ORDINALS else int(re.sub(r"\D", "", word))
    return number if 1 <= number <= count else None


def _ends(rest: str) -> bool:
    """Whether nothing after the choice takes it back: the end, or a reason; no second number, no "2 days"."""
    if _NO_MORE.fullmatch(rest):
        return True
    goes_on = None if _ANOTHER.match(rest) or "?" in rest else _GOES_ON.fullmatch(rest)
    return goes_on is not None and not _TAKES_BACK.match(goes_on["why"] or goes_on["aside"] or "")


def _by_label(line: str, options: Sequence[QuestionOption]) -> int | None:
    """An option's own words, alone or followed by a reason that names no other option."""
    said = _words(line)
    exact, begun = set(), set()
    for number, option in enumerate(options, start=1):
        for label in (option.label, *option.aliases):
            words = _words(_first_line(label))
            if not words:
                continue
            if said == words or (_NO_MORE.fullmatch(said.removeprefix(words)) and said.startswith(words)):
                exact.add(number)
            elif said.startswith(words) and re.match(r"[ ]?[,.;:!)–—-]+[ ]", said[len(words) :]):
                begun.add(number)
    if len(exact) == 1:
        return exact.pop()
    if exact or len(begun) != 1:
        return None
    number = begun.pop()
    others = [
        _words(_first_line(label)) for n, o in enumerate(options, 1) if n != number for label in (o.label, *o.aliases)
    ]
    return None if any(other and re.search(rf"\b{re.escape(other)}\b", said) for other in others) else number


def _words(text: str) -> str:
    return " ".join(re.sub(r"[\"'“”«»]", "", text).split()).rstrip(".! ")


def _by_gid(text: str, options: Sequence[QuestionOption]) -> int | None:
    """The one option that is about exactly one task whose GID, or whose address, stands in the words."""
    named = set(re.findall(r"(?<!\d)\d{10,32}(?!\d)", text[:_MOST_LOOKED_AT]))
    found = [n for n, option in enumerate(options, start=1) if len(option.gids) == 1 and option.gids[0] in named]
    return found[0] if len(found) == 1 else None
