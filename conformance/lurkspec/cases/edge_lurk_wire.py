"""What an edge asks over LURK: for each operation the octets that the TLS client saw, with S in place of its
image."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Role, Variant, case
from ..codecs import hello as h
from ..codecs import lurk, tls12
from ..codecs.lurk import PooPrf, Type
from ..codecs.tls import SCHEMES
from ..edge.context import EdgeContext
from ..edge.lurk import Ecdhe, ExtendedMaster, LurkAsked, RsaMaster
from ..edge.site import Site
from ..edge.visit import ECDHE_ECDSA, ECDHE_RSA, RSA, Visit, both_versions
from ..edge.wirecheck import secret_of

PROTOCOL, ROLE = "lurk", Role.EDGE
SECTION = "edge, LURK tls12 requests"
GROUPS = (("prime256v1", 23), ("secp384r1", 24), ("secp521r1", 25), ("X25519", 29))


def operation(visit: Visit) -> LurkAsked | None:
    """The first that the visit caused."""
    return next(iter(visit.operations), None)


def ecdhe_of(visit: Visit) -> Ecdhe | None:
    asked = operation(visit)
    return Ecdhe.parse(asked.message.payload) if asked and asked.type == Type.ECDHE else None


def by_group(site: Site, number: int) -> Visit:
    """The edge's first flight for a client that has this group alone."""
    return site.flight(h.hello12(site.target.server_name, groups=(number,)), site.signed[0])


@case(
    "edge-lurk-tls12-6.1-ecdhe",
    clauses=(
        "TLS12-6.1-03",
        "TLS12-6.1-04",
        "TLS12-1-01",
        "TLS12-4.1-07",
        "TLS12-12-01",
        "TLS12-3-01",
        "TLS12-3-02",
        "TLS12-4-05",
        "REQ-6.3-01",
    ),
)
def ecdhe(t: EdgeContext) -> Iterator[Variant]:
    """ecdhe names key, randoms, algorithm and ServerECDHParams of the wire, the server random as S."""
    for site in t.sites():
        for exchange in site.signed:
            for number in range(2):
                yield t.served(f"{exchange} {number}", site, site.visit(exchange))


@case("edge-lurk-tls12-6.1-groups", clauses=("TLS12-6.1-04", "TLS12-6.1-03"))
def groups(t: EdgeContext) -> Iterator[Variant]:
    """Whatever the group, params are those on the wire, and the proof belongs to them or is null."""
    for site in t.sites():
        for group, number in GROUPS:
            visit = by_group(site, number)
            if h.SERVER_KEY_EXCHANGE not in visit.flight:
                yield t.unsupported(f"{site.name} {group}", f"the edge does not take it: {visit.summary}")
                continue
            yield t.served(group, site, visit)


@case("edge-lurk-tls12-6.1-algorithms", clauses=("TLS12-6.1-03", "BG-5246-06"))
def algorithms(t: EdgeContext) -> Iterator[Variant]:
    """sig_and_hash is the algorithm of ServerKeyExchange, whatever the client offers."""
    offers = (
        ("ec-p256", "ecdsa_secp256r1_sha256"),
        ("ec-p256", "ecdsa_secp384r1_sha384"),
        ("rsa", "rsa_pkcs1_sha256"),
        ("rsa", "rsa_pkcs1_sha384"),
        ("rsa", "rsa_pkcs1_sha512"),
    )
    for site in t.sites():
        for type, scheme in offers:
            if site.target.signer(type) is None:
                continue
            hello = h.hello12(site.target.server_name, schemes=(SCHEMES[scheme],))
            visit = site.flight(hello, ECDHE_RSA if type == "rsa" else ECDHE_ECDSA)
            if not visit.ok and not visit.operations:
                yield t.unsupported(f"{site.name} {scheme}", f"the edge does not take it: {visit.summary}")
                continue
            yield t.served(scheme, site, visit)


