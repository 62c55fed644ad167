"""The reference key server: python3 -m lurkspec.interop.adapters.keyserver LIBRARY"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from ...process import StartError, find
from ..contract import AUDIT_LOG, CHANNEL_CA, CHANNEL_CRL, DECRYPTS
from .task import Task, become, fail, take, variable

_KNOWN = (
    "tls12",
    "tls13",
    "ecdhe-ecdsa",
    "ecdhe-rsa",
    "rsa",
    "sign-rsa-pss",
    "sign-ecdsa",
    "sign-ed25519",
    "ems",
    "no-ems",
    "audit",
    "resumption",
    "revocation",
)
_RELOADED, _REFUSED = '"event":"reload"', '"event":"reload-refused"'
_PAUSE = 0.02


def _usage(key: str, over_lurk: bool) -> str:
    decrypts = key.endswith(DECRYPTS)
    if over_lurk:
        return "tls12-rsa" if decrypts else "tls12-sign"
    return "ski-rsa" if decrypts else "ski-ecdhe"


def configuration(task: Task) -> dict[str, Any]:
    """docs/key-server.md. Proofs of ownership are taken, not demanded: not every stack can make them."""
    keys, listen = variable("LURKSPEC_KEYS").split(), variable("LURKSPEC_LISTEN")
    identity, granted = task.file(variable("LURKSPEC_IDENTITY")), grants(task)
    config: dict[str, Any] = {
        "listen": [{"address": listen, "protocol": "lurk"} if task.over_lurk else listen],
        "threads": 1,
        "channel": {
            "certificate": f"{identity}.pem",
            "key": f"{identity}.key",
            "client_ca": task.file(CHANNEL_CA),
            "crl": task.file(CHANNEL_CRL),
        },
        "keys": [
            {"name": key, "file": task.file(f"{key}.key"), "usage": _usage(key, task.over_lurk)}
            for key in keys
        ],
        "edges": [
            {"identity": f"uri:urn:example:{edge}", "grants": [{"key": key} for key in usable]}
            for edge in variable("LURKSPEC_EDGES").split()
            if (usable := [key for key in keys if granted is None or (edge, key) in granted])
        ],
        "audit_log": str(task.logs / AUDIT_LOG),
    }
    return config | ({"lurk": {"proof_of_ownership": "optional"}} if task.over_lurk else {})


def grants(task: Task) -> set[tuple[str, str]] | None:
    """(edge, key): who may use what now; None: all of them always."""
    if "revocation" not in task.capabilities:
        return None
    lines = Path(variable("LURKSPEC_GRANTS")).read_text("utf-8").splitlines()
    return {(edge, key) for edge, key in map(str.split, lines)}


def supervise(task: Task, program: Path, file: Path) -> NoReturn:
    """The program as a child, whose configuration is written anew before it is told to read it again."""
    numbers = (signal.SIGHUP, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    child = subprocess.Popen(
        [str(program), "--config", str(file)],
        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers),
    )
    while child.poll() is None:
        told = signal.sigtimedwait(numbers, _PAUSE)
        if told is None:
            continue
        if told.si_signo == signal.SIGTERM:
            child.send_signal(signal.SIGTERM)
            break
        write_configuration(task, file)
        reload(task, child)
    sys.exit(child.wait())


def reload(task: Task, child: subprocess.Popen[bytes]) -> None:
    """The audit log has an entry about it."""
    log = task.logs / AUDIT_LOG
    before = log.read_text("utf-8")
    child.send_signal(signal.SIGHUP)
    while child.poll() is None:
        new = log.read_text("utf-8")[len(before) :]
        if _RELOADED in new:
            print("reloaded", flush=True)
            return
        if _REFUSED in new:
            child.kill()
            fail("the key server refuses its new configuration")
        time.sleep(_PAUSE)


def write_configuration(task: Task, file: Path) -> None:
    file.write_text(json.dumps(configuration(task), indent=1) + "\n", "utf-8")


def main(library: str) -> None:
    task = take(_KNOWN)
    try:
        program = find(f"lurk-keyserver-{library}")
    except StartError as error:
        fail(str(error))
    file = task.logs / "keyserver.json"
    write_configuration(task, file)
    if "revocation" in task.capabilities:
        supervise(task, program, file)
    become(program, "--config", str(file))


if __name__ == "__main__":
    main(sys.argv[1])
