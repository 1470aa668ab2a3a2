"""Holds: nothing is started while an account, a project or everything is held; tasks/account.py sets and lifts them."""

from __future__ import annotations

from pathlib import Path

from aegis.adapters.holds import EVERYTHING, Hold
from aegis.adapters.process import host
from aegis.core.holds import account_scope, first_sentence, sentence
from aegis.wiring import Runtime
from tasks.clock import now


def account(runtime: Runtime) -> str:
    """The scope of the account that the agent runs on here."""
    settings = runtime.settings
    secret = settings.claude_code_oauth_token or settings.anthropic_api_key
    environment = settings.claude_environment()
    place = f"{host()}:{environment.get('CLAUDE_CONFIG_DIR') or Path.home()}"
    return account_scope(secret.get_secret_value() if secret else None, place, environment.get("ANTHROPIC_BASE_URL"))


def holds_on(runtime: Runtime, project_gid: str | None = None) -> list[Hold]:
    """What holds a start now; without a project, what holds all starts here."""
    scopes = [EVERYTHING, account(runtime), *([f"project:{project_gid}"] if project_gid else [])]
    return runtime.state.holds.active(now(), scopes)


def why_held(runtime: Runtime, project_gid: str) -> str:
    """Why no task of the project may be started now; empty where one may."""
    held = holds_on(runtime, project_gid)
    return first_sentence([sentence(hold.kind, hold.reason, hold.until, hold.probe_at, hold.scope) for hold in held])
