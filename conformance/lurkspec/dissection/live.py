"""The traffic of the suite itself with a key server, captured while it runs and dissected: nothing may be
left over but in requests that are wrong on purpose."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

from ..embedded import EmbeddedKeyServer, Reference
from . import tshark

_WAIT = 60.0
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
_SKI_FAULTS = _COLUMNS[8:10]


class CaptureRefused(Exception):
    """There is no right to capture here; the text is one line."""


@dataclass
class Seen:
    """What was found in a live capture."""

    messages: Counter[str] = field(default_factory=Counter)
    faulty_requests: int = 0
    problems: list[str] = field(default_factory=list)


@contextmanager
def _capture(file: Path, ports: tuple[int, ...]) -> Iterator[None]:
    """Packets of these ports on the loopback interface go to a file."""
    program = which("tshark")
    if program is None:
        raise tshark.TsharkMissing("there is no tshark: install it (Debian: apt-get install tshark)")
    said = file.with_suffix(".log")
    ports_filter = " or ".join(f"tcp port {port}" for port in ports)
    with open(said, "wb") as log:
        command = [program, "-n", "-i", "lo", "-f", ports_filter, "-w", str(file), "-q"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    limit = time.monotonic() + _WAIT
    while "Capture started" not in said.read_text("utf-8", "replace"):
        if process.poll() is not None or time.monotonic() > limit:
            process.kill()
            process.wait()
            reason = (said.read_text("utf-8", "replace").strip() or "it does not start").splitlines()[-1]
            raise CaptureRefused(f"cannot capture on lo, which needs root or CAP_NET_RAW: {reason}")
        time.sleep(0.05)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_WAIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def live(dissector: tshark.Dissector, library: str, only: tuple[str, ...], folder: Path) -> Seen:
    """Judge the reference key server, its traffic captured; capture and key log stay in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    capture, keys = folder / f"{library}.pcapng", folder / f"{library}.keys"
    keys.unlink(missing_ok=True)
    with EmbeddedKeyServer(Reference(library, lurk=True)) as server:
        assert server.target.lurk is not None
        ports = {"ski": server.target.address[1], "lurk": server.target.lurk.address[1]}
        with _capture(capture, tuple(ports.values())):
            code = _judge(server.folder / "target.toml", only, keys)
    seen = _look(dissector, capture, keys, ports)
    if code:
        seen.problems.append(f"lurkspec keyserver ended with {code}")
    return seen


def _judge(target: Path, only: tuple[str, ...], keys: Path) -> int:
    command = [sys.executable, "-m", "lurkspec", "keyserver", "--target", str(target), "--profile", "quick"]
    command += [part for name in only for part in ("--only", name)]
    environment = dict(os.environ) | {"SSLKEYLOGFILE": str(keys), "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, env=environment, check=False).returncode


def _look(dissector: tshark.Dissector, capture: Path, keys: Path, ports: dict[str, int]) -> Seen:
    columns = [part for column in _COLUMNS for part in ("-e", column)]
    rules = [f"tls.port=={ports['ski']},http", f"tls.port=={ports['lurk']},lurk"]
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
        from_server = int(frame["tcp.srcport"]) in ports.values()
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
