"""The members protocol, method and hash of a request, and what all members have in common (SKI §5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..case import Variant, case
from ..codecs import cbor, json
from ..context import Context
from ..request import DENIED, DTLS12, MALFORMED, TLS12, Request
from ._keys import hashing_key, hashing_keys, signing_keys

SECTION = "SKI §5.2 members"

LEGACY = ("TLS 1.0", "TLS 1.1", "DTLS 1.0")
HASHES = ("SHA-256", "SHA-384", "SHA-512")


def _missing(t: Context, name: str) -> Iterator[Variant]:
    for format in t.formats:
        yield t.refused(format, t.post(t.ecdhe_request().without(name), format), MALFORMED)
        if t.target.select("ski-rsa"):
            yield t.refused(f"{format} RSA", t.post(t.rsa_request().without(name), format), MALFORMED)


@case("ski-5.2-protocol-missing", clauses=("SKI-5.2-09", "SKI-5.2.1-02"), needs=("ecdhe",))
def protocol_missing(t: Context) -> Iterator[Variant]:
    """A request without `protocol` cannot be parsed: "malformed request" (§5.2, §5.2.1)."""
    yield from _missing(t, "protocol")


@case("ski-5.2-spki-missing", clauses=("SKI-5.2-11", "SKI-5.2.1-02"), needs=("ecdhe",))
def spki_missing(t: Context) -> Iterator[Variant]:
    """A request without `spki` cannot be parsed: "malformed request" (§5.2, §5.2.1)."""
    yield from _missing(t, "spki")


@case("ski-5.2-input-missing", clauses=("SKI-5.2-17", "SKI-5.2.1-02"), needs=("ecdhe",))
def input_missing(t: Context) -> Iterator[Variant]:
    """A request without `input` cannot be parsed: "malformed request" (§5.2, §5.2.1)."""
    yield from _missing(t, "input")


def _of_other_types(value: Any, format: str) -> dict[str, Any]:
    """Values that are not of the type of this one, by their names."""
    values: dict[str, Any] = {
        "number": 12,
        "negative number": -1,
        "true": True,
        "false": False,
        "null": None,
        "empty array": [],
        "array": [value],
        "empty object": {},
        "object": {"a": value},
    }
    if format == "json":
        return values | {"fraction": json.Raw("1.5"), "exponent": json.Raw("1e3")}
    other = value.decode("latin-1") if isinstance(value, bytes) else value.encode("ascii")
    values |= {
        "other kind of string": other,
        "float": 1.5,
        "undefined": cbor.Raw(b"\xf7"),
        "tagged": cbor.Tag(1, value),
    }
    return values | ({"base64": json.base64_encode(value)} if isinstance(value, bytes) else {})


@case(
    "ski-5.2-member-types",
    clauses=("SKI-P-07", "SKI-5.2-08", "SKI-5.2.1-02"),
    rows=("JS-06", "CB-15"),
    needs=("ecdhe",),
)
def member_types(t: Context) -> Iterator[Variant]:
    """A member of another type is malformed: numbers, null, arrays …; text where octets belong, and the
    reverse."""
    good = t.ecdhe_request(hashing_key(t))
    for format in t.formats:
        for name in ("protocol", "spki", "method", "hash", "input"):
            for label, value in _of_other_types(good[name], format).items():
                answer = t.post(good.replaced(**{name: value}), format)
                yield t.refused(f"{format} {name} {label}", answer, MALFORMED)


def _malformed_values(t: Context, good: Request, name: str, values: tuple[str, ...]) -> Iterator[Variant]:
    for format in t.formats:
        for value in values:
            answer = t.post(good.replaced(**{name: value}), format)
            yield t.refused(f"{format} {json.encode(value).decode('ascii')}", answer, MALFORMED)


@case("ski-5.2-protocol-values", clauses=("SKI-5.2-10",), rows=("JS-19",), needs=("ecdhe",))
def protocol_values(t: Context) -> Iterator[Variant]:
    """protocol is one of the names of §5.2 to the letter; all other text is malformed, "DTLS 1.1" too."""
    yield from _malformed_values(
        t,
        t.ecdhe_request(),
        "protocol",
        (
            "TLS 1.4",
            "DTLS 1.1",
            "DTLS 1.3",
            "TLS1.2",
            "tls 1.2",
            "Tls 1.2",
            "TLS  1.2",
            " TLS 1.2",
            "TLS 1.2 ",
            "TLS 1.2\n",
            "TLS 1.2\0",
            "TLS 1.20",
            "TLS 1",
            "TLS 1,2",
            "TLS-1.2",
            "TLS v1.2",
            "TLSv1.2",
            "SSLv3",
            "SSL 3.0",
            "1.2",
            "0303",
            "",
            "TLS\u00a01.2",
            "\uff34LS 1.2",
            "TLS 1.2\ufeff",
        ),
    )


@case(
    "ski-5.2-protocol-legacy",
    clauses=("SKI-5.1-01", "SKI-5.2-10", "SKI-5.2.1-04", "BG-8996-01"),
    rows=("DG-13",),
    needs=("ecdhe",),
)
def protocol_legacy(t: Context) -> Iterator[Variant]:
    """TLS 1.0, TLS 1.1 and DTLS 1.0 are understood and denied (RFC 8996, A-68), for signing and for
    decryption."""
    for format in t.formats:
        for protocol in LEGACY:
            yield t.refused(
                f"{format} {protocol}", t.post(t.ecdhe_request(protocol=protocol), format), DENIED
            )
            without = t.ecdhe_request(hashing_key(t), protocol=protocol).without("hash")
            yield t.refused(f"{format} {protocol}, default hash", t.post(without, format), DENIED)
            if t.target.select("ski-rsa"):
                answer = t.post(t.rsa_request(protocol=protocol), format)
                yield t.refused(f"{format} {protocol} RSA", answer, DENIED)


@case("ski-5.2-protocol-served", clauses=("SKI-5.1-01", "SKI-5.2-10"), needs=("ecdhe",))
def protocol_served(t: Context) -> Iterator[Variant]:
    """Each protocol that the target names is served for each signing key that may be used with it (§5.1)."""
    for protocol in (TLS12, DTLS12):
        for key in signing_keys(t, protocol):
            for format in t.formats:
                answer = t.post(t.ecdhe_request(key, protocol=protocol), format)
                yield t.served(f"{format} {key.name} {protocol}", answer)


@case("ski-5.2-method-values", clauses=("SKI-5.2-13",), rows=("JS-11",), needs=("ecdhe",))
def method_values(t: Context) -> Iterator[Variant]:
    """method is ECDHE or RSA to the letter; any other text is malformed, DHE and DHE_RSA too (A-86)."""
    yield from _malformed_values(
        t,
        t.ecdhe_request(),
        "method",
        (
            "ecdhe",
            "Ecdhe",
            "ECDHE ",
            " ECDHE",
            "ECDHE\n",
            "ECDHE\0",
            "RSA\0",
            "rsa",
            "DHE",
            "DHE_RSA",
            "ECDH",
            "ECDHE_RSA",
            "ECDHE_ECDSA",
            "EECDH",
            "PSK",
            "anonymous",
            "",
            "\u0415CDHE",
        ),
    )


@case("ski-5.2-method-null", clauses=("SKI-5.2-13", "SKI-P-07"), rows=("JS-11",), needs=("ecdhe",))
def method_null(t: Context) -> Iterator[Variant]:
    """A method that is there with the value null is not an absent one: it is malformed."""
    for format in t.formats:
        yield t.refused(format, t.post(t.ecdhe_request().replaced(method=None), format), MALFORMED)


@case("ski-5.2-method-default", clauses=("SKI-5.2-14",), rows=("JS-11",), needs=("ecdhe",))
def method_default(t: Context) -> Iterator[Variant]:
    """A request without method is one for ECDHE (§5.2): it is served with a signing key, and no decryption
    comes of it."""
    for format in t.formats:
        for key in t.target.select("ski-ecdhe"):
            yield t.served(f"{format} {key.name}", t.post(t.ecdhe_request(key).without("method"), format))
        if t.target.select("ski-rsa"):
            answer = t.post(t.rsa_request().without("method"), format)
            yield t.refused(f"{format} decryption key", answer, MALFORMED, also=(DENIED,))


@case("ski-5.2-hash-values", clauses=("SKI-5.2-16",), rows=("JS-12", "DG-13"), needs=("ecdhe",))
def hash_values(t: Context) -> Iterator[Variant]:
    """hash is SHA-224, SHA-256, SHA-384 or SHA-512 to the letter; any other text is malformed, SHA-1 and MD5
    too (A-68)."""
    yield from _malformed_values(
        t,
        t.ecdhe_request(hashing_key(t)),
        "hash",
        (
            "MD5",
            "sha-256",
            "Sha-256",
            "SHA256",
            "SHA_256",
            "SHA 256",
            "SHA2-256",
            "SHA-256 ",
            " SHA-256",
            "SHA-256\n",
            "SHA-256\0",
            "SHA1",
            "SHA-1",
            "sha1",
            "SHA-2",
            "SHA-512/256",
            "SHA3-256",
            "MD5SHA1",
            "none",
            "4",
            "",
            "SHA\u2011256",
            "SHA-\uff12\uff15\uff16",
        ),
    )


@case("ski-5.2-hash-null", clauses=("SKI-5.2-16", "SKI-P-07"), rows=("JS-12",), needs=("ecdhe",))
def hash_null(t: Context) -> Iterator[Variant]:
    """A hash that is there with the value null is not an absent one: it is malformed."""
    for format in t.formats:
        yield t.refused(
            format, t.post(t.ecdhe_request(hashing_key(t)).replaced(hash=None), format), MALFORMED
        )


@case("ski-5.2-hash-absent", clauses=("SKI-P-12", "SKI-5.2-16"), rows=("JS-12", "DG-13"), needs=("ecdhe",))
def hash_absent(t: Context) -> Iterator[Variant]:
    """Without hash the default of the version is meant, SHA-1 for TLS 1.2: nothing is signed so (A-68)."""
    for protocol in (TLS12, DTLS12):
        for key in hashing_keys(t, protocol):
            for format in t.formats:
                answer = t.post(t.ecdhe_request(key, protocol=protocol).without("hash"), format)
                yield t.refused(f"{format} {key.name} {protocol}", answer, DENIED, also=(MALFORMED,))


@case("ski-5.2-hash-sha224", clauses=("SKI-P-12", "SKI-5.2-16"), rows=("DG-13",), needs=("ecdhe",))
def hash_sha224(t: Context) -> Iterator[Variant]:
    """SHA-224 is a legal value with which nothing is signed (A-68)."""
    for key in hashing_keys(t):
        for format in t.formats:
            answer = t.post(t.ecdhe_request(key, hash="SHA-224"), format)
            yield t.refused(f"{format} {key.name}", answer, DENIED, also=(MALFORMED,))


@case("ski-5.2-hash-with-rsa", clauses=("SKI-P-13",), rows=("JS-12",), needs=("rsa",))
def hash_with_rsa(t: Context) -> Iterator[Variant]:
    """A legal hash decides nothing for the RSA method: the request is served; an illegal one is malformed."""
    for format in t.formats:
        for hash in ("SHA-224", *HASHES):
            yield t.served(f"{format} {hash}", t.post(t.rsa_request().replaced(hash=hash), format))
        for bad in ("MD5", "SHA1", ""):
            label = f"{format} {json.encode(bad).decode('ascii')}"
            yield t.refused(label, t.post(t.rsa_request().replaced(hash=bad), format), MALFORMED)
