"""What other protocols sign, as far as the beginning goes: the rest is what a length check would leave
free."""

from __future__ import annotations

import datetime
import random

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _certificate() -> tuple[bytes, bytes]:
    """The signed octets of a certificate and of a certification request."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")])
    begin = datetime.datetime(2026, 1, 1)
    certificate = x509.CertificateBuilder(
        name, name, key.public_key(), 1, begin, begin + datetime.timedelta(days=9)
    ).sign(key, hashes.SHA256())
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return certificate.tbs_certificate_bytes, request.tbs_certrequest_bytes


def foreign_messages_of(rng: random.Random) -> dict[str, bytes]:
    tbs, csr = _certificate()
    octets = rng.randbytes
    return {
        "TBSCertificate": tbs,
        "CertificationRequestInfo": csr,
        "OCSP ResponseData": bytes.fromhex("3081a2a216041462")
        + octets(40)
        + b"\x18\x0f20261121120000Z"
        + octets(80),
        "CMS signedAttrs": bytes.fromhex("3169301806092a864886f70d010903310b06092a864886f70d010701")
        + octets(100),
        "JWT": b"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZG1pbiIsImV4cCI6NDEwMjQ0NDgwMH0" + b"A" * 100,
        "SSH userauth": b"\0\0\0\x20"
        + octets(32)
        + b"\x32\0\0\0\x04root\0\0\0\x0essh-connection\0\0\0\x09publickey\x01"
        + octets(60),
        "DNSSEC RRSIG": bytes.fromhex("00010d0200000e1070dbd88069d0000012340765786d706c6503636f6d00")
        + octets(120),
        "Signed Certificate Timestamp": b"\0\0" + octets(8) + b"\0\0" + octets(120),
    }
