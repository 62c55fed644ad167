"""What a TLS client asks of an edge: one scenario per kind of private-key operation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """`openssl`, `gnutls`: options that make the client offer this and nothing else; `*_reports`: what it
    must report of the handshake. `exchange`: the method that the edge must have asked the key server for."""

    id: str
    title: str
    version: str
    exchange: str
    openssl: tuple[str, ...]
    openssl_reports: tuple[str, ...]
    gnutls: str
    gnutls_reports: tuple[str, ...]


_TLS12 = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL"

SCENARIOS = (
    Scenario(
        "tls12-ecdhe-ecdsa",
        "TLS 1.2 ECDHE-ECDSA",
        "TLS 1.2",
        "ECDHE",
        ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"),
        ("Cipher is ECDHE-ECDSA-AES128-GCM-SHA256", "Peer signature type: ECDSA"),
        f"{_TLS12}:+ECDHE-ECDSA",
        ("(TLS1.2", "(ECDHE-", "(ECDSA-"),
    ),
    Scenario(
        "tls12-ecdhe-rsa",
        "TLS 1.2 ECDHE-RSA",
        "TLS 1.2",
        "ECDHE",
        ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"),
        ("Cipher is ECDHE-RSA-AES128-GCM-SHA256", "Peer signature type: RSA"),
        f"{_TLS12}:+ECDHE-RSA",
        ("(TLS1.2", "(ECDHE-", "(RSA-"),
    ),
    Scenario(
        "tls12-rsa",
        "TLS 1.2 static RSA",
        "TLS 1.2",
        "RSA",
        ("-tls1_2", "-cipher", "AES128-GCM-SHA256"),
        ("Cipher is AES128-GCM-SHA256",),
        f"{_TLS12}:+RSA",
        ("(TLS1.2", "(RSA)"),
    ),
    Scenario(
        "tls13",
        "TLS 1.3",
        "TLS 1.3",
        "ECDHE",
        ("-tls1_3",),
        ("New, TLSv1.3", "Peer signature type: "),
        "NORMAL:-VERS-ALL:+VERS-TLS1.3",
        ("(TLS1.3",),
    ),
)
