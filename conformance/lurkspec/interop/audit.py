"""Proofs of handshake (A-10): an edge that audits says for each static RSA handshake how it went."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_PAUSE = 0.01


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


def _audits(events: Path) -> Iterator[dict[str, object]]:
    """Those so far; the last line may be half of one."""
    text = events.read_text("utf-8", "replace") if events.exists() else ""
    for line in text.split("\n")[:-1]:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event") == "audit":
            yield event
