"""The reference key server speaking LURK, and a client of it made of the suite's own codecs."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519
from keyserver import KeyServer

from lurkspec import process
from lurkspec.channel import Identity, TlsChannel, client_context
from lurkspec.codecs import lurk, ownership, pkcs1, tls, tls12
from lurkspec.codecs.curves import CURVES
from lurkspec.codecs.fields import Fields
from lurkspec.keys import ECDHE_USAGE, RSA_USAGE, Key, load_chain, load_public, scheme_check
from lurkspec.pki import SERVER_NAME

WAIT = 20.0
USAGES = {ECDHE_USAGE: "tls12-sign", RSA_USAGE: "tls12-rsa"}
TLS12 = lurk.Designation.TLS12


def speak_lurk(server: KeyServer) -> None:
    """The same keys and edges, for LURK instead of SKI."""
    server.config["listen"] = [{"address": "127.0.0.1:0", "protocol": "lurk"}]
    for key in server.config["keys"]:
        key["usage"] = USAGES.get(key["usage"], key["usage"])
    for edge in server.config["edges"]:
        for grant in edge["grants"]:
            grant.pop("protocols", None)


def served_key(server: KeyServer, name: str) -> Key:
    usage = next(k["usage"] for k in server.config["keys"] if k["name"] == name)
    pem = (server.folder / f"{name}.pem").read_bytes()
    public, certificate = load_public(pem)
    return Key(name, usage, public, {}, certificate, load_chain(pem))


class Client:
    """A connection of an edge; requests get ids of their own."""

    def __init__(self, folder: Path, port: int, edge: str = "a", counts_header: bool = True):
        identity = Identity(edge, folder / f"edge-{edge}.pem", folder / f"edge-{edge}.key")
        context = client_context(folder / "ca.pem", identity)
        self.channel = TlsChannel(("127.0.0.1", port), WAIT, context, SERVER_NAME)
        self.channel.handshake()
        self.counts_header = counts_header
        self._ids = random.Random(port)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()

    def new_id(self) -> int:
        return self._ids.getrandbits(64)

    def read(self) -> lurk.Message | None:
        """The next message, None at the end of the connection."""
        head = self._take(lurk.HEADER_LEN)
        if head is None:
            return None
        rest = self._take(lurk.payload_length(head, self.counts_header))
        return None if rest is None else lurk.decode(head + rest)

    def ask(self, message: lurk.Message) -> lurk.Message:
        self.channel.send(message.encode(self.counts_header))
        answer = self.read()
        assert answer is not None, self.channel.ending
        return answer

    def request(
        self, type: int, payload: Fields | bytes = b"", designation: int = TLS12, **changes: Any
    ) -> lurk.Message:
        return lurk.Message(designation, type, bytes(payload), id=self.new_id()).but(**changes)

    def serve(self, type: int, payload: Fields | bytes = b"", designation: int = TLS12) -> bytes:
        """The payload of a success."""
        request = self.request(type, payload, designation)
        answer = self.ask(request)
        assert (answer.designation, answer.type, answer.id) == (designation, type, request.id)
        assert answer.status == lurk.SUCCESS, answer
        return answer.payload

    def refused(self, type: int, payload: Fields | bytes = b"") -> int:
        """The status of tls12 with which the request is refused."""
        answer = self.ask(self.request(type, payload))
        assert answer.designation == TLS12 and answer.status != lurk.SUCCESS, answer
        assert len(answer.payload) == lurk.STATE_LEN
        return answer.status

    def _take(self, count: int) -> bytes | None:
        buffer = self.channel.buffer
        while len(buffer) < count:
            if not self.channel.receive():
                return None
        taken = bytes(buffer[:count])
        del buffer[:count]
        return taken


def connect(server: KeyServer, edge: str = "a", listener: int = 0, counts_header: bool = True) -> Client:
    return Client(server.folder, server.process.ports[listener], edge, counts_header)


def use_listeners(server: KeyServer, *listeners: Any) -> None:
    """Several listeners, whose ports are those of `server.process` in this order."""
    server.config["listen"] = list(listeners)
    server.process = process.Process(
        server.process.command, server.process.diagnostics, listeners=len(listeners)
    )


@dataclass
class Lab:
    """Good requests from one source of randomness."""

    rng: random.Random = field(default_factory=lambda: random.Random(3))

    def s(self, offset: int = 0) -> bytes:
        return tls12.random_at(self.rng, int(time.time()) + offset)

    def rsa_master(self, key: Key, prf_hash: int = 0, premaster: bytes | None = None) -> Fields:
        self.premaster = pkcs1.premaster(self.rng) if premaster is None else premaster
        ciphertext = pkcs1.encrypt(key.rsa, self.premaster, self.rng)
        return lurk.rsa_master(
            lurk.key_id(key.lurk_ids[0]), prf_hash, self.rng.randbytes(32), self.s(), ciphertext
        )

    def handshake(self, key: Key, suite: int = 0x009C, extended: bool = True) -> tls12.RsaHandshake:
        self.premaster = pkcs1.premaster(self.rng)
        return tls12.RsaHandshake(
            self.rng.randbytes(32),
            self.s(),
            key.chain,
            pkcs1.encrypt(key.rsa, self.premaster, self.rng),
            suite=suite,
            client_extended=extended,
            server_extended=extended,
        )

    def master(self, handshake: tls12.RsaHandshake) -> bytes:
        """Of a handshake made last."""
        if handshake.server_extended:
            return tls12.extended_master_secret(handshake.hash, self.premaster, handshake.on_the_wire())
        return tls12.master_secret(
            handshake.hash,
            self.premaster,
            handshake.client_random,
            tls12.freshness(handshake.server_random),
        )

    def ecdhe(self, key: Key, scheme: int, curve: str = "secp256r1", prf: int = 2) -> Fields:
        """With proof of ownership, unless `prf` is null."""
        if curve == "x25519":
            public = x25519.X25519PrivateKey.from_private_bytes(self.rng.randbytes(32)).public_key()
            point = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        else:
            b = self.rng.randrange(1, CURVES[curve].n)
            point = ownership.public(CURVES[curve], b)
        good = lurk.ecdhe(
            lurk.key_id(key.lurk_ids[0]),
            self.rng.randbytes(32),
            self.s(),
            scheme.to_bytes(2, "big"),
            tls.ecdh_params(curve, point),
        )
        return good if prf == lurk.PooPrf.NULL else self.prove(good, curve, b, point, prf)

    def prove(self, request: Fields, curve: str, b: int, point: bytes, prf: int) -> Fields:
        v = self.rng.randrange(1, CURVES[curve].n)
        vg = ownership.public(CURVES[curve], v)
        c = ownership.challenge(
            CURVES[curve],
            vg,
            point,
            request["client_random"] + request["server_random"],
            request["key_id"],
            request["freshness"],
            request["sig_and_hash"],
            request["ecdhe_params"],
            128 if prf == lurk.PooPrf.SHA256_128 else 256,
        )
        r = ownership.response(CURVES[curve], v, c, b)
        proved = request.replaced(poo_prf=bytes([prf]))
        return proved.followed_by("vG", tls.vector(vg)).followed_by("r", r)


def signature_fault(key: Key, request: Fields, payload: bytes) -> str:
    """What is wrong with the answer to ecdhe, "" if it is right."""
    signed = lurk.decode_signed(payload)
    if signed.sig_and_hash != request["sig_and_hash"]:
        return "another algorithm than asked for"
    content = (
        request["client_random"] + tls12.freshness(request["server_random"]) + request["ecdhe_params"]
    )
    return scheme_check(key, content, int.from_bytes(signed.sig_and_hash, "big"))(signed.signature)
