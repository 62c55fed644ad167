"""What all cells of a run share: its folder, certificates and keys, the capture, the time-out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..pki import write_pki
from ..reference import served
from .capture import Sniffer

CERTS, CELLS, CANARIES = "certs", "cells", "canaries"


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
    write_pki(folder, served(lurk_port=0))
