"""What a target supplies to a case: its edges, keys and limits, and good requests made with them."""

from __future__ import annotations

import random
from typing import Any

from .codecs import pkcs1, tls
from .codecs.curves import CURVES
from .keys import ECDHE_USAGE, RSA_USAGE, Key, hash_check, premaster_check, scheme_check
from .request import ECDHE, RSA, TLS12, TLS13, Request
from .target import Edge, Target


class Unsupported(Exception):
    """The system under test says that it lacks what the case needs."""


class Supply:
    """The supplying part of the test context."""

    def __init__(self, target: Target, seed: str):
        self.target = target
        self.seed = seed
        self.rng = random.Random(seed)

    @property
    def formats(self) -> tuple[str, ...]:
        return self.target.formats

    def edge(self, name: str) -> Edge:
        if name not in self.target.edges:
            raise Unsupported(f"the target file has no [edges.{name}]")
        return self.target.edges[name]

    def key(self, type: str | None = None, edge: str = "a", usage: str = ECDHE_USAGE) -> Key:
        """The first signing key of that type for that edge."""
        keys = self.target.select(usage, edge, type)
        if not keys:
            raise Unsupported(f"the target file has no {type or ''} key of usage {usage} for edge {edge}")
        return keys[0]

    def rsa_key(self, edge: str = "a") -> Key:
        """The first decryption key for that edge."""
        return self.key(None, edge, RSA_USAGE)

    def foreign_key(self, usage: str = ECDHE_USAGE) -> Key:
        """A key that edge b may use and edge a may not."""
        keys = self.target.foreign(usage)
        if not keys:
            raise Unsupported(f"the target file has no key of usage {usage} for edge b alone")
        return keys[0]

    def restricted_key(self) -> Key:
        """A key for which `grants["b"]` names fewer protocols than `grants["a"]`."""
        if not self.target.restricted:
            raise Unsupported("the target file has no key with fewer protocols for edge b")
        return self.target.restricted[0]

    def limit(self, name: str) -> int:
        """A limit of the server: octets, counts, or milliseconds as its name says."""
        value = getattr(self.target.limits, name)
        if value is None:
            raise Unsupported(f"the target file does not tell limits.{name}")
        return int(value)

    def ecdhe_params(self, curve: str = "secp256r1", point: bytes | None = None) -> bytes:
        """ServerECDHParams with a fresh good point, or with the one given."""
        return tls.ecdh_params(curve, CURVES[curve].good(self.rng) if point is None else point)

    def ecdhe_request(
        self,
        key: Key | None = None,
        *,
        hash: str = "SHA-256",
        scheme: int | None = None,
        protocol: str = TLS12,
        params: bytes | None = None,
        input: bytes | None = None,
    ) -> Request:
        """A TLS 1.2 ServerKeyExchange request; with `scheme` instead of `hash` where that is given."""
        key = key or self.key()
        if scheme is None and key.type == "ed25519":
            scheme = key.scheme
        if input is None:
            params = self.ecdhe_params() if params is None else params
            input = tls.ecdhe_input(params, self.rng.randbytes(32), self.rng.randbytes(32))
        members: dict[str, Any] = {"protocol": protocol, "spki": key.spki, "method": ECDHE}
        if scheme is None:
            return Request({**members, "hash": hash, "input": input}, hash_check(key, input, hash))
        return Request({**members, "scheme": scheme, "input": input}, scheme_check(key, input, scheme))

    def tls13_request(
        self,
        key: Key | None = None,
        *,
        scheme: int | None = None,
        transcript_hash: bytes | None = None,
        input: bytes | None = None,
    ) -> Request:
        """A TLS 1.3 CertificateVerify request (this project's addition)."""
        key = key or self.key()
        scheme = key.scheme if scheme is None else scheme
        if input is None:
            input = tls.certificate_verify_content(
                self.rng.randbytes(32) if transcript_hash is None else transcript_hash
            )
        members = {"protocol": TLS13, "spki": key.spki, "method": ECDHE, "scheme": scheme, "input": input}
        return Request(members, scheme_check(key, input, scheme))

    def rsa_request(
        self,
        key: Key | None = None,
        *,
        premaster: bytes | None = None,
        input: bytes | None = None,
        protocol: str = TLS12,
    ) -> Request:
        """A decryption request for a good (or the given) premaster secret, or for the ciphertext `input`."""
        key = key or self.rsa_key()
        if premaster is None:
            premaster = pkcs1.premaster(self.rng, 0xFEFD if protocol.startswith("D") else 0x0303)
        if input is None:
            input = pkcs1.encrypt(key.rsa, premaster, self.rng)
        members = {"protocol": protocol, "spki": key.spki, "method": RSA, "input": input}
        return Request(members, premaster_check(premaster))
