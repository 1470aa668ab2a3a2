"""Commands that a text shows below the words that say to run them: "verify with", and then a block of code.

Code is otherwise said by nobody. Here its first line becomes what people write in a sentence: "verify with `adb ...`".
"""

from __future__ import annotations

import re

_SAYS_SO = (
    r"(?P<intro>\b(?:verify|check|test|try|run|measure|confirm|validate|reproduce)\b[^\n.:]{0,60}"
    r"(?:(?<= with)|(?<= using)|(?<= by)|(?<=\brun)|(?<= it)|(?<= this)):?)[ \t]*\n(?:[ \t]*\n)?"
)
_FENCED = re.compile(
    _SAYS_SO + r"[ \t]*(?P<fence>```|~~~)[a-z]{0,12}[ \t]*\n[ \t]*(?:\$ )?(?P<line>[a-z][^\n`]{1,200})"
    r"(?:\n[^\n]{0,400}){0,40}?\n[ \t]*(?P=fence)",
    re.IGNORECASE,
)
_INDENTED = re.compile(_SAYS_SO + r"(?: {4,8}|\t)(?:\$ )?(?P<line>[a-z][^\n`]{1,200})", re.IGNORECASE)


def with_shown_commands(notes: str) -> str:
    """The text with such a command in backticks behind the words that say to run it; takes time linear in the text."""
    if "\n    " not in notes and "\n\t" not in notes and "```" not in notes and "~~~" not in notes:
        return notes
    for pattern in (_FENCED, _INDENTED):
        notes = pattern.sub(lambda found: f"{found['intro'].rstrip(':')} `{found['line'].strip()}`\n", notes)
    return notes
