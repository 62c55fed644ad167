"""What is measured: exchanges of a key server, each on a fresh one; its stages; bare operations."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import Any

from ..pki import EDGES
from .lab import EDGE, Effort, Lab, cores

CONNECTIONS = (1, 8, 64)
WINDOW = 8


@dataclass(frozen=True)
class Exchange:
    """`work`: the bare operations that an answer needs, by their names in `lurk-bench loops`."""

    id: str
    protocol: str
    key: str
    work: tuple[str, ...]
    rsa: bool = False
    proof: bool = False
    format: str = "cbor"

    @property
    def slow(self) -> bool:
        return any(name.startswith("rsa") for name in self.work)

    @property
    def windows(self) -> tuple[int, ...]:
        """HTTP/1.1 requests are not pipelined by any client in use."""
        return (1, WINDOW) if self.protocol == "lurk" else (1,)


EXCHANGES = (
    Exchange("ecdhe P-256", "lurk", "lurk-ecdsa", ("p256_sign",)),
    Exchange(
        "ecdhe P-256, proof", "lurk", "lurk-ecdsa", ("p256_sign", "p256_verify_proof"), proof=True
    ),
    Exchange("ecdhe RSA-2048", "lurk", "lurk-rsa", ("rsa2048_sign",)),
    Exchange("rsa_master RSA-2048", "lurk", "lurk-rsa-kx", ("rsa2048_decrypt",), rsa=True),
    Exchange("SKI CBOR P-256", "ski", "www-ecdsa", ("p256_sign",)),
    Exchange("SKI JSON P-256", "ski", "www-ecdsa", ("p256_sign",), format="json"),
)


@dataclass(frozen=True)
class Cell:
    library: str
    exchange: Exchange
    connections: int
    window: int

    @property
    def name(self) -> str:
        return f"{self.library}, {self.exchange.id}, {self.connections} x {self.window}"


def subject(lab: Lab, exchange: Exchange) -> dict[str, Any]:
    """Members of a lurk-bench configuration: what is asked."""
    found: dict[str, Any] = {
        "protocol": exchange.protocol,
        "format": exchange.format,
        "exchange": "rsa" if exchange.rsa else "ecdhe",
        "proof": exchange.proof,
        "key": lab.path(f"{exchange.key}.key"),
    }
    return found | ({"secrets": lab.path(f"{exchange.key}.secrets")} if exchange.rsa else {})


def load_config(
    lab: Lab, cell: Cell, port: int, pid: int | None, effort: Effort, edge: str = EDGE
) -> dict[str, Any]:
    """For `lurk-bench load`: at least four windows of every connection in a round. `pid`: whose processor
    time and memory are measured, which a server must rest for between rounds; None: nobody's."""
    wanted = effort.rsa_questions if cell.exchange.slow else effort.ec_questions
    core = cores()[1]
    return (
        subject(lab, cell.exchange)
        | lab.channel(edge)
        | {
            "host": "127.0.0.1",
            "port": port,
            "connections": cell.connections,
            "window": cell.window,
            "questions": max(wanted, 4 * cell.connections * cell.window),
            "rounds": effort.rounds,
        }
        | ({} if pid is None else {"pid": pid})
        | ({} if core is None else {"core": core})
    )


def port_of(ports: tuple[int, ...], exchange: Exchange) -> int:
    return ports[exchange.protocol == "lurk"]


def run_cell(lab: Lab, cell: Cell, effort: Effort) -> dict[str, Any]:
    """One cell on a fresh key server; every answer in it was right. `bare_us`: what the operations in an
    answer took by themselves on the same core, measured right before and right after, because a machine is
    not always equally fast."""
    before = _bare_us(lab, cell, effort)
    with lab.keyserver(cell.library, cores()[0]) as server:
        port = port_of(server.ports, cell.exchange)
        config = load_config(lab, cell, port, server.pid, effort) | {"awake": cores()[1] is not None}
        result = lab.tool(cell.library, "load", config)
    bare = (before + _bare_us(lab, cell, effort)) / 2
    return {"library": cell.library, "exchange": cell.exchange.id, "bare_us": bare} | result


def _bare_us(lab: Lab, cell: Cell, effort: Effort) -> float:
    found = run_loops(lab, cell.library, effort, cell.exchange.work)
    return sum(float(found[name]["median"]) for name in cell.exchange.work) / 1000


def effort_config(effort: Effort) -> dict[str, Any]:
    core = cores()[0]
    config = {"milliseconds": effort.milliseconds, "rounds": effort.rounds}
    return config | ({} if core is None else {"core": core})


def run_loops(
    lab: Lab, library: str, effort: Effort, operations: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Nanoseconds of these bare operations, or of all."""
    keys = {"p256": lab.path("lurk-ecdsa.key"), "rsa": lab.path("lurk-rsa-kx.key")}
    chosen = {} if operations is None else {"operations": list(operations)}
    return lab.tool(library, "loops", effort_config(effort) | keys | chosen)


def run_stages(lab: Lab, library: str, effort: Effort) -> dict[str, Any]:
    """Nanoseconds of the stages of an ecdhe request with P-256 and without proof."""
    file = lab.keyserver_file()
    identity = EDGES[EDGE].removeprefix("uri:")
    config = effort_config(effort) | subject(lab, EXCHANGES[0]) | lab.channel()
    found = lab.tool(library, "stages", config | {"keyserver": str(file), "identity": identity})
    file.with_suffix(".jsonl").unlink(missing_ok=True)
    return found


def run_openssl_speed(seconds: int) -> dict[str, float]:
    """Signatures per second as `openssl speed` counts them."""
    command = ["/usr/bin/openssl", "speed", "-seconds", str(seconds), "ecdsap256", "rsa2048"]
    output = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    found = {}
    for name, pattern in (("p256_sign", r"ecdsa \(nistp256\)"), ("rsa2048_sign", r"rsa 2048 bits")):
        line = re.search(rf"{pattern}\s+\S+s\s+\S+s\s+(\S+)", output)
        found[name] = float(line.group(1)) if line else 0.0
    return found
