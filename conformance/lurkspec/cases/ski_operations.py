"""The operations of SKI with good requests: every key type, hash, scheme and protocol, and what comes back
(SKI §5.1)."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from ..case import Variant, case
from ..codecs import pkcs1
from ..codecs.curves import CURVES
from ..codecs.tls import SCHEMES
from ..context import Context
from ..keys import Key
from ..request import DTLS12, TLS12, TLS13, Request
from ._keys import hashing_keys, signing_keys
from .ski_members import HASHES

SECTION = "SKI §5.1 operations"

PKCS1 = ("rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512")
PSS = ("rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512")
# What a key makes in TLS 1.2 and in TLS 1.3 (RFC 8446 §4.2.3); ECDSA with the hash that fits the curve.
SCHEMES_OF_12 = {
    "ec-p256": ("ecdsa_secp256r1_sha256",),
    "ec-p384": ("ecdsa_secp384r1_sha384",),
    "ec-p521": ("ecdsa_secp521r1_sha512",),
    "rsa": PKCS1 + PSS,
    "ed25519": ("ed25519",),
}
SCHEMES_OF_13 = SCHEMES_OF_12 | {"rsa": PSS}


@case(
    "ski-5.1.2-ecdhe-served",
    clauses=(
        "SKI-5.1.2-05",
        "SKI-5.1.2-07",
        "SKI-5.2-20",
        "SKI-5.2-22",
        "SKI-1-04",
        "SKI-4.2.3-04",
        "REQ-6.2-01",
    ),
    needs=("ecdhe",),
)
def ecdhe_served(t: Context) -> Iterator[Variant]:
    """Valid ECDHE parameters are hashed and signed, by EC keys with ECDSA and by RSA keys with PKCS#1 v1.5
    (§5.1.2, A-91)."""
    for key in hashing_keys(t):
        for format in t.formats:
            for hash in HASHES:
                yield t.served(f"{format} {key.name} {hash}", t.post(t.ecdhe_request(key, hash=hash), format))


@case("ski-5.1.2-ecdhe-dtls-served", clauses=("SKI-5.1-01", "SKI-5.1.2-05", "SKI-5.1.2-07"), needs=("ecdhe",))
def ecdhe_dtls_served(t: Context) -> Iterator[Variant]:
    """The same for DTLS 1.2 (§5.1)."""
    for key in hashing_keys(t, DTLS12):
        for format in t.formats:
            for hash in HASHES:
                answer = t.post(t.ecdhe_request(key, hash=hash, protocol=DTLS12), format)
                yield t.served(f"{format} {key.name} {hash}", answer)


@case("ski-5.1.2-curve-and-key", clauses=("SKI-5.1.2-05", "SKI-5.2-19"), needs=("ecdhe",))
def curve_and_key(t: Context) -> Iterator[Variant]:
    """The curve of the parameters need not be that of the key: every key signs parameters of every curve."""
    for key in signing_keys(t):
        for curve in CURVES:
            for format in t.formats:
                answer = t.post(t.ecdhe_request(key, params=t.ecdhe_params(curve)), format)
                yield t.served(f"{format} {key.name} {curve}", answer)


@case("ski-5.1.2-any-randoms", clauses=("SKI-5.1.2-02", "SKI-5.1.2-05"), needs=("ecdhe",))
def any_randoms(t: Context) -> Iterator[Variant]:
    """Randoms may be any 32 octets: zeros, ones, the downgrade sentinels of RFC 8446 §4.1.3, a hello retry
    request."""
    retry = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    randoms = {
        "zeros": bytes(32),
        "ones": b"\xff" * 32,
        "sentinel 1.2": t.rng.randbytes(24) + b"DOWNGRD\x01",
        "sentinel 1.1": t.rng.randbytes(24) + b"DOWNGRD\x00",
        "hello retry": retry,
        "text": b"0123456789abcdef" * 2,
    }
    for label, random in randoms.items():
        for format in t.formats:
            data = t.rng.randbytes(32) + random + t.ecdhe_params()
            yield t.served(f"{format} server {label}", t.post(t.ecdhe_request(input=data), format))
            data = random + random + t.ecdhe_params()
            yield t.served(f"{format} both {label}", t.post(t.ecdhe_request(input=data), format))


@case("ski-5.2-signature-form", clauses=("SKI-5.2-22", "BG-5246-07"), needs=("ecdhe",))
def signature_form(t: Context) -> Iterator[Variant]:
    """output is the bare signature (A-90): ECDSA in DER, RSA as long as the modulus, Ed25519 64 octets;
    nothing around it."""
    for key in signing_keys(t):
        for format in t.formats:
            for number in range(8 if key.type.startswith("ec-") else 1):
                answer = t.proven(t.ecdhe_request(key), format)
                output = answer.output or b""
                yield t.check(
                    f"{format} {key.name} {number}",
                    _bare(key, output),
                    f"a bare {key.type} signature",
                    f"{len(output)} octets, beginning {output[:4].hex()}",
                    answer,
                )


def _bare(key: Key, output: bytes) -> bool:
    if key.type == "rsa":
        return len(output) == pkcs1.modulus_length(key.rsa)
    if key.type == "ed25519":
        return len(output) == 64
    return encode_dss_signature(*decode_dss_signature(output)) == output


@case("ski-5.1.2-deterministic-signatures", clauses=("SKI-5.1.2-05", "BG-5246-07"), needs=("ecdhe",))
def deterministic_signatures(t: Context) -> Iterator[Variant]:
    """PKCS#1 v1.5 and Ed25519 signatures depend on key and input only: asked twice, in either format, they
    are the same."""
    keys = [key for key in signing_keys(t) if key.type in ("rsa", "ed25519")]
    if not keys:
        yield t.unsupported("all", "the target file has neither an RSA nor an Ed25519 signing key")
    for key in keys:
        request = t.ecdhe_request(key)
        answers = [t.proven(request, format) for format in t.formats * 2]
        yield t.check(
            key.name, len({a.output for a in answers}) == 1, "one output", "different outputs", *answers
        )


def _by_scheme(t: Context, key: Key, protocol: str) -> Iterator[tuple[str, Request]]:
    schemes = SCHEMES_OF_13 if protocol == TLS13 else SCHEMES_OF_12
    for name in schemes[key.type]:
        if protocol == TLS13:
            for length in (32, 48):
                digest = t.rng.randbytes(length)
                yield f"{name}, transcript hash {length}", t.tls13_request(
                    key, scheme=SCHEMES[name], transcript_hash=digest
                )
        else:
            yield name, t.ecdhe_request(key, scheme=SCHEMES[name], protocol=protocol)


def _scheme_served(t: Context, protocol: str) -> Iterator[Variant]:
    for key in signing_keys(t, protocol):
        for format in t.formats:
            for label, request in _by_scheme(t, key, protocol):
                yield t.served(f"{format} {key.name} {label}", t.post(request, format))


@case("ski-p-scheme-tls12-served", clauses=("SKI-P-12", "BG-5246-06", "BG-5246-07"), needs=("tls13", "ecdhe"))
def scheme_tls12_served(t: Context) -> Iterator[Variant]:
    """`scheme` says what no hash can in TLS 1.2: RSA-PSS and Ed25519, also PKCS#1 v1.5 and ECDSA (A-91)."""
    yield from _scheme_served(t, TLS12)