@case("edge-lurk-tls12-4.1-key-ids", clauses=("TLS12-4.1-01", "TLS12-4.1-02", "TLS12-4.1-03", "BG-5480-01"))
def key_ids(t: EdgeContext) -> Iterator[Variant]:
    """The key id is that of the certificate that was sent: over RSAPublicKey for RSA, over
    SubjectPublicKeyInfo for EC (lenient: the alias of A-06)."""
    for site in t.sites():
        for exchange in site.exchanges:
            visit = site.visit(exchange)
            yield t.served(exchange, site, visit)
            asked = operation(visit)
            served = asked.server_key if asked else None
            if asked is None or served is None:
                continue
            id = asked.message.payload[:5]
            yield t.check(
                f"{site.name} {exchange}, id",
                id == b"\0" + served.key.lurk_ids[0],
                served.key.lurk_ids[0].hex(),
                id.hex(),
                visit,
                lenient=id[1:] in served.key.lurk_ids,
            )


@case("edge-lurk-tls12-4.1-key-types", clauses=("TLS12-4.1-03", "BG-5480-01", "TLS12-1-01"))
def key_types(t: EdgeContext) -> Iterator[Variant]:
    """The key is chosen as the certificate is: P-384, P-521 and Ed25519 certificates."""
    schemes = {"ec-p384": "ecdsa_secp384r1_sha384", "ec-p521": "ecdsa_secp521r1_sha512", "ed25519": "ed25519"}
    for site in t.sites():
        for type, scheme in schemes.items():
            if site.target.signer(type) is None:
                yield t.unsupported(f"{site.name} {type}", "no such certificate in the target file")
                continue
            curve = {"ec-p384": 24, "ec-p521": 25}.get(type, 29)
            hello = h.hello12(site.target.server_name, groups=(curve,), schemes=(SCHEMES[scheme],))
            visit = site.flight(hello)
            if not visit.ok and not visit.operations:
                yield t.unsupported(f"{site.name} {type}", f"the edge does not take it: {visit.summary}")
                continue
            yield t.served(type, site, visit)


# Freshness


@case(
    "edge-lurk-tls12-4.1.1-freshness",
    clauses=(
        "TLS12-4.1.1-04",
        "TLS12-4.1.1-05",
        "TLS12-4.1.1-08",
        "TLS12-4.1-04",
        "TLS12-4.3-02",
        "TLS12-4.1.1-02",
        "TLS12-5.1-05",
    ),
)
def freshness(t: EdgeContext) -> Iterator[Variant]:
    """ServerHello.random is the image of S under SHA-256 and "tls12 pfs", with the first four octets of S; S
    itself goes to the key server."""
    for site in t.sites():
        for exchange in site.exchanges:
            visit = site.visit(exchange)
            yield t.served(exchange, site, visit)
            asked = operation(visit)
            image = tls12.freshness(secret_of(asked)) if asked else b""
            yield t.check(
                f"{site.name} {exchange}, image",
                image == visit.server_random,
                image.hex(),
                visit.server_random.hex(),
                visit,
            )


@case("edge-lurk-tls12-4.1.1-fresh", clauses=("TLS12-4.1.1-01",))
def fresh(t: EdgeContext) -> Iterator[Variant]:
    """S is drawn afresh for each connection: of twenty, with the very same ClientHello, no two share more
    than the time."""
    for site in t.sites():
        hello = h.hello12(site.target.server_name)
        visits = [site.flight(hello) for _ in range(20)]
        secrets = [secret_of(asked) for visit in visits if (asked := operation(visit))]
        tails = {s[4:] for s in secrets}
        yield t.check(f"{site.name} S", len(tails) == 20, "20 values", f"{len(tails)} values", visits[0])
        columns = [len({tail[i] for tail in tails}) for i in range(28)]
        yield t.check(
            f"{site.name} octets of S",
            min(columns) > 4,
            "no octet that hardly changes",
            f"{min(columns)} values",
            visits[0],
        )
        own = [v for v in visits if (r := ecdhe_of(v)) and r.server_random[4:] in v.client_random]
        yield t.check(
            f"{site.name} not from the client", not own, "none of client_random in S", str(len(own))
        )


@case("edge-lurk-tls12-4.1.1-time", clauses=("TLS12-4.1.1-03",))
def time_in_s(t: EdgeContext) -> Iterator[Variant]:
    """S begins with the time (gmt_unix_time)."""
    for site in t.sites():
        for exchange in site.exchanges:
            visit = site.visit(exchange)
            asked = operation(visit)
            off = abs(int.from_bytes(secret_of(asked)[:4], "big") - asked.at) if asked else 1e9
            yield t.check(f"{site.name} {exchange}", off <= 60, "within a minute", f"{off:.0f} s off", visit)


