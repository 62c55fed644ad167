"""Two samples of times: are they from one distribution? Effect size first, significance second."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RankTest:
    """`effect`: probability that a value of the first sample is larger, minus one half. `z`: its standard
    score."""

    effect: float
    z: float


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> RankTest:
    """Mann-Whitney U with the normal approximation and the correction for ties; both samples must hold
    values."""
    n, m = len(first), len(second)
    counts = Counter(first) + Counter(second)
    rank_of, below = {}, 0
    for value in sorted(counts):
        rank_of[value] = below + (counts[value] + 1) / 2
        below += counts[value]
    u = sum(rank_of[value] for value in first) - n * (n + 1) / 2
    ties = sum(c ** 3 - c for c in counts.values())
    variance = n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))
    z = (u - n * m / 2) / math.sqrt(variance) if variance else 0.0
    return RankTest(u / (n * m) - 0.5, z)
