"""SKI with the reference key server, as it is when nothing is wrong, and requests that it refuses."""

from __future__ import annotations

from collections.abc import Callable

from ..codecs import cbor, json, tls
from ..codecs.curves import CURVES
from ..request import DTLS12, FORMATS, Request
from .scenario import SKI, Scenario
from .ski_stage import SkiStage

P256 = CURVES["secp256r1"]


def info(name: str) -> str:
    return f"ski.expert.{name}"


def point(name: str) -> str:
    return f"ec_point.expert.{name}"


ORACLE = info("oracle_input")


def in_both(
    name: str,
    description: str,
    play: Callable[[SkiStage, str], None],
    clauses: tuple[str, ...],
    clear: bool = False,
    script: bool = False,
) -> list[Scenario]:
    """A scenario for each format."""

    def scenario(format: str) -> Scenario:
        return Scenario(
            f"ski-{name}-{format}",
            SKI,
            f"{description}, {format.upper()}",
            lambda s: play(s, format),
            clauses,
            clear=clear,
            script=script,
        )

    return [scenario(format) for format in FORMATS]


def _ecdhe(s: SkiStage, format: str) -> None:
    t = s.context
    for type in ("ec-p256", "ec-p384", "ec-p521", "rsa", "ed25519"):
        s.ask(t.ecdhe_request(t.key(type)), format)
    s.ask(t.ecdhe_request(hash="SHA-512", params=t.ecdhe_params("secp521r1")), format)
    s.ask(t.ecdhe_request(params=tls.ecdh_params("x25519", bytes(31) + b"\x40")), format)
    s.ask(t.ecdhe_request(t.key("rsa"), scheme=tls.SCHEMES["rsa_pss_rsae_sha256"]), format)
    s.ask(t.ecdhe_request(protocol=DTLS12).without("method"), format)
    s.ask(t.ecdhe_request().replaced(extra="ignored"), format)


def _rsa(s: SkiStage, format: str) -> None:
    s.ask(s.context.rsa_request(), format)
    s.ask(s.context.rsa_request(protocol=DTLS12), format)
    s.ask(s.context.rsa_request(input=bytes(255) + b"\1"), format)


def _tls13(s: SkiStage, format: str) -> None:
    t = s.context
    for type in ("ec-p256", "rsa", "ed25519"):
        s.ask(t.tls13_request(t.key(type)), format)
    s.ask(t.tls13_request(transcript_hash=t.rng.randbytes(48)), format)


def _capabilities(s: SkiStage, format: str) -> None:
    s.get_capabilities(format)


def _refused(s: SkiStage, format: str) -> None:
    """One request for each error, and what else is visible in a request."""
    t = s.context
    good = t.ecdhe_request
    s.ask(good().replaced(spki=t.rng.randbytes(32)), format)
    s.ask(good().replaced(spki=t.foreign_key().spki), format)
    s.ask(good().replaced(spki=bytes(20)), format, info("spki"))
    s.ask(good().without("hash"), format, info("weak_hash"))
    s.ask(good().replaced(hash="SHA-224"), format, info("weak_hash"))
    s.ask(good().replaced(hash="MD5"), format, info("hash"))
    s.ask(good().replaced(scheme=0x0403), format, info("scheme"))
    s.ask(t.tls13_request().without("scheme"), format, info("scheme"))
    s.ask(good(protocol="TLS 1.0"), format, info("legacy"))
    s.ask(good(protocol="DTLS 1.1"), format, info("protocol"))
    s.ask(good().replaced(method="DHE"), format, info("method"))
    for name in ("protocol", "spki", "input"):
        s.ask(good().without(name), format, info("missing"))
    s.ask(good().replaced(protocol=12), format, info("kind"), info("missing"))
    s.ask(good().replaced(scheme="0403").without("hash"), format, info("kind"), info("weak_hash"))
    s.ask(t.rsa_request(input=bytes(100)), format, info("ciphertext"))
    s.ask(t.rsa_request(input=bytes(257)), format, info("ciphertext"))


def _inputs(s: SkiStage, format: str) -> None:
    """Inputs that would make a key server sign something else than ECDHE parameters."""
    t = s.context
    x, y = P256.point(t.rng)
    params, rng = t.ecdhe_params(), t.rng

    def asked(input: bytes) -> Request:
        return t.ecdhe_request().replaced(input=input)

    def share(octets: bytes) -> Request:
        return asked(tls.ecdhe_input(octets, rng.randbytes(32), rng.randbytes(32)))

    s.ask(asked(rng.randbytes(32)), format, ORACLE)
    s.ask(asked(rng.randbytes(64)), format, ORACLE)
    explicit, curve, cut = (f"ecdh_params.expert.{name}" for name in ("curve_type", "curve", "cut"))
    s.ask(asked(b" " * 64 + tls.SERVER_CONTEXT + b"\0" + bytes(32)), format, ORACLE, explicit)
    s.ask(share(params + b"\0"), format, ORACLE)
    s.ask(share(params[:-1]), format, ORACLE, cut)
    s.ask(share(params[:2]), format, ORACLE, cut)
    s.ask(share(b"\1" + params[1:]), format, ORACLE, explicit)
    s.ask(share(tls.ecdh_params(19, P256.good(rng))), format, curve)
    s.ask(share(tls.ecdh_params("secp256r1", P256.encode(x, y ^ 1))), format, point("off_curve"))
    s.ask(share(tls.ecdh_params("secp256r1", P256.encode(x, y, 2))), format, point("form"))
    s.ask(share(tls.ecdh_params("secp384r1", P256.good(rng))), format, point("size"))
    for content in (
        tls.certificate_verify_content(bytes(20)),
        tls.certificate_verify_content(bytes(32), tls.CLIENT_CONTEXT),
        tls.ecdhe_input(params, bytes(32), bytes(32)),
    ):
        s.ask(t.tls13_request().replaced(input=content), format, info("certificate_verify"))


