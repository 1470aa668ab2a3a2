"""What an item names that is part of the environment in which the work is done: a package, a program, a port.

It is no task, nobody gives it, and the agent finds out by itself whether it is there. Services that Aegis can look at
are told apart before (`Known.service`).
"""

from __future__ import annotations

import re

from aegis.core.reading.requirements import begins_with_work
from aegis.core.reading.vocabulary import any_of, pattern, words

_PACKAGE = re.compile(
    r"@?[\w./+-]+(?:\s*(?:[@^~]|[=<>~!]=?=?)\s*[\"']?[\^~]?v?\d[\w.*+-]*|\s+v?\d+\.[\dx*][\w.*+-]*)"
    r"(?:\s*,?\s*[<>=!~]=?\s*[\d.*]+)?"
)
_VERSION_MOVED = r"[\^~=<>]*v?\d+(?:\.[\dx*][\w.*+-]*)*"
_PACKAGE_MOVED = pattern(
    rf"@?[\w./+-]+(?::\s?|\s)\s*(?:from\s+)?{_VERSION_MOVED}\s*(?:-+>|=>|→|⇒|to|auf|bis|à|a)\s*{_VERSION_MOVED}",
    r"|[a-z@][\w./@+-]+\s+(?:stays|unchanged|as\s+is|stays\s+as\s+is|\(?(?:latest|pinned|unpinned)\)?)",
)
_PACKAGE_WORK = pattern(
    r"(?:upgrade|bump|update|add|remove|install|pin|unpin|replace|drop)\s+[`\"']?@?[a-z][\w./@+-]*[`\"']?",
    r"(?:\s+(?:from\s+\S+\s+)?(?:to|from|→|->|with|by|at)\s+[`\"']?@?v?[\w.^~-]*\d[\w.*-]*[`\"']?)",
)
_NO_PACKAGE = words("release version phase sprint milestone step task part chapter section epic iteration stage v")
_BARE_PACKAGE = r"[`\"']?@?[a-z0-9][\w@./+-]*[`\"']?"
_ONE_PACKAGE = re.compile(r"[a-z@][a-z0-9./@+_-]{1,60}")
_PLAIN_PACKAGES = re.compile(rf"{_BARE_PACKAGE}(?:(?: ?, ?| and | & | \+ | or ){_BARE_PACKAGE})*")
_PROGRAM = pattern(
    r"(?:(?:a|an|the|any|some|only|just)\s+)?(?:(?:modern|recent|current|stable|local|latest|working)\s+)*",
    any_of(
        """
        internet, internet connection, internet access, network access, browser, web browser, chrome, chromium,
        firefox, safari, edge, macos, mac os, mac, linux, windows, ubuntu, debian, alpine, standard library, stdlib,
        java, jdk, jre, python, ruby, go, golang, rust, php, perl, make, git, bash, zsh, curl, wsl, xcode,
        android studio, android, ios, kubernetes cluster, k8s cluster, shell, terminal, command line, typescript, npm,
        pnpm, yarn, pip, uv, poetry, cargo
        """
    ),
    r"(?:\s+v?\d[\w.]*\+?)?(?:\s+(?:or|and)\s+(?:newer|later|higher|up|above))?(?:\s*\(.*\))?",
)
_STATE = pattern(
    r"[^,;]{1,60}\s",
    any_of(
        """
        configured, connected, logged in, accessible, installed, running, reachable, listening, on path, on the path,
        on your path, in path, up and running, locally
        """
    ),
    r"(?:\s*\(.*\))?",
)
_SOME_PROGRAM = pattern(
    r"(?:(?:a|an|the)\s+)?(?-i:(?=[a-z`]))(?:running|local|live|working|reachable)\s.*|[^,;]{0,40}`[^`]+`[^,;]{0,40}"
    r"|[^,;]{1,40}\s(?:command|cli|binary|executable|emulator|simulator)(?:\s.*)?"
)
_PRESENCE = pattern(
    r"(?:\b|(?<=\s))",
    any_of(
        """
        running, up, reachable, available, installed, local, locally, live, must, needs?, at, on, port, version,
        access, set, started, listening, exported, defined, instance, server, broker, database, db, cluster,
        container, command, binary, v?\\d[\\d.]*\\+?, variable, environment, env, url, host, host:port, client, cli,
        daemon, in the path, or newer
        """
    ),
    r"(?=$|\W)",
)
_PLACE = pattern(r"\bport\s+\d{2,5}\b|\blocalhost\b|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}\b")
_VARIABLE = re.compile(
    r"`?[A-Z][A-Z0-9]*_[A-Z0-9_]+`?(?: (?:is |must be |to be )?(?:set|defined|exported)(?:\b[^,;]{0,60})?)?"
)
_VERSION = re.compile(r"[\w.#+-]+(?: [\w.#+-]+)? v?\d+(?:\.\d+)*\+?(?: (?:or|and) (?:newer|later|higher|up|above))?")
_STEP = pattern(
    r"(?:(?:basic|good|some|solid)\s+)?(?:knowledge|understanding|experience|familiarity)\s+(?:of|with|in)\b",
    r"|(?:you\s+(?:have|need|must|should)|read(?!\s+(?:access|permission|right|only|and\s+write))|make\s+sure"
    r"|ensure|clone|check\s+out|run\s|execute|open\s+(?:the|an?|your|https?)\b|log\s+in|familiar)\b",
)
_WORK_OF_ITS_OWN = pattern(
    any_of(
        """
        tests?, unit tests?, e2e tests?, qa, testing, review, code review, docs, documentation, changelog,
        changelog entry, migration, migrations, restart, downtime, rollback, rebase, refactoring, follow-up
        """
    ),
    r"(?:\s(?:of|on|in|for|by|with|from)\b.*|\s*\(.*)?|.*\s(?:role|scope|flag|feature flag)",
)


