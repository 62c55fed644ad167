"""What our CBOR decoder in C takes of the fuzz corpora, cbor2 reads alike and writes again octet by octet."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cbor2
import pytest

from lurkspec.process import binaries

FUZZ = Path(__file__).resolve().parents[2] / "fuzz"
OPERATIONS = ("ski_request", "ski_response", "ski_capabilities")
DEFAULTS = {"method": "ECDHE"}
Answers = list[tuple[str, bytes, dict[str, Any]]]


def inputs(operation: str) -> Iterator[tuple[str, bytes]]:
    """Of the target of this operation, and of the one that is for all three."""
    for folder in ("corpus", "found", "regressions"):
        for target in (f"{operation}_cbor", "cbor_dom"):
            for path in sorted((FUZZ / folder / target).glob("*")):
                yield f"{target}/{path.name}", path.read_bytes()


def ask(operation: str) -> Answers:
    """The decoder of the vectors answers a line of JSON with one."""
    given = list(inputs(operation))
    questions = "".join(
        json.dumps({"id": str(number), "operation": operation, "keys": {},
                    "input": {"format": "cbor", "message": octets.hex()}}) + "\n"
        for number, (_, octets) in enumerate(given)
    )
    command = [str(binaries() / "lurk-vectors"), "check"]
    done = subprocess.run(command, input=questions, capture_output=True, text=True, timeout=60, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [str(number) for number in range(len(given))]
    return [(name, octets, answer) for (name, octets), answer in zip(given, answers)]


def shown(value: Any) -> Any:
    """As the decoder shows it."""
    if isinstance(value, bytes):
        return value.hex()
    return [shown(item) for item in value] if isinstance(value, list) else value


def is_same(name: str, ours: Any, value: Any) -> bool:
    """Names that our decoder does not know are left out of its sets."""
    if isinstance(ours, list) and name not in ("schemes", "keys"):
        return set(ours) <= set(value)
    return bool(ours == shown(value))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_cbor2_agrees(operation: str) -> None:
    taken = 0
    for name, octets, answer in ask(operation):
        if answer["result"] != "valid":
            continue
        taken += 1
        value = cbor2.loads(octets)
        assert cbor2.dumps(value, canonical=True) == octets, name
        for member, ours in answer["output"].items():
            assert is_same(member, ours, (DEFAULTS | value)[member]), (name, member)
    assert taken >= 3


@pytest.mark.parametrize("operation", OPERATIONS)
def test_refused_is_seen(operation: str) -> None:
    """The other half: what is malformed as CBOR for cbor2 is not taken either."""
    refused = 0
    for name, octets, answer in ask(operation):
        try:
            cbor2.loads(octets)
        except (cbor2.CBORDecodeError, UnicodeDecodeError, RecursionError):
            refused += 1
            assert answer["result"] == "invalid", name
    assert refused >= 3
