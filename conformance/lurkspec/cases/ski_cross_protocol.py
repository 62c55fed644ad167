"""A signature made for one protocol is never one for another (SKI §4.2.3, §6; group XP)."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from ..case import Variant, case
from ..codecs import tls
from ..codecs.curves import CURVES
from ..context import Context
from ..keys import hash_check, scheme_check
from ..request import DENIED, DTLS12, MALFORMED, TLS12, Request
from ._foreign import foreign_messages_of

SECTION = "SKI §6 cross-protocol signatures"

SPACES = b"\x20" * 64
# The inputs of the three NIST curves, where a length check alone would let anything pass.
INPUT_LENGTHS = (133, 165, 201)


def _both_protocols(t: Context, label: str, input: bytes) -> Iterator[Variant]:
    """The same octets asked for as TLS 1.2 parameters and as TLS 1.3 content."""
    requests = {"TLS 1.2": t.ecdhe_request(input=input)}
    if "TLS 1.3" in t.target.protocols:
        requests["TLS 1.3"] = t.tls13_request(input=input)
    for format in t.formats:
        for protocol, request in requests.items():
            yield t.refused(f"{format} {protocol} {label}", t.post(request, format), MALFORMED)


@case(
    "ski-6-tls13-content-as-parameters",
    clauses=("SKI-6-02", "SKI-4.2.3-05", "SKI-P-16"),
    rows=("XP-01",),
    needs=("ecdhe",),
)
def tls13_content_as_parameters(t: Context) -> Iterator[Variant]:
    """Randoms of 64 spaces and the TLS 1.3 context string as parameters are refused: TLS 1.2 requests sign no
    CertificateVerify.
    """
    for context in (tls.SERVER_CONTEXT, tls.CLIENT_CONTEXT):
        for length in (32, 48):
            content = tls.certificate_verify_content(t.rng.randbytes(length), context)
            for format in t.formats:
                label = f"{format} {context[9:15].decode()} {length}"
                yield t.refused(label, t.post(t.ecdhe_request(input=content), format), MALFORMED)


@case("ski-6-delegated-credential", clauses=("SKI-6-02", "REQ-6.2-03"), rows=("XP-03",), needs=("ecdhe",))
def delegated_credential(t: Context) -> Iterator[Variant]:
    """Content of a delegated credential (RFC 9345 §4) is not signed, as TLS 1.2 or as TLS 1.3."""
    for context in (b"TLS, server delegated credentials", b"TLS, client delegated credentials"):
        for length in (32, 48, 120):
            yield from _both_protocols(
                t, f"{context[5:11].decode()} {length}", SPACES + context + b"\0" + t.rng.randbytes(length)
            )


@case(
    "ski-6-foreign-messages",
    clauses=("SKI-6-02", "REQ-6.2-03", "REQ-6.2-04"),
    rows=("XP-04",),
    needs=("ecdhe",),
)
def foreign_messages(t: Context) -> Iterator[Variant]:
    """What X.509, OCSP, CMS, JWT, SSH, DNSSEC and Certificate Transparency sign is not signed here, whatever
    its length.
    """
    for label, message in foreign_messages_of(t.rng).items():
        for length in INPUT_LENGTHS:
            padded = (message + t.rng.randbytes(length))[:length]
            for format in t.formats:
                yield t.refused(
                    f"{format} {label} {length}", t.post(t.ecdhe_request(input=padded), format), MALFORMED
                )


@case("ski-p-tls13-client-context", clauses=("SKI-P-16",), rows=("XP-05",), needs=("tls13",))
def client_context(t: Context) -> Iterator[Variant]:
    """TLS 1.3 content with the client's context string, or another text of that length, is not signed."""
    for format in t.formats:
        for text in (
            tls.CLIENT_CONTEXT,
            b"TLS 1.3, Server CertificateVerify",
            b"TLS 1.4, server CertificateVerify",
            b"x" * 33,
        ):
            content = tls.certificate_verify_content(t.rng.randbytes(32), text)
            yield t.refused(
                f"{format} {text.decode()}", t.post(t.tls13_request(input=content), format), MALFORMED
            )


@case("ski-p-tls13-content-form", clauses=("SKI-P-16",), needs=("tls13",))
def content_form(t: Context) -> Iterator[Variant]:
    """TLS 1.3 content is 64 spaces, context, 00 and a hash of 32 or 48 octets; any other form is not
    signed.
    """
    good = tls.certificate_verify_content(t.rng.randbytes(32))
    forms = {
        f"hash of {n} octets": tls.certificate_verify_content(t.rng.randbytes(n))
        for n in (0, 20, 31, 33, 47, 49, 64)
    } | {
        "63 spaces": good[1:],
        "65 spaces": b"\x20" + good,
        "a tab among the spaces": b"\x09" + good[1:],
        "separator 20": good.replace(b"Verify\0", b"Verify\x20"),
        "separator missing": good.replace(b"Verify\0", b"Verify"),
        "TLS 1.2 input": t.ecdhe_request()["input"],
    }
    for format in t.formats:
        for label, content in forms.items():
            yield t.refused(f"{format} {label}", t.post(t.tls13_request(input=content), format), MALFORMED)