def _json_bodies(s: SkiStage) -> None:
    good = s.context.ecdhe_request()
    items = tuple(good.members.items())
    body = good.encode("json")
    for broken in (
        b"{",
        b"[]",
        b"null",
        body + b"x",
        body[:-1],
        body.replace(b":", b"=", 1),
        body[:-1] + b",}",
        b"[" * 100 + b"]" * 100,
        b'{"a":01,}',
    ):
        s.ask(good, "json", body=broken, readable=False)
    twice = (*items, ("protocol", good["protocol"]))
    s.ask(twice, "json", info("duplicate"))
    spaced = body.replace(b",", b" ,\r\n\t")
    s.ask(good, "json", body=spaced)
    coded = json.base64_encode(good["input"])
    for wrong in (coded.rstrip("=") + "!", coded[:-1], "AB==", "A-_A"):
        s.ask(good.replaced(input=wrong), "json", info("base64"), info("missing"))
    s.ask(good.replaced(spki="0123456789abcdefABCD" * 2), "json", info("dialect"))
    nested = good.replaced(extra=json.Raw('{"a":[1,-2.5e3,true,null,"\\u0041\\n"]}'))
    s.ask(nested, "json")


def _cbor_bodies(s: SkiStage) -> None:
    good = s.context.ecdhe_request()
    body = good.encode("cbor")
    for broken in (
        body + b"\0",
        body[:-1],
        b"\xbf" + body[1:] + b"\xff",
        b"\x80",
        b"\xa1\1\1",
        b"\xbb" + b"\xff" * 8,
        b"\x81" * 1000,
        b"\x9f" * 1000,
        b"\x1c",
    ):
        s.ask(good, "cbor", body=broken, readable=False)
    members = sorted(good.members.items(), key=lambda pair: cbor.encode(pair[0]))
    s.ask(tuple(reversed(members)), "cbor", info("encoding"))
    s.ask((*members, members[-1]), "cbor", info("duplicate"))
    wide = cbor.encode(cbor.Pairs(tuple(members)), 2)
    s.ask(good, "cbor", info("encoding"), body=wide)
    s.ask(good.replaced(input=json.base64_encode(good["input"])), "cbor", info("kind"), info("missing"))
    tagged = good.replaced(zzzzzzzzzz=cbor.Tag(1, 5))
    s.ask(tagged, "cbor", info("encoding"))
    s.ask(good.replaced(zzzzzzzzzz=cbor.Raw(b"\xf9\x3c\0")), "cbor")


def _pipelined(s: SkiStage) -> None:
    s.ask(s.context.ecdhe_request(), "json")
    s.ask(s.context.rsa_request(), "cbor")
    s.ask(s.context.ecdhe_request(), "json")


SCENARIOS = (
    *in_both(
        "ecdhe", "signatures for ECDHE, all kinds of keys", _ecdhe, ("SKI-5.2-19", "SKI-5.2-22"), clear=True
    ),
    *in_both("rsa", "decryption of premaster secrets", _rsa, ("SKI-5.2-18", "SKI-5.2-21"), clear=True),
    *in_both("tls13", "signatures for CertificateVerify of TLS 1.3", _tls13, ("SKI-P-16",)),
    *in_both("capabilities", "capabilities", _capabilities, ("SKI-P-15",)),
    *in_both(
        "negative",
        "requests with something wrong in their members",
        _refused,
        ("SKI-5.2-09", "SKI-5.2-10", "SKI-5.2-11", "SKI-5.2-12", "SKI-5.2-13", "SKI-5.2-15", "SKI-5.2-16")
        + (
            "SKI-5.2-17",
            "SKI-5.2-23",
            "SKI-5.2.1-02",
            "SKI-5.2.1-03",
            "SKI-5.2.1-04",
            "SKI-P-07",
            "SKI-P-12",
        ),
    ),
    *in_both(
        "negative-input",
        "inputs that are made like those of an oracle's caller",
        _inputs,
        ("SKI-5.1.2-03", "SKI-5.1.2-04", "SKI-6-02", "SKI-P-16"),
    ),
    Scenario(
        "ski-negative-body-json",
        SKI,
        "bodies that are no JSON object, or a strange one",
        _json_bodies,
        ("SKI-5.2-06", "SKI-5.2-07", "SKI-P-07", "SKI-P-08", "SKI-P-14"),
    ),
    Scenario(
        "ski-negative-body-cbor",
        SKI,
        "bodies that are no CBOR object, or a strange one",
        _cbor_bodies,
        ("SKI-5.2-06", "SKI-5.2-08", "SKI-P-07", "SKI-P-08"),
    ),
    Scenario(
        "ski-mixed",
        SKI,
        "one connection, both formats",
        _pipelined,
        ("SKI-P-04", "SKI-P-05"),
        clear=True,
        segment=97,
    ),
)
