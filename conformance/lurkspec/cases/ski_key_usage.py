"""Which key does what for whom (SKI §4.2.3, §5.2.1; A-75, A-89; group KU)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from ..case import Level, Variant, case
from ..codecs.tls import SCHEMES
from ..context import Context
from ..keys import ECDHE_USAGE, Key
from ..request import DENIED, NOT_FOUND

SECTION = "SKI §4.2.3 keys and rights"

RSA_SCHEMES = tuple(n for n in SCHEMES if n.startswith("rsa_") and "pss_pss" not in n and "sha1" not in n)
ECDSA_SCHEMES = ("ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512")


def _scheme_denied(t: Context, key: Key, names: tuple[str, ...]) -> Iterator[Variant]:
    """The schemes under TLS 1.2, and under TLS 1.3 where the target has it, do not fit the key."""
    for format in t.formats:
        for name in names:
            label = f"{format} {name} with {key.type}"
            yield t.refused(
                f"{label}, TLS 1.2", t.post(t.ecdhe_request(key, scheme=SCHEMES[name]), format), DENIED
            )
            if "TLS 1.3" in t.target.protocols:
                yield t.refused(
                    f"{label}, TLS 1.3", t.post(t.tls13_request(key, scheme=SCHEMES[name]), format), DENIED
                )


@case("ski-p-rsa-method-signing-key", clauses=("SKI-P-11",), rows=("KU-01",), needs=("rsa-sign",))
def rsa_method_signing_key(t: Context) -> Iterator[Variant]:
    """An RSA key that signs does not decrypt."""
    for key in t.target.select("ski-ecdhe", type="rsa"):
        for format in t.formats:
            yield t.refused(f"{format} {key.name}", t.post(t.rsa_request(key), format), DENIED)


@case("ski-p-ecdhe-method-decryption-key", clauses=("SKI-P-11",), rows=("KU-02",), needs=("rsa",))
def ecdhe_method_decryption_key(t: Context) -> Iterator[Variant]:
    """An RSA key that decrypts does not sign, by hash or by scheme."""
    key = t.rsa_key()
    for format in t.formats:
        for hash in ("SHA-256", "SHA-384", "SHA-512"):
            yield t.refused(f"{format} {hash}", t.post(t.ecdhe_request(key, hash=hash), format), DENIED)
        for name in RSA_SCHEMES:
            yield t.refused(
                f"{format} {name}", t.post(t.ecdhe_request(key, scheme=SCHEMES[name]), format), DENIED
            )


@case("ski-p-rsa-method-ec-key", clauses=("SKI-P-11", "SKI-P-12"), rows=("KU-03",), needs=("rsa", "ec-p256"))
def rsa_method_ec_key(t: Context) -> Iterator[Variant]:
    """Method RSA with an EC key is "request denied", whatever the ciphertext."""
    for key in (k for k in t.target.select("ski-ecdhe") if k.type != "rsa"):
        for format in t.formats:
            yield t.refused(
                f"{format} {key.type}", t.post(t.rsa_request().replaced(spki=key.spki), format), DENIED
            )


@case("ski-p-rsa-scheme-ec-key", clauses=("SKI-P-12",), rows=("KU-03", "JS-20"), needs=("ec-p256",))
def rsa_scheme_ec_key(t: Context) -> Iterator[Variant]:
    """An RSA signature scheme with an EC key is "request denied"."""
    yield from _scheme_denied(t, t.key("ec-p256"), RSA_SCHEMES)


@case("ski-p-ecdsa-scheme-rsa-key", clauses=("SKI-P-12",), rows=("KU-03",), needs=("rsa-sign",))
def ecdsa_scheme_rsa_key(t: Context) -> Iterator[Variant]:
    """An ECDSA or EdDSA scheme with an RSA key is "request denied"."""
    yield from _scheme_denied(t, t.key("rsa"), (*ECDSA_SCHEMES, "ed25519"))


@case("ski-p-ed25519-scheme-ec-key", clauses=("SKI-P-12", "BG-8422-05"), rows=("KU-04",), needs=("ec-p256",))
def ed25519_scheme_ec_key(t: Context) -> Iterator[Variant]:
    """Schemes ed25519 and ed448 with a P-256 key are "request denied"."""
    yield from _scheme_denied(t, t.key("ec-p256"), ("ed25519", "ed448"))


@case("ski-p-ed25519-key-hash", clauses=("SKI-P-12", "BG-8422-05"), rows=("KU-04",), needs=("ed25519",))
def ed25519_key_hash(t: Context) -> Iterator[Variant]:
    """An Ed25519 key signs only what `scheme` asks: a hash, which would mean ECDSA or PKCS#1, is "request
    denied".
    """
    key = t.key("ed25519")
    for format in t.formats:
        for hash in ("SHA-256", "SHA-384", "SHA-512"):
            request = t.ecdhe_request(key).without("scheme").replaced(hash=hash)
            yield t.refused(f"{format} {hash}", t.post(request, format), DENIED)


@case("ski-p-pss-pss-scheme", clauses=("SKI-P-12",), rows=("KU-05",), needs=("rsa-sign",))
def pss_pss_scheme(t: Context) -> Iterator[Variant]:
    """rsa_pss_pss_* needs an RSASSA-PSS key; with a rsaEncryption key it is "request denied" (RFC 8446
    §4.2.3).
    """
    key = t.key("rsa")
    for format in t.formats:
        for scheme in (0x0809, 0x080A, 0x080B):
            yield t.refused(
                f"{format} {scheme:04x}", t.post(t.ecdhe_request(key, scheme=scheme), format), DENIED
            )


@case(
    "ski-p-tls13-curve-of-scheme",
    clauses=("SKI-P-12", "SKI-P-16"),
    rows=("KU-06",),
    needs=("tls13", "ec-p256"),
)
def curve_of_scheme(t: Context) -> Iterator[Variant]:
    """In TLS 1.3 an ECDSA scheme names its curve: a scheme of another curve than the key's is "request
    denied".
    """
    for key in (k for k in t.target.select("ski-ecdhe") if k.type.startswith("ec-")):
        for name in (n for n in ECDSA_SCHEMES if SCHEMES[n] != key.scheme):
            for format in t.formats:
                answer = t.post(t.tls13_request(key, scheme=SCHEMES[name]), format)
                yield t.refused(f"{format} {name} with {key.type}", answer, DENIED)


@case("ski-p-tls13-pkcs1", clauses=("SKI-P-16", "BG-8446-05"), needs=("tls13", "rsa-sign"))
def tls13_pkcs1(t: Context) -> Iterator[Variant]:
    """PKCS#1 v1.5 and SHA-1 have no place in a TLS 1.3 CertificateVerify: "request denied" (RFC 8446
    §4.2.3).
    """
    names = [n for n in SCHEMES if n.startswith("rsa_pkcs1")] + ["ecdsa_sha1"]
    for format in t.formats:
        for name in names:
            key = t.key("ec-p256") if name.startswith("ecdsa") else t.key("rsa")
            yield t.refused(
                f"{format} {name}", t.post(t.tls13_request(key, scheme=SCHEMES[name]), format), DENIED
            )


@case(
    "ski-5.2.1-key-of-other-edge",
    clauses=("SKI-5.2.1-03", "SKI-4.2.3-03", "REQ-5.1-03"),
    rows=("KU-07",),
    needs=("edge-b", "foreign-key"),
)
def key_of_other_edge(t: Context) -> Iterator[Variant]:
    """A key of another edge is answered like an unknown key, in both directions (A-89)."""
    pairs = [("a", k) for k in t.target.ski_keys if "a" not in k.grants] + [
        ("b", k) for k in t.target.ski_keys if "b" not in k.grants
    ]
    for edge, key in pairs:
        for format in t.formats:
            request = t.rsa_request(key) if key.usage == "ski-rsa" else t.ecdhe_request(key)
            answer = t.post(request, format, edge=edge)
            yield t.refused(f"{format} edge {edge} {key.name}", answer, NOT_FOUND, also=(DENIED,))


@case(
    "ski-5.2.1-own-key-after-refusal",
    clauses=("REQ-5.1-01", "SKI-5.2.1-03"),
    rows=("KU-07",),
    needs=("edge-b", "foreign-key"),
)
def own_key_after_refusal(t: Context) -> Iterator[Variant]:
    """Each edge is served with its own key on the connection on which a foreign one was just refused."""
    foreign = t.foreign_key()
    for edge, own, other in (
        ("a", t.key(), foreign),
        ("b", foreign, next(k for k in t.target.select("ski-ecdhe") if "b" not in k.grants)),
    ):
        yield t.refused(
            f"edge {edge} foreign", t.post(t.ecdhe_request(other), edge=edge), NOT_FOUND, also=(DENIED,)
        )
        yield t.served(f"edge {edge} own", t.post(t.ecdhe_request(own), edge=edge))


@case(
    "ski-5.2.1-protocol-not-granted",
    clauses=("SKI-5.2.1-04", "SKI-4.2.3-03"),
    needs=("edge-b", "restricted-key"),
)
def protocol_not_granted(t: Context) -> Iterator[Variant]:
    """A key that the edge may use, with a protocol for which it may not, is "request denied"; the granted
    ones
    are served.
    """
    key = t.restricted_key()
    for protocol in ("TLS 1.2", "DTLS 1.2", "TLS 1.3"):
        request = t.tls13_request(key) if protocol == "TLS 1.3" else t.ecdhe_request(key, protocol=protocol)
        for format in t.formats:
            answer = t.post(request, format, edge="b")
            label = f"{format} {protocol}"
            yield t.served(label, answer) if protocol in key.grants["b"] else t.refused(label, answer, DENIED)


@case("ski-5.2.1-certificate-authority-key", clauses=("SKI-5.2.1-03",), rows=("KU-10",), needs=("ecdhe",))
def certificate_authority_key(t: Context) -> Iterator[Variant]:
    """The fingerprints of CA keys and of the edge's own key name nothing that is served."""
    pems = {"channel CA": t.target.ca, "edge": t.edge("a").identity.certificate}
    for label, file in pems.items():
        public = x509.load_pem_x509_certificate(file.read_bytes()).public_key()
        spki = hashlib.sha256(
            public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        ).digest()
        for format in t.formats:
            yield t.refused(
                f"{format} {label}", t.post(t.ecdhe_request().replaced(spki=spki), format), NOT_FOUND
            )


