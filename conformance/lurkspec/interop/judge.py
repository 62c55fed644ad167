"""Whether a visit was the scenario's: what the client saw, and what the page of the edge tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .contract import LURK, SEEN, SKI_CBOR, TOKEN
from .scenario import Scenario

# What the page tells about the same connection in the same words.
_ALSO_ON_THE_PAGE = (
    "version",
    "exchange",
    "resumed",
    "method",
    "group",
    "extended_master_secret",
    "retried",
    "scheme",
    "client",
)


@dataclass(frozen=True)
class Judgement:
    """`problem`: "" when all is as it should be."""

    problem: str = ""
    by: str = ""
    remarks: tuple[str, ...] = ()
    measures: tuple[tuple[str, float], ...] = ()


def judge(
    said: str, scenario: Scenario, over: str, says: Mapping[str, str], client: str, edge: str
) -> Judgement:
    """`said`: stdout of the client; `says`: what the page of this edge tells in every scenario."""
    try:
        connections = [_object(line) for line in said.splitlines() if line.startswith(SEEN)]
    except ValueError as error:
        return Judgement(f'says "{SEEN}" and then {error}', client)
    if len(connections) != len(scenario.seen):
        return Judgement(f"reports {len(connections)} connections of {len(scenario.seen)}", client)
    remarks: list[str] = []
    for number, seen in enumerate(connections):
        expected = scenario.expected(number, over)
        problem = _client_problem(seen, expected)
        if problem:
            return Judgement(problem, client)
        problem = _page_problem(_page(seen["page"]), expected, over, says)
        if problem:
            return Judgement(problem, edge)
        remarks += [str(seen["remark"])] if "remark" in seen else []
    return Judgement("", "", tuple(dict.fromkeys(remarks)), _measures(_page(connections[0]["page"])))


def _object(line: str) -> dict[str, Any]:
    value = json.loads(line[len(SEEN) :])
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value


def _client_problem(seen: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    required = ("page", "version", *(("resumed",) if expected.get("resumed") else ()))
    missing = [name for name in required if name not in seen]
    if missing:
        return f"does not tell {' and '.join(missing)}"
    return _differences("saw", seen, expected)


def _page(page: Any) -> Any:
    """As an object where it is one: a client need not know JSON."""
    if isinstance(page, str):
        try:
            return json.loads(page)
        except ValueError:
            return page
    return page


def _page_problem(page: Any, expected: Mapping[str, Any], over: str, says: Mapping[str, str]) -> str:
    if not isinstance(page, dict) or page.get("token") != TOKEN:
        return f'the page is no JSON object with "token": "{TOKEN}"'
    wanted = {name: expected[name] for name in _ALSO_ON_THE_PAGE if name in expected} | dict(says)
    wanted["format"] = None if over == LURK else "cbor" if over == SKI_CBOR else "json"
    silent = [name for name in says if name not in page]
    if silent:
        return f"the page does not tell {' and '.join(silent)}"
    return _differences("the page tells", page, wanted)


def _differences(who: str, said: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    wrong = [
        f"{name} {json.dumps(said[name])}, not {json.dumps(value)}"
        for name, value in expected.items()
        if name in said and said[name] != value
    ]
    return f"{who} {'; '.join(wrong)}" if wrong else ""


def _measures(page: Any) -> tuple[tuple[str, float], ...]:
    """How long the edge took for the handshake, and the key server's part in it."""
    names = ("handshake_us", "key_us")
    return tuple((name, float(page[name])) for name in names if isinstance(page.get(name), (int, float)))
