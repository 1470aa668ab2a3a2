"""A task's text as sentences of tokens, without what is said by nobody: code blocks, quotes, struck and ticked things.

Backticks stay visible: "requires `ffmpeg`" names a command, "the log says `requires Redis`" says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from aegis.core.references import plain_lines
from aegis.core.services.requirement import Requirement
from aegis.core.services.shown import with_shown_commands


@dataclass(slots=True)
class Token:
    """A word or a mark: `word` in small letters, `raw` as written, `code` in backticks, `thing` what it names."""

    word: str
    raw: str = ""
    code: bool = False
    thing: Requirement | None = None
    sure: bool = True  # False: only a form that names a command or a variable makes it one
    given: bool = False  # a value stands with it: "FOO_URL=redis://localhost"

    @property
    def is_mark(self) -> bool:
        """Whether it is punctuation."""
        return self.word in MARKS


MARKS = frozenset(",;:()-/")
_EASTERN = str.maketrans(
    {"、": ",", "。": ". ", "‘": "'", "’": "'", "\u00ad": "", "\u200b": "", "\ufeff": "", "\u2060": ""}
)
_STRUCK = re.compile(r"~~[^~\n]{1,500}~~")
_TICKED = re.compile(r"^\s*(?:[-*•+–]|\d{1,3}[.)])?\s*(?:\[[xX]\]|[☑✅✔])\s")
_BULLET = re.compile(r"^\s*(?:[-*•+–◦▪]|\d{1,3}[.)]|[a-z][.)])\s+(?:\[ ?\]\s*)?|^\s*(?:\[ ?\]|☐)\s*")
_QUOTED = re.compile(
    r"\"[^\"\n]{1,400}\"|“[^“”\n]{1,400}”|«[^«»\n]{1,400}»|„[^„“”\n]{1,400}[“”]|「[^「」\n]{1,400}」|(?<!\w)'[^'\n]{1,400}'(?!\w)"
)
COMMAND_LINE = "\x01"
"""Begins the word of a token that stands for a command line in backticks; the program's name follows."""
_PROGRAM = re.compile(
    r"(?:\$ )?(?:sudo )?(?P<name>docker(?:-compose)?|psql|pg_dump|pg_restore|pgbench|redis-cli|mysql|mysqldump|mongosh|"
    r"mongodump|mongorestore|rabbitmqctl|rabbitmqadmin|kcat|kafka-[a-z-]+|redis-server|terraform|kubectl|helm|ffmpeg|ffprobe|k6|ansible-playbook|"
    r"adb|fastboot|xcrun|xcodebuild|helmfile|locust|grpcurl|trivy|buf|cargo|mvn|gradle|go|dotnet|hugo|"
    r"pandoc|node|npm|npx|yarn|pnpm|gh|packer)\s"
)
_PLACE = re.compile(r"(?<![\w./:@-])(?:[a-z][a-z0-9+]{1,15}://[^\s\"'|;]+|(?:localhost|127\.0\.0\.1):\d{2,5})")
"""Where a command line goes: "bench.py --redis redis://localhost"."""
_CALLED = re.compile(r"(?:[a-z][\w-]*|[\w./-]*[/.][\w./-]+)\s")
"""... which begins with a program: no capital letter, no colon."""
_CODE = re.compile(r"``?([^`\n]{1,400})``?")
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\([^()\s]{1,500}\)")
_END = re.compile(r"(?<=[.!?])[\"”»]?\s+(?=\S)|\n")
_ASKS = re.compile(
    r"(?:is|are|was|were|do|does|did|can|could|should|would|will|may|might|has|have|had|who|what|which|why|how|where|when"
    r"|whether|shall|needs?|any|anyone|or|and|so|q)\b|[^,:;]*$",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|incl|resp|approx|ca|vs|z\.b)\.$", re.IGNORECASE)
