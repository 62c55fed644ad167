"""The published test vectors as inputs of the fuzz targets, with the clauses that each was made for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JSON = Path(__file__).resolve().parents[2] / "vectors" / "json"

RSA_MASTER, RSA_MASTER_WITH_POH, ECDHE = 2, 3, 6
CLIENT_HELLO = 1


@dataclass(frozen=True)
class Seed:
    content: bytes
    reasons: frozenset[str] = frozenset()  # clauses and rows of the registers, with the result


Named = tuple[str, str, bytes]  # target, suffix of the name, content


def handshake_messages(payload: bytes) -> bytes | None:
    """Behind key id, freshness and a length of two octets; None when they claim too much."""
    length = int.from_bytes(payload[6:8], "big")
    found = payload[8:8 + length]
    return found if len(payload) >= 8 and len(found) == length else None


def client_hello(messages: bytes) -> bytes | None:
    """The body of a first message of TLS, whose version stands behind four octets of header."""
    length = int.from_bytes(messages[1:4], "big")
    is_one = messages[:1] == bytes([CLIENT_HELLO]) and messages[4:6] == b"\3\3"
    return messages[4:4 + length] if is_one and len(messages) >= 4 + length else None


def tls12_requests(kind: int, payload: bytes) -> Iterator[Named]:
    if kind == RSA_MASTER:
        yield "lurk_rsa_master", "", payload
    elif kind == ECDHE:
        yield "lurk_ecdhe", "", payload
        yield "ownership", "", payload
    elif RSA_MASTER_WITH_POH <= kind < ECDHE:
        choice = bytes([kind - RSA_MASTER_WITH_POH])
        yield "lurk_rsa_handshake", "", choice + payload
        messages = handshake_messages(payload)
        if messages is not None:
            yield "handshake_messages", "", choice + messages
            hello = client_hello(messages)
            if hello is not None:
                yield "client_hello", "", hello


def inputs(operation: str, given: dict[str, Any]) -> Iterator[Named]:
    def octets(name: str) -> bytes:
        return bytes.fromhex(given[name])

    if operation in ("ski_request", "ski_response", "ski_capabilities"):
        yield f"{operation}_{given['format']}", "", octets("message")
    elif operation in ("ecdhe_input", "certificate_verify"):
        yield operation, "", octets("message")
    elif operation == "lurk_request":
        yield "lurk_header", "", (b"\0" if given["counts_header"] else b"\1") + octets("message")
    elif operation == "lurk_answer":
        yield "lurk_header", "", b"\0" + octets("message")
    elif operation == "lurk_capabilities":
        yield "lurk_base_capabilities", "", octets("payload")
    elif operation == "tls12_capabilities":
        yield "lurk_tls12_capabilities", "", octets("payload")
    elif operation == "tls12_answer":
        yield "lurk_answer", "", octets("payload")
    elif operation in ("tls12_request", "rsa_exchange", "ecdhe_exchange"):
        yield from tls12_requests(given["type"], octets("payload"))
    elif operation == "ownership_proof":
        yield "ownership", "", octets("payload")
    elif operation in ("certificate_signature", "key_usage"):
        yield "certificate_spki", "", octets("certificate")
    elif operation == "certificate_chain":
        for index, certificate in enumerate(given["certificates"]):
            yield "certificate_spki", f"-{index}", bytes.fromhex(certificate)


def seeds() -> dict[str, dict[str, Seed]]:
    """By target and name."""
    made: dict[str, dict[str, Seed]] = {}
    for path in sorted(JSON.glob("*.json")):
        group = json.loads(path.read_text())
        for vector in group["vectors"]:
            reasons = frozenset(f"{vector['result']} {why}" for why in vector["clauses"] + vector["rows"])
            for target, suffix, content in inputs(group["operation"], vector["input"]):
                made.setdefault(target, {})[vector["id"] + suffix] = Seed(content, reasons)
    return made
