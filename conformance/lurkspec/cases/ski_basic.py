"""The operations of SKI with good requests, and what their requests must have."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Variant, case
from ..context import Context
from ..request import MALFORMED

SECTION = "SKI §5.1 operations"


@case(
    "ski-5.1.2-ecdhe-served",
    clauses=("SKI-5.1.2-05", "SKI-5.1.2-07", "SKI-5.2-20", "SKI-5.2-22"),
    needs=("ecdhe",),
)
def ecdhe_served(t: Context) -> Iterator[Variant]:
    """Valid ECDHE parameters are hashed and signed; output is the bare signature (§5.1.2, §5.2)."""
    for key in t.target.select("ski-ecdhe"):
        if key.type == "ed25519":
            continue
        for format in t.formats:
            for hash in ("SHA-256", "SHA-384", "SHA-512"):
                yield t.served(f"{format} {key.name} {hash}", t.post(t.ecdhe_request(key, hash=hash), format))


@case("ski-5.1.1-rsa-served", clauses=("SKI-5.1.1-02", "SKI-5.1.1-07", "SKI-5.2-21"), needs=("rsa",))
def rsa_served(t: Context) -> Iterator[Variant]:
    """A good EncryptedPreMasterSecret is answered with its 48 octets (§5.1.1, §5.2)."""
    for format in t.formats:
        yield t.served(format, t.post(t.rsa_request(), format))


@case("ski-5.2-input-missing", clauses=("SKI-5.2-17", "SKI-5.2.1-02"), rows=("JS-06",), needs=("ecdhe",))
def input_missing(t: Context) -> Iterator[Variant]:
    """A request without `input` cannot be parsed: "malformed request" (§5.2, §5.2.1)."""
    for format in t.formats:
        good = t.ecdhe_request()
        yield t.refused(format, t.post(good.without("input"), format), MALFORMED)
