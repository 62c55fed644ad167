"""A scenario: a conversation to be captured, and what a dissector should find in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .pcapng import SEGMENT

LURK, SKI = "lurk", "ski"


@dataclass(frozen=True)
class Scenario:
    """`play` speaks through a stage, with the reference key server or, if `script`, with a server of ours
    that says what no good one does. `clear`: there is a capture without TLS too. `preferences` are those
    that the dissector needs for it."""

    name: str
    protocol: str
    description: str
    play: Callable[[Any], None]
    clauses: tuple[str, ...] = ()
    script: bool = False
    clear: bool = False
    segment: int = SEGMENT
    alpn: str = ""
    tls12: bool = False
    preferences: tuple[str, ...] = ()
