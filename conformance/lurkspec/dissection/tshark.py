"""Runs tshark over a capture and reads what it shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from xml.etree import ElementTree as ET

from .pcapng import read_packets
from .tree import Message, Node

_TIME_LIMIT = 300.0
_MALFORMED = "ski.expert.malformed"
# Fields whose value is the number of a frame.
_FRAMES = ("response_in", "response_to")


class TsharkMissing(Exception):
    """There is no tshark; the text is one line."""


class TsharkFailed(Exception):
    """It ended with an error, or said something that is none of a capture."""


@dataclass(frozen=True)
class Dissector:
    """`lua`: scripts that are loaded; None for what is installed, with the user's own configuration."""

    lua: tuple[Path, ...] | None

    def arguments(self) -> list[str]:
        return [part for file in self.lua or () for part in ("-X", f"lua_script:{file}")]


@dataclass
class Shown:
    """What was shown of a capture: messages, and what never should be shown."""

    messages: list[Message] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def run(dissector: Dissector, arguments: Sequence[str]) -> str:
    """What tshark writes to its standard output."""
    program = shutil.which("tshark")
    if program is None:
        raise TsharkMissing("there is no tshark: install it (Debian: apt-get install tshark)")
    with tempfile.TemporaryDirectory(prefix="lurkspec-tshark-") as home:
        environment = dict(os.environ) | {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
        if dissector.lua is not None:
            # Nobody's configuration and plugins, lest they change what is shown.
            environment |= {"HOME": home, "XDG_CONFIG_HOME": home, "WIRESHARK_CONFIG_DIR": home}
        command = [program, *arguments, "-n", *dissector.arguments()]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_TIME_LIMIT, check=False
        )
    said = [line for line in done.stderr.splitlines() if line and not line.startswith("Running as user")]
    if done.returncode or said:
        raise TsharkFailed(said[0] if said else f"tshark ended with {done.returncode}")
    return done.stdout


def decode(decode_as: Sequence[str], preferences: Sequence[str]) -> list[str]:
    arguments = [part for rule in decode_as for part in ("-d", rule)]
    return arguments + [part for preference in preferences for part in ("-o", preference)]


def dissect(
    dissector: Dissector,
    captures: Sequence[Path],
    protocol: str,
    decode_as: Sequence[str] = (),
    preferences: Sequence[str] = (),
) -> list[Shown]:
    """All messages of this protocol, by capture: one run for all of them, for tshark takes long to start. Two
    passes, so that requests know their answers."""
    with tempfile.TemporaryDirectory(prefix="lurkspec-tshark-") as folder:
        # A pcapng file may have any number of sections, each with its own secrets.
        together = Path(folder) / "together.pcapng"
        together.write_bytes(b"".join(capture.read_bytes() for capture in captures))
        show = ["-2", "-r", str(together), "-T", "pdml", "-Y", protocol]
        text = run(dissector, [*show, *decode(decode_as, preferences)])
    counts = [sum(1 for _ in read_packets(capture)) for capture in captures]
    lasts = list(accumulate(counts))
    shown: list[Shown] = [Shown() for _ in captures]
    frames: list[list[str]] = [[] for _ in captures]
    for packet in _packets(text):
        number = next(f.get("show", "") for f in packet.iter("field") if f.get("name") == "num")
        index = bisect_left(lasts, int(number))
        shown[index].troubles += [f"frame {number}: {trouble}" for trouble in _troubles(packet)]
        for proto in packet.findall("proto"):
            if proto.get("name") == protocol:
                shown[index].messages.append(_message(proto))
                frames[index].append(number)
    for part, numbers in zip(shown, frames):
        _link(part.messages, numbers)
    return shown


def _packets(text: str) -> Iterator[ET.Element]:
    try:
        yield from ET.fromstring(text).iter("packet")
    except ET.ParseError as error:
        raise TsharkFailed(f"what tshark shows is no XML: {error}") from None


def _troubles(packet: ET.Element) -> list[str]:
    """Errors of Lua, and an end of the dissection that Wireshark reports; not where our expert info says that
    a body is malformed: there Wireshark's own dissectors of JSON and CBOR may end that way."""
    names = {element.get("name", "") for element in packet.iter()}
    found = []
    for element in packet.iter():
        if element.get("name") == "_ws.lua.error":
            found.append(element.get("showname", "Lua error"))
        elif element.get("name") == "_ws.malformed" and element.get("hide") != "yes":
            # Hidden ones go with expert infos of that group.
            found += [] if _MALFORMED in names else [element.get("showname", "malformed")]
    return found


def _message(proto: ET.Element) -> Message:
    experts = []
    for info in proto.iter("field"):
        if info.get("name") == "_ws.expert":
            names = (child.get("name", "") for child in info)
            experts += [name for name in names if not name.startswith("_ws.")]
    return Message(proto.get("name", ""), _nodes(proto), sorted(set(experts)))


def _nodes(parent: ET.Element) -> list[Node]:
    nodes = []
    for element in parent.findall("field"):
        name = element.get("name", "")
        if not name or name.startswith("_ws."):
            continue
        octets = element.get("value", "") if element.get("size", "0") != "0" else ""
        nodes.append(Node(name, octets, None if octets else element.get("show", ""), None, _nodes(element)))
    return nodes


def _link(messages: list[Message], frames: list[str]) -> None:
    """Numbers of frames become indices of messages, where a frame has several that with the same id."""
    for message in messages:
        for node in message.walk():
            if node.name.rpartition(".")[2] in _FRAMES:
                there = [i for i, frame in enumerate(frames) if frame == node.value]
                same = [i for i in there if _id(messages[i]) == _id(message)]
                node.message = next(iter(same or there), None)
                node.value = None


def _id(message: Message) -> str:
    return next((node.octets for node in message.fields if node.name == f"{message.protocol}.id"), "")