@case("edge-lurk-tls12-4.1.1-s-not-shown", clauses=("TLS12-4.1.1-06", "TLS12-4.1.1-01"))
def s_not_shown(t: EdgeContext) -> Iterator[Variant]:
    """S is in nothing that the TLS client receives."""
    for site in t.sites():
        for exchange in site.exchanges:
            visit = site.visit(exchange)
            asked = operation(visit)
            hidden = asked is not None and secret_of(asked)[4:] not in visit.received
            yield t.check(
                f"{site.name} {exchange}", hidden, "S is not there", "there" if asked else "not asked", visit
            )


@case("edge-lurk-tls12-4.1.1-downgrade", clauses=("TLS12-4.1.1-04", "TLS12-1-01"), rows=("DG-15",))
def downgrade(t: EdgeContext) -> Iterator[Variant]:
    """A client of TLS 1.2 and 1.3 gets TLS 1.2 with the image of S as the whole random: there is no room for
    the sentinel of RFC 8446 (A-19)."""
    for site in t.sites():
        visit = site.visit(site.signed[0], context=both_versions(site.target.ca))
        yield t.served("both versions", site, visit)
        yield t.check(
            f"{site.name} version",
            visit.version == "TLSv1.2",
            "TLS 1.2, all that tls12 has",
            visit.version,
            visit,
        )


# Proof of ownership


@case(
    "edge-lurk-tls12-6.1-proof",
    clauses=("TLS12-6.1-01", "TLS12-6.1-02", "TLS12-6.1-07", "TLS12-6.1-10", "TLS12-6.1-11"),
    needs=("edge-proof",),
)
def proof(t: EdgeContext) -> Iterator[Variant]:
    """The proof verifies over everything in the request: rG + c(bG) = vG on P-256, P-384 and P-521; on X25519
    it is null (A-25)."""
    for site in t.sites("edge-proof"):
        for group, number in GROUPS:
            visit = by_group(site, number)
            yield t.served(group, site, visit)
            request = ecdhe_of(visit)
            wanted = PooPrf.NULL if group == "X25519" else site.target.proof
            yield t.check(
                f"{site.name} {group}, poo_prf",
                request is not None and request.poo_prf == wanted,
                PooPrf(wanted).name.lower(),
                str(request.poo_prf if request else None),
                visit,
            )


@case("edge-lurk-tls12-6.1-proof-fresh", clauses=("TLS12-6.1-08",), rows=("PO-15",), needs=("edge-proof",))
def proof_fresh(t: EdgeContext) -> Iterator[Variant]:
    """No two proofs share v: of twenty no vG comes twice, with the very same ClientHello."""
    for site in t.sites("edge-proof"):
        hello = h.hello12(site.target.server_name, groups=(23,))
        visits = [site.flight(hello) for _ in range(20)]
        found = [r for v in visits if (r := ecdhe_of(v))]
        for label, values in (("vG", {r.vg for r in found}), ("r", {r.r for r in found})):
            yield t.check(f"{site.name} {label}", len(values) == 20, "20 values", f"{len(values)}", visits[0])


@case("edge-lurk-tls12-6.1-null-proof", clauses=("TLS12-6.1-01", "TLS12-6.1-02"))
def null_proof(t: EdgeContext) -> Iterator[Variant]:
    """Where no proof is configured poo_prf is null and stands alone."""
    for site in t.sites():
        visit = by_group(site, 29)
        request = ecdhe_of(visit)
        good = request is not None and (request.poo_prf, request.vg, request.r) == (PooPrf.NULL, b"", b"")
        yield t.check(f"{site.name} X25519", good, "null and nothing behind it", str(request), visit)


# Static RSA


