"""What a TLS client asks of an edge: one scenario per kind of private-key operation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """`openssl`, `gnutls`: options for a client that offers this alone; `*_reports`: what it must
    report. What the edge must have asked the key server for: `method` over SKI, `type` over LURK ("" where
    tls12 has no such exchange)."""

    id: str
    title: str
    version: str
    method: str
    type: str
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
        "ecdhe",
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
        "ecdhe",
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
        "rsa_extended_master",
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
        "",
        ("-tls1_3",),
        ("New, TLSv1.3", "Peer signature type: "),
        "NORMAL:-VERS-ALL:+VERS-TLS1.3",
        ("(TLS1.3",),
    ),
)
