"""Sentences that order this work and another by their whole build: "not yet, X is still open", "first X, then this".

The verbs and gates of `waiting` and the words of `coming_first` are asked first; here are the builds in which no single
word tells, and the same in other languages. The builds themselves are in `builds`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.core.reading.builds import BROAD, COUNTERS, EXCEPTIONS, FRAME_WORDS, PLAIN, TOLD_OF
from aegis.core.reading.known import Reference
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.words import folded

_GOES_ON = re.compile(
    r"(?:so|(?:all|both|these|those|they)\b[^.]{0,30}\b(?:must|have to|need to|should)"
    r"|(?:assign|ping|wake|poke|call|tell) me|that's|that is|until|if|when|once|as soon as|as long as|then"
    r"|please|after|before|but|and|don't|do not"
    r"|wait|not|2nd|second|hold|leave|nothing|without)\b"
)
_POINTS_BACK = re.compile(r"(?:that's|that is) (?:the (?:job|work|point) of|done in|part of|covered by|handled in)\b")
_NOTES = re.compile(r"\([^()§]*\)")
_IN_BRACKETS = re.compile(r"\( ?(?:task |ticket )?§ ?\)")
_BEFORE_MARKS = re.compile(r" (?=[,;:.!?])")
_CLAUSE_MARK = re.compile(r"[,;:.!?–—] ?")
_OF_A_THING = re.compile(
    r"\W*(?:the|an?|each|every|all|our|its|his|her|their|new|old)\s(?!(?:\w+ )?(?:others?|task|ticket|work|rest|story"
    r"|sprint|target|plan|change|pr|branch|release|rollout)\b)"
)
"""A clause about a thing of the software, or of another matter: "the import starts when ..."."""
_LONGEST = 600


def of_frames(sentence: Sentence) -> Iterator[Reference]:
    """What the whole build of a sentence says that this task waits for."""
    if FRAME_WORDS.isdisjoint(sentence.said):
        return
    parts = [sentence]
    beginning = folded(sentence.text[:60])
    goes_on = _GOES_ON.match(beginning) and (_POINTS_BACK.match(beginning) or not sentence.objects.in_order())
    if sentence.before and goes_on:
        parts = [sentence.before[-1], sentence]
    if sum(len(one.text) for one in parts) > _LONGEST:
        return
    groups = [found for one in parts for found in one.objects.in_order()]
    if groups:
        text = " ".join(_framed(one) for one in parts)
        for form in dict.fromkeys((text, text.replace(" ()", ""))):
            found = list(_waited_for(form))
            for begin in found:
                yield from groups[form.count("§", 0, begin)].references
            if found:
                return


def _waited_for(text: str) -> Iterator[int]:
    """Where in a framed text what is waited for stands."""
    frames = [*EXCEPTIONS] if COUNTERS.search(text) else [*EXCEPTIONS, *PLAIN]
    for frame in frames:
        yield from (match.start("x") for match in frame.finditer(text))
    if len(frames) > len(PLAIN) and not TOLD_OF.search(text):
        for frame in BROAD:
            for match in frame.finditer(text):
                clause = _CLAUSE_MARK.split(text[: match.start()])[-1]
                if not _OF_A_THING.match(clause):
                    yield match.start("x")


def _framed(sentence: Sentence) -> str:
    text, begin = "", 0
    for found in sentence.objects.in_order():
        text += f"{sentence.text[begin : found.begin]} § "
        begin = found.end
    text = folded(_NOTES.sub("()", text + sentence.text[begin:])).replace("*", "")
    return _BEFORE_MARKS.sub("", _IN_BRACKETS.sub("§", " ".join(text.split())))
