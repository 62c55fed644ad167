"""Where the data files of interop are: in the checkout, or where pip put them."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

MANIFEST = "implementations.toml"
_CHECKOUT = Path(__file__).resolve().parents[2] / "interop"


def folder() -> Path:
    """With `implementations.toml` and the folder `scenarios`."""
    if (_CHECKOUT / MANIFEST).exists():
        return _CHECKOUT
    try:
        installed = metadata.files("lurkspec") or []
    except metadata.PackageNotFoundError:
        installed = []
    for file in installed:
        if file.name == MANIFEST:
            return Path(str(file.locate())).parent
    return _CHECKOUT
