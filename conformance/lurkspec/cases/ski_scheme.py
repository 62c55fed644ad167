"""The member `scheme`, an addition to the draft: a TLS SignatureScheme in place of `hash` (A-91, A-93)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..case import Variant, case
from ..codecs import cbor, json
from ..codecs.tls import SCHEMES
from ..context import Context
from ..request import DENIED, MALFORMED, RSA, TLS13
from ._keys import hashing_key
from ._tolerance import ignored_or_malformed

SECTION = "SKI addition: scheme"


@case("ski-p-scheme-with-hash", clauses=("SKI-P-12",), rows=("JS-20",), needs=("tls13", "ecdhe"))
def scheme_with_hash(t: Context) -> Iterator[Variant]:
    """`scheme` stands in place of `hash`: both together are malformed, also when they agree."""
    key = hashing_key(t)
    for format in t.formats:
        for hash in ("SHA-256", "SHA-384", "SHA-512", "SHA-224"):
            answer = t.post(t.ecdhe_request(key, hash=hash).replaced(scheme=key.scheme), format)
            yield t.refused(f"{format} {hash}", answer, MALFORMED)
        answer = t.post(t.tls13_request(key).replaced(hash="SHA-256"), format)
        yield t.refused(f"{format} TLS 1.3", answer, MALFORMED)


def _no_schemes(number: int, format: str) -> dict[str, Any]:
    """Values that are no unsigned integer of two octets."""
    values: dict[str, Any] = {
        "text": str(number),
        "name": "ecdsa_secp256r1_sha256",
        "empty text": "",
        "hex": f"0x{number:04x}",
        "true": True,
        "false": False,
        "null": None,
        "array": [number],
        "empty array": [],
        "octet array": list(number.to_bytes(2, "big")),
        "object": {"scheme": number},
        "octets": number.to_bytes(2, "big"),
        "-1": -1,
        "negative": -number,
        "2^16": 1 << 16,
        "2^16 more": number + (1 << 16),
        "2^32 more": number + (1 << 32),
        "2^64-1": 2**64 - 1,
    }
    if format == "json":
        return values | {
            "2^64 more": number + (1 << 64),
            "fraction": json.Raw(f"{number}.5"),
            "1e400": json.Raw("1e400"),
        }
    return values | {"float": float(number) + 0.5, "undefined": cbor.Raw(b"\xf7")}


@case("ski-p-scheme-types", clauses=("SKI-P-07", "SKI-P-16"), rows=("JS-20",), needs=("tls13", "ecdhe"))
def scheme_types(t: Context) -> Iterator[Variant]:
    """`scheme` is a number of 0 to 65535: text, octets, other numbers are malformed, and nothing is cut to
    size."""
    for format in t.formats:
        good = t.ecdhe_request(scheme=t.key().scheme)
        for label, value in _no_schemes(good["scheme"], format).items():
            yield t.refused(f"{format} {label}", t.post(good.replaced(scheme=value), format), MALFORMED)


@case("ski-p-scheme-json-spellings", clauses=("SKI-P-16",), rows=("JS-05",), needs=("tls13", "json", "ecdhe"))
def scheme_json_spellings(t: Context) -> Iterator[Variant]:
    """The same number as fraction or with an exponent, which JSON does not tell apart, is served or
    malformed."""
    good = t.ecdhe_request(scheme=t.key().scheme)
    number = good["scheme"]
    for label, text in {
        "fraction": f"{number}.0",
        "exponent": f"{number}e0",
        "E": f"{number / 1000}E3",
    }.items():
        yield ignored_or_malformed(t, label, t.post(good.replaced(scheme=json.Raw(text)), "json"))
    for text in (f"0{number}", f"+{number}", f"0x{number:x}", f"{number}."):
        yield t.refused(text, t.post(good.replaced(scheme=json.Raw(text)), "json"), MALFORMED)


@case("ski-p-scheme-sha1", clauses=("SKI-P-12",), rows=("JS-20",), needs=("tls13", "ecdhe"))
def scheme_sha1(t: Context) -> Iterator[Variant]:
    """Schemes with SHA-1 are "request denied" for every key and protocol."""
    for key in t.target.select("ski-ecdhe"):
        for name in ("rsa_pkcs1_sha1", "ecdsa_sha1"):
            for format in t.formats:
                for label, request in (
                    ("TLS 1.2", t.ecdhe_request(key, scheme=SCHEMES[name])),
                    ("TLS 1.3", t.tls13_request(key, scheme=SCHEMES[name])),
                ):
                    yield t.refused(f"{format} {key.name} {name} {label}", t.post(request, format), DENIED)


@case("ski-p-scheme-unknown", clauses=("SKI-P-12",), needs=("tls13", "ecdhe"))
def scheme_unknown(t: Context) -> Iterator[Variant]:
    """A scheme that is not assigned, or of a kind that no key has, is well-formed and "request denied"."""
    numbers = {
        "0": 0,
        "MD5 with RSA": 0x0101,
        "SHA-224 with RSA": 0x0301,
        "SHA-224 with ECDSA": 0x0303,
        "SHA-256 with DSA": 0x0402,
        "anonymous": 0x0400,
        "ed448": 0x0808,
        "PSS with PSS key": 0x0809,
        "SM2": 0x0708,
        "ML-DSA-44": 0x0904,
        "brainpool": 0x081A,
        "GREASE": 0x0A0A,
        "private use": 0xFE00,
        "last": 0xFFFF,
    }
    for format in t.formats:
        for key in t.target.select("ski-ecdhe"):
            for label, number in numbers.items():
                answer = t.post(t.ecdhe_request(key, scheme=number), format)
                yield t.refused(f"{format} {key.name} {label}", answer, DENIED)


@case("ski-p-tls13-scheme-missing", clauses=("SKI-P-16",), needs=("tls13", "ecdhe"))
def tls13_scheme_missing(t: Context) -> Iterator[Variant]:
    """TLS 1.3 needs `scheme`: without it, or with `hash` in its place, nothing is signed."""
    for format in t.formats:
        for key in t.target.select("ski-ecdhe"):
            bare = t.tls13_request(key).without("scheme")
            yield t.refused(f"{format} {key.name} none", t.post(bare, format), MALFORMED, also=(DENIED,))
            answer = t.post(bare.replaced(hash="SHA-256"), format)
            yield t.refused(f"{format} {key.name} hash", answer, MALFORMED, also=(DENIED,))


@case("ski-p-tls13-method-rsa", clauses=("SKI-P-16", "SKI-P-11"), needs=("tls13", "rsa"))
def tls13_method_rsa(t: Context) -> Iterator[Variant]:
    """TLS 1.3 has no RSA key exchange: no decryption comes of it, with or without `scheme`."""
    for format in t.formats:
        request = t.rsa_request(protocol=TLS13)
        for label, asked in {
            "plain": request,
            "with scheme": request.replaced(scheme=SCHEMES["rsa_pss_rsae_sha256"]),
            "signing content": t.tls13_request(t.rsa_key()).replaced(method=RSA),
        }.items():
            yield t.refused(f"{format} {label}", t.post(asked, format), DENIED, also=(MALFORMED,))
