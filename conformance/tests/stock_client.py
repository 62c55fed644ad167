"""A stock TLS client as a command: what it reports, and the answer page in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from edge_lab import TOKEN, request

from lurkspec.pki import WEB_NAME

WAIT = 60.0


class Report:
    """`problem`: "" when the client ended with 0, with the page and everything `expected` in its report."""

    def __init__(self, code: int, output: str, expected: tuple[str, ...]):
        self.output = output
        missing = [text for text in (*expected, TOKEN) if text not in output]
        self.problem = f"exit code {code}" if code else ", ".join(missing)

    @property
    def page(self) -> str:
        """A flat object. Braces also stand where s_client shows octets."""
        token = self.output.find(TOKEN)
        return self.output[self.output.rfind("{", 0, token) : self.output.find("}", token) + 1]


def run_client(command: tuple[str, ...], expected: tuple[str, ...]) -> Report:
    """The request goes in at once; stdin stays open, or gnutls-cli ends. The edge closes after the answer."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(request("application/json"))
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
    return Report(code, output, expected)


def gnutls_cli(pki: Path, port: int, priority: str, *options: str, expected: tuple[str, ...]) -> Report:
    command: tuple[str, ...] = (
        "gnutls-cli",
        "--port",
        str(port),
        "--sni-hostname",
        WEB_NAME,
        "--verify-hostname",
        WEB_NAME,
    )
    command += ("--x509cafile", str(pki / "web-ca.pem"), *options, "--priority", priority, "127.0.0.1")
    return run_client(command, ("The certificate is trusted", *expected))
