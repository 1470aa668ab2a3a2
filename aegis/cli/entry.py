"""The entry points of the deployments that `aegis start` serves.

Prefect puts the current folder first on Python's path while it imports these: a folder of the user's own that is called
`flows` or `tasks`, as many Prefect users have, must not be taken for ours.
"""

from __future__ import annotations

import sys
from pathlib import Path

_OURS = str(Path(__file__).parents[2])

sys.path.insert(0, _OURS)
try:
    from flows.do import do
    from flows.orchestrate import orchestrate
    from flows.work_on import work_on
finally:
    sys.path.remove(_OURS)

__all__ = ["do", "orchestrate", "work_on"]
