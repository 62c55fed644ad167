"""The members that hold octets, spki and input: which ones name a key, and their lengths (SKI §5.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..case import Variant, case
from ..codecs import json, tls
from ..codecs.curves import CURVES
from ..context import Context
from ..dialects import CERTIFICATE_SHA1
from ..keys import Key
from ..request import MALFORMED, NOT_FOUND
from ._tolerance import beyond_limits

SECTION = "SKI §5.2 spki and input"


@case(
    "ski-5.2-spki-strange-text",
    clauses=("SKI-5.2-12", "SKI-5.2.1-03", "SKI-9-02"),
    rows=("JS-10",),
    needs=("json", "ecdhe"),
)
def spki_strange_text(t: Context) -> Iterator[Variant]:
    """spki is a name and never a pattern, path or query: wildcards and quotes find no key."""
    good = t.ecdhe_request()
    right = json.base64_encode(t.key().spki)
    texts = (
        "",
        "*",
        "%",
        "_",
        "?",
        "[a-z]*",
        ".*",
        "../",
        "../../../../etc/passwd",
        "/",
        "..\\",
        "file:///etc/passwd",
        "*)(objectClass=*",
        "' OR '1'='1",
        "'; DROP TABLE keys; --",
        "$ne",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "`id`",
        "|id",
        "\r\nGET *\r\n",
        "\r\nX-Header: 1",
        "%00",
        "\0",
        "null",
        "true",
        "-1",
        right[:-4] + "*",
        right + "*",
        f"{right},{right}",
        "sha256/" + right,
        "sha256//" + right,
        f'pin-sha256="{right}"',
    )
    for text in texts:
        label = json.encode(text).decode("ascii").replace(right, "SPKI").replace(right[:-4], "SPK")
        yield t.refused(label, t.post(good.replaced(spki=text), "json"), MALFORMED, also=(NOT_FOUND,))
    swapped = t.post(good.replaced(spki=right.swapcase()), "json")
    yield t.refused("other case", swapped, NOT_FOUND, also=(MALFORMED,))


@case(
    "ski-5.2-spki-strange-octets", clauses=("SKI-5.2-12", "SKI-5.2.1-03"), rows=("JS-10",), needs=("ecdhe",)
)
def spki_strange_octets(t: Context) -> Iterator[Variant]:
    """32 octets that are no fingerprint of a key name no key, whatever they look like; nor does a part of
    one."""
    right = t.key().spki
    names = {
        "zeros": bytes(32),
        "ones": b"\xff" * 32,
        "asterisks": b"*" * 32,
        "quotes": b"' OR '1'='1' -- ".ljust(32),
        "path": b"../" * 10 + b"..",
        "first half": right[:16] + bytes(16),
        "second half": bytes(16) + right[16:],
        "last bit": right[:31] + bytes([right[31] ^ 1]),
        "first bit": bytes([right[0] ^ 0x80]) + right[1:],
        "reversed": right[::-1],
    }
    for format in t.formats:
        for label, name in names.items():
            yield t.refused(
                f"{format} {label}", t.post(t.ecdhe_request().replaced(spki=name), format), NOT_FOUND
            )


@case("ski-5.2-spki-huge", clauses=("SKI-P-06", "SKI-5.2-12"), rows=("JS-10",), needs=("ecdhe",))
def spki_huge(t: Context) -> Iterator[Variant]:
    """A fingerprint of kilobytes is malformed, one of a megabyte malformed or too large."""
    for format in t.formats:
        for label, length in (("1 KiB", 1 << 10), ("8 KiB", 1 << 13)):
            answer = t.post(t.ecdhe_request().replaced(spki=t.rng.randbytes(length)), format)
            yield t.refused(f"{format} {label}", answer, MALFORMED)
        answer = t.post(t.ecdhe_request().replaced(spki=bytes(1 << 20)), format)
        yield beyond_limits(t, f"{format} 1 MiB", answer)


@case("ski-5.2-spki-length", clauses=("SKI-5.2-12", "SKI-5.2.1-02"), rows=("JS-18",), needs=("ecdhe",))
def spki_length(t: Context) -> Iterator[Variant]:
    """A SHA-256 fingerprint has 32 octets; any other length is malformed, also one that begins with the right
    octets."""
    good = t.ecdhe_request()
    longer = good["spki"] + good["spki"]
    for format in t.formats:
        for length in (0, 1, 16, 20, 28, 30, 31, 33, 48, 64):
            yield t.refused(
                f"{format} {length}", t.post(good.replaced(spki=longer[:length]), format), MALFORMED
            )


@case("ski-5.2-spki-alias", clauses=("SKI-P-14", "SKI-5.2-12"), rows=("JS-18",), needs=("ecdhe",))
def spki_alias(t: Context) -> Iterator[Variant]:
    """The hex SHA-1 of a certificate (the dialect `keyserver`) is malformed unless that is configured, and
    never in CBOR."""
    if CERTIFICATE_SHA1 in t.target.dialects:
        yield t.unsupported("all", f"the target speaks the dialect {CERTIFICATE_SHA1}")
        return
    key = t.key()
    digest = key.certificate.fingerprint(hashes.SHA1()) if key.certificate else t.rng.randbytes(20)
    spellings = {
        "upper case": digest.hex().upper(),
        "lower case": digest.hex(),
        "colons": digest.hex(":").upper(),
        "0x": "0x" + digest.hex(),
        "SHA-256 in hex": key.spki.hex(),
        "octets": digest,
    }
    for format in t.formats:
        for label, value in spellings.items():
            yield t.refused(
                f"{format} {label}", t.post(t.ecdhe_request().replaced(spki=value), format), MALFORMED
            )


@case("ski-5.2-spki-fingerprint", clauses=("SKI-5.2-12", "BG-5480-01"), needs=("ecdhe",))
def spki_fingerprint(t: Context) -> Iterator[Variant]:
    """spki is the SHA-256 of the DER SubjectPublicKeyInfo (§5.2, RFC 7469): each key is found by it and by no
    other digest."""
    for format in t.formats:
        for key in t.target.select("ski-ecdhe"):
            yield t.served(f"{format} {key.name}", t.post(t.ecdhe_request(key), format))
            for label, digest in _other_digests(key).items():
                answer = t.post(t.ecdhe_request(key).replaced(spki=digest), format)
                yield t.refused(f"{format} {key.name} {label}", answer, NOT_FOUND)


def _other_digests(key: Key) -> dict[str, bytes]:
    """32 octets that other readings of "fingerprint" would give."""
    der, form = serialization.Encoding.DER, serialization.PublicFormat
    spki = key.public.public_bytes(der, form.SubjectPublicKeyInfo)
    pem = key.public.public_bytes(serialization.Encoding.PEM, form.SubjectPublicKeyInfo)
    found = {
        "SHA3-256 of the SPKI": hashlib.sha3_256(spki).digest(),
        "SHA-256 of the PEM": hashlib.sha256(pem).digest(),
        "SHA-512 cut to 32 octets": hashlib.sha512(spki).digest()[:32],
        "SHA-256 of SHA-256": hashlib.sha256(key.spki).digest(),
    }
    if key.type == "rsa":
        found["SHA-256 of the PKCS#1 key"] = hashlib.sha256(key.public.public_bytes(der, form.PKCS1)).digest()
    if isinstance(key.public, ec.EllipticCurvePublicKey):
        point = key.public.public_bytes(serialization.Encoding.X962, form.UncompressedPoint)
        found["SHA-256 of the point"] = hashlib.sha256(point).digest()
        found["SHA-256 of the SPKI, curve by parameters"] = hashlib.sha256(_explicit_spki(point)).digest()
    if key.certificate is not None:
        found["SHA-256 of the certificate"] = key.certificate.fingerprint(hashes.SHA256())
    return found


def _der(tag: int, *contents: bytes) -> bytes:
    body = b"".join(contents)
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag]) + (length if len(body) < 128 else bytes([0x80 | len(length)]) + length) + body


def _explicit_spki(point: bytes) -> bytes:
    """SubjectPublicKeyInfo with the parameters of the curve in place of its name, against RFC 5480 §2.1.1."""
    c = next(curve for curve in CURVES.values() if 1 + 2 * curve.octets == len(point))

    def number(value: int) -> bytes:
        return _der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))

    field = _der(0x30, bytes.fromhex("06072a8648ce3d0101"), number(c.p))
    coefficients = (_der(4, value.to_bytes(c.octets, "big")) for value in (c.p - 3, c.b))
    base = _der(4, c.encode(c.gx, c.gy))
    parameters = _der(0x30, number(1), field, _der(0x30, *coefficients), base, number(c.n), number(1))
    algorithm = _der(0x30, bytes.fromhex("06072a8648ce3d0201"), parameters)
    return _der(0x30, algorithm, _der(3, b"\0", point))


@case(
    "ski-5.2-input-ecdhe-length",
    clauses=("SKI-5.2-19", "SKI-5.1.2-02", "SKI-5.1.2-04", "SKI-4.2.3-05"),
    rows=("JS-13",),
    needs=("ecdhe",),
)
def input_ecdhe_length(t: Context) -> Iterator[Variant]:
    """input of ECDHE is two randoms of 32 octets and ServerECDHParams: cut at any octet, or longer, it is
    malformed."""
    good = t.ecdhe_request()
    data: bytes = good["input"]
    for format in t.formats:
        for length in range(len(data)):
            yield t.refused(
                f"{format} {length}", t.post(good.replaced(input=data[:length]), format), MALFORMED
            )
        for length in (len(data) + 1, 201, 8192):
            longer = data + t.rng.randbytes(length - len(data))
            yield t.refused(f"{format} {length}", t.post(good.replaced(input=longer), format), MALFORMED)
        huge = good.replaced(input=data + bytes(10**6 - len(data)))
        yield beyond_limits(t, f"{format} 1000000", t.post(huge, format))


@case("ski-5.1.2-short-randoms", clauses=("SKI-5.1.2-02", "SKI-5.1.2-04"), rows=("JS-13",), needs=("ecdhe",))
def short_randoms(t: Context) -> Iterator[Variant]:
    """Randoms have 32 octets, not the 32 bits that §5.1.2 says (A-87); other lengths are malformed, one
    short, one long too."""
    for format in t.formats:
        for client, server in (
            (4, 4),
            (0, 0),
            (32, 0),
            (0, 32),
            (28, 28),
            (31, 32),
            (32, 31),
            (33, 32),
            (32, 33),
            (64, 64),
        ):
            params = t.ecdhe_params()
            data = tls.ecdhe_input(params, t.rng.randbytes(client), t.rng.randbytes(server))
            answer = t.post(t.ecdhe_request(input=data), format)
            yield t.refused(f"{format} {client} and {server} octets", answer, MALFORMED)


def _rsa_inputs(good: bytes) -> dict[str, bytes]:
    sizes = (0, 1, 9, 10, 48, len(good) // 2, len(good) - 1)
    return {f"{n} octets": good[:n] for n in sizes} | {
        "one octet more": good + b"\0",
        "zero octet before": b"\0" + good,
        "twice": good + good,
        "length before": tls.vector(good, 2),
        "ClientKeyExchange": tls.handshake(16, tls.vector(good, 2)),
    }


@case("ski-5.2-input-rsa-length", clauses=("SKI-5.2-18", "SKI-5.1.1-02"), rows=("JS-14",), needs=("rsa",))
def input_rsa_length(t: Context) -> Iterator[Variant]:
    """input of RSA is a bare ciphertext as long as the modulus (A-90): other lengths, a length in front, are
    malformed."""
    for format in t.formats:
        good = t.rsa_request()
        for label, data in _rsa_inputs(good["input"]).items():
            yield t.refused(f"{format} {label}", t.post(good.replaced(input=data), format), MALFORMED)


@case(
    "ski-5.2-input-beyond-limit", clauses=("SKI-P-02", "SKI-P-06"), rows=("CB-23",), needs=("ecdhe", "limits")
)
def input_beyond_limit(t: Context) -> Iterator[Variant]:
    """An input that is longer than the largest body is too large, or malformed; nothing is signed."""
    length = t.limit("body_octets") + 1
    for format in t.formats:
        answer = t.post(t.ecdhe_request().replaced(input=t.rng.randbytes(length)), format)
        yield beyond_limits(t, f"{format} limit and one octet", answer)
