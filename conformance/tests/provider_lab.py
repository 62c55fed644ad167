"""What the tests of the loadable provider share: a deployment with its files, clients, and its events."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lurkspec.pki import SERVER_NAME, WEB_NAME
from lurkspec.provider import Nginx, SServer, key_pem, nginx_conf, openssl_cnf
from lurkspec.reference import write_json

CLIENT_WAIT = 30
REQUEST = f"GET /page.json HTTP/1.1\r\nHost: {WEB_NAME}\r\nConnection: close\r\n\r\n".encode()


@dataclass
class Deployment:
    """The files of one server; `over` as in the interop contract."""

    folder: Path
    pki: Path
    over: str

    def configure(
        self,
        *names: str,
        ports: tuple[int, ...],
        provider: Path | None = None,
        tls: dict[str, str] | None = None,
        **more: Any,
    ) -> Path:
        """openssl.cnf, for keys of these names. `more`: members of the edge's configuration."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lurk = self.over == "lurk"
        url = "lurk+tls://127.0.0.1:{}" if lurk else "https://127.0.0.1:{}/ski"
        config: dict[str, Any] = {
            "key_servers": [{"url": url.format(port), "name": SERVER_NAME} for port in ports],
            "channel": {
                n: str(self.pki / f)
                for n, f in (("certificate", "edge-a.pem"), ("key", "edge-a.key"), ("ca", "ca.pem"))
            },
            "certificates": [
                {"chain": str(self.pki / f"{name}.pem")} | ({"usage": "rsa"} if name.endswith("-kx") else {})
                for name in names
            ],
            "log": str(self.folder / "events.jsonl"),
        }
        if not lurk:
            config["format"] = self.over.removeprefix("ski-")
        write_json(self.folder / "lurk.json", config | more)
        conf = self.folder / "openssl.cnf"
        conf.write_text(openssl_cnf(self.folder / "lurk.json", lurk, provider, **(tls or {})), "utf-8")
        return conf

    def s_server(self, conf: Path, name: str, *options: str) -> SServer:
        (self.folder / "page.json").write_text('{"token": "lurkspec-edge-ok"}\n', "utf-8")
        return SServer(self.folder, conf, self.pki / f"{name}.pem", f"lurk:{name}.pem", *options)

    def nginx(self, conf: Path, *names: str, workers: int = 1, more: str = "") -> Nginx:
        keys = []
        for name in names:
            keys.append(self.folder / f"{name}.lurk.pem")
            keys[-1].write_text(key_pem(f"lurk:{name}.pem"), "utf-8")
        chains = [self.pki / f"{name}.pem" for name in names]
        tls13 = self.over != "lurk"
        return Nginx(self.folder, conf, lambda at: nginx_conf(at, chains, keys, workers, tls13, more))

    @property
    def events(self) -> list[dict[str, Any]]:
        log = self.folder / "events.jsonl"
        lines = log.read_text("utf-8").split("\n")[:-1] if log.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def operations(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == "key_operation"]


# --- clients: their whole report ---


def run(*command: str) -> tuple[int, str]:
    """stdin stays open until the end: gnutls-cli ends with it."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(REQUEST)
            process.stdin.flush()
        except BrokenPipeError:
            pass
        try:
            process.wait(CLIENT_WAIT)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait(), process.stdout.read().decode("utf-8", "replace")


def s_client(pki: Path, port: int, *options: str) -> tuple[int, str]:
    command = ("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", WEB_NAME)
    verify = ("-CAfile", str(pki / "web-ca.pem"), "-verify_hostname", WEB_NAME, "-verify_return_error")
    return run(*command, *verify, "-ign_eof", *options)


def gnutls_cli(pki: Path, port: int, priority: str) -> tuple[int, str]:
    command = ("gnutls-cli", "--port", str(port), "--sni-hostname", WEB_NAME, "--verify-hostname", WEB_NAME)
    return run(*command, "--x509cafile", str(pki / "web-ca.pem"), "--priority", priority, "127.0.0.1")


def curl(pki: Path, port: int, *options: str) -> tuple[int, str]:
    command = ("curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", str(pki / "web-ca.pem"))
    name = ("--resolve", f"{WEB_NAME}:{port}:127.0.0.1", f"https://{WEB_NAME}:{port}/page.json")
    return run(*command, *options, *name)