_TOKEN = re.compile(
    r"(?P<url>[a-z][a-z0-9+]{1,15}://[^\s<>\"'`()\[\]|,;]+)|\x00(?P<code>[^\x00\n]+)\x00|"
    r"(?P<flag>(?<![\w-])--?[A-Za-z][\w-]*)|(?P<word>\[[0-9a-f:.]{2,45}\]:\d{1,5}|[\w$][\w'@.+${}-]*(?::\d[\w.x-]*)?)|(?P<port>(?<!\w):\d{2,5}\b)|"
    r"(?P<mark>[,;:()\[\]{}/&–—→]|[-=]>|[-+](?=\s)|(?<=\s)=(?=\s)|…)",
    re.IGNORECASE,
)
_GIVEN = re.compile(r"=[\w\"'/:.-](?!(?:our|xx|\.\.))")
"""Behind a variable's name: its value, and not a place for it such as "<token>", "your-key", "..."."""
_MARK = {"[": "(", "{": "(", "]": ")", "}": ")", "–": ",", "—": ",", "-": ",", "…": ",", "+": "&", "->": "→", "=>": "→"}
_LONGEST_JOINED = 2_000
_WANTS_MORE = re.compile(
    r"(?:^|[\s(])(?:an?|the|and|or|of|to|with|on|at|for|needs?|requires?|(?<!is )(?<!are )(?<!be )running|local|must|be"
    r"|is)$|,$",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^\s*(?:#{1,6}\s+|\*\*|__)")


@dataclass(frozen=True)
class Line:
    """A line of the text: its words without a list's mark, whether it is an item of a list, or a heading."""

    text: str
    item: bool = False
    heading: bool = False


def lines_of(notes: str) -> Iterator[Line]:
    """The lines that say something, hard-wrapped ones joined; an empty one stands for a gap."""
    waiting: Line | None = None
    for line in _spoken(plain(with_shown_commands(notes))):
        if waiting is not None and _goes_on(waiting, line):
            waiting = Line(f"{waiting.text} {line.text}", waiting.item)
            continue
        if waiting is not None:
            yield waiting
        waiting = line if line.text else None
        if not line.text:
            yield line
    if waiting is not None:
        yield waiting


def _goes_on(line: Line, following: Line) -> bool:
    """Whether a line was wrapped in mid-sentence."""
    if line.heading or following.heading or following.item or not following.text or len(line.text) > _LONGEST_JOINED:
        return False
    return line.text[-1] not in ".!?:;" and (
        following.text[0].islower() or _WANTS_MORE.search(line.text[-20:]) is not None
    )


def _spoken(text: str) -> Iterator[Line]:
    """Lines without code that is shown by its indentation, and without ticked items."""
    gap, in_list, in_code = True, False, False
    for line in plain_lines(text):
        body = line.strip()
        if not body:
            gap = True
            yield Line("")
            continue
        bullet = _BULLET.match(line)
        deep = line.startswith(("    ", "\t"))
        in_code = deep and not in_list and bullet is None and (gap or in_code)
        in_list = bullet is not None or (in_list and (deep or not gap or line.startswith(" ")))
        gap = False
        if in_code or _TICKED.match(line):
            continue
        body = _STRUCK.sub(" ", line[bullet.end() :] if bullet else line).strip()
        heading = _HEADING.match(line) is not None and (
            line.lstrip()[0] == "#" or body.rstrip(": ").endswith(("*", "_"))
        )
        yield Line(body.strip("#*_| \t") if heading else body, item=bullet is not None, heading=heading)


def plain(text: str) -> str:
    """The text in one alphabet's punctuation, without invisible characters and leftovers of HTML."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_EASTERN))
    return _without_html(text.replace("\r\n", "\n").replace("\r", "\n"))


_TAG = re.compile(
    r"<!--|-->|</?(?P<name>pre|blockquote|s|del|strike|code|br|li|p|div|h[1-6]|tr|td|b|i|strong|em|u|ul|ol|a|span|body)"
    r"(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
_SILENT = frozenset({"<!--", "pre", "blockquote", "s", "del", "strike"})


def _without_html(text: str) -> str:
    """Tags become what they mean; comments, code blocks, quotes and struck parts that are closed go."""
    tags = list(_TAG.finditer(text)) if "<" in text else []
    if not tags:
        return text
    closers: dict[str, int] = {}
    ends: list[int] = [-1] * len(tags)
    for n in range(len(tags) - 1, -1, -1):
        mark = tags[n][0].casefold()
        if mark == "-->" or mark.startswith("</"):
            closers["<!--" if mark == "-->" else (tags[n]["name"] or "").casefold()] = n
        else:
            ends[n] = closers.get("<!--" if mark == "<!--" else (tags[n]["name"] or "").casefold(), -1)
    parts, at, n = [], 0, 0
    while n < len(tags):
        parts.append(text[at : tags[n].start()])
        name = tags[n][0] if tags[n]["name"] is None else tags[n]["name"].casefold()
        if name in _SILENT and ends[n] >= 0:
            n = ends[n]
        elif name == "code":
            parts.append("`")
        elif name not in ("b", "i", "strong", "em", "u", "a", "span"):
            parts.append("\n- " if name == "li" and tags[n][0][1] != "/" else "\n" if name not in ("td",) else " ")
        at = tags[n].end()
        n += 1
    return "".join([*parts, text[at:]])


def sentences(line: str, *, asked: bool = False) -> Iterator[list[Token]]:
    """The line's sentences as tokens; a question says nothing.

    With `asked` one does where only its end asks: "dry run on the staging Kafka: is the sum unchanged?"
    """
    begin = 0
    text = _unquoted(line)
    for found in [*_END.finditer(text), None]:
        end = found.start() if found is not None else len(text)
        if found is not None and _ABBREVIATION.search(text[max(begin, end - 8) : end]):
            continue
        part = text[begin:end].strip()
        begin = found.end() if found is not None else end
        if part and not (part.endswith("?") and (not asked or _ASKS.match(part))):
            yield tokens(part)


def _unquoted(text: str) -> str:
    """The text without quoted phrases; quoted and backticked single words stay, the latter marked."""
    text = _CODE.sub(_code, text).replace(" as well as ", " and ")
    text = _QUOTED.sub(lambda found: " " if len(found[0].split()) > 1 else f" {found[0][1:-1]} ", text)
    return _LINK.sub(r"\1", text).replace("**", "").replace("|", " , ")


def _code(found: re.Match[str]) -> str:
    inner = found[1].strip()
    if not inner or len(inner.split()) > 1:
        program, place = _PROGRAM.match(inner), _PLACE.search(inner)
        if program is None and place is not None and _CALLED.match(inner):
            return f" \x00{COMMAND_LINE}{inner.split()[0]} {place[0]}\x00 "
        return f" \x00{COMMAND_LINE}{program['name']}\x00 " if program is not None else " "
    return f" \x00{inner}\x00 "


def tokens(text: str) -> list[Token]:
    """The words and marks of a sentence."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, raw = match.lastgroup, match[match.lastgroup or 0]
        if kind == "mark":
            found.append(Token(_MARK.get(raw, raw), raw))
        elif kind in ("code", "flag"):
            found.append(Token(raw.casefold(), raw, code=kind == "code"))
        else:
            raw = raw.rstrip("'@.-") if kind == "word" else raw.rstrip(".:!?*_")
            raw = raw.strip("_") if kind == "word" else raw
            if raw:
                found.append(Token(raw.casefold(), raw, given=_GIVEN.match(text, match.end()) is not None))
    return found
