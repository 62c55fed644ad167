"""The edge as client of the channel: whom it believes, and how it shows who it is. The same for every
protocol."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from cryptography import x509

from .. import certificates as x
from ..case import Variant
from ..edge.context import EdgeContext
from ..edge.link import ChannelIdentity
from ..edge.site import Site
from ..edge.visit import Visit

_SERVER = ("serverAuth",)


def new_connection(site: Site) -> Visit:
    """A handshake for which the edge opens its channel anew."""
    for server in site.servers:
        server.drop()
    return site.visit()


def authenticated(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites("edge-certificate"):
        visit = new_connection(site)
        yield t.served("handshake", site, visit)
        edge = site.target.channel.edge
        assert edge is not None
        wanted = ssl.PEM_cert_to_DER_cert(_first(edge.read_text()))
        shown = bool(visit.operations) and all(asked.link.peer == wanted for asked in visit.operations)
        yield t.check(f"{site.name} certificate", shown, "the one in the target file", "another or none")


def _first(pem: str) -> str:
    end = "-----END CERTIFICATE-----"
    return pem[pem.index("-----BEGIN CERTIFICATE-----") : pem.index(end) + len(end)] + "\n"


def strong(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites():
        for label, maximum in (
            ("any version", ssl.TLSVersion.TLSv1_3),
            ("TLS 1.2 only", ssl.TLSVersion.TLSv1_2),
        ):
            with _showing(site, replace(site.server.identity, maximum=maximum)):
                visit = site.visit()
                yield t.served(label, site, visit)
            if not visit.operations:
                continue  # not served, which has been said
            link = visit.operations[0].link
            version = link.version in ("TLSv1.2", "TLSv1.3")
            yield t.check(f"{site.name} {label}, version", version, "TLS 1.2 or 1.3", str(link.version))
            aead = any(part in link.suite for part in ("GCM", "CHACHA20"))
            secret = link.version == "TLSv1.3" or link.suite.startswith("ECDHE-")
            yield t.check(f"{site.name} {label}, suite", aead and secret, "AEAD, forward secrecy", link.suite)
            name = site.target.channel.server_name
            yield t.check(
                f"{site.name} {label}, server_name", link.server_name == name, name, str(link.server_name)
            )


def _showing(site: Site, identity: ChannelIdentity) -> ExitStack:
    """All key servers of the site show this."""
    stack = ExitStack()
    for server in site.servers:
        stack.enter_context(server.showing(identity))
    return stack


def _distrusted(t: EdgeContext, label: str, site: Site, identity: ChannelIdentity) -> Iterator[Variant]:
    with _showing(site, identity):
        visit = site.visit(site.signed[0])
    told = len(visit.asked)
    yield t.check(f"{site.name} {label}, told", not told, "no request leaves", f"{told} requests", visit)
    yield t.aborted(label, site, visit)


def wrong_certificates(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites("edge-ca-key"):
        for label, identity in _identities(site, t.folder).items():
            yield from _distrusted(t, label, site, identity)


def rotated(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites("edge-ca-key"):
        good = _identity(site, t.folder, "rotated", _profile(site), _authority(site))
        with _showing(site, good):
            yield t.served("new certificate", site)
            yield t.served("new certificate, again", site)
        yield t.served("old one again", site)


def weak_channels(t: EdgeContext) -> Iterator[Variant]:
    own = {
        "TLS 1.1": {"maximum": ssl.TLSVersion.TLSv1_1, "ciphers": "DEFAULT:@SECLEVEL=0"},
        "TLS 1.0": {"maximum": ssl.TLSVersion.TLSv1, "ciphers": "DEFAULT:@SECLEVEL=0"},
        "CBC": {"maximum": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-ECDSA-AES128-SHA"},
        "CBC with SHA-256": {"maximum": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-ECDSA-AES128-SHA256"},
        "NULL": {"maximum": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"},
    }
    for site in t.sites():
        for label, how in own.items():
            yield from _distrusted(t, label, site, replace(site.server.identity, **how))


def _authority(site: Site) -> x.Authority:
    channel = site.target.channel
    assert channel.ca_key is not None
    return x.load_authority(channel.ca, channel.ca_key)


def _profile(site: Site) -> x.Profile:
    name = site.target.channel.server_name
    return x.Profile(name, (f"dns:{name}",), extended=_SERVER)


def _identity(
    site: Site,
    folder: Path,
    name: str,
    profile: x.Profile,
    issuer: x.Authority | None,
    type: str = "ec-p256",
    rest: tuple[x509.Certificate, ...] = (),
) -> ChannelIdentity:
    key = x.new_key(type)
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(x.pem(x.issue(profile, key, issuer), *rest))
    x.write_private(private, x.key_pem(key))
    return ChannelIdentity(certificate, private, site.target.channel.ca)


def _identities(site: Site, folder: Path) -> dict[str, ChannelIdentity]:
    """Key servers that are not to be believed, each wrong in one way."""
    ca, good = _authority(site), _profile(site)
    subject = ca.certificate.subject.rfc4514_string().partition("=")[2]
    name = site.target.channel.server_name
    middle = x.new_authority("intermediate", ca)
    leaf_key = x.new_key("ec-p256")
    leaf = x.Authority(x.issue(replace(good, extended=_SERVER), leaf_key, ca), leaf_key)
    profiles: dict[str, tuple[x.Profile, x.Authority | None]] = {
        "expired": (replace(good, valid=(-2 * x.DAY, -x.DAY)), ca),
        "not valid yet": (replace(good, valid=(x.DAY, 2 * x.DAY)), ca),
        "another name": (replace(good, names=("dns:elsewhere.example",)), ca),
        "the name as common name only": (replace(good, names=()), ca),
        "a longer name": (replace(good, names=(f"dns:{name}.elsewhere.example",)), ca),
        "a URI of the name": (replace(good, names=(f"uri:https://{name}/",)), ca),
        "clientAuth only": (replace(good, extended=("clientAuth",)), ca),
        "self-signed": (good, None),
        "unknown issuer": (good, x.new_authority("unknown CA")),
        "issuer of the same name": (good, x.new_authority(subject)),
        "below a certificate that is no CA": (good, leaf),
        "intermediate left out": (good, middle),
    }
    return {
        label: _identity(
            site,
            folder,
            f"{site.name}-{number}",
            profile,
            issuer,
            rest=(leaf.certificate,) if issuer is leaf else (),
        )
        for number, (label, (profile, issuer)) in enumerate(profiles.items())
    }
