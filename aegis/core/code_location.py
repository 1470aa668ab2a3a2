"""Where a project's code lies: the line `Code Location: PATH` of its notes.

Any case, bold or not, in quotes or backticks, with `~`, blanks in the path and any line ends. None, or several
different ones, is an error: the agent never works in a guessed directory.
"""

from __future__ import annotations

import re

from aegis.errors import CodeLocationError

_LINE = re.compile(r"^[\s>*_#•-]*code[ \t]+location[ \t]*[*_]*[ \t]*:[ \t]*[*_]*(?P<path>.*)$", re.IGNORECASE)
_QUOTES = {"`": "`", '"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "<": ">"}
_HINT = "Write one line into the project's notes in Asana: Code Location: /absolute/path/to/your/project"


def code_location(notes: str, *, project_name: str) -> str:
    """The path as written (absolute, or beginning with `~`), from a project's notes.

    Raises CodeLocationError, naming the project and what was read.
    """
    found = tuple(dict.fromkeys(path for path in map(_path_of, notes.replace("\u00a0", " ").splitlines()) if path))
    if not found:
        raise CodeLocationError(f"The notes of project '{project_name}' name no code location", hint=_HINT)
    if len(found) > 1:
        listed = ", ".join(f"'{path}'" for path in found)
        raise CodeLocationError(
            f"The notes of project '{project_name}' name several code locations: {listed}",
            found=found,
            hint="Keep the one line that is right.",
        )
    path = found[0]
    if "\0" in path or not (path.startswith("/") or path == "~" or path.startswith("~/")):
        raise CodeLocationError(
            f"Invalid code location path '{path}' in the notes of project '{project_name}': it is not absolute",
            found=found,
            hint=_HINT,
        )
    return path


def _path_of(line: str) -> str | None:
    match = _LINE.match(line.strip())
    if match is None:
        return None
    path = match["path"].strip()
    while path[-2:] in ("**", "__"):
        path = path[:-2].rstrip()
    if len(path) > 1 and _QUOTES.get(path[0]) == path[-1]:
        path = path[1:-1].strip()
    return path or None
