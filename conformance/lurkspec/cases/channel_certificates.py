"""Who gets through the handshake: client certificates with one fault each (SKI §4.2.3, §5.2, REQ 4; A-65;
group CH)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from ..case import Variant, case
from ..certificates import DAY
from ..channel import ChannelError
from ..channel_context import ChannelContext
from ..context import ControlFailed
from ._tls import locked_out, own_client, proven_issue, versions

SECTION = "Channel: client certificates"
# What the channel is asked for by LURK (lurk-01 §4.1, §7; tls12 §9).
OVER_LURK = ("LURK-4.1-01", "LURK-7-04", "TLS12-9-02")

SECOND = datetime.timedelta(seconds=1)


@case(
    "channel-certificate-none",
    clauses=("SKI-4.2.3-01", "SKI-REQ-4", "SKI-5.2-04", "SKI-1-01", "REQ-5.2-01"),
    rows=("CH-02",),
    over_lurk=OVER_LURK,
)
def certificate_none(t: ChannelContext) -> Iterator[Variant]:
    """Without a client certificate no octet of a request is processed, in either version of TLS."""
    yield from locked_out(t, "none", None, versions(t))


def _own_attempt(t: ChannelContext, step: str) -> Any:
    """A handshake of our own client that leaves a step out, with a good request behind it."""
    question = t.question()
    try:
        with own_client(t) as channel:
            channel.begin()
            if step != "Finished":
                channel.finish(
                    None if step == "Certificate" else t.edge("a").identity, proof=step != "CertificateVerify"
                )
            return t.reply(channel, question)
    except ChannelError as error:
        return t.failed(error)


@case(
    "channel-certificate-proof",
    clauses=("SKI-4.2.3-01", "SKI-REQ-4", "REQ-6.2-05"),
    rows=("CH-02",),
    over_lurk=OVER_LURK,
)
def certificate_proof(t: ChannelContext) -> Iterator[Variant]:
    """The certificate of an edge alone opens nothing: each step of the client's flight is needed (RFC 8446
    §4.4)."""
    if "TLS 1.3" not in versions(t):
        yield t.unsupported("all", "the target does not speak TLS 1.3")
        return
    control = _own_attempt(t, "none")
    if control.output is None:
        raise ControlFailed(control)
    for label, step in (
        ("empty Certificate", "Certificate"),
        ("no CertificateVerify", "CertificateVerify"),
        ("request in place of Certificate and Finished", "Finished"),
    ):
        yield t.handshake_fails(label, _own_attempt(t, step))


@case(
    "channel-certificate-untrusted",
    clauses=("SKI-4.2.3-01", "SKI-REQ-4", "REQ-5.2-01"),
    rows=("CH-03",),
    needs=("ca-key",),
    over_lurk=OVER_LURK,
)
def certificate_untrusted(t: ChannelContext) -> Iterator[Variant]:
    """Only the channel CA makes edges: not an unknown one, not one of the same name, not the edge itself."""
    proven_issue(t)
    among = versions(t)
    for label, issuer in (
        ("unknown CA", "unknown"),
        ("same name, other CA", "other"),
        ("self-signed", "self"),
    ):
        yield from locked_out(t, label, t.issue(issuer=issuer), among)


@case(
    "channel-certificate-validity", clauses=("SKI-4.2.3-01", "SKI-9-01"), rows=("CH-04",), needs=("ca-key",),
    over_lurk=OVER_LURK,
)
def certificate_validity(t: ChannelContext) -> Iterator[Variant]:
    """A certificate counts from notBefore to notAfter and not a second longer."""
    among = versions(t)
    valid = {"since a second": (-SECOND, DAY), "for a minute": (-DAY, 60 * SECOND)}
    for label, period in valid.items():
        identity = t.issue(valid=period)
        yield t.served(f"valid {label}", t.attempt(identity))
    wrong = {
        "expired": (-2 * DAY, -DAY),
        "expired a second ago": (-DAY, -SECOND),
        "not yet valid": (DAY, 2 * DAY),
        "not valid for a minute yet": (60 * SECOND, DAY),
    }
    for label, period in wrong.items():
        yield from locked_out(t, label, t.issue(valid=period), among)


@case(
    "channel-certificate-revoked",
    clauses=("SKI-4.2.3-01", "SKI-1-03"),
    rows=("CH-04",),
    needs=("revoked-edge",),
    over_lurk=OVER_LURK,
)
def certificate_revoked(t: ChannelContext) -> Iterator[Variant]:
    """A certificate on the CRL opens nothing, however good it is."""
    yield from locked_out(t, "revoked", t.edge("revoked").identity, versions(t))


@case(
    "channel-certificate-purpose", clauses=("SKI-4.2.3-01", "SKI-5.2-04"), rows=("CH-05",), needs=("ca-key",),
    over_lurk=OVER_LURK,
)
def certificate_purpose(t: ChannelContext) -> Iterator[Variant]:
    """A client certificate is for clientAuth and digitalSignature, and it is not a CA's (RFC 5280 §4.2.1.3,
    §4.2.1.12)."""
    proven_issue(t)
    among = versions(t)
    faults: dict[str, dict[str, object]] = {
        "serverAuth only": {"extended": ("serverAuth",)},
        "keyAgreement only": {"usages": ("key_agreement",)},
        "keyEncipherment only": {"usages": ("key_encipherment",)},
        "CA certificate": {"ca": True},
    }
    for label, fault in faults.items():
        yield from locked_out(t, label, t.issue(**fault), among)


@case(
    "channel-certificate-chain",
    clauses=("SKI-4.2.3-01", "SKI-9-01"),
    rows=("CH-05",),
    needs=("ca-key",),
    over_lurk=OVER_LURK,
)
def certificate_chain(t: ChannelContext) -> Iterator[Variant]:
    """The chain leads to the channel CA by certificates that may sign, within path lengths and name
    constraints (RFC 5280 §6)."""
    control = t.attempt(t.issue(issuer="intermediate"))
    if control.output is not None:
        yield t.served("control, good intermediate", control)
    else:
        reason = "the target takes no intermediate CA: these chains fail for that reason, too"
        yield t.unsupported("control, good intermediate", reason)
    among = versions(t)
    kinds = {
        "path length exceeded": "too-long",
        "name constraints violated": "constrained",
        "intermediate missing": "missing",
        "below an edge's certificate": "not-a-ca",
    }
    for label, kind in kinds.items():
        yield from locked_out(t, label, t.issue(issuer=kind), among)


@case(
    "channel-certificate-weak",
    clauses=("SKI-9-01", "SKI-4.2.3-01"),
    rows=("CH-07",),
    needs=("ca-key",),
    over_lurk=OVER_LURK,
)
def certificate_weak(t: ChannelContext) -> Iterator[Variant]:
    """Keys and signatures that can be forged identify nobody: RSA-1024, P-192, SHA-1, MD5 (RFC 9325 §4.5)."""
    proven_issue(t)
    among = versions(t)
    yield from locked_out(t, "RSA-1024", t.issue(key="rsa-1024"), among)
    yield from locked_out(t, "SHA-1", t.issue(hash="sha1"), among)
    if isinstance(x509.load_pem_x509_certificate(t.target.ca.read_bytes()).public_key(), rsa.RSAPublicKey):
        yield from locked_out(t, "MD5", t.issue(hash="md5"), among)
    else:
        yield t.unsupported("MD5", "the channel CA has no RSA key, and no other key signs with MD5")
    # TLS 1.3 has no SignatureScheme for P-192.
    older = {name: version for name, version in among.items() if name == "TLS 1.2"}
    yield from locked_out(t, "P-192", t.issue(key="ec-p192"), older)


def _look_alike(kind: str, value: str) -> str:
    """The identity with a Cyrillic letter in place of its last Latin a."""
    head, _, tail = value.rpartition("a")
    if kind == "dns":
        return (head + "\u0430" + tail).encode("idna").decode("ascii")
    return f"{head}%D0%B0{tail}"


@case(
    "channel-certificate-identity",
    clauses=("SKI-4.2.3-01", "SKI-4.2.3-03", "REQ-5.1-03"),
    rows=("CH-06",),
    needs=("ca-key",),
    over_lurk=OVER_LURK,
)
def certificate_identity(t: ChannelContext) -> Iterator[Variant]:
    """A certificate of the right CA whose name is not that of an edge gives no right: names count whole, and
    only from the SAN."""
    proven_issue(t)
    kind, _, value = t.edge("a").name.partition(":")
    other = "dns" if kind == "uri" else "uri"
    names = {
        "nobody": f"{kind}:nobody.example",
        "longer": f"{kind}:{value}x",
        "shorter": f"{kind}:{value[:-1]}",
        "wildcard": f"{kind}:{value[:-1]}*",
        "wildcard for all": "dns:*.example",
        "NUL inside": f"{kind}:{value}\0.evil.example",
        "blank behind": f"{kind}:{value} ",
        "other kind of name": f"{other}:{value}",
        "look-alike": f"{kind}:{_look_alike(kind, value)}",
        "suffix": f"{kind}:x.{value}",
        "empty": f"{kind}:",
    }
    for label, name in names.items():
        yield t.kept_out(label, t.attempt(t.issue(names=(name,), common_name="edge")))
    for label, common_name in {"CN only": value, "CN with kind only": t.edge("a").name}.items():
        yield t.kept_out(label, t.attempt(t.issue(names=(), common_name=common_name)))