@case("ski-p-scheme-dtls12-served", clauses=("SKI-P-12", "SKI-5.1-01"), needs=("tls13", "ecdhe"))
def scheme_dtls12_served(t: Context) -> Iterator[Variant]:
    """The same for DTLS 1.2."""
    yield from _scheme_served(t, DTLS12)


@case("ski-p-tls13-served", clauses=("SKI-P-16", "BG-8446-05"), needs=("tls13", "ecdhe"))
def tls13_served(t: Context) -> Iterator[Variant]:
    """The content of a TLS 1.3 CertificateVerify is signed, RSA with PSS, with transcript hashes of 32 and 48
    octets."""
    yield from _scheme_served(t, TLS13)


@case("ski-p-tls13-method-default", clauses=("SKI-P-16", "SKI-5.2-14"), needs=("tls13", "ecdhe"))
def tls13_method_default(t: Context) -> Iterator[Variant]:
    """For TLS 1.3 too an absent method means ECDHE."""
    for format in t.formats:
        yield t.served(format, t.post(t.tls13_request().without("method"), format))


@case(
    "ski-5.1.1-rsa-served",
    clauses=("SKI-5.1.1-02", "SKI-5.1.1-07", "SKI-5.2-18", "SKI-5.2-21", "SKI-1-04"),
    needs=("rsa",),
)
def rsa_served(t: Context) -> Iterator[Variant]:
    """A good EncryptedPreMasterSecret is answered with its 48 octets (§5.1.1), by every decryption key."""
    for key in t.target.select("ski-rsa"):
        for protocol in (p for p in (TLS12, DTLS12) if p in key.grants["a"]):
            for format in t.formats:
                answer = t.post(t.rsa_request(key, protocol=protocol), format)
                yield t.served(f"{format} {key.name} {protocol}", answer)


@case("ski-5.1.1-any-premaster", clauses=("SKI-5.1.1-07", "SKI-5.2-21"), needs=("rsa",))
def any_premaster(t: Context) -> Iterator[Variant]:
    """The 46 octets behind the version may be anything, zeros included, and come back as they are."""
    tails = {
        "zeros": bytes(46),
        "ones": b"\xff" * 46,
        "a zero first": b"\0" + t.rng.randbytes(45),
        "a zero last": t.rng.randbytes(45) + b"\0",
        "like a block": b"\x00\x02" + t.rng.randbytes(44),
    }
    for format in t.formats:
        for label, tail in tails.items():
            yield t.served(f"{format} {label}", t.post(t.rsa_request(premaster=b"\x03\x03" + tail), format))


@case("ski-5.1.1-small-ciphertext", clauses=("SKI-5.1.1-02", "SKI-5.2-18"), needs=("rsa",))
def small_ciphertext(t: Context) -> Iterator[Variant]:
    """A ciphertext that begins with zero octets keeps them: it is as long as the modulus and is served."""
    key = t.rsa_key()
    for format in t.formats:
        premaster = pkcs1.premaster(t.rng)
        data = next(c for c in iter(lambda: pkcs1.encrypt(key.rsa, premaster, t.rng), b"") if c[0] == 0)
        yield t.served(format, t.post(t.rsa_request(key, premaster=premaster, input=data), format))
