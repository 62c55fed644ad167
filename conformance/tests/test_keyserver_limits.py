"""Who may come in, from where, how often and how many at once."""

from __future__ import annotations

import base64
import hashlib
import signal
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from keyserver import KeyServer

from lurkspec.exchange import Exchange


def verdict(exchange: Exchange) -> tuple[int | None, str | None]:
    return exchange.status, exchange.error


DENIED = (403, "request denied")


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


# --- identity ---


def test_edge_is_known_by_its_key(server: KeyServer) -> None:
    public = certificate(server.folder / "edge-a.pem").public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pin = "spki:" + base64.b64encode(hashlib.sha256(spki).digest()).decode("ascii")
    server.edge("a")["identity"] = pin
    t = server.start()
    assert t.post(t.ecdhe_request()).status == 200
    assert server.events("request")[0]["edge"] == pin
    same_name = t.issue()  # another key
    with t.connect(same_name) as channel:
        assert verdict(t.post(t.ecdhe_request(), channel=channel)) == DENIED


def test_edge_is_known_by_its_dns_name(server: KeyServer) -> None:
    server.edge("a")["identity"] = "dns:edge-a.example"
    t = server.start()
    for name in ("edge-a.example", "EDGE-A.example"):
        with t.connect(t.issue(names=(f"dns:{name}",))) as channel:
            assert t.get("/ping", channel=channel).status == 204
    for name in ("uri:edge-a.example", "dns:x.edge-a.example", "dns:*.example", "dns:edge-a.example."):
        with t.connect(t.issue(names=(name,))) as channel:
            assert verdict(t.get("/ping", channel=channel)) == DENIED
            assert channel.wait_closed(5)


def test_certificate_with_names_of_two_edges_has_no_rights(server: KeyServer) -> None:
    t = server.start()
    both = t.issue(names=("uri:urn:example:edge-a", "uri:urn:example:edge-b"))
    with t.connect(both) as channel:
        assert verdict(t.post(t.ecdhe_request(), channel=channel)) == DENIED
    assert server.events("request")[0]["cause"] == "certificate carries the names of two edges"
    with t.connect(t.issue(names=("uri:urn:example:edge-a", "uri:urn:example:none"))) as channel:
        assert t.post(t.ecdhe_request(), channel=channel).status == 200


def test_edge_is_bound_to_its_addresses(server: KeyServer) -> None:
    server.edge("a")["addresses"] = ["127.0.0.2"]
    t = server.start()
    with t.connect("a") as elsewhere:
        assert verdict(t.post(t.ecdhe_request(), channel=elsewhere)) == DENIED
        assert elsewhere.wait_closed(5)
    assert server.events("request")[0]["cause"] == "edge is not bound to this address"
    with t.connect("a", source="127.0.0.2") as there:
        assert t.post(t.ecdhe_request(), channel=there).status == 200


def test_headers_say_nothing_about_identity(server: KeyServer) -> None:
    t = server.start()
    headers = {
        "X-Forwarded-For": "127.0.0.2",
        "Forwarded": "for=127.0.0.2",
        "X-SSL-Client-S-DN": "CN=edge b",
        "X-Client-Identity": "uri:urn:example:edge-b",
    }
    exchange = t.post(t.ecdhe_request(t.foreign_key()), headers=headers)
    assert verdict(exchange) == (404, "spki not found")
    assert server.events("request")[0]["address"] == "127.0.0.1"


# --- numbers ---


def test_rate_of_an_edge(server: KeyServer) -> None:
    server.edge("a")["rate"] = {"per_second": 1, "burst": 5}
    t = server.start()
    begin = time.monotonic()
    answers = [t.post(t.ecdhe_request()) for _ in range(40)]
    served = [a.status for a in answers].count(200)
    assert [a.status for a in answers[:5]] == [200] * 5
    assert served <= 5 + time.monotonic() - begin + 1  # one a second
    limited = next(a for a in answers if a.status != 200)
    assert limited.status == 429
    assert limited.error == "request denied" and limited.response is not None
    assert limited.response.header("retry-after") == "1"
    assert t.post(t.ecdhe_request(t.foreign_key()), edge="b").status == 200  # others have their own
    assert server.events("request", status=429)[0]["cause"] == "rate of the edge is used up"


def test_connections_of_an_edge(server: KeyServer) -> None:
    server.config["limits"]["connections_per_edge"] = 3
    t = server.start()
    channels = [t.connect("a") for _ in range(3)]
    assert [t.get("/ping", channel=c).status for c in channels] == [204] * 3
    refused = t.post(t.ecdhe_request(), fresh=True)
    assert refused.response is None
    assert t.post(t.ecdhe_request(t.foreign_key()), edge="b", fresh=True).status == 200
    channels.pop().close()
    # The server notices the end on its own time; each try is a connection that must end.
    for _ in range(100):
        if t.get("/ping", channel=None, edge="a").status == 204:
            break
    else:
        pytest.fail("the place of a closed connection is not given back")
    for channel in channels:
        channel.close()
    assert server.events("connection-limit")[0]["detail"] == "uri:urn:example:edge-a"


def test_strangers_share_one_allowance(server: KeyServer) -> None:
    server.config["limits"]["connections_per_edge"] = 2
    t = server.start()
    channels = [t.connect(t.issue(names=(f"uri:urn:example:stranger-{i}",))) for i in range(2)]
    for channel in channels:  # open on the server's side too: TLS 1.3 is complete here before it is there
        channel.send(t.http(method="GET", path="/ping")[:10])
    third = t.attempt(t.issue(names=("uri:urn:example:stranger-3",)))
    assert not third.released and third.status in (None, 403)
    assert t.post(t.ecdhe_request()).status == 200
    for channel in channels:
        channel.close()


# --- deadlines ---


def test_what_came_in_time_is_read_before_the_deadline_ends_it(server: KeyServer) -> None:
    """A server that was held up past a deadline finds both: the request counts, it was there first."""
    server.config["limits"]["idle_ms"] = 1500
    t = server.start()
    with t.connect() as channel:
        assert t.get("/ping", channel=channel).status == 204
        server.process.signal(signal.SIGSTOP)
        channel.send(t.http(method="GET", path="/ping"))
        time.sleep(2)
        server.process.signal(signal.SIGCONT)
        assert channel.read_response().status == 204


# --- dialect ---


def test_alias_of_the_keyserver_dialect(server: KeyServer) -> None:
    server.config["keys"][0]["certificate"] = "www-ecdsa.pem"
    server.config["ski"] = {"keyserver_dialect": True, "path": "/"}
    t = server.start()
    alias = certificate(server.folder / "www-ecdsa.pem").fingerprint(hashes.SHA1()).hex()
    request = t.ecdhe_request()
    for text in (alias, alias.upper()):
        exchange = t.post(request.replaced(spki=text), path="/")
        assert exchange.status == 200 and exchange.output is not None and not request.check(exchange.output)
    assert verdict(t.post(request.replaced(spki="0" * 40), path="/")) == (404, "spki not found")
    assert verdict(t.post(request.replaced(spki=alias), "cbor", path="/")) == (400, "malformed request")
    (unknown,) = server.events("request", status=404)
    assert unknown["alias"] == base64.b64encode(bytes(20)).decode("ascii")
    server.config["ski"] = {"path": "/"}
    server.reload()
    assert verdict(t.post(request.replaced(spki=alias), path="/")) == (400, "malformed request")
