"""Stock servers with a remote key: what `openssl s_server` and nginx need to use the loadable provider, and
those servers as child processes."""

from __future__ import annotations

import base64
import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .process import StartError, binaries

WAIT = 60.0
# SKI has no name for RSA-PSS in TLS 1.2: PKCS#1 v1.5 comes first, and the server's order counts.
SIGNATURES = (
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:RSA+SHA256:RSA+SHA384:RSA+SHA512:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512"
)
GROUPS = "X25519:P-256:P-384:P-521"
STATIC_RSA = "AES128-GCM-SHA256:AES256-GCM-SHA384"
TOKEN = "lurkspec-edge-ok"


def module(folder: Path | None = None) -> Path:
    """The provider, beside the folder of the programs."""
    found = (folder or binaries()).parent / "lib" / "lurk-provider.so"
    if not found.exists():
        raise StartError(f"{found} is not there: build it")
    return found.resolve()


def openssl_cnf(
    configuration: Path | None, lurk: bool = False, provider: Path | None = None, **tls: str
) -> str:
    """The whole file, as docs/provider.md has it. `tls`: commands of SSL_CONF that replace or join what is
    needed anyway."""
    commands = {"Options": "ServerPreference", "SignatureAlgorithms": SIGNATURES, "Groups": GROUPS}
    if lurk:
        commands["MaxProtocol"] = "TLSv1.2"
    sections: dict[str, dict[str, str]] = {
        "init": {"providers": "providers", "ssl_conf": "ssl"} | ({"random": "random"} if lurk else {}),
        "providers": {"default": "default_section", "lurk": "lurk_section"},
        "default_section": {"activate": "1"},
        "lurk_section": {"module": str(provider or module())}
        | ({"configuration": str(configuration)} if configuration else {})
        | {"activate": "1"},
        **({"random": {"random": "LURK-RAND"}} if lurk else {}),
        "ssl": {"system_default": "tls"},
        "tls": commands | tls,
    }
    text = "openssl_conf = init\n"
    for name, members in sections.items():
        text += f"\n[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in members.items())
    return text


def key_pem(uri: str) -> str:
    """A key URI as PEM, for servers that take files only."""
    body = base64.b64encode(uri.encode()).decode()
    return f"-----BEGIN LURK PRIVATE KEY-----\n{body}\n-----END LURK PRIVATE KEY-----\n"


def environment(openssl_conf: Path) -> dict[str, str]:
    return os.environ | {"OPENSSL_CONF": str(openssl_conf)}


_EXCHANGES = (("~^TLS_", "TLS 1.3"), ("~^ECDHE-ECDSA", "ECDHE_ECDSA"), ("~^ECDHE-RSA", "ECDHE_RSA"))


def nginx_conf(
    address: str,
    chains: Sequence[Path],
    keys: Sequence[Path],
    workers: int = 1,
    tls13: bool = True,
    more: str = "",
) -> str:
    """A server whose page tells how the connection was made. `more`: directives of the server."""
    pairs = "".join(
        f"    ssl_certificate {json.dumps(str(c))};\n    ssl_certificate_key {json.dumps(str(k))};\n"
        for c, k in zip(chains, keys, strict=True)
    )
    exchanges = "".join(f'    "{pattern}" "{name}";\n' for pattern, name in _EXCHANGES)
    temporary = "".join(
        f"  {name}_temp_path {name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    page = (
        f'{{"token": "{TOKEN}", "stack": "nginx", "version": "$lurk_version", "exchange": "$lurk_exchange", '
        '"suite": "$ssl_cipher", "resumed": $lurk_resumed, "worker": $pid}'
    )
    return (
        f"daemon off;\nworker_processes {workers};\npid nginx.pid;\nerror_log stderr info;\n"
        "events { worker_connections 256; }\n"
        f"http {{\n  access_log off;\n{temporary}"
        '  map $ssl_protocol $lurk_version { TLSv1.2 "TLS 1.2"; TLSv1.3 "TLS 1.3"; default "?"; }\n'
        "  map $ssl_session_reused $lurk_resumed { r true; default false; }\n"
        f'  map $ssl_cipher $lurk_full {{\n{exchanges}    default "RSA";\n  }}\n'
        "  map $ssl_session_reused $lurk_exchange { r resumption; default $lurk_full; }\n"
        f"  server {{\n    listen {address} ssl{' reuseport' if workers > 1 else ''};\n"
        f"    ssl_protocols TLSv1.2{' TLSv1.3' if tls13 else ''};\n"
        f"    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20:{STATIC_RSA};\n{pairs}{more}"
        f"    location / {{ default_type application/json; return 200 '{page}\\n'; }}\n  }}\n}}\n"
    )