@case(
    "ski-p-broken-reload",
    clauses=("SKI-4.2.2-01",),
    rows=("KU-14", "RS-03"),
    needs=("break-config",),
    serial=True,
)
def broken_reload(t: Context) -> Iterator[Variant]:
    """A configuration that cannot be used (one key twice, for instance) is refused at reload; the old set
    keeps serving.
    """
    before = t.proven(t.ecdhe_request(), t.formats[0])
    try:
        t.hooks.break_config()
        yield t.served("open connection", t.post(t.ecdhe_request(), t.formats[0]))
        for key in t.target.select("ski-ecdhe"):
            yield t.served(
                f"new connection {key.name}", t.post(t.ecdhe_request(key), t.formats[0], fresh=True)
            )
    finally:
        t.hooks.restore_config()
    yield t.check("before", before.output is not None, "served", before.summary, before)
    yield t.served("afterwards", t.post(t.ecdhe_request(), t.formats[0], fresh=True))


@case(
    "ski-p-key-expired",
    clauses=("SKI-P-11", "SKI-5.2.1-04"),
    rows=("KU-08",),
    level=Level.MAY,
    needs=("expired-key",),
)
def key_expired(t: Context) -> Iterator[Variant]:
    """A key whose certificate has expired, and that is marked so in the target file, is denied."""
    key = t.target.marked(ECDHE_USAGE, "expired")[0]
    for format in t.formats:
        yield t.refused(format, t.post(t.ecdhe_request(key), format), DENIED, also=(NOT_FOUND,))
