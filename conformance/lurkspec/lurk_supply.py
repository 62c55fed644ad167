"""Good LURK requests, made with what the target has (tls12 draft)."""

from __future__ import annotations

import time
from collections.abc import Callable

from .codecs import lurk, ownership, pkcs1, tls, tls12
from .codecs.curves import CURVES
from .codecs.fields import Fields
from .dialects import RAW_PREMASTER, SPKI_KEY_ID
from .keys import HASHES, TLS12_RSA_USAGE, TLS12_SIGN_USAGE, Key, signature_fault
from .lurk_exchange import LurkRequest
from .session import Session, Unsupported
from .target import LurkTarget

HASH_CODES = {"SHA-224": 3, "SHA-256": 4, "SHA-384": 5, "SHA-512": 6}
PRF_NAMES = {0: "sha256", 1: "sha384", 2: "sha512"}


def sig_and_hash(key: Key, hash: str = "SHA-256") -> bytes:
    """SignatureAndHashAlgorithm (RFC 5246 §7.4.1.4.1; RFC 8422 §5.1.3 for Ed25519)."""
    if key.type == "ed25519":
        return b"\x08\x07"
    return bytes([HASH_CODES[hash], 1 if key.type == "rsa" else 3])


class LurkSupply(Session):
    """The supplying part of the test context of LURK."""

    @property
    def lurk_target(self) -> LurkTarget:
        if self.target.lurk is None:
            raise Unsupported("the target file has no [lurk]")
        return self.target.lurk

    @property
    def address(self) -> tuple[str, int]:
        return self.lurk_target.address

    # Keys

    def signing_key(self, type: str | None = None, edge: str = "a") -> Key:
        return self.key(type, edge, TLS12_SIGN_USAGE)

    def decryption_key(self, edge: str = "a") -> Key:
        return self.key(None, edge, TLS12_RSA_USAGE)

    def key_id(self, key: Key) -> bytes:
        """The last id is the one over SubjectPublicKeyInfo (A-06)."""
        return lurk.key_id(key.lurk_ids[-1 if SPKI_KEY_ID in self.target.dialects else 0])

    # Good requests

    def server_random(self, offset: int = 0) -> bytes:
        """S: the present time plus `offset` seconds, and 28 octets (A-13)."""
        return tls12.random_at(self.rng, int(time.time()) + offset)

    def ping(self, designation: int = lurk.Designation.TLS12) -> LurkRequest:
        return LurkRequest(lurk.Type.PING, check=_empty, designation=designation)

    def capabilities(self, designation: int = lurk.Designation.TLS12) -> LurkRequest:
        return LurkRequest(lurk.Type.CAPABILITIES, check=_decodes(designation), designation=designation)

    def ecdhe(
        self,
        key: Key | None = None,
        *,
        curve: str = "secp256r1",
        hash: str = "SHA-256",
        poo: int | None = None,
        server_random: bytes | None = None,
        client_random: bytes | None = None,
        private: int | None = None,
        nonce: int | None = None,
    ) -> LurkRequest:
        """An ecdhe request with a true proof of ownership (sha256_256 where the curve supports proofs)."""
        key = key or self.signing_key()
        s = self.server_random() if server_random is None else server_random
        client = self.rng.randbytes(32) if client_random is None else client_random
        id, algorithm = self.key_id(key), sig_and_hash(key, hash)
        if curve not in CURVES:
            params = tls.ecdh_params(curve, self.rng.randbytes(31) + b"\x40")
            made = lurk.ecdhe(id, client, s, algorithm, params)
        else:
            made = self._with_proof(curve, id, client, s, algorithm, poo, private, nonce)
            params = made["ecdhe_params"]
        signed = client + tls12.freshness(s) + params
        return LurkRequest(lurk.Type.ECDHE, made, signature_check(key, hash, signed))

    def _with_proof(
        self,
        curve_name: str,
        id: bytes,
        client: bytes,
        s: bytes,
        algorithm: bytes,
        poo: int | None,
        private: int | None,
        nonce: int | None,
    ) -> Fields:
        curve = CURVES[curve_name]
        b = self.rng.randrange(1, curve.n) if private is None else private
        v = self.rng.randrange(1, curve.n) if nonce is None else nonce
        bg = ownership.public(curve, b)
        params = tls.ecdh_params(curve_name, bg)
        prf = lurk.PooPrf.SHA256_256 if poo is None else poo
        if prf == lurk.PooPrf.NULL:
            return lurk.ecdhe(id, client, s, algorithm, params)
        vg, bits = ownership.public(curve, v), 128 if prf == lurk.PooPrf.SHA256_128 else 256
        c = ownership.challenge(curve, vg, bg, client + s, id, b"\0", algorithm, params, bits)
        return lurk.ecdhe(id, client, s, algorithm, params, prf, vg, ownership.response(curve, v, c, b))

    def rsa_master(
        self,
        key: Key | None = None,
        *,
        prf_hash: int = 0,
        premaster: bytes | None = None,
        ciphertext: bytes | None = None,
        server_random: bytes | None = None,
        client_random: bytes | None = None,
    ) -> LurkRequest:
        key = key or self.decryption_key()
        s = self.server_random() if server_random is None else server_random
        client = self.rng.randbytes(32) if client_random is None else client_random
        premaster = pkcs1.premaster(self.rng) if premaster is None else premaster
        ciphertext = pkcs1.encrypt(key.rsa, premaster, self.rng) if ciphertext is None else ciphertext
        master = tls12.master_secret(PRF_NAMES.get(prf_hash, "sha256"), premaster, client, tls12.freshness(s))
        made = lurk.rsa_master(self.key_id(key), prf_hash, client, s, ciphertext)
        if RAW_PREMASTER in self.target.dialects:
            made = made.replaced(premaster_length=b"")
        return LurkRequest(lurk.Type.RSA_MASTER, made, _equals(master))

    def handshake(
        self,
        key: Key | None = None,
        *,
        premaster: bytes,
        ciphertext: bytes | None = None,
        extended: bool = True,
    ) -> tls12.RsaHandshake:
        """The messages of an RSA handshake with this key's certificate; S stands in ServerHello.random."""
        key = key or self.decryption_key()
        if ciphertext is None:
            ciphertext = pkcs1.encrypt(key.rsa, premaster, self.rng)
        return tls12.RsaHandshake(
            self.rng.randbytes(32),
            self.server_random(),
            key.chain,
            ciphertext,
            client_extended=extended,
            server_extended=extended,
        )

    def handshake_request(
        self,
        type: lurk.Type,
        shake: tls12.RsaHandshake,
        premaster: bytes,
        key: Key | None = None,
        verify_data: bytes | None = None,
    ) -> LurkRequest:
        """rsa_extended_master, or one of the two with proof of handshake, for these messages."""
        key = key or self.decryption_key()
        wire = shake.on_the_wire()
        if type == lurk.Type.RSA_MASTER_WITH_POH:
            master = tls12.master_secret(
                shake.hash, premaster, shake.client_random, tls12.freshness(shake.server_random)
            )
        else:
            master = tls12.extended_master_secret(shake.hash, premaster, wire)
        if type == lurk.Type.RSA_EXTENDED_MASTER:
            verify_data = None
        elif verify_data is None:
            verify_data = tls12.verify_data(shake.hash, master, wire)
        made = lurk.handshake_request(self.key_id(key), bytes(shake), verify_data)
        return LurkRequest(type, made, _equals(master))

    def handshake_exchange(self, type: lurk.Type, key: Key | None = None, **changes: object) -> LurkRequest:
        """A good request of an exchange that carries the handshake; `changes` go to the handshake."""
        premaster = pkcs1.premaster(self.rng)
        extended = type != lurk.Type.RSA_MASTER_WITH_POH
        shake = self.handshake(key, premaster=premaster, extended=extended)
        return self.handshake_request(type, shake.but(**changes) if changes else shake, premaster, key)


def _empty(payload: bytes) -> str:
    return f"{len(payload)} octets of payload, none are allowed" if payload else ""


def _equals(master: bytes) -> Callable[[bytes], str]:
    return lambda payload: "" if payload == master else "not the master secret of this handshake"


def signature_check(key: Key, hash: str, data: bytes) -> Callable[[bytes], str]:
    """The payload is a digitally-signed element over `data`."""

    def check(payload: bytes) -> str:
        try:
            signed = lurk.decode_signed(payload)
        except lurk.LurkError as error:
            return str(error)
        if signed.sig_and_hash != sig_and_hash(key, hash):
            return f"algorithm {signed.sig_and_hash.hex()} was not asked for"
        return signature_fault(key, data, signed.signature, HASHES[hash])

    return check


def _decodes(designation: int) -> Callable[[bytes], str]:
    def check(payload: bytes) -> str:
        try:
            if designation == lurk.Designation.LURK:
                lurk.decode_base_capabilities(payload)
            else:
                lurk.decode_tls12_capabilities(payload)
        except lurk.LurkError as error:
            return str(error)
        return ""

    return check
