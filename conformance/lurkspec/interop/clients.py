"""Stock TLS clients as commands: what they are told, and what their report must hold."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
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
    offer = ("-tls1_2", "-cipher", scenario.suite) if scenario.suite else ("-tls1_3",)
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
        *offer,
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
        scenario.priority,
        "127.0.0.1",
    )
    return run_client(command, ("The certificate is trusted", *scenario.gnutls_reports))


def curl(scenario: Scenario, port: int, ca: Path) -> Visit:
    tls12 = ("--tlsv1.2", "--tls-max", "1.2", "--ciphers", scenario.suite)
    command = (
        "curl",
        "--silent",
        "--show-error",
        "--verbose",
        "--noproxy",
        "*",
        "--resolve",
        f"{WEB_NAME}:{port}:127.0.0.1",
        "--cacert",
        str(ca),
        "--header",
        "Accept: application/json",
        *(tls12 if scenario.suite else ("--tlsv1.3",)),
        f"https://{WEB_NAME}:{port}/",
    )
    spoken = f"SSL connection using {scenario.version.replace(' ', 'v')} / {scenario.suite}"
    return run_client(command, (spoken, "SSL certificate verify ok."))


def tstclnt(scenario: Scenario, port: int, ca: Path) -> Visit:
    """Its standard input must be a file: it does not end when the edge does."""
    folder = _nss_database(ca)
    version = scenario.version.lower().replace(" ", "")
    command = (
        "tstclnt",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-a",
        WEB_NAME,
        "-d",
        f"sql:{folder}",
        "-A",
        str(folder / "request"),
        "-V",
        f"{version}:{version}",
        "-c",
        f":{scenario.code}",
        "-v",
        *(("-o",) if nss_remark(scenario) else ()),
    )
    return run_client(command, scenario.nss_reports)


_lock = threading.Lock()


def _nss_database(ca: Path) -> Path:
    """The CA certificate as tstclnt wants it, and the request, made once beside the file."""
    folder = ca.with_suffix(".nss")
    with _lock:
        if not (folder / "request").exists():
            folder.mkdir()
            for options in (("-N", "--empty-password"), ("-A", "-n", "web-ca", "-t", "C,,", "-i", str(ca))):
                subprocess.run(["certutil", *options, "-d", f"sql:{folder}"], check=True, timeout=60)
            (folder / "request").write_bytes(REQUEST)
    return folder


def nss_remark(scenario: Scenario) -> str:
    """What NSS asks of a certificate beyond RFC 5246 §7.4.2, which wants digitalSignature here; a key has one
    usage (A-75)."""
    if not scenario.suite.startswith("ECDHE-RSA"):
        return ""
    return "the certificate check is off: NSS wants keyEncipherment of every RSA server, also where it signs"


def _no_remark(_: Scenario) -> str:
    return ""


@dataclass(frozen=True)
class Client:
    """`remark` says what is particular in a scenario; `package` has the program, on Debian."""

    title: str
    visit: Callable[[Scenario, int, Path], Visit]
    program: str
    package: str
    remark: Callable[[Scenario], str] = _no_remark


CLIENTS = {
    "openssl": Client("openssl s_client", openssl, "openssl", "openssl"),
    "gnutls": Client("gnutls-cli", gnutls, "gnutls-cli", "gnutls-bin"),
    "curl": Client("curl (OpenSSL)", curl, "curl", "curl"),
    "tstclnt": Client("tstclnt (NSS)", tstclnt, "tstclnt", "libnss3-tools", nss_remark),
}
DEFAULT_CLIENTS = ("openssl", "gnutls")
