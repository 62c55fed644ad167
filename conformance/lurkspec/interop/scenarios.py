"""What a TLS client asks of an edge: one scenario per kind of private-key operation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """What the edge must have asked the key server for: `method` over SKI ("" where that is no scenario of
    its own), `type` over LURK ("" where tls12 has no such exchange); `rsa` is what the edge is told for that.

    How a client offers this alone: `suite` in the names of OpenSSL ("" for TLS 1.3), `code` as NSS wants it,
    `priority` of GnuTLS. What it must report then: `*_reports`.
    """

    id: str
    title: str
    version: str
    method: str
    type: str
    suite: str
    code: str
    priority: str
    openssl_reports: tuple[str, ...]
    gnutls_reports: tuple[str, ...]
    nss_reports: tuple[str, ...]
    rsa: str = "auto"

    @property
    def static_rsa(self) -> bool:
        return self.type.startswith("rsa_")


_TLS12 = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL"
_RSA_SUITE = ("AES128-GCM-SHA256", "009C", f"{_TLS12}:+RSA")
_RSA_REPORTS = (
    ("Cipher is AES128-GCM-SHA256",),
    ("(TLS1.2", "(RSA)"),
    ("SSL version 3.3", "-bit RSA, Key Exchange: 2048-bit RSA"),
)

SCENARIOS = (
    Scenario(
        "tls12-ecdhe-ecdsa",
        "TLS 1.2 ECDHE-ECDSA",
        "TLS 1.2",
        "ECDHE",
        "ecdhe",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "C02B",
        f"{_TLS12}:+ECDHE-ECDSA",
        ("Cipher is ECDHE-ECDSA-AES128-GCM-SHA256", "Peer signature type: ECDSA"),
        ("(TLS1.2", "(ECDHE-", "(ECDSA-"),
        ("SSL version 3.3", "-bit ECDSA, Key Exchange: ", "-bit ECDHE"),
    ),
    Scenario(
        "tls12-ecdhe-rsa",
        "TLS 1.2 ECDHE-RSA",
        "TLS 1.2",
        "ECDHE",
        "ecdhe",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "C02F",
        f"{_TLS12}:+ECDHE-RSA",
        ("Cipher is ECDHE-RSA-AES128-GCM-SHA256", "Peer signature type: RSA"),
        ("(TLS1.2", "(ECDHE-", "(RSA-"),
        ("SSL version 3.3", "-bit RSA, Key Exchange: ", "-bit ECDHE"),
    ),
    Scenario(
        "tls12-rsa", "TLS 1.2 static RSA", "TLS 1.2", "RSA", "rsa_extended_master", *_RSA_SUITE, *_RSA_REPORTS
    ),
    Scenario(
        "tls12-rsa-master",
        "TLS 1.2 static RSA, not extended",
        "TLS 1.2",
        "",
        "rsa_master",
        *_RSA_SUITE,
        *_RSA_REPORTS,
        "rsa_master",
    ),
    Scenario(
        "tls13",
        "TLS 1.3",
        "TLS 1.3",
        "ECDHE",
        "",
        "",
        "1301",
        "NORMAL:-VERS-ALL:+VERS-TLS1.3",
        ("New, TLSv1.3", "Peer signature type: "),
        ("(TLS1.3",),
        ("SSL version 3.4",),
    ),
)
