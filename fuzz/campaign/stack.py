"""What went wrong, from what a target printed: a kind and the top of the stack within the project."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from campaign.targets import ROOT

FRAMES = 3
ORACLE = re.compile(r"^(\S+?):\d+: does not hold: (.*)$", re.MULTILINE)
KINDS = (
    re.compile(r"ERROR: AddressSanitizer: (\S+)"),
    re.compile(r"runtime error: (.*)$", re.MULTILINE),
    re.compile(r"ERROR: (LeakSanitizer): "),
    re.compile(r"ERROR: libFuzzer: (\S+)"),
)
FRAME = re.compile(r"^\s+#\d+ 0x[0-9a-f]+ in (\S+) (\S+?)(?::\d+)*$", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    kind: str
    frames: tuple[str, ...]

    @property
    def signature(self) -> str:
        return " < ".join((self.kind, *self.frames))

    @property
    def slug(self) -> str:
        words = re.sub(r"[^a-z0-9]+", "-", " ".join((self.kind, *self.frames[:1])).lower())
        return words.strip("-")[:60].strip("-")


def read(text: str) -> Finding | None:
    """None when nothing is wrong."""
    oracle = ORACLE.search(text)
    kind = f"oracle {oracle[2]}" if oracle else None
    for pattern in KINDS:
        found = pattern.search(text)
        if kind is None and found:
            kind = re.sub(r"\d+", "N", found[1])
    if kind is None:
        return None
    frames = []
    for function, file in FRAME.findall(text):
        ours = os.path.normpath(file).startswith(f"{ROOT}/") and not function.startswith("LLVMFuzzer")
        if ours and function not in frames:
            frames.append(function)
    return Finding(kind, tuple(frames[:FRAMES]))
