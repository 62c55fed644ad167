"""What is written down while clients visit: an edge that audits says for each static RSA handshake how the
proof of it went (A-10), a key server for each request that it came."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_PAUSE = 0.01
_WITHOUT_A_KEY = ("ping", "capabilities")


def problem(events: Path, passed: int, seconds: float, running: Callable[[], bool]) -> str:
    """What is wrong with the audits of `passed` handshakes, "" when each was proved. They may come after the
    client has gone, within `seconds` and while the edge is `running`."""
    limit = time.monotonic() + seconds
    while len(found := list(_audits(events))) < passed:
        if time.monotonic() > limit or not running():
            return f"{len(found)} of {passed} handshakes were audited"
        time.sleep(_PAUSE)
    bad = [event for event in found if event.get("outcome") != "proved"]
    return f"an audit failed: {json.dumps(bad[0])}" if bad else ""


def operations(log: Path) -> int:
    """How many operations with private keys a key server was asked for so far."""
    requests = (event for event in _events(log) if event.get("event") == "request")
    return sum(event.get("operation") not in _WITHOUT_A_KEY for event in requests)


def _audits(events: Path) -> Iterator[dict[str, object]]:
    return (event for event in _events(events) if event.get("event") == "audit")


def _events(log: Path) -> Iterator[dict[str, object]]:
    """Those so far; the last line may be half of one."""
    text = log.read_text("utf-8", "replace") if log.exists() else ""
    for line in text.split("\n")[:-1]:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event
