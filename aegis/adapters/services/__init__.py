"""Real looks at services, ports, URLs, commands and variables; see `look.py`."""

from aegis.adapters.services.look import Lookout, look
from aegis.adapters.services.machine import Machine

__all__ = ["Lookout", "Machine", "look"]
