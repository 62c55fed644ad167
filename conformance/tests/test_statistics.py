"""The rank test sees a difference that is there, and none that is not."""

from __future__ import annotations

import random

import pytest

from lurkspec.statistics import mann_whitney


def test_small_sample_by_hand() -> None:
    # Ranks of [1, 4] among 1, 2, 3, 4 are 1 and 4: U = 5 - 3 = 2 of 4 pairs.
    assert mann_whitney([1, 4], [2, 3]).effect == pytest.approx(0.0)
    assert mann_whitney([3, 4], [1, 2]).effect == pytest.approx(0.5)
    assert mann_whitney([1, 2], [3, 4]).effect == pytest.approx(-0.5)


def test_ties_count_half() -> None:
    result = mann_whitney([1, 1, 1], [1, 1, 1])
    assert result.effect == 0 and result.z == 0


def test_leaky_and_clean_controls() -> None:
    rng = random.Random("controls")
    clean = [rng.gauss(100, 10) for _ in range(20000)]
    same = [rng.gauss(100, 10) for _ in range(20000)]
    leaky = [rng.gauss(101, 10) for _ in range(20000)]
    assert abs(mann_whitney(clean, same).z) < 4
    assert mann_whitney(leaky, clean).effect > 0.02 and mann_whitney(leaky, clean).z > 5
