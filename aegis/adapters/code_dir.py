"""The code location's directory: it exists, can be written, and lies where the user allows it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from aegis.errors import CodeLocationError

_HINT = "Write one line into the project's notes in Asana: Code Location: /absolute/path/to/your/project"


def usable_code_dir(path_text: str, *, project_name: str, code_roots: Sequence[str] = ()) -> Path:
    """The directory of a code location, links resolved. Raises CodeLocationError that names project and path."""
    try:
        path = Path(path_text).expanduser().resolve()
        why = _unusable(path, code_roots)
    except OSError as error:
        raise _invalid(path_text, project_name, (error.strerror or "it cannot be used").lower()) from error
    except (RuntimeError, ValueError) as error:  # an unknown `~name`, a NUL
        raise _invalid(path_text, project_name, "it is no path") from error
    if why:
        raise _invalid(path_text, project_name, why)
    return path


def _unusable(path: Path, code_roots: Sequence[str]) -> str:
    if not path.exists():
        return "it does not exist"
    if not path.is_dir():
        return "it is not a directory"
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return "it cannot be read and written by the user who runs aegis"
    roots = [Path(root).expanduser().resolve() for root in code_roots]
    if roots and not any(path == root or root in path.parents for root in roots):
        return f"it is outside of CODE_ROOTS ({', '.join(map(str, roots))})"
    return ""


def _invalid(path_text: str, project_name: str, why: str) -> CodeLocationError:
    return CodeLocationError(
        f"Invalid code location path '{path_text}' in the notes of project '{project_name}': {why}",
        found=(path_text,),
        hint=_HINT,
    )
