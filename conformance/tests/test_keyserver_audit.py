"""The audit log: what it tells of a request, that it never tells a secret, and that nothing happens that it
cannot tell."""

from __future__ import annotations

import base64
import resource
from typing import Any

from keyserver import KeyServer

from lurkspec.codecs import pkcs1


def base64_of(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def test_one_event_for_each_request(server: KeyServer) -> None:
    t = server.start()
    key, rsa_key = t.key(), t.rsa_key()
    t.post(t.ecdhe_request(key), "cbor")
    t.post(t.rsa_request(rsa_key))
    t.post(t.tls13_request(key).replaced(scheme=0x0401))
    t.post(t.ecdhe_request().replaced(spki=bytes(32)))
    t.post(t.ecdhe_request(key, input=bytes(64) + b"\x03\x00\x99"))
    t.post(b"{", "cbor")
    t.get("/ping")
    t.get("/no/such/path")
    told = [
        {name: e.get(name) for name in ("status", "verdict", "operation", "cause", "field", "offset", "key")}
        for e in server.events("request")
    ]

    def event(status: int, verdict: str, operation: str = "ski", **rest: Any) -> dict[str, Any]:
        empty = {"cause": None, "field": None, "offset": None, "key": None}
        return {"status": status, "verdict": verdict, "operation": operation} | empty | rest

    scheme: dict[str, Any] = {"cause": "scheme is weak, unknown or of another key type", "field": "scheme"}
    unknown: dict[str, Any] = {"cause": "no such key among those of the edge"}
    curve: dict[str, Any] = {"cause": "input holds no ECDHE parameters", "field": "namedcurve"}
    assert told == [
        event(200, "served", key=key.name),
        event(200, "served", key=rsa_key.name),
        event(403, "request denied", **scheme, key=key.name),
        event(404, "spki not found", **unknown),
        event(400, "malformed request", **curve, offset=65, key=key.name),
        event(400, "malformed request", cause="request cannot be parsed", field=told[5]["field"], offset=0),
        event(204, "served", "ping"),
        event(404, "malformed request", "other", cause="no such path"),
    ]
    assert told[5]["field"]
    events = server.events("request")
    assert [e["number"] for e in events] == list(range(1, 9))
    assert {(e["edge"], e["address"]) for e in events} == {("uri:urn:example:edge-a", "127.0.0.1")}
    assert [e.get("method") for e in events[:4]] == ["ECDHE", "RSA", "ECDHE", "ECDHE"]
    assert events[0]["format"] == "application/cbor" and events[0]["hash"] == "SHA-256"
    assert events[0]["spki"] == base64_of(key.spki) and events[3]["spki"] == base64_of(bytes(32))
    assert events[2]["scheme"] == 0x0401 and all(e["duration_us"] >= 0 for e in events)


def test_no_input_and_no_output(server: KeyServer) -> None:
    t = server.start()
    secrets: list[bytes] = []
    for format in ("json", "cbor"):
        bad_padding = t.rsa_request(input=b"\1" * 256)
        for request in (t.ecdhe_request(), t.tls13_request(), t.rsa_request(), bad_padding):
            output = t.post(request, format).output
            assert output is not None
            secrets += [request["input"], output]
    t.post(t.ecdhe_request(input=b"not an input, but nobody else's business"))
    secrets.append(b"not an input, but nobody else's business")
    log = server.log
    for secret in secrets:
        for piece in (secret[:16], secret[-16:]):
            assert piece.hex() not in log.lower()
            assert base64_of(piece)[:-3] not in log
        assert base64_of(secret) not in log
    assert "business" not in log


def test_names_of_strangers_cannot_forge_events(server: KeyServer) -> None:
    t = server.start()
    evil = 'urn:x","event":"start"},{"a":"'
    stranger = t.issue(names=(f"uri:{evil}", "dns:nobody.example"))
    with t.connect(stranger) as channel:
        exchange = t.get("/ping", channel=channel)
        assert (exchange.status, exchange.error) == (403, "request denied")
        assert channel.wait_closed(5)
    (event,) = server.events("request")
    assert event["edge"] is None and event["peer_names"] == [evil, "nobody.example"]
    assert event["cause"] == "no edge has a name of this certificate"
    assert len(server.events("start")) == 1


def test_paths_and_headers_cannot_forge_events(server: KeyServer) -> None:
    t = server.start()
    exchange = t.get('/"},{"event":"stop"', headers={"X-Name": '"}{"event":"stop"}'})
    assert exchange.status in (400, 404)
    assert not server.events("stop") and len(server.events("request")) == 1


def test_failed_handshakes_are_told(server: KeyServer) -> None:
    t = server.start()
    assert t.attempt(None).response is None
    assert t.attempt("revoked").response is None
    with t.dial() as channel:
        channel.send(b"GET / HTTP/1.0\r\n\r\n")
        assert channel.wait_closed(5)
    failed = server.events("handshake-failed")
    assert len(failed) == 3 and all(e["address"] == "127.0.0.1" and e["detail"] for e in failed)
    assert "revoked" in failed[1]["detail"].lower()


def test_what_cannot_be_logged_does_not_happen(server: KeyServer) -> None:
    t = server.start()
    assert t.post(t.ecdhe_request()).status == 200
    size = (server.folder / "audit.jsonl").stat().st_size
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    # Room for half a line.
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + 20, before[1]))
    for request in (t.ecdhe_request(), t.rsa_request()):
        refused = t.post(request)
        assert (refused.status, refused.error, refused.released) == (500, "unspecified error", False)
    assert t.get("/ping").status == 500
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
    assert t.post(t.ecdhe_request()).status == 200
    said = server.process.said
    assert said.count("the audit log cannot be written, requests are refused: File too large\n") == 1
    assert said.count("the audit log can be written again\n") == 1
    # The torn line stands alone, the next event on a line of its own.
    lines = server.log.splitlines()
    assert len(lines[-2]) == 20 and '"status":200' in lines[-1]
    (server.folder / "audit.jsonl").write_text("\n".join(lines[:-2]) + "\n", "ascii")


