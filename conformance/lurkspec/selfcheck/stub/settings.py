"""How the stub's library is set up, strictly but for one laxity, and what it needs to know beside that."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .hello import ClientHello

# Those that records are taken by hand with; TLS 1.3 has AES-256-GCM first.
_SUITES = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
_WEAK = ":@SECLEVEL=0"
_SMALL_CURVE, _SMALL_GROUP = "prime192v1", 19
# SSL_OP_ALLOW_CLIENT_RENEGOTIATION of OpenSSL 3, which the ssl module of Python 3.11 does not name.
_ALLOW_RENEGOTIATION = 1 << 8
_BY_LIBRARY = ("renegotiation_taken", "resumed_session_not_verified")


@dataclass
class Settings:
    """`ca`: the name of the CA that edges must have their certificates from, which a hook can change."""

    laxity: str
    folder: Path
    handshake_seconds: float
    ca: str = "ca"
    # With sessions that are resumed, one context for all connections: it has the keys of their tickets.
    shared: list[ssl.SSLContext] = field(default_factory=list)

    @property
    def by_library(self) -> bool:
        return self.laxity in _BY_LIBRARY

    def trusts(self, certificate: dict[str, Any], resumed: bool) -> bool:
        """The library verifies against the CA that its context was made with; this is about the one that is
        in force now."""
        if self.laxity == "resumed_session_not_verified" and resumed:
            return True
        loaded = ssl.create_default_context(cafile=str(self.folder / f"{self.ca}.pem")).get_ca_certs()
        return any(known["subject"] == certificate["issuer"] for known in loaded)


def server_context(settings: Settings, hello: ClientHello | None, secrets: Path) -> ssl.SSLContext:
    """For one connection; its secrets go to a file."""
    if settings.laxity == "resumed_session_not_verified":
        if not settings.shared:
            settings.shared.append(_strict(settings, tickets=2))
        return settings.shared[0]
    context = _strict(settings, tickets=0)
    _loosen(context, settings, hello)
    context.keylog_filename = str(secrets)
    return context


def _strict(settings: Settings, tickets: int) -> ssl.SSLContext:
    context: Any = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # num_tickets is not in typeshed
    context.load_cert_chain(settings.folder / "ks.pem", settings.folder / "ks.key")
    context.load_verify_locations(settings.folder / f"{settings.ca}.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_SUITES)
    context.options |= ssl.OP_NO_RENEGOTIATION | (0 if tickets else ssl.OP_NO_TICKET)
    context.num_tickets = tickets
    assert isinstance(context, ssl.SSLContext)
    return context


def _loosen(context: ssl.SSLContext, settings: Settings, hello: ClientHello | None) -> None:
    laxity = settings.laxity
    if laxity == "certificate_optional":
        context.verify_mode = ssl.CERT_OPTIONAL
    elif laxity == "certificate_asked_for_later":
        context.post_handshake_auth = True
    elif laxity == "forgeable_certificate_taken":
        context.set_ciphers(_SUITES + _WEAK)
    elif laxity == "renegotiation_taken":
        context.options = (context.options & ~ssl.OP_NO_RENEGOTIATION) | _ALLOW_RENEGOTIATION
    elif laxity == "fallback_scsv_unknown" and hello and hello.old:
        # For which TLS 1.2 is the highest version, as if TLS 1.3 were served by something else.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    elif laxity == "small_curve_taken" and hello and hello.groups == (_SMALL_GROUP,):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(_SUITES + _WEAK)
        context.load_cert_chain(settings.folder / "www-rsa.pem", settings.folder / "www-rsa.key")
        context.set_ecdh_curve(_SMALL_CURVE)
