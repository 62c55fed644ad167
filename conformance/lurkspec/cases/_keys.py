"""Which keys of the target the SKI cases ask with; what the target does not have makes a case unsupported."""

from __future__ import annotations

from ..context import Context
from ..session import Unsupported
from ..keys import ECDHE_USAGE, Key
from ..request import TLS12


def signing_keys(t: Context, protocol: str = TLS12) -> list[Key]:
    """The keys that edge a may sign with for this protocol, one at least."""
    keys = [key for key in t.target.select(ECDHE_USAGE) if protocol in key.grants["a"]]
    if not keys:
        raise Unsupported(f"the target file grants edge a no signing key for {protocol}")
    return keys


def hashing_keys(t: Context, protocol: str = TLS12) -> list[Key]:
    """Those that go with `hash`; Ed25519 can only be asked for by `scheme` (A-91)."""
    keys = [key for key in signing_keys(t, protocol) if key.type != "ed25519"]
    if not keys:
        raise Unsupported(f"the target file grants edge a no EC or RSA signing key for {protocol}")
    return keys


def hashing_key(t: Context) -> Key:
    return hashing_keys(t)[0]
