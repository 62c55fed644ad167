"""docs/dissector-reference.md: the fields and expert infos of our dissector, and what tshark shows of each
exchange."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from . import tshark
from .verify import Capture, load_captures

# The captures that are shown, and how many messages of each.
_SHOWN = (
    ("lurk-base", 4),
    ("lurk-tls12-capabilities", 2),
    ("lurk-tls12-ping", 2),
    ("lurk-rsa-master", 2),
    ("lurk-rsa-master-with-poh", 2),
    ("lurk-rsa-extended-master", 2),
    ("lurk-rsa-extended-master-with-poh", 2),
    ("lurk-ecdhe", 2),
    ("lurk-negative-replay", 4),
    ("ski-ecdhe-json", 2),
    ("ski-rsa-cbor", 2),
    ("ski-tls13-json", 2),
    ("ski-capabilities-json", 1),
    ("ski-negative-input-json", 2),
)
_PREFIXES = ("lurk.", "ski.", "ecdh_params.", "ec_point.")
_HEADING = ("Limited Use of Remote Keys", "TLS Session Key Interface")
_CONSOLE = ("lurk", "lurk_tls12", "ski")

_INTRODUCTION = """# What the dissector shows

Made by `lurkspec dissector page` from `dissector/*.lua` and `vectors/pcap/`; a test compares. How to install
and use it is in [dissector.md](dissector.md).
"""


def page(dissector: tshark.Dissector, captures: Path) -> str:
    fields = sorted(_fields(dissector), key=lambda field: field[0])
    known = {capture.name: capture for capture in load_captures(captures)}
    parts = [
        _INTRODUCTION,
        "## Fields\n",
        *_table(("filter", "what", "type"), (f for f in fields if ".expert." not in f[0])),
        "## Expert infos\n",
        *_table(("filter", "text"), (f[:2] for f in fields if ".expert." in f[0])),
        "## Each exchange in text\n",
    ]
    for name, count in _SHOWN:
        parts.append(_dissection(dissector, known[name], count))
    return "\n".join(parts)


def _fields(dissector: tshark.Dissector) -> list[tuple[str, str, str]]:
    """Filter name, text and type of each field that our protocols register."""
    found = []
    for line in tshark.run(dissector, ["-G", "fields"]).splitlines():
        parts = line.split("\t")
        if parts[0] == "F" and parts[2].startswith(_PREFIXES):
            found.append((parts[2], parts[1], parts[3].removeprefix("FT_").lower()))
    return found


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += [f"| `{row[0]}` | " + " | ".join(row[1:]) + " |" for row in rows]
    return [*lines, ""]


def _dissection(dissector: tshark.Dissector, capture: Capture, count: int) -> str:
    rules = tshark.decode(capture.decode_as, capture.preferences)
    text = tshark.run(
        dissector, ["-2", "-r", str(capture.path), "-Y", capture.protocol, "-O", ",".join(_CONSOLE), *rules]
    )
    shown = "\n".join(_messages(text)[:count])
    command = " ".join(["tshark", "-2", "-r", capture.path.name, "-O", ",".join(_CONSOLE), *rules])
    return f"### {capture.name}: {capture.description}\n\n```\n$ {command}\n{shown}```\n"


def _messages(text: str) -> list[str]:
    """The trees of our protocols alone, a message each."""
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    return [block.rstrip("\n") + "\n" for block in blocks if block.startswith(_HEADING)]
