"""The contract: what Aegis relies on in Asana's API.

Tests hold it against the sandbox's answers (`check_answers`) and against what the adapter sends (`request_problems`).

`python -m aegis.sandbox.contract FILE` (`make contract ASANA_OAS=FILE`) checks the contract and every route of the
sandbox against Asana's published OpenAPI description; the file itself is not ours to ship.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from aegis.sandbox.routes import ROUTES

CONTRACT = Path(__file__).with_name("contract.json")
_EARLIEST = "2000-01-01T00:00:00.000Z"

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


def load_contract() -> dict[str, Any]:
    """The contract as it stands in the package."""
    contract: dict[str, Any] = json.loads(CONTRACT.read_text())
    return contract


def check_answers(contract: Mapping[str, Any], base_url: str, token: str, places: Mapping[str, str]) -> list[str]:
    """What in a server's answers is not as the contract says: every route is asked, the writing ones too.

    Args:
        places: GIDs of a `user`, a `portfolio`, a `project`, a `task`, an `other` task, an `attachment`, a `section`
            and a `story` (a comment of the token's user). What the contract relies on below the task (assignee, parent,
            tags and so on) must be there: a null shows nothing.
    """
    found = []
    for route in contract["routes"]:
        name = f"{route['method']} {route['path']}"
        path = route["path"].replace("{gid}", places.get(_place(route["path"]), ""))
        sent = _placed(route.get("sends"), places)
        status, answer = _ask(base_url, token, route["method"], f"{path}?{urlencode(_query(route, places))}", sent)
        if status != route["status"]:
            found.append(f"{name}: answers {status}, not {route['status']}")
        else:
            found += _answer_problems(name, route, answer.get("data"))
    for status, method, path, key in (
        (400, "GET", f"/projects/{places['project']}/tasks?limit=0", token),
        (401, "GET", "/users/me", f"not-{token}"),
        (404, "GET", "/tasks/1", token),
    ):
        got, answer = _ask(base_url, key, method, path, None)
        if got != status or status not in contract["errors"]["statuses"]:
            found.append(f"{method} {path}: answers {got}, not {status}")
        found += record_problems({"method": "error", "path": str(status), **contract["errors"]}, answer)
    return found


def _answer_problems(name: str, route: Mapping[str, Any], data: Any) -> list[str]:
    """What in the `data` of an answer is not as its route says."""
    records = data if route.get("list") else [data]
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        return [f"{name}: the data is not {'a list' if route.get('list') else 'one record'}"]
    found = [problem for record in records for problem in record_problems(route, record)]
    for path in route.get("fields", {}):
        if not any(True for record in records for _ in _values(record, path.split("."))):
            found.append(f"{name}: no record shows {path}")
    return list(dict.fromkeys(found))


def _place(path: str) -> str:
    """Which of the places a route's `{gid}` is: /tasks/{gid} is the task."""
    name = path.split("/")[1]
    return "story" if name == "stories" else name.removesuffix("s")


def _query(route: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, str]:
    values = {
        "opt_fields": ",".join(route.get("fields", {})),
        "limit": "100",
        "project": places["project"],
        "parent": places["task"],
        "completed_since": _EARLIEST,
        "modified_since": _EARLIEST,
        "resource": places["project"],
        "sync": places.get("sync", ""),
    }
    return {name: values[name] for name in route["parameters"] if values.get(name)}


def _placed(sends: Any, places: Mapping[str, str]) -> Any:
    """What is sent, `$name` replaced by the GID of that name."""
    text = json.dumps(sends)
    for name, gid in places.items():
        text = text.replace(f"${name}", gid)
    return json.loads(text)


def _ask(base_url: str, token: str, method: str, path: str, data: Any) -> tuple[int, dict[str, Any]]:
    """A request's status and JSON; an empty object where the answer is none."""
    base = urlsplit(base_url)
    kind = http.client.HTTPSConnection if base.scheme == "https" else http.client.HTTPConnection
    connection = kind(base.netloc, timeout=30)
    try:
        body = None if data is None else json.dumps({"data": data}).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, base.path + path, body=body, headers=headers)
        answer = connection.getresponse()
        document = json.loads(answer.read() or b"{}")
        return answer.status, document if isinstance(document, dict) else {}
    finally:
        connection.close()


