"""The traffic of the suite with a key server, and of edges with theirs, captured on the way and dissected:
nothing may be left over but in requests that are wrong on purpose."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..embedded import LIBRARIES, EmbeddedKeyServer, Reference
from ..interop.contract import EVENTS
from ..interop.environment import KEY_LOG
from . import tshark

_WAIT = 60.0
# What comes on the interface while the machine is too busy to write it.
_BUFFER_MIB = "256"
_COLUMNS = (
    "tcp.srcport",
    "_ws.lua.error",
    "lurk.id",
    "lurk.status",
    "lurk.type.name",
    "lurk.rest",
    "lurk.expert.cut",
    "lurk.expert.incomplete",
    "ski.rest",
    "ski.expert.malformed",
    "ski.response_to",
    "ski.output",
    "frame.number",
    "lurk.response_in",
)
_FAULTS = _COLUMNS[5:8]
# Every exchange that edges ask for, with an operation in each handshake.
_INTEROP_SCENARIOS = (
    "tls12-ecdhe-ecdsa",
    "tls12-ecdhe-rsa",
    "tls12-rsa",
    "tls12-rsa-audit",
    "tls12-rsa-master",
    "tls13",
)
_SKI_FAULTS = _COLUMNS[8:10]


class CaptureRefused(Exception):
    """There is no right to capture here; the text is one line."""


@dataclass
class Seen:
    """What was found in a live capture."""

    messages: Counter[str] = field(default_factory=Counter)
    faulty_requests: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Ports:
    """Where key servers listen."""

    ski: set[int]
    lurk: set[int]


@contextmanager
def _capture(file: Path, ports: tuple[int, ...]) -> Iterator[None]:
    """Packets of these ports, of all when none is named, on the loopback interface go to a file."""
    program = shutil.which("tshark")
    if program is None:
        raise tshark.TsharkMissing("there is no tshark: install it (Debian: apt-get install tshark)")
    said = file.with_suffix(".log")
    with socket.create_server(("127.0.0.1", 0)) as marked:
        address = marked.getsockname()
        ports_filter = " or ".join(f"tcp port {port}" for port in (*ports, address[1])) if ports else "tcp"
        with open(said, "wb") as log:
            options = ("-n", "-q", "-i", "lo", "-B", _BUFFER_MIB, "-f", ports_filter, "-w", str(file))
            process = subprocess.Popen((program, *options), stdout=log, stderr=log)
        try:
            begun = _within(lambda: process.poll() is not None or b"Capture started" in said.read_bytes())
            if not begun or process.poll() is not None:
                reason = (said.read_text("utf-8", "replace").strip() or "it does not start").splitlines()[-1]
                raise CaptureRefused(f"cannot capture on lo, which needs root or CAP_NET_RAW: {reason}")
            yield
            # What was sent last is in the file once a mark that was sent after it is.
            mark = os.urandom(32)
            with socket.create_connection(address) as connection:
                connection.sendall(mark)
            if not _within(lambda: mark in file.read_bytes()):
                raise CaptureRefused("tshark does not write what it captures")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(_WAIT)
        if " dropped from " in (text := said.read_text("utf-8", "replace")):
            raise CaptureRefused(f"the machine is too busy to capture: {text.strip().splitlines()[-1]}")


def _within(holds: Callable[[], bool]) -> bool:
    limit = time.monotonic() + _WAIT
    while not (done := holds()) and time.monotonic() < limit:
        time.sleep(0.05)
    return done


def live(dissector: tshark.Dissector, library: str, only: tuple[str, ...], folder: Path) -> Seen:
    """Judge the reference key server, its traffic captured; capture and key log stay in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    capture, keys = folder / f"{library}.pcapng", folder / f"{library}.keys"
    keys.unlink(missing_ok=True)
    with EmbeddedKeyServer(Reference(library, lurk=True)) as server:
        assert server.target.lurk is not None
        ports = Ports({server.target.address[1]}, {server.target.lurk.address[1]})
        with _capture(capture, (*ports.ski, *ports.lurk)):
            code = _judge(server.folder / "target.toml", only, keys)
    seen = _look(dissector, capture, keys, ports)
    if code:
        seen.problems.append(f"lurkspec keyserver ended with {code}")
    return seen


def live_interop(dissector: tshark.Dissector, folder: Path) -> Seen:
    """Let two TLS clients visit every edge with every key server, by `lurkspec interop`; what edges and key
    servers say is captured, as `live` does. SKI and LURK one after the other: the kernel may give a port to
    both."""
    seen = Seen()
    for name, over in (("ski", ("ski-json", "ski-cbor")), ("lurk", ("lurk",))):
        part = _interop_over(dissector, folder / name, over)
        seen.messages += part.messages
        seen.faulty_requests += part.faulty_requests
        seen.problems += part.problems
    return seen