@case(
    "edge-lurk-tls12-4.1-rsa-master",
    clauses=("TLS12-4.1-06", "TLS12-4.1-07", "TLS12-4.3-03", "TLS12-4-05"),
    needs=("edge-rsa",),
)
def rsa_master(t: EdgeContext) -> Iterator[Variant]:
    """Without the extended master secret static RSA is rsa_master with the values of the wire, and the master
    secret that comes back completes the handshake."""
    for site in t.sites("edge-rsa"):
        for number in range(2):
            visit = site.visit(RSA, extended=False)
            yield t.served(f"rsa_master {number}", site, visit)
            asked = operation(visit)
            type = asked.type if asked else None
            yield t.check(
                f"{site.name} type {number}", type == Type.RSA_MASTER, "rsa_master", str(type), visit
            )


@case("edge-lurk-tls12-4.1-prf-hash", clauses=("TLS12-4.1-05",), needs=("edge-rsa",))
def prf_hash(t: EdgeContext) -> Iterator[Variant]:
    """prf_hash is that of the suite: SHA-384 for AES-256-GCM, else SHA-256."""
    for site in t.sites("edge-rsa"):
        for suite, wanted in (("AES128-GCM-SHA256", 0), ("AES256-GCM-SHA384", 1)):
            visit = site.visit(RSA, extended=False, suite=suite)
            yield t.served(suite, site, visit)
            asked = operation(visit)
            came = RsaMaster.parse(asked.message.payload).prf_hash if asked and visit.ok else None
            yield t.check(f"{site.name} {suite}, prf_hash", came == wanted, str(wanted), str(came), visit)


@case(
    "edge-lurk-tls12-5.1-rsa-extended-master",
    clauses=("TLS12-5.1-01", "TLS12-5.1-03", "TLS12-5.3-01", "TLS12-4.1-09", "TLS12-4.3-03", "TLS12-5.1-05"),
    needs=("edge-rsa",),
)
def rsa_extended_master(t: EdgeContext) -> Iterator[Variant]:
    """With the extended master secret static RSA is rsa_extended_master: ClientHello to ClientKeyExchange as
    on the wire, but with S in ServerHello."""
    for site in t.sites("edge-rsa"):
        for suite in ("AES128-GCM-SHA256", "AES256-GCM-SHA384"):
            visit = site.visit(RSA, suite=suite)
            yield t.served(suite, site, visit)
            asked = operation(visit)
            if asked is None or asked.type != Type.RSA_EXTENDED_MASTER:
                yield t.check(
                    f"{site.name} {suite}, type", False, "rsa_extended_master", visit.summary, visit
                )
                continue
            kinds = [kind for kind, _ in ExtendedMaster.parse(asked.message.payload).messages]
            whole = kinds[0] == 1 and kinds[-1] == tls12.CLIENT_KEY_EXCHANGE
            yield t.check(
                f"{site.name} {suite}, messages", whole, "ClientHello to ClientKeyExchange", str(kinds), visit
            )


@case(
    "edge-lurk-tls12-5.1-extended-as-negotiated",
    clauses=("TLS12-4-05", "TLS12-4.3-01"),
    rows=("DG-14",),
    needs=("edge-rsa",),
)
def extended_as_negotiated(t: EdgeContext) -> Iterator[Variant]:
    """The type follows what was negotiated, and the types with proof of handshake are not used before the
    handshake is complete (A-10)."""
    for site in t.sites("edge-rsa"):
        for number, extended in enumerate((True, False, True)):
            visit = site.visit(RSA, extended=extended)
            asked = operation(visit)
            wanted = Type.RSA_EXTENDED_MASTER if extended else Type.RSA_MASTER
            good = visit.ok and asked is not None and asked.type == wanted
            label = f"{site.name} {number} {'with' if extended else 'without'}"
            yield t.check(label, good, wanted.name.lower(), visit.summary, visit)


# Header


