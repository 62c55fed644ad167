"""An implementation for `lurkspec interop` that does one thing wrong: bad_implementation.py HOW

Each process writes its id to a file in the folder that LAB_PIDS names, so that a test can see what is left.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_KNOWN = {"tls12", "ecdhe-ecdsa"}
_PAGE = '{"token": "lurkspec-edge-ok", "version": "TLS 1.2", "exchange": "RSA"}'
_SEEN = 'seen {"version": "TLS 1.2", "page": %s}'


def note() -> None:
    (Path(os.environ["LAB_PIDS"]) / str(os.getpid())).touch()


def decline() -> None:
    unknown = set(os.environ["LURKSPEC_CAPABILITIES"].split()) - _KNOWN
    if unknown:
        print(f"{unknown.pop()} is unknown", file=sys.stderr)
        sys.exit(127)


def hang() -> None:
    """With a child that does not hear SIGTERM either, and has no output of its own."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        note()
    while True:
        time.sleep(60)


def edge(stubborn: bool) -> None:
    """The reference edge, from below somebody who stays, or who leaves at the first visitor."""
    command = [sys.executable, "-m", "lurkspec.interop.adapters.edge", "openssl"]
    with subprocess.Popen(command) as child:
        (Path(os.environ["LAB_PIDS"]) / str(child.pid)).touch()
        if stubborn:
            hang()
        while not Path("events.jsonl").exists() or "handshake" not in Path("events.jsonl").read_text():
            time.sleep(0.01)
        os._exit(3)


def main(how: str) -> None:
    note()
    if how == "blind":
        print(_SEEN % _PAGE)
        return
    if how == "no-name":
        sys.exit("no such thing") if "canary" not in os.environ["LURKSPEC_CAPABILITIES"] else sys.exit(127)
    decline()
    if how == "fails":
        sys.exit("the reason\nis this one")
    elif how == "dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif how == "garbage":
        print("ready to serve you", flush=True)
        hang()
    elif how == "hangs":
        hang()
    elif how == "silent":
        print("all is well")
    elif how == "half":
        print('seen {"version": ')
    elif how == "no-page":
        print('seen {"version": "TLS 1.2"}')
    elif how == "other-version":
        print(_SEEN.replace("1.2", "1.3") % _PAGE)
    elif how == "other-page":
        print(_SEEN % _PAGE)
    elif how == "stays":
        edge(True)
    elif how == "leaves":
        edge(False)


if __name__ == "__main__":
    main(sys.argv[1])