def _interop_over(dissector: tshark.Dissector, folder: Path, over: tuple[str, ...]) -> Seen:
    folder.mkdir(parents=True, exist_ok=True)
    capture, keys, out = folder / "interop.pcapng", folder / "interop.keys", folder / "interop"
    selection = [part for name in _INTEROP_SCENARIOS for part in ("--scenario", name)]
    selection += [part for name in LIBRARIES for part in ("--edge", name)]
    selection += [part for name in over for part in ("--over", name)]
    selection += ["--client", "openssl", "--client", "gnutls"]
    with _capture(capture, ()):
        code = _lurkspec("interop", *selection, "--no-capture", "--out", str(out))
    logs = list(out.glob("cells/**/servers/edge"))
    keys.write_bytes(b"".join((log / KEY_LOG).read_bytes() for log in logs if (log / KEY_LOG).exists()))
    said = "".join((log / EVENTS).read_text("utf-8") for log in logs if (log / EVENTS).exists())
    ports = Ports(_ports(said, "https"), _ports(said, r"lurk\+tls"))
    seen = _look(dissector, capture, keys, ports)
    if code:
        seen.problems.append(f"lurkspec interop ended with {code}")
    handshakes, operations = said.count('"outcome":"ok"'), _operations(seen)
    if operations != handshakes:
        seen.problems.append(f"{handshakes} handshakes, and {operations} operations for them in sight")
    return seen


def _operations(seen: Seen) -> int:
    """What edges asked for within handshakes: a request and its answer each over LURK, answers over SKI."""
    lurk = sum(seen.messages[name] for name in ("ecdhe", "rsa_master", "rsa_extended_master"))
    return seen.messages["ski output"] + lurk // 2


def _ports(said: str, scheme: str) -> set[int]:
    """Of key servers, as edges log them."""
    return set(map(int, re.findall(rf'"{scheme}://127\.0\.0\.1:([0-9]+)', said)))


def _judge(target: Path, only: tuple[str, ...], keys: Path) -> int:
    options = [part for name in only for part in ("--only", name)]
    secrets = {"SSLKEYLOGFILE": str(keys)}
    return _lurkspec("keyserver", "--target", str(target), "--profile", "quick", *options, **secrets)


def _lurkspec(*arguments: str, **variables: str) -> int:
    environment = dict(os.environ) | variables | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "lurkspec", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def _look(dissector: tshark.Dissector, capture: Path, keys: Path, ports: Ports) -> Seen:
    columns = [part for column in _COLUMNS for part in ("-e", column)]
    # The kernel gives out ports that belong to somebody, 44321 to pcp, whose dissector would come first.
    rules = ["tcp.port==1024-65535,tls"]
    rules += [f"tls.port=={port},http" for port in ports.ski]
    rules += [f"tls.port=={port},lurk" for port in ports.lurk]
    preferences = tshark.decode(rules, [f"tls.keylog_file:{keys}"])
    text = tshark.run(
        dissector,
        [
            "-2",
            "-r",
            str(capture),
            "-Y",
            "lurk or ski or _ws.lua.error",
            "-T",
            "fields",
            *columns,
            *preferences,
        ],
    )
    frames = [dict(zip(_COLUMNS, line.split("\t"))) for line in text.splitlines()]
    seen = Seen()
    succeeded = {
        (frame["frame.number"], id) for frame in frames for id, status in _messages(frame) if status == "1"
    }
    for frame in frames:
        _count(frame, seen)
        from_server = int(frame["tcp.srcport"]) in ports.ski | ports.lurk
        _judge_frame(frame, from_server, succeeded, seen)
    return seen


def _messages(frame: dict[str, str]) -> list[tuple[str, str]]:
    """Id and status of each LURK message in a frame."""
    return list(zip(frame["lurk.id"].split(","), frame["lurk.status"].split(",")))


def _count(frame: dict[str, str], seen: Seen) -> None:
    if frame["lurk.id"]:
        seen.messages.update(frame["lurk.type.name"].split(","))
    elif frame["ski.response_to"]:
        seen.messages["ski output" if frame["ski.output"] else "ski error"] += 1


def _judge_frame(
    frame: dict[str, str], from_server: bool, succeeded: set[tuple[str, str]], seen: Seen
) -> None:
    if frame["_ws.lua.error"]:
        seen.problems.append("an error of Lua")
    faulty = any(frame[name] for name in _FAULTS)
    if faulty and not from_server:
        seen.faulty_requests += 1
        messages = _messages(frame)
        # An id may be used again: what counts is the answer to this message.
        if len(messages) == 1 and (frame["lurk.response_in"], messages[0][0]) in succeeded:
            seen.problems.append(
                f"a request with octets left over is answered with success: {messages[0][0]}"
            )
    elif faulty or (from_server and any(frame[name] for name in _SKI_FAULTS)):
        seen.problems.append(f"an answer is not dissected completely: {frame}")
