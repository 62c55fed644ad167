"""Stock servers with our OpenSSL provider as edges: python3 -m lurkspec.interop.adapters.stock nginx|s_server

The server is as its distribution made it; key, channel and key servers are the provider's (docs/provider.md).
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from types import FrameType

from cryptography import x509

from ...process import StartError
from ...provider import Nginx, SServer, StockServer, issuers, key_pem, nginx_conf, openssl_cnf, page
from ..contract import DECRYPTS
from .edge import RETRY_GROUP, configuration
from .task import Task, decline, fail, take, variable

_SERVERS = ("nginx", "s_server")
_TAKES = (
    *("tls12", "tls13", "ecdhe-ecdsa", "ecdhe-rsa", "rsa", "sign-rsa-pss", "sign-ecdsa", "sign-ed25519"),
    *("ems", "no-ems", "hello-retry", "resumption", "client-auth", "large-chain", "fail-over"),
)
_NOT = {
    "audit": "a provider does not see the client's Finished",
    "sni": "one server with one certificate of each kind is set up here",
    "bound-keys": "one server with one certificate of each kind is set up here",
}
_NOT_BY_S_SERVER = {
    "resumption": "it closes after each answer, and some clients resume beside a connection that stays open"
}
_NOT_OVER_LURK = {"rsa": "a provider has no master secret to take", "tls13": "LURK tls12 has no TLS 1.3"}


def decline_what_it_lacks(task: Task, server: str) -> None:
    reasons = _NOT | (_NOT_OVER_LURK if task.over_lurk else {})
    reasons |= _NOT_BY_S_SERVER if server == "s_server" else {}
    for capability in sorted(task.capabilities):
        if capability in reasons:
            decline(capability, reasons[capability])


def names(task: Task) -> list[str]:
    """The keys that are served: OpenSSL has one place for each kind, and static RSA takes that of RSA."""
    given = variable("LURKSPEC_KEYS").split()
    static = "rsa" in task.capabilities
    fitting = sorted(
        (n for n in given if static or not n.endswith(DECRYPTS)), key=lambda n: n.endswith(DECRYPTS)
    )
    return list({_kind(task, name): name for name in fitting}.values())


def _kind(task: Task, name: str) -> str:
    certificate = x509.load_pem_x509_certificate(Path(task.file(f"{name}.pem")).read_bytes())
    return type(certificate.public_key()).__name__


def prepare(task: Task) -> Path:
    """The provider's configuration and openssl.cnf."""
    file = task.logs / "provider.json"
    file.write_text(json.dumps(configuration(task), indent=1) + "\n", "utf-8")
    conf = task.logs / "openssl.cnf"
    tls = {"Options": "ServerPreference,-ExtendedMasterSecret"} if "no-ems" in task.capabilities else {}
    tls |= {"Groups": RETRY_GROUP} if "hello-retry" in task.capabilities else {}
    conf.write_text(openssl_cnf(file, task.over_lurk, None, **tls), "utf-8")
    return conf


def s_server(task: Task, conf: Path, host: str, port: int) -> StockServer:
    (task.logs / "page.json").write_text(json.dumps(page()) + "\n", "utf-8")
    # It has room for two.
    first, *others = sorted(
        names(task), key=lambda name: not ("ed25519" in name and "sign-ed25519" in task.capabilities)
    )
    options: list[str] = []
    if others:
        chain = Path(task.file(f"{others[0]}.pem"))
        options = ["-dcert", str(chain), "-dkey", f"lurk:{others[0]}.pem"]
        options += issuers("-dcert_chain", chain, task.logs)
    if "client-auth" in task.capabilities:
        options += ["-Verify", "3", "-verify_return_error", "-CAfile", task.file("web-ca.pem")]
    leaf = Path(task.file(f"{first}.pem"))
    return SServer(task.logs, conf, leaf, f"lurk:{first}.pem", *options, address=f"{host}:{port}")


def nginx(task: Task, conf: Path, host: str, port: int) -> StockServer:
    chains, keys = [], []
    for name in names(task):
        chains.append(Path(task.file(f"{name}.pem")))
        keys.append(task.logs / f"{name}.lurk.pem")
        keys[-1].write_text(key_pem(f"lurk:{name}.pem"), "utf-8")
    more = ""
    if "client-auth" in task.capabilities:
        more = f"    ssl_verify_client on;\n    ssl_client_certificate {task.file('web-ca.pem')};\n"
    tls13 = not task.over_lurk
    return Nginx(task.logs, conf, lambda at: nginx_conf(at, chains, keys, tls13=tls13, more=more), host, port)


def end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(server: str) -> None:
    task = take((*_TAKES, *_NOT))
    decline_what_it_lacks(task, server)
    host, _, port = variable("LURKSPEC_LISTEN").rpartition(":")
    try:
        made = (nginx if server == "nginx" else s_server)(task, prepare(task), host, int(port))
        signal.signal(signal.SIGTERM, end)
        with made:
            print(f"ready {host}:{made.port}", flush=True)
            made.wait(None)
    except StartError as error:
        fail(str(error))
    fail(f"{server} has ended by itself")


if __name__ == "__main__":
    if sys.argv[1] not in _SERVERS:
        fail(f"{sys.argv[1]} is none of {', '.join(_SERVERS)}")
    main(sys.argv[1])
