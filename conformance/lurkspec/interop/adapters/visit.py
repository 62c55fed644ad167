"""What adapters of TLS clients have in common: the visit that is asked for, the program that makes it, and
the page in what it prints."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from ..contract import CLIENT_IDENTITY, PAGE, TOKEN, WEB_CA
from .task import Task, decline, fail, take, variable

# The TLS 1.2 suite that is offered for a key exchange, by the names of OpenSSL and IANA.
SUITES = {
    "ecdhe-ecdsa": ("ECDHE-ECDSA-AES128-GCM-SHA256", 0xC02B),
    "ecdhe-rsa": ("ECDHE-RSA-AES128-GCM-SHA256", 0xC02F),
    "rsa": ("AES128-GCM-SHA256", 0x009C),
}
# What a client can be asked for.
CLIENT_CAPABILITIES = (
    "tls12",
    "tls13",
    *SUITES,
    "sign-rsa-pss",
    "sign-ecdsa",
    "sign-ed25519",
    "ems",
    "no-ems",
    "hello-retry",
    "resumption",
    "client-auth",
    "large-chain",
)
# The one signature scheme that is offered, as RFC 8446 names it.
_SCHEMES = {
    "sign-rsa-pss": "rsa_pss_rsae_sha256",
    "sign-ecdsa": "ecdsa_secp256r1_sha256",
    "sign-ed25519": "ed25519",
}
# A share of the first, and then, as an edge asks for it, of the second (docs/interop.md).
RETRY_GROUPS = ("X25519", "P-384")


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
    def suite(self) -> str:
        """Of TLS 1.2, as OpenSSL names it, "" in TLS 1.3."""
        return SUITES[self.exchange][0] if self.exchange else ""

    @property
    def scheme(self) -> str:
        """The one signature scheme to offer, "" when any may be."""
        return next((s for name, s in _SCHEMES.items() if self.wants(name)), "")

    @property
    def certificate(self) -> tuple[str, str]:
        """Chain and key of the client, both "" when it shows none."""
        if not self.wants("client-auth"):
            return "", ""
        return self.task.file(f"{CLIENT_IDENTITY}.pem"), self.task.file(f"{CLIENT_IDENTITY}.key")

    @property
    def connections(self) -> int:
        return 2 if self.wants("resumption") else 1

    def wants(self, capability: str) -> bool:
        return capability in self.task.capabilities

    @property
    def ca(self) -> str:
        return self.task.file(WEB_CA)

    @property
    def url(self) -> str:
        return f"https://{self.name}:{self.port}{PAGE}"

    @property
    def request(self) -> bytes:
        return self.keep_alive[:-2] + b"Connection: close\r\n\r\n"

    @property
    def keep_alive(self) -> bytes:
        """The request of a client that has more to say."""
        lines = (f"GET {PAGE} HTTP/1.1", f"Host: {self.name}", "Accept: application/json")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def wanted(declined: Mapping[str, str] | None = None) -> Visit:
    """The visit; what is `declined` by capability is, with its reason."""
    task = take(CLIENT_CAPABILITIES)
    for name in sorted(task.capabilities & set(declined or {})):
        decline(name, (declined or {})[name])
    host, _, port = variable("LURKSPEC_EDGE").rpartition(":")
    return Visit(task, host, port, variable("LURKSPEC_NAME"), variable("SSLKEYLOGFILE"))


def run(
    *command: str,
    request: bytes = b"",
    then: Iterable[tuple[str, bytes]] = (),
    environment: Mapping[str, str] | None = None,
) -> str:
    """What the program says on both of its outputs, also kept for people. stdin stays open, or gnutls-cli
    ends; the edge closes after its answer. `then`: what is written once a text has come since the last."""
    print("$", *command, flush=True)
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,  # nothing is left to be written when a client that has ended is closed
        env=os.environ | dict(environment or {}),
    )
    assert process.stdin is not None and process.stdout is not None
    octets, since, steps = b"", 0, list(then)
    _write(process.stdin, request)
    with process.stdout, process.stdin:
        while part := os.read(process.stdout.fileno(), 65536):
            octets += part
            if steps and steps[0][0].encode() in octets[since:]:
                since = len(octets)
                _write(process.stdin, steps.pop(0)[1])
        output = octets.decode("utf-8", "replace")
        code = process.wait()
    # Indented, so that nothing in it can be taken for a line of the contract.
    print(*(f"  {line}" for line in output.splitlines()), sep="\n", flush=True)
    if code:
        last = [line for line in output.splitlines() if line.strip()][-1:] or ["no output"]
        fail(f"{os.path.basename(command[0])} ends with exit code {code}: {last[0][:200]}")
    return output


def _write(stdin: IO[bytes], octets: bytes) -> None:
    try:
        stdin.write(octets)
    except BrokenPipeError:
        pass  # it has ended, which its exit code tells about


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


def parts(output: str, heading: str, count: int) -> list[str]:
    """What is said from each heading to the next: one part for each connection that was asked for."""
    found = [heading + part for part in output.split(heading)[1:]]
    if len(found) < count:
        fail(f"there are reports of {len(found)} connections, not {count}")
    return found[:count]


def exchange_of(suite: str, version: str, resumed: bool = False) -> str:
    """`exchange` of the contract from a suite's name in the style of OpenSSL or IANA."""
    if resumed or version == "TLS 1.3":
        return "resumption" if resumed else version
    parts = suite.removeprefix("TLS_").replace("_", "-").split("-")
    return "_".join(parts[:2]) if parts[0] in ("ECDHE", "DHE") else "RSA"
