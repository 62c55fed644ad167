"""Good SKI requests, made with what the target has."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives import hashes

from .codecs import pkcs1, tls
from .codecs.curves import CURVES
from .dialects import CERTIFICATE_SHA1
from .keys import Key, hash_check, premaster_check, scheme_check
from .request import ECDHE, RSA, TLS12, TLS13, Request
from .session import Session, Unsupported


class Supply(Session):
    """The supplying part of the test context of SKI."""

    @property
    def formats(self) -> tuple[str, ...]:
        return self.target.formats

    def spki(self, key: Key) -> bytes | str:
        """How requests name a key."""
        if CERTIFICATE_SHA1 not in self.target.dialects:
            return key.spki
        if key.certificate is None:
            raise Unsupported(f"dialect {CERTIFICATE_SHA1}: the target file has no certificate of {key.name}")
        return key.certificate.fingerprint(hashes.SHA1()).hex()

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
        members = self._members(protocol, key, ECDHE)
        if scheme is None:
            return Request({**members, "hash": hash, "input": input}, hash_check(key, input, hash))
        return Request({**members, "scheme": scheme, "input": input}, scheme_check(key, input, scheme))

    def _members(self, protocol: str, key: Key, method: str) -> dict[str, Any]:
        return {"protocol": protocol, "spki": self.spki(key), "method": method}

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
        members = self._members(TLS13, key, ECDHE) | {"scheme": scheme, "input": input}
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
        members = self._members(protocol, key, RSA) | {"input": input}
        return Request(members, premaster_check(premaster))
