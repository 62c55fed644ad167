"""What a case may need from a system under test; the target file and the peer's own capabilities say what is
there."""

from __future__ import annotations

ABILITIES: dict[str, str] = {
    "ecdhe": "a key of usage ski-ecdhe for edge a",
    "rsa": "a key of usage ski-rsa for edge a",
    "json": "JSON payloads",
    "cbor": "CBOR payloads",
    "tls13": 'protocol "TLS 1.3" with `scheme` (this project\'s addition)',
    "ping": "GET /ping (this project's addition)",
    "capabilities": "GET /capabilities (this project's addition)",
    "ec-p256": "a P-256 signing key for edge a",
    "ec-p384": "a P-384 signing key for edge a",
    "ec-p521": "a P-521 signing key for edge a",
    "rsa-sign": "an RSA signing key for edge a",
    "ed25519": "an Ed25519 signing key for edge a",
    "edge-b": "a second edge identity",
    "foreign-key": "a key of usage ski-ecdhe that only edge b may use",
    "foreign-rsa-key": "a key of usage ski-rsa that only edge b may use",
    "restricted-key": "a key that edge b may use with fewer protocols than edge a",
    "limited-edge": "an edge identity with a low rate limit ([edges.limited] in the target file)",
    "revoked-edge": "an edge identity whose certificate the CRL revokes ([edges.revoked])",
    "bound-edge": "an edge identity that may come from one address only ([edges.bound])",
    "ca-key": "the key of the channel CA, to make client certificates",
    "limits": "the limits of the server, in the target file",
    "log": "the audit log, by the log hook",
    "restart": "the restart hook",
    "reload": "the reload hook",
    "break-config": "the hook that installs a broken configuration and reloads",
    "revoke-edge": "the hook that removes edge b from the configuration and reloads",
    "expire-edge": "the hook that revokes the certificate of edge b by CRL and reloads",
}
