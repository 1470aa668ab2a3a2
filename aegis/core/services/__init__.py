"""What a task may require besides other tasks: services, commands, variables, ports and URLs.

`required_services` reads it out of a text, `Requirement` names one such cause, `advice_for` what a person can do.
"""

from aegis.core.services.requirement import Kind, Requirement
from aegis.core.services.requires import is_service, required_services
from aegis.core.services.table import BY_NAME, SERVICES, Advice, Greeting, Service, advice_for, missing

__all__ = [
    "BY_NAME",
    "SERVICES",
    "Advice",
    "Greeting",
    "Kind",
    "Requirement",
    "Service",
    "advice_for",
    "is_service",
    "missing",
    "required_services",
]
