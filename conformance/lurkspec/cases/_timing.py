"""The one way in which cases about time measure it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from ..case import Variant
from ..judge import Statements
from ..statistics import THRESHOLD, compare

EXPECTED = f"the 99.9 % interval of the effect is not beyond {THRESHOLD}"


def same_time(
    t: Statements,
    rng: random.Random,
    label: str,
    control: Callable[[], float],
    suspect: Callable[[], float],
    count: int,
) -> Iterator[Variant]:
    """`count` measurements of `suspect` and twice as many of `control` in random order. The controls are
    compared with each other too: where they differ, the machine is too busy to tell anything."""
    order = [0, 1, 2] * count
    rng.shuffle(order)
    seconds: tuple[list[float], ...] = ([], [], [])
    for kind in order:
        seconds[kind].append((control, control, suspect)[kind]())
    noise = compare(seconds[0], seconds[1])
    if noise.differs:
        yield t.unsupported(f"{label}, control", f"too much noise to measure: {noise.summary}")
        return
    yield t.measured(f"{label}, control", True, EXPECTED, noise.summary)
    found = compare(seconds[2], seconds[0] + seconds[1])
    yield t.measured(label, not found.differs, EXPECTED, found.summary)
