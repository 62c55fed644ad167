"""What is not an exchange in a closed loop: many connections, many keys, a flood from one edge."""

from __future__ import annotations

import hashlib
import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..certificates import key_pem, write_private
from ..pki import EDGES
from ..process import Process, find
from .cells import EXCHANGES, WINDOW, Cell, load_config
from .lab import EDGE, FLOODER, BenchError, Effort, Lab, cores, cpu_seconds, on_core, read_result

MANY_CONNECTIONS = 1000
MANY_KEYS = 10_000
_WAIT = 120.0
_FLOOD_CONNECTIONS = 8
_ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SMALL = Effort(rounds=1, ec_questions=2000)


# --- 1,000 connections ---


def run_many_connections(lab: Lab, library: str, count: int = MANY_CONNECTIONS) -> dict[str, Any]:
    """Memory of the key server per open connection, each of which has answered two requests."""
    cell = Cell(library, EXCHANGES[0], count, 1)
    with lab.keyserver(library, cores()[0]) as server:
        found = lab.tool(library, "load", load_config(lab, cell, server.ports[1], server.pid, _SMALL))
    more = found["memory_connected"] - found["memory_before"]
    return {
        "library": library,
        "connections": count,
        "octets_per_connection": more / count,
        "per_cpu_second": found["per_cpu_second"],
    }


# --- 10,000 keys ---


def _fixed_key(number: int) -> ec.EllipticCurvePrivateKeyWithSerialization:
    seed = hashlib.sha256(f"lurkspec bench key {number}".encode()).digest()
    key = ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER_P256 - 1) + 1, ec.SECP256R1())
    return cast(ec.EllipticCurvePrivateKeyWithSerialization, key)


def write_keys(folder: Path, count: int) -> None:
    """A fixed set of P-256 keys no two of which share a LURK key id of 32 bits (A-07). Kept for next time."""
    complete = folder / f"complete-{count}"
    if complete.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    taken: set[bytes] = set()
    number = 0
    while len(taken) < count:
        key = _fixed_key(number)
        number += 1
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        key_id = hashlib.sha256(spki).digest()[:4]
        if key_id in taken:
            continue
        write_private(folder / f"{len(taken)}.key", key_pem(key))
        taken.add(key_id)
    complete.touch()


def run_many_keys(lab: Lab, library: str, folder: Path, count: int = MANY_KEYS) -> dict[str, Any]:
    """How long a key server takes until it is ready, and how much memory the keys need."""
    write_keys(folder, count)
    names = [f"key-{i}" for i in range(count)]
    keys = [
        {"name": name, "file": str(folder / f"{i}.key"), "usage": "tls12-sign"}
        for i, name in enumerate(names)
    ]
    edges = [{"identity": EDGES[EDGE], "grants": [{"key": name} for name in names]}]
    file = lab.keyserver_file(keys=keys, edges=edges)
    program = [str(find(f"lurk-keyserver-{library}")), "--config", str(file)]
    begin = time.monotonic()
    with Process(on_core(cores()[0], program), file.with_suffix(".txt"), listeners=2) as server:
        return {
            "library": library,
            "keys": count,
            "seconds": time.monotonic() - begin,
            "cpu_seconds": cpu_seconds(server.pid),
            "octets": _resident(server.pid),
        }


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGESIZE")


# --- a flood ---


def _quiet(lab: Lab, library: str, server: Process, questions: int) -> dict[str, Any]:
    """One edge that asks one thing after the other. It comes before the flooder on the core of the load, so
    that it is the server whose queue is seen."""
    cell = Cell(library, EXCHANGES[0], 1, 1)
    effort = Effort(rounds=1, ec_questions=questions)
    config = load_config(lab, cell, server.ports[1], None, effort, EDGE)
    command = lab.tool_command(library, "load", config)
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_WAIT, preexec_fn=lambda: _nice(-20)
    )
    return read_result(done.returncode, done.stdout, done.stderr)


def _nice(level: int) -> None:
    """In a child: as far as the system lets it."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, level)
    except PermissionError:
        os.setpriority(os.PRIO_PROCESS, 0, max(level, 0))


def run_flood(lab: Lab, library: str, questions: int) -> dict[str, Any]:
    """p99 of a quiet edge on a key server that does nothing else, and while another edge floods it."""
    file = lab.keyserver_file()
    config = json.loads(file.read_text("utf-8"))
    config["lurk"]["replay_window_seconds"] = 0  # the flood asks the same again and again
    for edge in config["edges"]:
        if edge["identity"] == EDGES[FLOODER]:
            edge["grants"].append({"key": "lurk-rsa-kx", "types": ["rsa_master"]})
    file.write_text(json.dumps(config), "utf-8")
    exchange = EXCHANGES[3]
    cell = Cell(library, exchange, _FLOOD_CONNECTIONS, WINDOW)
    program = [str(find(f"lurk-keyserver-{library}")), "--config", str(file)]
    with Process(on_core(cores()[0], program), file.with_suffix(".txt"), listeners=2) as server:
        alone = _quiet(lab, library, server, questions)
        flood = load_config(lab, cell, server.ports[1], None, _SMALL, FLOODER) | {"endless": True}
        command = lab.tool_command(library, "load", flood)
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as flooder:
            try:
                _await_line(flooder, "begins")
                flooded = _quiet(lab, library, server, questions)
                if flooder.poll() is not None:
                    raise BenchError("the flood has ended before the quiet edge did")
            finally:
                flooder.kill()
    return {
        "library": library,
        "flood": f"{exchange.id}, {cell.connections} x {cell.window}",
        "p50_alone_us": alone["p50_us"]["median"],
        "p99_alone_us": alone["p99_us"]["median"],
        "p50_flooded_us": flooded["p50_us"]["median"],
        "p99_flooded_us": flooded["p99_us"]["median"],
    }


def _await_line(process: subprocess.Popen[str], text: str) -> None:
    assert process.stderr is not None
    if not select.select([process.stderr], [], [], _WAIT)[0] or text not in process.stderr.readline():
        raise BenchError("the flood does not begin")
