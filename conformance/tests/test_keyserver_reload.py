"""SIGHUP: what a reload changes, what a bad one leaves alone, and what becomes of open connections."""

from __future__ import annotations

import shutil
import signal
import time

import pytest
from keyserver import KeyServer

from lurkspec.exchange import Exchange
from lurkspec.request import TLS12


def verdict(exchange: Exchange) -> tuple[int | None, str | None]:
    return exchange.status, exchange.error


def test_good_reload_takes_effect_on_open_connections(server: KeyServer) -> None:
    t = server.start()
    key = t.key("ec-p384")
    with t.connect("a") as channel:
        assert t.post(t.ecdhe_request(key), channel=channel).status == 200
        server.config["keys"] = [k for k in server.config["keys"] if k["name"] != key.name]
        for edge in server.config["edges"]:
            edge["grants"] = [g for g in edge["grants"] if g["key"] != key.name]
        assert server.reload().endswith(
            f"reloaded: {len(server.config['keys'])} keys, {len(server.config['edges'])} edges\n"
        )
        assert verdict(t.post(t.ecdhe_request(key), channel=channel)) == (404, "spki not found")
        assert t.post(t.ecdhe_request(), channel=channel).status == 200
    assert len(server.events("reload", keys=len(server.config["keys"]))) == 1


def test_rights_that_go_are_denied_on_open_connections(server: KeyServer) -> None:
    t = server.start()
    with t.connect("a") as channel:
        assert t.post(t.tls13_request(), channel=channel).status == 200
        for grant in server.edge("a")["grants"]:
            grant["protocols"] = [TLS12]
        server.reload()
        assert verdict(t.post(t.tls13_request(), channel=channel)) == (403, "request denied")
        assert t.post(t.ecdhe_request(), channel=channel).status == 200


@pytest.mark.parametrize(
    "fault",
    ["empty object", "unknown member", "key is gone", "channel key served", "CRL is gone", "log is gone"],
)
def test_bad_reload_keeps_everything(server: KeyServer, fault: str) -> None:
    t = server.start()
    good = server.file.read_text("utf-8")
    with t.connect("a") as channel:
        before = t.get("/capabilities", channel=channel).members
        if fault == "empty object":
            server.config = {}
        elif fault == "unknown member":
            server.config["keyes"] = []
        elif fault == "key is gone":
            (server.folder / "www-ecdsa.key").unlink()
        elif fault == "channel key served":
            shutil.copy(server.folder / "ks.key", server.folder / "www-ecdsa.key")
        elif fault == "CRL is gone":
            (server.folder / "crl.pem").unlink()
        else:
            server.config["audit_log"] = "gone/audit.jsonl"
        said = server.reload()
        assert f"reload refused, the old configuration stays in use: {server.file}: " in said
        assert said.count("\n") == 1
        assert t.get("/capabilities", channel=channel).members == before
        assert t.post(t.ecdhe_request(), channel=channel).status == 200
    assert t.post(t.ecdhe_request(), fresh=True).status == 200
    (event,) = server.events("reload-refused")
    assert event["cause"] in said
    server.file.write_text(good, "utf-8")


def test_revoked_edge_ends_on_its_open_connection(server: KeyServer) -> None:
    t = server.start()
    with t.connect("a") as of_a, t.connect("b") as of_b:
        assert t.get("/ping", channel=of_a).status == 204
        assert t.get("/ping", channel=of_b).status == 204
        server.config["edges"].remove(server.edge("b"))
        server.reload()
        after = t.post(t.ecdhe_request(), channel=of_b)
        assert after.status in (None, 403) and not after.released
        assert of_b.wait_closed(5)
        assert t.post(t.ecdhe_request(), channel=of_a).status == 200
    assert verdict(t.post(t.ecdhe_request(t.foreign_key()), edge="b", fresh=True)) == (403, "request denied")
    ended = server.events("connection-ended")
    assert [e["detail"] for e in ended] == ["no edge has a name of this certificate"]


def test_new_crl_ends_every_connection_once(server: KeyServer) -> None:
    t = server.start()
    with t.connect("a") as of_a, t.connect("b") as of_b:
        assert t.get("/ping", channel=of_b).status == 204
        server.config["channel"]["crl"] = "crl-with-edge-b.pem"
        server.reload()
        assert of_a.wait_closed(5) and of_b.wait_closed(5)
    assert t.attempt("b").response is None
    with t.connect("a") as again:
        assert t.post(t.ecdhe_request(), channel=again).status == 200
        server.reload()  # the same CRL
        assert t.post(t.ecdhe_request(), channel=again).status == 200


def test_handshake_begun_with_the_old_crl_does_not_outlive_it(server: KeyServer) -> None:
    t = server.start()
    with t.connect("b", handshake=False) as slow:
        with t.connect("a") as other:  # accepted after the slow one
            assert t.get("/ping", channel=other).status == 204
        server.config["channel"]["crl"] = "crl-with-edge-b.pem"
        server.reload()
        assert slow.wait_closed(5)


def test_log_file_is_opened_anew(server: KeyServer) -> None:
    t = server.start()
    assert t.get("/ping").status == 204
    moved = server.folder / "audit.jsonl.1"
    (server.folder / "audit.jsonl").rename(moved)
    assert t.get("/ping").status == 204
    server.reload()
    assert t.get("/ping").status == 204
    assert moved.read_text("ascii").count('"operation":"ping"') == 2
    assert [e["event"] for e in server.events()] == ["reload", "request"]
    server.config["audit_log"] = "other.jsonl"
    server.reload()
    assert t.get("/ping").status == 204
    assert (server.folder / "other.jsonl").read_text("ascii").count('"operation":"ping"') == 1


def test_listeners_and_network_limits_wait_for_a_restart(server: KeyServer) -> None:
    t = server.start()
    server.config["limits"]["body_octets"] = 4096
    assert server.reload().endswith("; listen, threads and changed limits wait for a restart\n")
    assert t.post(b" " * 5000).status == 400


def test_reload_does_not_refill_a_rate(server: KeyServer) -> None:
    server.edge("a")["rate"] = {"per_second": 1, "burst": 40}
    t = server.start()
    begin = time.monotonic()
    assert [t.get("/ping").status for _ in range(40)] == [204] * 40
    server.reload()
    served = [t.get("/ping").status for _ in range(40)].count(204)
    assert served <= time.monotonic() - begin + 1  # one a second


def test_reloads_under_load_lose_no_request(server: KeyServer) -> None:
    server.config["threads"] = 2
    t = server.start()
    bodies = [t.ecdhe_request() for _ in range(40)]

    def ask() -> list[bool]:
        with t.connect("a") as channel:
            answers = [(r, t.post(r, channel=channel)) for r in bodies]
        return [e.output is not None and not r.check(e.output) for r, e in answers]

    def reload_often() -> list[bool]:
        return ["reloaded: " in server.reload() for _ in range(10)]

    results = t.concurrently([ask, ask, ask, ask, reload_often])
    assert all(all(r) for r in results)


def test_signals_in_quick_succession(server: KeyServer) -> None:
    t = server.start()
    for _ in range(50):
        server.process.signal(signal.SIGHUP)
    assert t.post(t.ecdhe_request()).status == 200
    server.process.stop()
    assert server.events()[-1]["event"] == "stop"
