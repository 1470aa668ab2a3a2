"""What bounds a whole day: no task is started once the day's money is spent."""

from __future__ import annotations

from aegis.wiring import Runtime
from tasks.clock import now


def spent_up(runtime: Runtime) -> str:
    """Why no task may be started today, empty where one may."""
    most = runtime.settings.max_cost_usd_per_day
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    spent = runtime.state.spent_since(midnight)
    if spent < most:
        return ""
    return (
        f"the daily limit of {most:g} USD is reached ({spent:.2f} USD since 00:00 UTC): MAX_COST_USD_PER_DAY raises it"
    )