def request_problems(contract: Mapping[str, Any], method: str, path: str, query: Mapping[str, str]) -> list[str]:
    """What of a request, as it was sent, the contract does not know: its route, a parameter, a field asked for."""
    for route in contract["routes"]:
        if route["method"] == method and re.fullmatch(route["path"].replace("{gid}", "[^/]+"), path):
            asked = [field for field in query.get("opt_fields", "").split(",") if field not in ("", "gid")]
            found = [f"the parameter {name}" for name in query if name not in route["parameters"]]
            found += [f"the field {field}" for field in asked if field not in route.get("fields", {})]
            return [f"{method} {path}: the contract does not know {what}" for what in found]
    return [f"{method} {path}: the contract does not know the route"]


def record_problems(route: Mapping[str, Any], record: Mapping[str, Any]) -> list[str]:
    """What in a record of an answer is not as the contract says; empty where all is well."""
    found = []
    for path, kind in route.get("fields", {}).items():
        for value in _values(record, path.split(".")):
            if value is _ABSENT or not _fits(value, kind):
                shown = "absent" if value is _ABSENT else type(value).__name__
                found.append(f"{route['method']} {route['path']}: {path} is {shown}, not {kind}")
    return found


_ABSENT = object()


def _values(value: Any, path: list[str]) -> Iterator[Any]:
    """The values at a path, through lists; nothing below a null."""
    if not path:
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _values(one, path)
    elif isinstance(value, dict):
        yield from _values(value[path[0]], path[1:]) if path[0] in value else iter([_ABSENT])


def _fits(value: Any, kind: str) -> bool:
    kinds = kind.split("|")
    if value is None:
        return "null" in kinds
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, _JSON_TYPES[one]) for one in kinds if one != "null")


def description_problems(contract: Mapping[str, Any], description: Mapping[str, Any]) -> list[str]:
    """What of the contract and of the sandbox's routes is not in Asana's published description."""
    book = _Description(description)
    found = []
    for method, path, _ in ROUTES:
        if book.operation(method, path) is None:
            found.append(f"the sandbox answers {method} {path}, which Asana does not describe")
    for route in contract["routes"]:
        found += _route_problems(book, route, set(contract["unlisted"]["fields"]))
    errors = contract.get("errors", {"fields": {}})
    for path, kind in errors["fields"].items():
        described = book.type_of(f"{errors['resource']}Response", path)
        if described not in kind.split("|"):
            found.append(f"an error's {path} is described as {described}, not {kind}")
    return found


def _route_problems(book: _Description, route: Mapping[str, Any], unlisted: set[str]) -> list[str]:
    name = f"{route['method']} {route['path']}"
    operation = book.operation(route["method"], route["path"])
    if operation is None:
        return [f"{name}: Asana does not describe it"]
    known = book.parameters(route["path"], operation)
    found = [f"{name}: the parameter {p} is not described" for p in route["parameters"] if p not in known]
    listed = book.opt_fields(operation)
    for path, kind in route.get("fields", {}).items():
        if listed and path not in ("gid", *listed, *unlisted):
            found.append(f"{name}: opt_fields does not list {path}")
        described = book.type_of(f"{route['resource']}Response", path)
        if described is None and path not in unlisted:
            found.append(f"{name}: {path} is not described")
        elif described is not None and described not in kind.split("|"):
            found.append(f"{name}: {path} is described as {described}, not {kind}")
        if book.may_be_null(f"{route['resource']}Response", path) and "null" not in kind.split("|"):
            found.append(f"{name}: {path} may be null, and the contract says {kind}")
    if "status" in route and str(route["status"]) not in map(str, operation.get("responses", {})):
        found.append(f"{name}: the answer {route['status']} is not described")
    return found + _body_problems(name, route, book.body(operation))


