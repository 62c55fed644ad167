"""Where speed is measured: keys and certificates, programs on a core of their own, lurk-bench on another."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ..pki import SERVER_NAME, write_pki
from ..process import Process, find
from ..reference import edge_config, keyserver_config, lurk_edge_config, served, write_json

LIBRARIES = ("openssl", "gnutls", "boringssl")
EDGE, FLOODER = "a", "b"
LIMITS = {
    "connections": 4096,
    "connections_per_edge": 4096,
    "header_octets": 8192,
    "body_octets": 16384,
    "handshake_ms": 60000,
    "header_ms": 60000,
    "body_ms": 60000,
    "idle_ms": 600000,
}
SECRETS = 32
_TLS12 = b"\x03\x03"
_TOOL_WAIT = 600.0
_REST_WAIT = 10.0


class BenchError(Exception):
    """Something could not be measured; the text is one line."""


@dataclass(frozen=True)
class Effort:
    """How long to look."""

    rounds: int = 5
    milliseconds: int = 200
    ec_questions: int = 4000
    rsa_questions: int = 600
    handshakes: int = 200


def cores() -> tuple[int | None, int | None]:
    """That of the program under test and that of the load; None when there is only one to be had."""
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else (None, None)


def _is_running(pid: int) -> bool:
    stats = [file.read_text("utf-8") for file in Path(f"/proc/{pid}/task").glob("*/stat")]
    return any(stat.rpartition(")")[2].split()[0] == "R" for stat in stats)


def cpu_seconds(pid: int) -> float:
    """Processor time of another process, all threads, to the nanosecond (clock_getcpuclockid), once they all
    sleep: before, what they used since the last clock tick is not counted."""
    limit, asleep = time.monotonic() + _REST_WAIT, 0
    while asleep < 2:  # at the first look a thread may still be on its way to sleep
        asleep = 0 if _is_running(pid) else asleep + 1
        if time.monotonic() > limit:
            raise BenchError(f"process {pid} does not come to rest")
        time.sleep(0.0001)
    return time.clock_gettime((~pid << 3) | 2)


def on_core(core: int | None, command: list[str]) -> list[str]:
    return command if core is None else ["taskset", "-c", str(core), *command]


@dataclass
class Lab:
    folder: Path
    counter: int = 0
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        write_pki(self.folder, served(lurk_port=0))
        for name in ("lurk-rsa-kx", "www-rsa-kx"):
            self._write_secrets(name)

    def _write_secrets(self, name: str) -> None:
        """Pairs of a premaster and its ciphertext for the RSA key of that name."""
        certificate = x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes())
        public = certificate.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        pairs = b""
        for _ in range(SECRETS):
            premaster = _TLS12 + os.urandom(46)
            pairs += premaster + public.encrypt(premaster, padding.PKCS1v15())
        (self.folder / f"{name}.secrets").write_bytes(pairs)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def fresh(self, kind: str) -> Path:
        self.counter += 1
        return self.folder / f"{kind}-{self.counter}"

    def keyserver_file(self, **changes: Any) -> Path:
        config = keyserver_config(lurk_port=0)
        config["lurk"] |= {"proof_of_ownership": "optional"}
        file = self.fresh("keyserver").with_suffix(".json")
        own = {"threads": 1, "limits": LIMITS, "audit_log": str(file.with_suffix(".jsonl"))}
        write_json(file, config | own | changes)
        return file

    @contextmanager
    def keyserver(self, library: str, core: int | None) -> Iterator[Process]:
        file = self.keyserver_file()
        command = on_core(core, [str(find(f"lurk-keyserver-{library}")), "--config", str(file)])
        with Process(command, file.with_suffix(".txt"), listeners=2) as process:
            yield process
        file.with_suffix(".jsonl").unlink(missing_ok=True)
        if process.exit_problem:
            raise BenchError(process.exit_problem)

    @contextmanager
    def edge(self, library: str, core: int | None, config: dict[str, Any]) -> Iterator[Process]:
        file = self.fresh("edge").with_suffix(".json")
        write_json(file, config)
        command = on_core(core, [str(find(f"lurk-edge-{library}")), "--config", str(file)])
        with Process(command, file.with_suffix(".txt")) as process:
            yield process
        if process.exit_problem:
            raise BenchError(process.exit_problem)

    def edge_config(self, over: str, port: int, certificate: str) -> dict[str, Any]:
        """`over`: "lurk", "cbor" or "json"; "local" has the key in the edge."""
        if over == "local":
            local = {"chain": f"{certificate}.pem", "key": f"{certificate}.key"}
            return {"listen": "127.0.0.1:0", "certificates": [local]}
        config = lurk_edge_config(port, rsa=False) if over == "lurk" else edge_config(port, over)
        return config | {"certificates": [{"chain": f"{certificate}.pem"}]}

    def channel(self, edge: str = EDGE) -> dict[str, str]:
        """Members of a lurk-bench configuration: who speaks to the key server."""
        return {
            "name": SERVER_NAME,
            "certificate": self.path(f"edge-{edge}.pem"),
            "key_file": self.path(f"edge-{edge}.key"),
            "ca": self.path("ca.pem"),
        }

    def tool_command(self, library: str, command: str, config: dict[str, Any]) -> list[str]:
        file = self.fresh(command).with_suffix(".json")
        write_json(file, config)
        return [str(find(f"lurk-bench-{library}")), command, str(file)]

    def tool(self, library: str, command: str, config: dict[str, Any]) -> dict[str, Any]:
        """What lurk-bench prints. Raises BenchError when an answer was wrong or it could not be run."""
        full = self.tool_command(library, command, config)
        done = subprocess.run(full, capture_output=True, text=True, timeout=_TOOL_WAIT)
        return read_result(done.returncode, done.stdout, done.stderr)


def read_result(code: int, output: str, diagnostics: str) -> dict[str, Any]:
    """The object that lurk-bench has printed."""
    if code != 0:
        said = diagnostics.strip().splitlines()[-1:] or [f"lurk-bench ended with {code}"]
        raise BenchError(said[0])
    result = json.loads(output)
    assert isinstance(result, dict)
    return result


@contextmanager
def temporary_lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory(prefix="lurkspec-bench-") as folder:
        yield Lab(Path(folder))
