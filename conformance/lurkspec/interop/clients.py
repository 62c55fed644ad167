"""Stock TLS clients as commands: what they are told, and what their report must hold."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..pki import WEB_NAME
from .scenarios import Scenario

WAIT = 20.0
REQUEST = (
    f"GET / HTTP/1.1\r\nHost: {WEB_NAME}\r\nAccept: application/json\r\nConnection: close\r\n\r\n".encode()
)
# Stands in every answer page; no client prints it by itself.
TOKEN = "lurkspec-edge-ok"


@dataclass(frozen=True)
class Visit:
    """One run of a client: `missing` names what the report should hold and does not."""

    command: tuple[str, ...]
    code: int
    output: str
    missing: tuple[str, ...]

    @property
    def page(self) -> str:
        """The answer page, a flat object, "" when none came. Braces also stand where s_client shows
        octets.
        """
        token = self.output.find(TOKEN)
        begin, end = self.output.rfind("{", 0, token), self.output.find("}", token)
        return self.output[begin : end + 1] if token >= 0 and begin >= 0 else ""

    @property
    def problem(self) -> str:
        """Why this is no success, "" when it is one."""
        if self.code:
            last = [line for line in self.output.splitlines() if line.strip()][-1:] or ["no output"]
            return f"exit code {self.code}: {last[0].strip()[:200]}"
        return f"the client does not report: {', '.join(self.missing)}" if self.missing else ""


def run_client(command: tuple[str, ...], expected: tuple[str, ...]) -> Visit:
    """The request goes in at once; stdin stays open, or gnutls-cli ends. The edge closes after the answer."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(REQUEST)
        process.stdin.flush()
    except BrokenPipeError:
        pass
    try:
        code = process.wait(WAIT)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    with process.stdout, process.stdin:
        output = process.stdout.read().decode("utf-8", "replace")
    return Visit(command, code, output, tuple(text for text in (*expected, TOKEN) if text not in output))


def openssl(scenario: Scenario, port: int, ca: Path) -> Visit:
    command = (
        "openssl",
        "s_client",
        "-connect",
        f"127.0.0.1:{port}",
        "-servername",
        WEB_NAME,
        "-CAfile",
        str(ca),
        "-verify_hostname",
        WEB_NAME,
        "-verify_return_error",
        "-ign_eof",
        *scenario.openssl,
    )
    return run_client(command, ("Verify return code: 0 (ok)", *scenario.openssl_reports))


def gnutls(scenario: Scenario, port: int, ca: Path) -> Visit:
    command = (
        "gnutls-cli",
        "--port",
        str(port),
        "--sni-hostname",
        WEB_NAME,
        "--verify-hostname",
        WEB_NAME,
        "--x509cafile",
        str(ca),
        "--priority",
        scenario.gnutls,
        "127.0.0.1",
    )
    return run_client(command, ("The certificate is trusted", *scenario.gnutls_reports))


CLIENTS = {"openssl s_client": openssl, "gnutls-cli": gnutls}
