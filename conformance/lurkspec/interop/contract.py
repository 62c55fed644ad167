"""The words of the contract (docs/interop.md) that runner and adapters share. Imports little: every adapter
does it at each start."""

from __future__ import annotations

UNSUPPORTED = 127
TOKEN = "lurkspec-edge-ok"
PAGE = "/page.json"
READY, SEEN = "ready ", "seen "

SKI_JSON, SKI_CBOR, LURK = "ski-json", "ski-cbor", "lurk"
OVER = (SKI_JSON, SKI_CBOR, LURK)

KEYSERVER_NAME = "keyserver.example"
WEB_NAME = "www.example"
WEB_CA = "web-ca.pem"
CHANNEL_CA, CHANNEL_CRL = "ca.pem", "crl.pem"
KEYSERVER_IDENTITY, EDGE_IDENTITY, CLIENT_IDENTITY = "ks", "edge-a", "client"
# Of keys that decrypt: static RSA.
DECRYPTS = "-kx"
EVENTS, AUDIT_LOG = "events.jsonl", "audit.jsonl"

CAPABILITIES = (
    "tls12",
    "tls13",
    "ecdhe-ecdsa",
    "ecdhe-rsa",
    "rsa",
    "sign-rsa-pss",
    "sign-ecdsa",
    "sign-ed25519",
    "ems",
    "no-ems",
    "audit",
    "hello-retry",
    "resumption",
    "client-auth",
    "large-chain",
    "sni",
    "bound-keys",
    "fail-over",
    "revocation",
)


def keyserver_name(number: int) -> str:
    """Of the key servers of an edge, counted from 1, which their certificates are for besides the first."""
    return KEYSERVER_NAME if number == 1 else f"keyserver-{number}.example"


def key_prefix(over: str) -> str:
    """Of the names of served keys: one usage per key (A-75), so LURK has keys of its own."""
    return "lurk-" if over == LURK else "www-"
