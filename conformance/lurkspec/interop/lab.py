"""What all cells of a run share: its folder, certificates and keys, the capture, the time-out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .. import certificates as x
from ..keys import ECDHE_USAGE, TLS12_SIGN_USAGE
from ..pki import ServedKey, Writer, write_pki
from ..reference import served
from .capture import Sniffer
from .contract import KEYSERVER_NAME, keyserver_name

CERTS, CELLS, CANARIES = "certs", "cells", "canaries"
# Beside www.example, for an edge with two names.
OTHER_SITE = "two.example"
OF_ANOTHER_SITE = (
    ServedKey("www-two-ecdsa", "ec-p256", ECDHE_USAGE, (("a", ()),), host=OTHER_SITE),
    ServedKey("lurk-two-ecdsa", "ec-p256", TLS12_SIGN_USAGE, (("a", ()),), host=OTHER_SITE),
)


@dataclass(frozen=True)
class Lab:
    """`certs`: the folder that every party is told. `timeout`: in place of the scenarios', 0 to leave them.
    `again`: the command that runs a selection of this run again."""

    out: Path
    certs: Path
    sniffer: Sniffer | None
    timeout: float
    again: tuple[str, ...]


def write_certs(folder: Path) -> None:
    """The throw-away PKI that docs/interop.md describes."""
    write_pki(folder, served(lurk_port=0) + OF_ANOTHER_SITE)
    writer, ca = Writer(folder), x.load_authority(folder / "ca.pem", folder / "ca.key")
    names = (f"dns:{KEYSERVER_NAME}", f"dns:{keyserver_name(2)}")
    writer.pair("ks-2", x.Profile(keyserver_name(2), names, extended=("serverAuth",)), "ec-p256", ca)
    proxy = x.Profile("proxy", ("uri:urn:example:proxy",), extended=("clientAuth",))
    writer.pair("proxy", proxy, "ec-p256", ca)