def _body_problems(name: str, route: Mapping[str, Any], described: Mapping[str, str | None]) -> list[str]:
    """What a route's body holds that is not described so; `described` are its fields and their types."""
    found = [f"{name}: the body's {field} is sent and not in the contract" for field in _unknown_sent(route)]
    for field, kind in route.get("body", {}).items():
        if field not in described:
            found.append(f"{name}: the body's {field} is not described")
        elif described[field] is not None and described[field] not in kind.split("|"):
            found.append(f"{name}: the body's {field} is described as {described[field]}, not {kind}")
    return found


def _unknown_sent(route: Mapping[str, Any]) -> list[str]:
    return [field for field in route.get("sends", {}) if field not in route.get("body", {})]


class _Description:
    """An OpenAPI description, read as far as we need it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._paths = {re.sub(r"\{[^}]+\}", "{gid}", path): item for path, item in document["paths"].items()}

    def operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        item = self._paths.get(path)
        return None if item is None else item.get(method.lower())

    def parameters(self, path: str, operation: Mapping[str, Any]) -> set[str]:
        given = [*self._paths[path].get("parameters", []), *operation.get("parameters", [])]
        return {self._resolved(parameter)["name"] for parameter in given}

    def opt_fields(self, operation: Mapping[str, Any]) -> set[str]:
        for parameter in map(self._resolved, operation.get("parameters", [])):
            if parameter["name"] == "opt_fields":
                listed = set(parameter["schema"].get("items", {}).get("enum", []))
                return listed | {
                    ".".join(path.split(".")[:n]) for path in listed for n in range(1, path.count(".") + 1)
                }
        return set()

    def body(self, operation: Mapping[str, Any]) -> dict[str, str | None]:
        """The fields of a request's `data` with their types, None where the description does not say."""
        content = self._resolved(operation.get("requestBody", {})).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        data = self._properties(self._properties(schema).get("data", {}))
        return {name: self._kind(one) for name, one in data.items()}

    def type_of(self, schema: str, path: str) -> str | None:
        """The type at a path of a schema; None where the description does not say."""
        return self._kind(self._at(schema, path))

    def may_be_null(self, schema: str, path: str) -> bool:
        """Whether the description says that null may stand at a path of a schema."""
        return any(part.get("nullable", False) for part in self._parts(self._at(schema, path)))

    def _at(self, schema: str, path: str) -> Mapping[str, Any]:
        at: Mapping[str, Any] = self._document["components"]["schemas"].get(schema, {})
        for name in path.split("."):
            at = self._resolved(at)
            if self._kind(at) == "array":
                at = self._items(at)
            at = self._properties(at).get(name, {})
        return at

    def _items(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        for part in self._parts(schema):
            if "items" in part:
                items: Mapping[str, Any] = part["items"]
                return items
        return {}

    def _kind(self, schema: Mapping[str, Any]) -> str | None:
        kinds = [part["type"] for part in self._parts(schema) if "type" in part]
        return kinds[0] if kinds else None

    def _properties(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in self._parts(schema):
            found.update(part.get("properties", {}))
        return found

    def _parts(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """A schema and all that it is made of."""
        schema = self._resolved(schema)
        yield schema
        for name in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(name, []):
                yield from self._parts(part)

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in part:
            at: Any = self._document
            for name in part["$ref"].removeprefix("#/").split("/"):
                at = at[name]
            part = at
        return part


def main(arguments: list[str]) -> int:
    """Check against the description in a file; prints what differs."""
    import yaml  # comes with Prefect; only this check needs it

    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        sys.stderr.write("Error: name Asana's OpenAPI description: make contract ASANA_OAS=asana_oas.yaml\n")
        return 2
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with Path(arguments[0]).open(encoding="utf-8") as file:
        description = yaml.load(file, Loader=loader)  # noqa: S506 - a safe loader either way
    contract = load_contract()
    problems = description_problems(contract, description)
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    if not problems:
        sys.stdout.write(
            f"{len(contract['routes'])} routes of the contract and {len(ROUTES)} of the sandbox: all as described\n"
        )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