@case("ski-p-tls13-signature-server-only", clauses=("SKI-P-16",), rows=("XP-07",), needs=("tls13",))
def signature_server_only(t: Context) -> Iterator[Variant]:
    """A TLS 1.3 signature verifies over the server's content and not over the client's."""
    key, digest = t.key(), t.rng.randbytes(32)
    answer = t.proven(t.tls13_request(key, transcript_hash=digest), t.formats[0])
    as_client = scheme_check(key, tls.certificate_verify_content(digest, tls.CLIENT_CONTEXT), key.scheme)
    yield t.check(
        "client content", bool(as_client(answer.output or b"")), "does not verify", "verifies", answer
    )


@case(
    "ski-5.1.2-signature-own-input",
    clauses=("SKI-5.1.2-05", "BG-8422-04"),
    rows=("XP-08",),
    needs=("ecdhe",),
    toothless="A signature that holds for its own input holds for no other, and one that does not is no good "
    "exchange.",
)
def signature_own_input(t: Context) -> Iterator[Variant]:
    """An ECDHE signature verifies over its own randoms and parameters and over no others."""
    key, request = t.key(), t.ecdhe_request()
    answer = t.proven(request, t.formats[0])
    data: bytes = request["input"]
    for label, other in (
        ("other client random", t.rng.randbytes(32) + data[32:]),
        ("randoms swapped", data[32:64] + data[:32] + data[64:]),
        ("parameters alone", data[64:]),
        ("other parameters", data[:64] + t.ecdhe_params()),
    ):
        yield t.check(
            label,
            bool(hash_check(key, other, "SHA-256")(answer.output or b"")),
            "does not verify",
            "verifies",
            answer,
        )


@case("ski-6-dhe-parameters", clauses=("SKI-6-02", "SKI-5.1.2-03"), rows=("XP-09",), needs=("ecdhe",))
def dhe_parameters(t: Context) -> Iterator[Variant]:
    """ServerDHParams where ServerECDHParams belong are not signed (A-86), also not when they begin like a
    named curve.
    """
    p, y = (t.rng.randbytes(256) for _ in range(2))
    public = tls.vector(p, 2) + tls.vector(b"\2", 2) + tls.vector(y, 2)
    like_curve = b"\x03\x00" + t.rng.randbytes(0x300) + tls.vector(b"\2", 2) + tls.vector(y, 2)
    confused = (
        b"\x03\x00\x17"
        + tls.vector(CURVES["secp256r1"].good(t.rng))
        + t.rng.randbytes(0x300 - 67)
        + tls.vector(b"\2", 2)
        + tls.vector(y, 2)
    )
    for format in t.formats:
        for label, params in (
            ("ffdhe", public),
            ("p of 768 octets", like_curve),
            ("p that is a curve and point", confused),
        ):
            yield t.refused(f"{format} {label}", t.post(t.ecdhe_request(params=params), format), MALFORMED)


@case("ski-5.2-dtls-as-tls", clauses=("SKI-5.2-10", "SKI-5.1-01"), rows=("XP-10",), needs=("ecdhe",))
def dtls_as_tls(t: Context) -> Iterator[Variant]:
    """The same input under "TLS 1.2" and "DTLS 1.2" is signed alike: the two protocols share the form of what
    is signed.
    """
    input = t.ecdhe_request()["input"]
    for protocol in (TLS12, DTLS12):
        for format in t.formats:
            yield t.served(
                f"{format} {protocol}", t.post(t.ecdhe_request(input=input, protocol=protocol), format)
            )


def _crossed(t: Context) -> dict[str, Request]:
    rsa = t.rsa_key()
    requests = {
        "decryption key asked to sign": t.ecdhe_request(rsa),
        "decryption key asked to sign with PSS": t.ecdhe_request(
            rsa, scheme=tls.SCHEMES["rsa_pss_rsae_sha256"]
        ),
    }
    if "TLS 1.3" in t.target.protocols:
        requests["decryption key asked to sign TLS 1.3"] = t.tls13_request(rsa)
    for key in t.target.select("ski-ecdhe"):
        requests[f"signing key {key.type} asked to decrypt"] = (
            t.rsa_request(key) if key.type == "rsa" else t.rsa_request().replaced(spki=key.spki)
        )
    return requests


@case("ski-p-one-usage-per-key", clauses=("SKI-P-11",), rows=("XP-12",), needs=("ecdhe", "rsa"))
def one_usage_per_key(t: Context) -> Iterator[Variant]:
    """A key signs or decrypts, never both: the other method is "request denied" (A-75)."""
    for format in t.formats:
        for label, request in _crossed(t).items():
            yield t.refused(f"{format} {label}", t.post(request, format), DENIED)


@case("ski-p-key-of-the-channel", clauses=("SKI-P-11", "SKI-5.2.1-03"), rows=("CH-25",), needs=("ecdhe",))
def key_of_the_channel(t: Context) -> Iterator[Variant]:
    """The key of the server's own channel certificate is no served key, or edges could impersonate the key
    server.
    """
    with t.connect() as channel:
        certificate = x509.load_der_x509_certificate(channel.tls.getpeercert(True) or b"")
    digest = hashes.Hash(hashes.SHA256())
    digest.update(
        certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    spki = digest.finalize()
    for format in t.formats:
        yield t.refused(
            format, t.post(t.ecdhe_request().replaced(spki=spki), format), "spki not found", also=(DENIED,)
        )