@case(
    "edge-lurk-5.1-header",
    clauses=(
        "LURK-5.1-01",
        "LURK-5.1-02",
        "LURK-5.1-05",
        "LURK-5.1-07",
        "LURK-5.2-01",
        "LURK-5.2-04",
        "TLS12-3-04",
        "TLS12-3-05",
        "LURK-8-03",
        "LURK-5.1-03",
        "LURK-4.3-03",
        "LURK-8-01",
    ),
)
def header(t: EdgeContext) -> Iterator[Variant]:
    """Every message of the edge has sixteen octets of header in network order: a known extension and type,
    version 1, status request, and the length of the message."""
    for site in t.sites():
        for exchange in site.exchanges:
            visit = site.visit(exchange)
            heads = [a.raw[: lurk.HEADER_LEN].hex() for a in visit.operations]
            good = bool(heads) and all(map(_headed, visit.operations))
            yield t.check(f"{site.name} {exchange}", good, "a right header", ", ".join(heads), visit)
        wrong = [a for a in site.asked() if not _headed(a)]
        heads = [a.raw[: lurk.HEADER_LEN].hex() for a in wrong[:1]]
        yield t.check(f"{site.name} all so far", not wrong, "right headers", ", ".join(heads) or "these")


def _headed(asked: LurkAsked) -> bool:
    m, counted = asked.message, asked.server.target.counts_header
    return (
        m.designation in (0, 1)
        and m.version == 1
        and m.status == lurk.REQUEST
        and m.type in (tuple(Type) if m.designation else tuple(lurk.BaseType))
        and m.length == len(asked.raw) - (0 if counted else lurk.HEADER_LEN)
    )


@case("edge-lurk-5.2-ids", clauses=("LURK-5.2-02", "LURK-5.2-03", "LURK-5.1-08"), rows=("LC-13",))
def ids(t: EdgeContext) -> Iterator[Variant]:
    """Ids cannot be predicted: of forty none comes twice, no octet is constant, no step repeats, and half of
    the bits are set."""
    for site in t.sites():
        hello = h.hello12(site.target.server_name)
        found = [a.message.id for _ in range(40) if (a := operation(site.flight(hello)))]
        steps = {b - a for a, b in zip(found, found[1:], strict=False)}
        octets = min((len({id >> 8 * i & 0xFF for id in found}) for i in range(8)), default=0)
        ones = sum(bin(id).count("1") for id in found) / max(1, 64 * len(found))
        yield t.check(f"{site.name} different", len(set(found)) == 40, "40 ids", f"{len(set(found))}")
        yield t.check(f"{site.name} steps", len(steps) == 39, "39 steps", f"{len(steps)}")
        yield t.check(f"{site.name} octets", octets > 16, "no octet that hardly changes", f"{octets} values")
        yield t.check(f"{site.name} bits", 0.4 < ones < 0.6, "half of them set", f"{ones:.3f}")


@case("edge-lurk-5.2-one-request", clauses=("TLS12-4-05", "LURK-5.1-08"))
def one_request(t: EdgeContext) -> Iterator[Variant]:
    """One handshake is one operation: with ten in a row the key server is asked ten times."""
    for site in t.sites():
        visits = [site.visit() for _ in range(10)]
        count = sum(len([a for a in v.asked if a.what == "key"]) for v in visits)
        good = count == 10 and all(v.ok for v in visits)
        yield t.check(f"{site.name}", good, "10 operations for 10 handshakes", f"{count}", visits[0])


@case("edge-lurk-tls12-1-not-negotiated", clauses=("TLS12-1-01", "BG-8996-01"))
def not_negotiated(t: EdgeContext) -> Iterator[Variant]:
    """What tls12 does not serve is never negotiated: DHE, anonymous, PSK, NULL, TLS 1.1 and older."""
    for site in t.sites():
        name = site.target.server_name
        hellos = {
            "DHE_RSA": h.hello12(name, (0x009E,)),
            "ECDH_anon": h.hello12(name, (0xC018,)),
            "PSK": h.hello12(name, (0x00A8,)),
            "RSA NULL": h.hello12(name, (0x003B,)),
            "TLS 1.1": h.hello12(name, (0xC009, 0xC013, 0x002F), version=0x0302),
            "TLS 1.0": h.hello12(name, (0xC009, 0xC013, 0x002F), version=0x0301),
            "no common group": h.hello12(name, groups=(30,)),
            "no common algorithm": h.hello12(name, schemes=(0x0201, 0x0203)),
        }
        for label, hello in hellos.items():
            visit = site.flight(hello)
            refused = h.SERVER_KEY_EXCHANGE not in visit.flight and not visit.ok and not visit.operations
            yield t.check(f"{site.name} {label}", refused, "an alert, no operation", visit.summary, visit)
        yield t.served("afterwards", site)