def free_port(host: str = "127.0.0.1") -> int:
    """A port that was free a moment ago: nginx cannot let the kernel choose."""
    with socket.create_server((host, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class StockServer:
    """A child process that listens. stdout and stderr go to `log`."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], folder: Path, log: str, quit: int):
        self.command, self.env, self.folder = list(command), dict(env), folder
        self.log = folder / log
        self.port = 0
        self._quit = quit
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> StockServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                self.command, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        limit = time.monotonic() + WAIT
        while not self.listens():
            if not self.running or time.monotonic() > limit:
                said = [line for line in self.said.splitlines() if line.strip()] or ["no word"]
                self.stop()
                raise StartError(f"{self.command[0]} does not start: {said[0]}")
            select.select([], [], [], 0.02)

    def listens(self) -> bool:
        raise NotImplementedError

    def stop(self) -> int:
        """Its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(self._quit)
        try:
            return process.wait(WAIT)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, seconds: float | None = WAIT) -> int:
        """For one that ends by itself."""
        assert self._process is not None
        return self._process.wait(seconds)


def issuers(option: str, chain: Path, folder: Path) -> tuple[str, ...]:
    """The option of s_server for what follows the leaf in the chain: given the whole file it would send the
    leaf twice."""
    begin = "-----BEGIN CERTIFICATE-----"
    _, _, *others = chain.read_text("utf-8").split(begin)
    if not others:
        return ()
    file = folder / f"{chain.stem}-issuers.pem"
    file.write_text("".join(begin + other for other in others), "utf-8")
    return option, str(file)


class SServer(StockServer):
    """`openssl s_server`; serves the files of its folder."""

    def __init__(
        self,
        folder: Path,
        openssl_conf: Path,
        chain: Path,
        key: str,
        *options: str,
        address: str = "127.0.0.1:0",
    ):
        command = ("openssl", "s_server", "-accept", address, "-cert", str(chain))
        super().__init__(
            (*command, *issuers("-cert_chain", chain, folder), "-key", key, "-WWW", *options),
            environment(openssl_conf),
            folder,
            "s_server.txt",
            signal.SIGTERM,
        )

    def listens(self) -> bool:
        """It says so: `ACCEPT 127.0.0.1:43211`."""
        for line in self.said.splitlines():
            if line.startswith("ACCEPT "):
                self.port = int(line.rpartition(":")[2])
                return True
        return False


class Nginx(StockServer):
    """nginx in its own folder. `text` makes its configuration for ADDRESS:PORT; port 0: one that is free,
    for nginx cannot let the kernel choose."""

    def __init__(
        self,
        folder: Path,
        openssl_conf: Path,
        text: Callable[[str], str],
        host: str = "127.0.0.1",
        port: int = 0,
    ):
        command = (nginx_program(), "-p", f"{folder}/", "-e", "stderr", "-c", "nginx.conf")
        super().__init__(command, environment(openssl_conf), folder, "nginx.txt", signal.SIGQUIT)
        self._text, self._host, self._port = text, host, port

    def write(self, address: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "nginx.conf").write_text(self._text(address), "utf-8")

    def start(self) -> None:
        for last in (False, False, True):
            self.port = self._port or free_port(self._host)
            self.write(f"{self._host}:{self.port}")
            try:
                return super().start()
            except StartError:
                if last or self._port or "bind()" not in self.said:
                    raise

    def listens(self) -> bool:
        return "start worker process " in self.said


def nginx_program() -> str:
    """Debian keeps it out of the PATH of users."""
    return "/usr/sbin/nginx"


def page() -> dict[str, Any]:
    """What `openssl s_server` can show: a file, which knows nothing of the connection."""
    return {"token": TOKEN, "stack": "openssl s_server"}
