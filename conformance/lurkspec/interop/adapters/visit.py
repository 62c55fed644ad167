"""What adapters of TLS clients have in common: the visit that is asked for, the program that makes it, and
the page in what it prints."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ..contract import PAGE, TOKEN, WEB_CA
from .task import Task, fail, take, variable

# The TLS 1.2 suite that is offered for a key exchange, by the names of OpenSSL and IANA.
SUITES = {
    "ecdhe-ecdsa": ("ECDHE-ECDSA-AES128-GCM-SHA256", 0xC02B),
    "ecdhe-rsa": ("ECDHE-RSA-AES128-GCM-SHA256", 0xC02F),
    "rsa": ("AES128-GCM-SHA256", 0x009C),
}
EXCHANGES = {"ecdhe-ecdsa": "ECDHE_ECDSA", "ecdhe-rsa": "ECDHE_RSA", "rsa": "RSA"}


@dataclass(frozen=True)
class Visit:
    task: Task
    host: str
    port: str
    name: str
    key_log: str

    @property
    def exchange(self) -> str:
        """The capability that names the TLS 1.2 key exchange, "" in TLS 1.3."""
        return next((name for name in SUITES if name in self.task.capabilities), "")

    @property
    def ca(self) -> str:
        return self.task.file(WEB_CA)

    @property
    def url(self) -> str:
        return f"https://{self.name}:{self.port}{PAGE}"

    @property
    def request(self) -> bytes:
        lines = (
            f"GET {PAGE} HTTP/1.1",
            f"Host: {self.name}",
            "Accept: application/json",
            "Connection: close",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def wanted(known: Collection[str]) -> Visit:
    """The visit, declined when it needs what is not known."""
    task = take(known)
    host, _, port = variable("LURKSPEC_EDGE").rpartition(":")
    return Visit(task, host, port, variable("LURKSPEC_NAME"), variable("SSLKEYLOGFILE"))


def run(*command: str, request: bytes = b"") -> str:
    """What the program says on both of its outputs, also kept for people. stdin stays open, or gnutls-cli
    ends; the edge closes after its answer."""
    print("$", *command, flush=True)
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(request)
        process.stdin.flush()
    except BrokenPipeError:
        pass
    with process.stdout, process.stdin:
        output = process.stdout.read().decode("utf-8", "replace")
        code = process.wait()
    # Indented, so that nothing in it can be taken for a line of the contract.
    print(*(f"  {line}" for line in output.splitlines()), sep="\n", flush=True)
    if code:
        last = [line for line in output.splitlines() if line.strip()][-1:] or ["no output"]
        fail(f"{command[0]} ends with exit code {code}: {last[0][:200]}")
    return output


def demand(output: str, text: str, otherwise: str) -> None:
    if text not in output:
        fail(otherwise)


def page(output: str) -> Any:
    """The answer page, a flat object. Braces also stand where s_client shows octets."""
    token = output.find(TOKEN)
    begin, end = output.rfind("{", 0, token), output.find("}", token)
    if token < 0 or begin < 0 or end < 0:
        fail("no page with the token came")
    try:
        return json.loads(output[begin : end + 1])
    except ValueError:
        return output[begin : end + 1]


def exchange_of(suite: str, version: str) -> str:
    """`exchange` of the contract from a suite's name in the style of OpenSSL."""
    if version == "TLS 1.3":
        return version
    parts = suite.split("-")
    return "_".join(parts[:2]) if parts[0] in ("ECDHE", "DHE") else "RSA"