# --- alarms ---


def test_many_refused_requests_raise_one_alarm(server: KeyServer) -> None:
    server.config["limits"]["refused_per_minute"] = 5
    t = server.start()
    for _ in range(4):
        assert t.post(b"{}").status == 400
    assert not server.events("alarm")
    for _ in range(10):
        assert t.post(b"{}").status == 400
    (alarm,) = server.events("alarm")
    assert (alarm["alarm"], alarm["edge"]) == ("many refused requests", "uri:urn:example:edge-a")
    assert "alarm: uri:urn:example:edge-a: many refused requests (from 127.0.0.1)\n" in server.process.said


def test_ciphertext_of_another_edge_raises_an_alarm(server: KeyServer) -> None:
    server.edge("b")["grants"].append({"key": "www-rsa-kx"})
    t = server.start()
    request = t.rsa_request()
    first = t.post(request)
    assert t.post(request).output == first.output
    assert not server.events("alarm")
    assert t.post(request, edge="b").output == first.output  # and so the edge learns nothing
    (alarm,) = server.events("alarm")
    assert alarm["alarm"] == "RSA ciphertext was sent by another edge"
    assert (alarm["edge"], alarm["other_edge"]) == ("uri:urn:example:edge-b", "uri:urn:example:edge-a")
    suspicious = server.events("request", suspicion="ciphertext was sent by another edge")
    assert [e["edge"] for e in suspicious] == ["uri:urn:example:edge-b"]
    assert t.post(t.rsa_request(), edge="b").status == 200
    assert len(server.events("alarm")) == 1


def test_edge_at_two_addresses_raises_an_alarm(server: KeyServer) -> None:
    t = server.start()
    with t.connect("a"), t.connect("a", source="127.0.0.1") as second:
        assert t.get("/ping", channel=second).status == 204
        assert not server.events("alarm")
        with t.connect("a", source="127.0.0.2") as elsewhere:
            assert t.get("/ping", channel=elsewhere).status == 204
    (alarm,) = server.events("alarm")
    assert (alarm["alarm"], alarm["address"]) == ("connections from two addresses", "127.0.0.2")


def test_replay_raises_an_alarm(server: KeyServer) -> None:
    server.config["ski"] = {"replay_window_seconds": 60}
    t = server.start()
    bad_padding = t.rsa_request(input=pkcs1.encrypt_number(t.rsa_key().rsa, 2))
    for request in (t.ecdhe_request(), t.tls13_request(), bad_padding):
        assert t.post(request).status == 200
        replay = t.post(request, "cbor")
        assert (replay.status, replay.error) == (403, "request denied")
    assert [e["alarm"] for e in server.events("alarm")] == ["handshake within the replay window"]


# --- threads ---


def test_events_of_several_threads_stay_whole(server: KeyServer) -> None:
    server.config["threads"] = 4
    t = server.start()
    requests = [t.ecdhe_request() for _ in range(25)]

    def ask() -> list[int | None]:
        with t.connect("a") as channel:
            return [t.post(r, channel=channel).status for r in requests]

    results = t.concurrently([ask] * 16)
    assert results == [[200] * 25] * 16
    numbers = [e["number"] for e in server.events("request", status=200)]
    assert sorted(numbers) == list(range(1, 401))
    server.process.stop()
    assert server.events("stop")[0]["requests"] == 400 and server.events("stop")[0]["served"] == 400
