"""What all cells of a run share: its folder, certificates and keys, the capture, the time-out."""

from __future__ import annotations

import fnmatch
import shutil
from dataclasses import dataclass
from pathlib import Path

from .. import certificates as x
from ..keys import ECDHE_USAGE, TLS12_SIGN_USAGE
from ..pki import WEB_NAME, ServedKey, Writer, write_pki
from ..reference import served
from .capture import Sniffer
from .contract import CLIENT_IDENTITY, KEYSERVER_NAME, WEB_CA, keyserver_name
from .results import Role

CERTS, CELLS, CANARIES = "certs", "cells", "canaries"
# For edges and clients: no private keys but those of their own channels and their own names.
OUTSIDE, _OUTSIDE_KEYS = "certs-outside", ("edge-*.key", "client*.key")
# Beside www.example, for an edge with two names.
OTHER_SITE = "two.example"
OF_ANOTHER_SITE = (
    ServedKey("www-two-ecdsa", "ec-p256", ECDHE_USAGE, (("a", ()),), host=OTHER_SITE),
    ServedKey("lurk-two-ecdsa", "ec-p256", TLS12_SIGN_USAGE, (("a", ()),), host=OTHER_SITE),
)
# Of a content delivery network: a certificate that is longer than the 16384 octets of a record.
_MANY_NAMES = tuple(f"dns:customer-{number:04}.{WEB_NAME}" for number in range(640))


@dataclass(frozen=True)
class Lab:
    """`certs`: the folder that key servers are told, with all keys. `timeout`: in place of the scenarios', 0
    to leave them. `again`: the options that make a cell of this run again, but for those that select it."""

    out: Path
    certs: Path
    sniffer: Sniffer | None
    timeout: float
    again: tuple[str, ...]

    def certs_for(self, role: Role) -> Path:
        """Whoever is no key server cannot have a served key, so what was signed was signed by one."""
        return self.certs if role is Role.KEYSERVER else self.out / OUTSIDE

    def keep_keys_inside(self) -> None:
        """Make the folder for those who are no key servers anew."""
        shutil.rmtree(self.out / OUTSIDE, ignore_errors=True)
        shutil.copytree(self.certs, self.out / OUTSIDE, ignore=_inside)


def _inside(_: str, names: list[str]) -> list[str]:
    keys = fnmatch.filter(names, "*.key")
    return [key for key in keys if not any(fnmatch.fnmatchcase(key, glob) for glob in _OUTSIDE_KEYS)]


def write_certs(folder: Path) -> None:
    """The throw-away PKI that docs/interop.md describes."""
    write_pki(folder, served(lurk_port=0) + OF_ANOTHER_SITE)
    writer, ca = Writer(folder), x.load_authority(folder / "ca.pem", folder / "ca.key")
    names = (f"dns:{KEYSERVER_NAME}", f"dns:{keyserver_name(2)}")
    writer.pair("ks-2", x.Profile(keyserver_name(2), names, extended=("serverAuth",)), "ec-p256", ca)
    proxy = x.Profile("proxy", ("uri:urn:example:proxy",), extended=("clientAuth",))
    writer.pair("proxy", proxy, "ec-p256", ca)
    web_ca = x.load_authority(folder / WEB_CA, folder / "web-ca.key")
    large = x.Profile(WEB_NAME, (f"dns:{WEB_NAME}", *_MANY_NAMES), extended=("serverAuth",))
    for name in ("www-large", "lurk-large"):
        writer.pair(name, large, "ec-p256", web_ca)
    client = x.Profile("client", extended=("clientAuth",))
    writer.pair(CLIENT_IDENTITY, client, "ec-p256", web_ca)
