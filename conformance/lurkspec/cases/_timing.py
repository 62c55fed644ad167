"""The one way in which cases about time measure it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from ..case import Variant, Verdict
from ..judge import Statements
from ..statistics import THRESHOLD, compare

EXPECTED = f"the 99.9 % interval of the effect is not beyond {THRESHOLD}"


class Timed(Protocol):
    """An exchange, however it came about."""

    @property
    def seconds(self) -> float: ...


E = TypeVar("E", bound=Timed)


def same_time(
    t: Statements,
    rng: random.Random,
    label: str,
    control: Callable[[], E],
    suspect: Callable[[], E],
    judge: Callable[[str, E], Variant],
    count: int,
) -> Iterator[Variant]:
    """`count` measurements of `suspect` and twice as many of `control` in random order. The controls are
    compared with each other too: where they differ, the machine is too busy to tell anything.

    `judge` looks at every answer: a server that refuses for another reason (its clock, a rate) never gets
    to what is measured. The first answer that is not right ends the case."""
    order = [0, 1, 2] * count
    rng.shuffle(order)
    seconds: tuple[list[float], ...] = ([], [], [])
    for number, kind in enumerate(order, 1):
        answer = (control, control, suspect)[kind]()
        judged = judge(f"{label}, answer {number} of {len(order)}", answer)
        if judged.verdict is not Verdict.PASS:
            yield judged
            return
        seconds[kind].append(answer.seconds)
    noise = compare(seconds[0], seconds[1])
    if noise.differs:
        yield t.unsupported(f"{label}, control", f"too much noise to measure: {noise.summary}")
        return
    yield t.measured(f"{label}, control", True, EXPECTED, noise.summary)
    found = compare(seconds[2], seconds[0] + seconds[1])
    yield t.measured(label, not found.differs, EXPECTED, found.summary)