def is_package(text: str) -> bool:
    """Whether an item is a package with its version ("lodash 4.17.21", "httpx>=0.27"), which is no task."""
    text = text.strip(" `*_\"'")
    if not text or len(text) >= 100 or text.split()[0].casefold().rstrip(":") in _NO_PACKAGE:
        return False
    return _PACKAGE.fullmatch(text) is not None or _PACKAGE_MOVED.fullmatch(text) is not None


def may_be_package(text: str) -> bool:
    """Whether an item may be a package without its version: one word in small letters ("lodash", "@types/node")."""
    return _ONE_PACKAGE.fullmatch(text.partition(" (")[0].strip(" `*_\"'")) is not None


def asks_for_presence(text: str) -> bool:
    """Whether words say of a thing that it must be there: "a local ... on port 5432", "... must be reachable"."""
    return _PRESENCE.search(text) is not None and not begins_with_work(text)


def is_environment(text: str, *, loosely: bool) -> bool:
    """Whether an item is a part of the environment ("Chrome", "port 8080 free"), or a step to prepare it.

    `loosely`: it stands under words as "Needs", which head anything that work needs: names of packages without a
    version, versions of anything, and usual parts of work ("docs", "a review") count, too.
    """
    text = text.strip()
    if is_package(text) or _PACKAGE_WORK.fullmatch(text) or any(one.match(text) for one in (_STEP, _PLACE)):
        return True
    if any(one.fullmatch(text) for one in (_VARIABLE, _PROGRAM)):
        return True
    if not begins_with_work(text) and (_STATE.fullmatch(text) or _PLACE.search(text)):
        return True
    if not loosely:
        return False
    if any(one.fullmatch(text) for one in (_PLAIN_PACKAGES, _VERSION, _WORK_OF_ITS_OWN)):
        return True
    return not begins_with_work(text) and _SOME_PROGRAM.fullmatch(text) is not None
