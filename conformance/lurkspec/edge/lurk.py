"""The suite as key server of LURK with tls12."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from ..codecs import hello as h
from ..codecs import lurk, tls12
from ..codecs.lurk import Capability, Designation, Message, PooPrf, Type
from ..codecs.tls import CURVE_IDS, SCHEMES, handshake, vector
from .keyserver import Asked, KeyServer, Reply, now
from .link import Link
from .served import Served

STATE = b"\0\0\0\1"
WITH_POH = (Type.RSA_MASTER_WITH_POH, Type.RSA_EXTENDED_MASTER_WITH_POH)
VERIFY_DATA_LEN = 12
HASH_NAMES = {0: "sha256", 1: "sha384", 2: "sha512"}
# RSA key exchange with AES-GCM, and their PRF hashes.
_RSA_SUITES, _SIGN_SUITES = (0x009C, 0x009D), h.GOOD_SUITES


@dataclass(frozen=True)
class Ecdhe:
    """The payload of ecdhe (tls12 §6.1)."""

    key_id: bytes
    freshness: int
    client_random: bytes
    server_random: bytes
    sig_and_hash: bytes
    params: bytes
    poo_prf: int
    vg: bytes = b""
    r: bytes = b""

    @property
    def point(self) -> bytes:
        return self.params[4:]

    @classmethod
    def parse(cls, payload: bytes) -> Ecdhe:
        """Raises LurkError."""
        reader = lurk.Reader(payload)
        key_id, freshness = reader.take(5, "key_id"), reader.take(1, "freshness")[0]
        randoms = reader.take(32, "client_random"), reader.take(32, "server_random")
        sig_and_hash, curve = reader.take(2, "sig_and_hash"), reader.take(3, "curve")
        point = reader.vector(1, "point")
        prf = reader.take(1, "poo_prf")[0]
        vg = r = b""
        if prf != PooPrf.NULL:
            vg = reader.vector(1, "vG")
            r = reader.take(reader.left, "r")
        reader.end()
        params = curve + bytes([len(point)]) + point
        return cls(key_id, freshness, *randoms, sig_and_hash, params, prf, vg, r)


@dataclass(frozen=True)
class RsaMaster:
    """The payload of rsa_master (tls12 §4.1)."""

    key_id: bytes
    freshness: int
    prf_hash: int
    client_random: bytes
    server_random: bytes
    ciphertext: bytes

    @classmethod
    def parse(cls, payload: bytes) -> RsaMaster:
        reader = lurk.Reader(payload)
        key_id, freshness = reader.take(5, "key_id"), reader.take(1, "freshness")[0]
        prf_hash = reader.take(1, "prf_hash")[0]
        randoms = reader.take(32, "client_random"), reader.take(32, "server_random")
        ciphertext = reader.vector(2, "encrypted_premaster")
        reader.end()
        return cls(key_id, freshness, prf_hash, *randoms, ciphertext)


@dataclass(frozen=True)
class ExtendedMaster:
    """The payload of rsa_extended_master (tls12 §5.1). `messages` by type, `octets` as they came; `finished`
    with proof of handshake (§4.1, §5.1)."""

    key_id: bytes
    freshness: int
    octets: bytes
    messages: tuple[tuple[int, bytes], ...]
    finished: bytes = b""

    @classmethod
    def parse(cls, payload: bytes, proof: bool = False) -> ExtendedMaster:
        reader = lurk.Reader(payload)
        key_id, freshness = reader.take(5, "key_id"), reader.take(1, "freshness")[0]
        octets = reader.vector(2, "handshake_messages")
        finished = reader.take(VERIFY_DATA_LEN, "finished") if proof else b""
        reader.end()
        return cls(key_id, freshness, octets, tuple(h.messages(octets)), finished)

    def body(self, kind: int) -> bytes:
        return next((body for k, body in self.messages if k == kind), b"")

    @property
    def server_random(self) -> bytes:
        return self.body(h.SERVER_HELLO)[2:34]

    @property
    def client_random(self) -> bytes:
        return self.body(tls12.CLIENT_HELLO)[2:34]

    @property
    def hash(self) -> str:
        return tls12.SUITES.get(h.parse_server_hello(self.body(h.SERVER_HELLO)).suite, "sha256")

    def master(self, served: Served, extended: bool) -> bytes:
        premaster, messages = served.premaster(self.ciphertext), self.on_the_wire()
        if extended:
            return tls12.extended_master_secret(self.hash, premaster, messages)
        image = tls12.freshness(self.server_random)
        return tls12.master_secret(self.hash, premaster, self.client_random, image)

    def proves(self, master: bytes) -> bool:
        return self.finished == tls12.verify_data(self.hash, master, self.on_the_wire())

    @property
    def ciphertext(self) -> bytes:
        return self.body(tls12.CLIENT_KEY_EXCHANGE)[2:]

    def on_the_wire(self) -> bytes:
        """With the image of S in ServerHello, as the TLS client saw it."""
        return b"".join(
            handshake(k, b[:2] + tls12.freshness(b[2:34]) + b[34:] if k == h.SERVER_HELLO else b)
            for k, b in self.messages
        )


@dataclass(frozen=True)
class LurkAsked(Asked):
    message: Message = field(default_factory=lambda: Message(0, 0))

    @property
    def type(self) -> int:
        return self.message.type

    @property
    def server_key(self) -> Served | None:
        digest = self.message.payload[1:5]
        return next((s for s in self.server.target.served if digest in s.key.lurk_ids), None)

    def answer(self, payload: bytes, status: int = lurk.SUCCESS, **changes: int) -> Message:
        """A message for this request, any part of which can be changed."""
        return self.message.but(status=status, payload=payload, length=None).but(**changes)


class LurkKeyServer(KeyServer):
    state = STATE

    def read(self, link: Link) -> LurkAsked | None:
        head = link.take(lurk.HEADER_LEN)
        if head is None:
            return None
        try:
            rest = link.take(lurk.payload_length(head, self.target.counts_header))
        except lurk.LurkError as error:
            return LurkAsked(self, link, head, "key", now(), str(error), lurk.decode(head))
        if rest is None:
            return None
        message = lurk.decode(head + rest)
        purpose = _purpose(message, self.target.audit)
        return LurkAsked(self, link, head + rest, purpose, now(), "", message)

    def reply(self, *messages: Message, **how: Any) -> Reply:
        return Reply(b"".join(m.encode(self.target.counts_header) for m in messages), **how)

    def right(self, asked: LurkAsked) -> Reply:
        return self.reply(self.right_message(asked))

    def right_message(self, asked: LurkAsked) -> Message:
        if asked.what == "ping":
            return asked.answer(b"")
        try:
            payload = self.output(asked)
        except lurk.LurkError:
            return asked.answer(self.state, lurk.Status.INVALID_PAYLOAD_FORMAT)
        if not payload:
            return asked.answer(self.state, lurk.Status.INVALID_KEY_ID)
        if asked.type in WITH_POH and not ExtendedMaster.parse(asked.message.payload, True).proves(payload):
            return asked.answer(self.state, lurk.Status.INVALID_FINISHED)
        return asked.answer(payload)

    def output(self, asked: LurkAsked) -> bytes:
        """The payload of a success, b"" where there is no such key. Raises LurkError."""
        served, payload = asked.server_key, asked.message.payload
        if served is None or served.decrypts != (asked.type != Type.ECDHE):
            return b""
        if asked.type == Type.ECDHE:
            return sign_ecdhe(served, Ecdhe.parse(payload))
        if asked.type == Type.RSA_MASTER:
            m = RsaMaster.parse(payload)
            premaster = served.premaster(m.ciphertext)
            image = tls12.freshness(m.server_random)
            return tls12.master_secret(
                HASH_NAMES.get(m.prf_hash, "sha256"), premaster, m.client_random, image
            )
        if asked.type == Type.RSA_EXTENDED_MASTER:
            return ExtendedMaster.parse(payload).master(served, True)
        if asked.type in WITH_POH:
            proof = ExtendedMaster.parse(payload, True)
            return proof.master(served, asked.type == Type.RSA_EXTENDED_MASTER_WITH_POH)
        return b""

    def capabilities(self, asked: LurkAsked) -> Reply:
        return self.reply(asked.answer(self.granted(asked.message.designation)))

    def granted(self, designation: int = Designation.TLS12) -> bytes:
        """The payload of capabilities of a key server that can do everything."""
        if designation == Designation.LURK:
            extensions = vector(bytes([Designation.LURK, 1, Designation.TLS12, 1]), 2)
            return extensions + vector(bytes(lurk.BaseType), 2) + self.state
        items = [Capability(Type.CAPABILITIES, b""), Capability(Type.PING, b"")]
        for type in (Type.RSA_MASTER, Type.RSA_EXTENDED_MASTER):
            items.append(Capability(type, lurk.encode_offer(_RSA_SUITES, prf_hashes=(0, 1))))
        signing = lurk.encode_offer(
            _SIGN_SUITES,
            schemes=tuple(n for n in SCHEMES.values() if n >> 8 in (4, 5, 6) or n == SCHEMES["ed25519"]),
            curves=tuple(CURVE_IDS[c] for c in ("secp256r1", "secp384r1", "secp521r1", "x25519")),
        )
        items.append(Capability(Type.ECDHE, signing))
        return b"".join(lurk.encode_capability(item) for item in items) + self.state


def _purpose(message: Message, audits: bool) -> str:
    if message.type == Type.CAPABILITIES:
        return "capabilities"
    if audits and message.type in WITH_POH:
        return "audit"
    return "ping" if message.type == Type.PING else "key"


def sign_ecdhe(served: Served, request: Ecdhe) -> bytes:
    content = request.client_random + tls12.freshness(request.server_random) + request.params
    signature = served.sign_scheme(content, int.from_bytes(request.sig_and_hash, "big"))
    return request.sig_and_hash + struct.pack(">H", len(signature)) + signature
