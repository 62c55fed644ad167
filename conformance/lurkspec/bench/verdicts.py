"""What the figures must reach, and whether they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .cells import EXCHANGES, WINDOW

OVERHEAD_US = 14.0
CODEC_US = 1.0
EDGE_FACTOR = 1.25
# Of the bare operation, on OpenSSL with eight connections, pipelined.
RATIOS = {"ecdhe P-256": 0.58, "ecdhe RSA-2048": 0.93, "rsa_master RSA-2048": 0.93}
# The other libraries: of what their bare operation and that overhead allow.
SHARE = 0.75
_MAIN = "openssl"


@dataclass(frozen=True)
class Verdict:
    what: str
    value: float
    limit: float
    at_most: bool

    @property
    def met(self) -> bool:
        return self.value <= self.limit if self.at_most else self.value >= self.limit


def cell_ratio(cell: dict[str, Any]) -> float:
    """How much of the server's processor time is the bare operation."""
    return float(cell["bare_us"]) / float(cell["cpu_us"]["median"])


def judge(results: dict[str, Any]) -> list[Verdict]:
    """One verdict for each figure that was measured and has a limit."""
    found = []
    for cell in results["cells"]:
        if cell["connections"] == 8 and cell["window"] == WINDOW:
            found += _judge_cell(cell)
    for library, stages in results["stages"].items():
        found.append(Verdict(f"{library}: codec, us", stages["codec"]["median"] / 1000, CODEC_US, True))
    return found + _judge_edges(results["handshakes"]) + _judge_floods(results)


def _judge_cell(cell: dict[str, Any]) -> list[Verdict]:
    library, exchange, spent = cell["library"], cell["exchange"], float(cell["cpu_us"]["median"])
    bare, ratio = float(cell["bare_us"]), cell_ratio(cell)
    if library != _MAIN:
        allowed = bare / (bare + OVERHEAD_US)
        return [Verdict(f"{library}: {exchange}, share of what is possible", ratio / allowed, SHARE, False)]
    found = []
    if exchange in RATIOS:
        found.append(Verdict(f"{library}: {exchange}, ratio to bare", ratio, RATIOS[exchange], False))
    if exchange == EXCHANGES[0].id:
        found.append(Verdict(f"{library}: {exchange}, overhead, us", spent - bare, OVERHEAD_US, True))
    return found


def _judge_edges(handshakes: list[dict[str, Any]]) -> list[Verdict]:
    """Remote keys against the row with the local key of the same library and version."""
    found = []
    local: dict[tuple[str, str], float] = {}
    for row in handshakes:
        version, _, kind = row["handshake"].partition(", ")
        spent = float(row["edge_cpu_us"]["median"])
        if kind == "local key":
            local[row["library"], version] = spent
        elif kind.endswith("not checked") and (row["library"], version) in local:
            factor = spent / local[row["library"], version]
            what = f"{row['library']}: edge, {row['handshake']}, times local key"
            found.append(Verdict(what, factor, EDGE_FACTOR, True))
    return found


def _judge_floods(results: dict[str, Any]) -> list[Verdict]:
    found = []
    for row in results["floods"]:
        rise = row["p99_flooded_us"] - row["p99_alone_us"]
        longest = float(results["loops"][row["library"]]["rsa2048_decrypt"]["median"]) / 1000
        what = f"{row['library']}: p99 of a quiet edge rises in a flood by, us"
        found.append(Verdict(what, rise, 2 * longest, True))
    return found
