"""The comparison of times sees a difference that is there, and none that is not; all samples are made from
fixed seeds."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lurkspec.case import Variant, Verdict
from lurkspec.cases._timing import same_time
from lurkspec.judge import Statements
from lurkspec.statistics import compare

COUNT = 5000


@dataclass(frozen=True)
class Answer:
    seconds: float
    right: bool = True


def _judge(label: str, answer: Answer) -> Variant:
    return Statements().check(label, answer.right, "right", "right" if answer.right else "refused")


def _answers(seconds: Callable[[], float]) -> Callable[[], Answer]:
    return lambda: Answer(seconds())


def _request(seed: str, extra: float = 0.0) -> Callable[[], float]:
    """Times like those of a loopback: 600 us, skewed, with stalls of a busy machine."""
    rng = random.Random(seed)

    def seconds() -> float:
        stall = rng.expovariate(1 / 5e-3) if rng.random() < 0.05 else 0.0
        return 6e-4 + extra + rng.expovariate(1 / 30e-6) + stall

    return seconds


def test_small_sample_by_hand() -> None:
    # 4 of 1, 4 is above 2 and 3, 1 is not: 2 of 4 pairs.
    assert compare([1, 4], [2, 3]).effect == pytest.approx(0.0)
    assert compare([3, 4], [1, 2]).effect == pytest.approx(0.5)
    assert compare([1, 2], [3, 4]).effect == pytest.approx(-0.5)
    assert compare([2, 5], [1, 3]).shift == pytest.approx(1.5)


def test_ties_count_half() -> None:
    result = compare([1, 1, 1], [1, 1, 1])
    assert result.effect == 0 and result.error == 0 and not result.differs
    assert compare([1, 2], [2, 2]).effect == pytest.approx(-0.25)


def test_interval_holds_what_it_should() -> None:
    """Normal samples one standard deviation apart: P(X > Y) is 0.7602."""
    rng = random.Random("normal")
    result = compare([rng.gauss(1, 1) for _ in range(COUNT)], [rng.gauss(0, 1) for _ in range(COUNT)])
    low, high = result.interval
    assert low < 0.2602 < high and high - low < 0.04


def test_equal_classes_rarely_differ() -> None:
    differing = 0
    for number in range(50):
        first, second = _request(f"first {number}"), _request(f"second {number}")
        differing += compare([first() for _ in range(500)], [second() for _ in range(500)]).differs
    assert differing <= 1


def _same_time(
    rng: random.Random, control: Callable[[], Answer], suspect: Callable[[], Answer], count: int
) -> list[Variant]:
    return list(same_time(Statements(), rng, "x", control, suspect, _judge, count))


@pytest.mark.parametrize(
    ("extra", "verdict"), [(0.0, Verdict.PASS), (3e-6, Verdict.FAIL), (-3e-6, Verdict.FAIL)]
)
def test_three_microseconds_are_seen(extra: float, verdict: Verdict) -> None:
    rng = random.Random("order")
    variants = _same_time(rng, _answers(_request("good")), _answers(_request("bad", extra)), COUNT)
    assert [v.verdict for v in variants] == [Verdict.PASS, verdict]
    assert "99.9 % interval" in variants[1].actual and f"{COUNT} against {2 * COUNT}" in variants[1].actual


class Unshuffled(random.Random):
    def shuffle(self, x: object) -> None:
        """One control after the other, then the suspect, again and again."""


def test_noise_is_not_blamed_on_the_server() -> None:
    """A machine that slows down every second control."""
    times = itertools.cycle([1e-3, 2e-3])
    variants = _same_time(Unshuffled(), _answers(lambda: next(times)), _answers(_request("bad")), 100)
    assert [v.verdict for v in variants] == [Verdict.UNSUPPORTED]


def test_the_time_of_another_answer_says_nothing() -> None:
    """From its 20th answer on the server refuses before it does what is measured."""
    numbers = itertools.count(1)

    def answer() -> Answer:
        return Answer(1e-3, next(numbers) < 20)

    variants = _same_time(Unshuffled(), answer, answer, 100)
    assert [(v.label, v.verdict) for v in variants] == [("x, answer 20 of 300", Verdict.FAIL)]
