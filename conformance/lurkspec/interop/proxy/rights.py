"""Who asks, and for which keys: the proxy's own authorisation. The owner's key server knows the proxy alone,
so that nobody but the proxy keeps its edges apart (A-62: the peer that ends the channel is authorised, and no
word about another one is passed on or believed)."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from ...codecs.lurk import STATE_LEN
from ...keys import ECDHE_USAGE, Key, PublicKey


@dataclass(frozen=True)
class Served:
    """A key of the owner's, by the ways in which requests name it."""

    name: str
    public: PublicKey

    @functools.cached_property
    def _key(self) -> Key:
        return Key(self.name, ECDHE_USAGE, self.public, {})

    @property
    def spki(self) -> bytes:
        return self._key.spki

    @property
    def lurk_ids(self) -> tuple[bytes, ...]:
        return self._key.lurk_ids


@dataclass(frozen=True)
class Edge:
    """`identity`: a SAN of its client certificate. `keys`: what it may ask for."""

    identity: str
    keys: tuple[Served, ...]

    def by_spki(self, spki: object) -> Served | None:
        return next((key for key in self.keys if key.spki == spki), None)

    def by_lurk_id(self, digest: bytes) -> Served | None:
        return next((key for key in self.keys if digest in key.lurk_ids), None)

    def state(self, upstream: bytes) -> bytes:
        """What capabilities and errors carry towards this edge: it changes with the owner's state and with
        the rights that the proxy gives, and shows neither that state nor other edges."""
        digest = hashlib.sha256(b"state through a proxy" + upstream + self.identity.encode())
        for spki in sorted(key.spki for key in self.keys):
            digest.update(spki)
        return digest.digest()[:STATE_LEN]


def identify(certificate: bytes, edges: Sequence[Edge]) -> Edge | None:
    """The edge of this client certificate, None for a stranger and for one that is two edges."""
    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if not _is_for_clients(extensions):
            return None
    except (ValueError, x509.ExtensionNotFound):
        return None
    shown = {f"uri:{name}" for name in names.get_values_for_type(x509.UniformResourceIdentifier)}
    shown |= {f"dns:{name}" for name in names.get_values_for_type(x509.DNSName)}
    found = [edge for edge in edges if edge.identity in shown]
    return found[0] if len(found) == 1 else None


def _is_for_clients(extensions: x509.Extensions) -> bool:
    """It is nobody's CA, and signs for TLS clients (RFC 5280 §4.2.1). Raises ExtensionNotFound."""
    extended = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    ca = any(
        extension.value.ca for extension in extensions if isinstance(extension.value, x509.BasicConstraints)
    )
    return ExtendedKeyUsageOID.CLIENT_AUTH in extended and bool(usage.digital_signature) and not ca
