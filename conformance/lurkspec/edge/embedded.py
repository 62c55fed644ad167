"""The reference edge as system under test: one process per configuration on loopback, the suite around it."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import process
from ..codecs.lurk import PooPrf
from ..hooks import HookFailed, Hooks
from ..interop.abilities import refusals
from ..keys import ECDHE_USAGE, RSA_USAGE, TLS12_RSA_USAGE, TLS12_SIGN_USAGE
from ..pki import SERVER_NAME, WEB_NAME, ServedKey, write_pki
from ..process import Process, StartError
from ..reference import served, write_json
from .lab import EdgeLab
from .served import load_served
from .site import Site
from .target import ChannelFiles, EdgeTarget

LIBRARIES = ("openssl", "gnutls", "boringssl")
_WRAPPED_SLOWNESS = 10
_KEY_SERVER_MS, _REDISCOVERY_MS = 3000, 400
# What the edge's own list of abilities means for cases over LURK.
_NEEDS = {"LURK proof": "edge-proof", "LURK master secret": "edge-rsa", "LURK audit": "edge-audit"}
_USAGES = {"ski": (ECDHE_USAGE, RSA_USAGE), "lurk": (TLS12_SIGN_USAGE, TLS12_RSA_USAGE)}


@dataclass(frozen=True)
class ReferenceEdge:
    """Which reference edge: `fault` names a fault of the build with faults, `counts` a file in which that
    build counts what it is asked for (lurk/fault.h), `wrapper` a command to run it under."""

    library: str = LIBRARIES[0]
    fault: str = ""
    wrapper: str = ""
    counts: str = ""

    @property
    def program(self) -> str:
        return f"lurk-edge-{'faulty-' if self.fault or self.counts else ''}{self.library}"

    @property
    def command(self) -> list[str]:
        program = str(process.find(self.program))
        return shlex.split(self.wrapper) + [program] + (["--fault", self.fault] if self.fault else [])


class EmbeddedEdge(Hooks):
    """One process, and the hooks that concern it."""

    def __init__(self, target: EdgeTarget, folder: Path, edge: ReferenceEdge, slowness: int):
        super().__init__(target)
        self._config, log = folder / f"{target.name}.json", folder / f"{target.name}.log"
        self._slowness = slowness
        command = [*edge.command, "--config", str(self._config)]
        self.process = Process(command, log, process.counting_faults(edge.counts))

    def start(self, site: Site) -> None:
        """Start, and tell the site where; it stays at that port."""
        write_json(self._config, self._content(site))
        port = self.process.start()
        site.target = self.target = replace(site.target, address=("127.0.0.1", port))
        write_json(self._config, self._content(site))

    def restart(self) -> None:
        self.process.stop()
        try:
            self.process.start()
        except StartError as error:
            raise HookFailed(str(error)) from None

    def diagnostics(self) -> str:
        return self.process.said

    def _content(self, site: Site) -> dict[str, Any]:
        t, channel = site.target, site.target.channel
        scheme, path = ("https", t.path) if t.protocol == "ski" else ("lurk+tls", "")
        config: dict[str, Any] = {
            "listen": f"{t.address[0]}:{t.address[1]}",
            "key_servers": [
                {"url": f"{scheme}://{s.address[0]}:{s.address[1]}{path}", "name": SERVER_NAME}
                for s in site.servers
            ],
            "channel": {"certificate": str(channel.edge), "key": "edge-a.key", "ca": str(channel.ca)},
            "certificates": [
                {"chain": f"{s.key.name}.pem", "usage": "rsa" if s.decrypts else "ecdhe"} for s in t.served
            ],
            "limits": {"key_server_ms": _KEY_SERVER_MS * self._slowness, "handshake_ms": 20000},
        }
        if t.protocol == "ski":
            return config | {"format": t.format}
        if t.rediscovery is not None:
            config["limits"]["rediscovery_ms"] = round(t.rediscovery * 1000)
        proof = PooPrf(t.proof).name.lower()
        lurk = {"proof_of_ownership": proof, "length_counts_header": t.counts_header}
        return config | {"lurk": lurk | ({"poh": "audit"} if t.audit else {})}


def _targets(edge: ReferenceEdge, folder: Path, protocols: tuple[str, ...]) -> list[EdgeTarget]:
    """The configurations of this library."""
    lacks = {_NEEDS[name]: why for name, why in refusals(edge.program).items() if name in _NEEDS}
    slowness = _WRAPPED_SLOWNESS if edge.wrapper else 1
    channel = ChannelFiles(
        folder / "ks.pem",
        folder / "ks.key",
        folder / "ca.pem",
        SERVER_NAME,
        folder / "ca.key",
        folder / "edge-a.pem",
    )
    common = EdgeTarget(
        "",
        "ski",
        ("127.0.0.1", 0),
        WEB_NAME,
        folder / "web-ca.pem",
        channel,
        (("127.0.0.1", 0),) * 2,
        (),
        wait=10.0 * slowness,
        answer_wait=_KEY_SERVER_MS * slowness / 1000,
        hooks={"restart": "(embedded)"},
    )
    targets = []
    if "ski" in protocols:
        keys = _keys(folder, "ski", ())
        targets += [replace(common, name=f, format=f, served=keys) for f in ("json", "cbor")]
    if "lurk" in protocols:
        lurk = replace(common, protocol="lurk", refusals=lacks)
        lurk = replace(lurk, served=_keys(folder, "lurk", tuple(lacks)))
        # The second one has the other dialect of the length, and asks for capabilities again soon.
        strong = PooPrf.NULL if "edge-proof" in lacks else PooPrf.SHA256_256
        weak = PooPrf.NULL if "edge-proof" in lacks else PooPrf.SHA256_128
        targets.append(replace(lurk, name="lurk", proof=strong))
        soon = _REDISCOVERY_MS * slowness / 1000
        targets.append(
            replace(lurk, name="lurk, payload length", proof=weak, counts_header=False, rediscovery=soon)
        )
        if "edge-audit" not in lacks:
            targets.append(replace(lurk, name="lurk, audit", proof=strong, audit=True))
    return [replace(t, log=folder / f"{t.name}.log") for t in targets]


def _keys(folder: Path, protocol: str, lacks: tuple[str, ...]) -> tuple[Any, ...]:
    sign, decrypt = _USAGES[protocol]

    def wanted(key: ServedKey) -> bool:
        return "a" in dict(key.grants) and (
            key.usage == sign or key.usage == decrypt and "edge-rsa" not in lacks
        )

    return tuple(
        load_served(k.name, folder / f"{k.name}.pem", folder / f"{k.name}.key", k.usage == decrypt)
        for k in served(lurk_port=0)
        if wanted(k)
    )


class AllHooks(Hooks):
    """Those of all edges at once."""

    def __init__(self, programs: list[EmbeddedEdge]):
        super().__init__(programs[0].target)
        self._programs = programs

    def restart(self) -> None:
        for program in self._programs:
            program.restart()

    def diagnostics(self) -> str:
        return "\n".join(program.diagnostics()[-2000:] for program in self._programs)

    def log_text(self) -> str:
        """The logs are the diagnostics."""
        return ""


class EmbeddedLab(EdgeLab):
    """Context manager; the edges run between enter and exit. With `pki` a PKI that is there is copied instead
    of making a new one."""

    def __init__(self, edge: ReferenceEdge, protocols: tuple[str, ...], pki: Path | None = None):
        super().__init__([], f"lurk-edge-{edge.library}")
        self._edge, self._protocols, self._pki = edge, protocols, pki
        self._temporary = tempfile.TemporaryDirectory(prefix="lurkspec-")
        self._programs: list[EmbeddedEdge] = []

    def __enter__(self) -> EmbeddedLab:
        try:
            folder = Path(self._temporary.name)
            if self._pki is None:
                write_pki(folder, served(lurk_port=0))
            else:
                shutil.copytree(self._pki, folder, dirs_exist_ok=True)
            for target in _targets(self._edge, folder, self._protocols):
                slowness = _WRAPPED_SLOWNESS if self._edge.wrapper else 1
                program = EmbeddedEdge(target, folder, self._edge, slowness)
                site = Site(target, program)
                self.sites.append(site)
                self._programs.append(program)
                program.start(site)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for site in self.sites:
            site.close()
        self._temporary.cleanup()

    def stop(self) -> str:
        """End the programs; what is to be said about their ends, "" when they were clean."""
        problems = []
        for program in self._programs:
            program.process.stop()
            problems.append(program.process.exit_problem)
        return "; ".join(dict.fromkeys(p for p in problems if p))

    @property
    def hooks(self) -> AllHooks:
        return AllHooks(self._programs)


@contextlib.contextmanager
def external_lab(target: EdgeTarget) -> Iterator[EdgeLab]:
    """The edge of a target file. Raises OSError where a key server's address cannot be listened at."""
    site = Site(target, Hooks(target))
    try:
        yield EdgeLab([site], target.url)
    finally:
        site.close()
