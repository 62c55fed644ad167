"""The proxying key server: what passes, what does not, and what the owner's key server gets to see."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from edge_lab import scripted, wait_until
from lurk_lab import Client
from lurk_stub import LurkStub, answer_to
from programs import lurkspec
from proxy_lab import proxy_config, running_proxy

from lurkspec.channel import ChannelError, Identity, TlsChannel, client_context
from lurkspec.codecs import lurk
from lurkspec.codecs.lurk import BaseStatus, Designation, Message, Status, Type
from lurkspec.edge.keyserver import Reply
from lurkspec.edge.ski import SkiAsked, SkiKeyServer, decode, encode
from lurkspec.embedded import EmbeddedKeyServer, Reference
from lurkspec.exchange import MEDIA_TYPES
from lurkspec.http import Response, Truncated, build
from lurkspec.interop.party import base_environment
from lurkspec.keys import load_public
from lurkspec.pki import LURK_SERVED, SERVED, SERVER_NAME, ServedKey
from lurkspec.reference import LIMITS, target_text

WAIT = 20.0
TLS12 = Designation.TLS12


def of_edge(edge: str, served: tuple[ServedKey, ...]) -> tuple[str, ...]:
    return tuple(key.name for key in served if edge in [name for name, _ in key.grants])


# --- SKI, with a key server of the suite behind it ---


@pytest.fixture
def behind(pki: Path) -> Iterator[SkiKeyServer]:
    with scripted(pki) as server:
        yield server


@pytest.fixture
def ski(pki: Path, tmp_path: Path, behind: SkiKeyServer) -> Iterator[int]:
    """The port of a proxy that lets edge a ask for one key, and edge limited for none."""
    keys = {"a": ("www-ecdsa",), "limited": ("www-rsa",)}
    config = proxy_config(pki, tmp_path, "ski", behind.address[1], keys)
    config["limits"] = {"upstream_ms": 3000}
    with running_proxy(config, tmp_path) as proxy:
        yield proxy.port


def connected(pki: Path, port: int, edge: str = "a") -> TlsChannel:
    identity = Identity(edge, pki / f"edge-{edge}.pem", pki / f"edge-{edge}.key")
    channel = TlsChannel(("127.0.0.1", port), WAIT, client_context(pki / "ca.pem", identity), SERVER_NAME)
    channel.handshake()
    return channel


def spki_of(pki: Path, name: str) -> bytes:
    from lurkspec.keys import ECDHE_USAGE, Key

    return Key(name, ECDHE_USAGE, load_public((pki / f"{name}.pem").read_bytes())[0], {}).spki


def operation(pki: Path, name: str = "www-ecdsa", **more: Any) -> dict[str, Any]:
    return {
        "protocol": "TLS 1.2",
        "spki": spki_of(pki, name),
        "method": "ECDHE",
        "hash": "SHA-256",
        "input": b"\1" * 64 + b"\3\0\x17\x41" + b"\4" * 65,
    } | more


def post(
    channel: TlsChannel, members: dict[str, Any] | bytes, format: str = "cbor", *more: tuple[str, str]
) -> Response:
    body = members if isinstance(members, bytes) else encode(members, format)
    headers = (("Host", SERVER_NAME), ("Content-Type", MEDIA_TYPES[format]))
    channel.send(build("POST", "/ski", (*headers, ("Content-Length", str(len(body))), *more), body))
    return channel.read_response()


def operations(behind: SkiKeyServer) -> list[SkiAsked]:
    return [asked for asked in behind.asked if asked.what == "key"]


@pytest.mark.parametrize("format", ("json", "cbor"))
def test_what_the_owner_sees(pki: Path, ski: int, behind: SkiKeyServer, format: str) -> None:
    """The request's members and nothing else of the edge: no header of its, no name, no address."""
    behind.target = replace_format(behind, format)
    secret = ("X-Forwarded-For", "192.0.2.7"), ("Forwarded", "for=192.0.2.7"), ("Cookie", "edge=a")
    with connected(pki, ski) as channel:
        answer = post(channel, operation(pki), format, *secret)
    assert answer.status == 200 and decode(answer.body, format)["output"]
    (asked,) = operations(behind)
    assert set(asked.headers) == {"host", "accept", "content-type", "content-length"}
    assert asked.members == operation(pki) and b"192.0.2" not in asked.raw


def replace_format(server: SkiKeyServer, format: str) -> Any:
    from dataclasses import replace

    return replace(server.target, format=format)


def test_keys_are_kept_apart(pki: Path, ski: int, behind: SkiKeyServer) -> None:
    """The proxy could ask for all of them; an edge gets its own, and strangers get nothing."""
    for edge, name, status, error in (
        ("a", "www-ecdsa", 200, ""),
        ("a", "www-rsa", 404, "spki not found"),
        ("limited", "www-ecdsa", 404, "spki not found"),
        ("limited", "www-rsa", 200, ""),
        ("b", "www-ecdsa", 403, "request denied"),
    ):
        with connected(pki, ski, edge) as channel:
            answer = post(channel, operation(pki, name))
        assert (answer.status, decode(answer.body, "cbor").get("error", "")) == (status, error)
    assert len(operations(behind)) == 2


def test_bad_requests_stay_here(pki: Path, ski: int, behind: SkiKeyServer) -> None:
    good = encode(operation(pki), "cbor")
    for body in (b"", good + b"\0", b"\xa0", encode({"spki": b"short"}, "cbor")):
        with connected(pki, ski) as channel:
            answer = post(channel, body)
        assert answer.status in (400, 404), body
    length = ("Content-Length", str(len(good)))
    for status, headers in (
        (400, (("Host", SERVER_NAME), length, length)),
        (400, (length,)),
        (411, (("Host", SERVER_NAME), ("Transfer-Encoding", "chunked"))),
        (413, (("Host", SERVER_NAME), ("Content-Length", "99999999"))),
        (415, (("Host", SERVER_NAME), length, ("Content-Type", "text/plain"))),
    ):
        with connected(pki, ski) as channel:
            channel.send(build("POST", "/ski", headers, good))
            assert channel.read_response().status == status
    assert not operations(behind)


def test_errors_of_the_owner(pki: Path, ski: int, behind: SkiKeyServer) -> None:
    """Those about the request pass; the rest is the proxy's own trouble."""
    for status, error, passed in (
        (403, "request denied", (403, "request denied")),
        (404, "spki not found", (404, "spki not found")),
        (429, "request denied", (429, "request denied")),
        (302, "elsewhere", (500, "unspecified error")),
        (500, "unspecified error", (500, "unspecified error")),
    ):
        behind.script = answering(behind, {"error": error}, status)
        with connected(pki, ski) as channel:
            answer = post(channel, operation(pki))
        assert (answer.status, decode(answer.body, "cbor")["error"]) == passed


def answering(server: SkiKeyServer, members: dict[str, Any], status: int) -> Callable[[SkiAsked], Reply]:
    return lambda _: server.reply(members, status)


def test_nothing_is_asked_twice(pki: Path, ski: int, behind: SkiKeyServer) -> None:
    """A connection that breaks under a request, silence, and nobody there: 500 each, asked once or never."""
    for number, reply in enumerate((Reply(end="cut"), Reply(b"HTTP/1.1 200 OK\r\n", end="cut"), Reply()), 1):
        behind.script = lambda _, reply=reply: reply  # type: ignore[misc]
        with connected(pki, ski) as channel:
            assert post(channel, operation(pki)).status == 500
        assert len(operations(behind)) == number
    with behind.away(), connected(pki, ski) as channel:
        assert post(channel, operation(pki)).status == 500
    behind.script = None
    with connected(pki, ski) as channel:
        assert post(channel, operation(pki)).status == 200


def test_capabilities_are_the_edge_s_own(pki: Path, ski: int, behind: SkiKeyServer) -> None:
    told = {}
    for edge in ("a", "limited"):
        with connected(pki, ski, edge) as channel:
            channel.send(
                build("GET", "/capabilities", (("Host", SERVER_NAME), ("Accept", "application/cbor")))
            )
            told[edge] = decode(channel.read_response().body, "cbor")
    assert told["a"]["keys"] == [spki_of(pki, "www-ecdsa")]
    assert told["limited"]["keys"] == [spki_of(pki, "www-rsa")]
    states = {told["a"]["state"], told["limited"]["state"], behind.granted()["state"]}
    assert len(states) == 3 and {len(state) for state in states} == {4}


def test_audit_names_the_edge(pki: Path, ski: int, tmp_path: Path) -> None:
    with connected(pki, ski) as channel:
        post(channel, operation(pki))
        post(channel, operation(pki, "www-rsa"))
    lines = [json.loads(line) for line in (tmp_path / "proxy-ski.jsonl").read_text().splitlines()]
    assert [(e["edge"], e["key"], e["status"]) for e in lines] == [
        ("uri:urn:example:edge-a", "www-ecdsa", 200),
        ("uri:urn:example:edge-a", "", 404),
    ]


# --- LURK, with the reference key server behind it ---


@contextlib.contextmanager
def lurk_proxy(pki: Path, folder: Path, keys: tuple[str, ...] = ("lurk-ecdsa",)) -> Iterator[int]:
    with EmbeddedKeyServer(Reference("openssl", lurk=True), pki) as owner:
        port = owner.target.lurk.address[1] if owner.target.lurk else 0
        config = proxy_config(pki, folder, "lurk", port, {"a": keys, "limited": keys})
        with running_proxy(config, folder) as proxy:
            yield proxy.port


def told(client: Client, message: Message) -> Message:
    client.channel.send(message.encode())
    return taken(client)


def taken(client: Client) -> Message:
    buffer = client.channel.buffer
    while len(buffer) < lurk.HEADER_LEN or len(buffer) < int.from_bytes(buffer[12:16], "big"):
        assert client.channel.receive()
    size = int.from_bytes(buffer[12:16], "big")
    message = lurk.decode(bytes(buffer[:size]))
    del buffer[:size]
    return message


def test_lurk_messages(both_pki: Path, tmp_path: Path) -> None:
    """Ids are the edge's again; errors have the statuses of their designations and one state per edge."""
    with lurk_proxy(both_pki, tmp_path) as port:
        with Client(both_pki, port) as client, Client(both_pki, port, "limited") as other:
            capabilities = told(client, Message(TLS12, Type.CAPABILITIES, id=7))
            assert (capabilities.status, capabilities.id) == (lurk.SUCCESS, 7)
            state = capabilities.payload[-4:]
            assert told(other, Message(TLS12, Type.CAPABILITIES)).payload[-4:] != state
            assert told(client, Message(TLS12, Type.PING, id=8)).but(length=None) == Message(
                TLS12, Type.PING, b"", lurk.SUCCESS, 8
            )
            foreign = Message(TLS12, Type.ECDHE, b"\0none" + bytes(120), id=9)
            malformed = Message(TLS12, Type.ECDHE, b"\0", id=10)
            for message, status in (
                (foreign, Status.INVALID_KEY_ID),
                (malformed, Status.INVALID_PAYLOAD_FORMAT),
                (foreign.but(payload=b"\1none"), Status.INVALID_KEY_ID_TYPE),
            ):
                answer = told(client, message)
                assert (answer.designation, answer.status, answer.id) == (TLS12, status, message.id)
                assert answer.payload == state
            for message, base in (
                (Message(9, 0), BaseStatus.INVALID_EXTENSION),
                (Message(TLS12, 99), BaseStatus.INVALID_TYPE),
                (Message(TLS12, Type.PING, status=1), BaseStatus.INVALID_STATUS),
                (Message(TLS12, Type.PING, length=3), BaseStatus.INVALID_FORMAT),
            ):
                answer = told(client, message)
                assert (answer.designation, answer.status) == (Designation.LURK, base)
            assert client.channel.wait_closed(WAIT)
        with Client(both_pki, port, "b") as stranger:
            answer = told(stranger, Message(TLS12, Type.PING))
            assert (answer.designation, answer.status) == (Designation.LURK, BaseStatus.UNDEFINED_ERROR)
            assert stranger.channel.wait_closed(WAIT)


def test_lurk_answers_come_in_order(both_pki: Path, tmp_path: Path) -> None:
    """What the proxy refuses by itself does not overtake what the owner is still at."""
    log = tmp_path / "proxy-lurk.jsonl"

    def late(_: LurkStub, request: Message) -> bytes:
        wait_until(lambda: log.read_text().count("\n") == 2)  # both refusals are decided
        return answer_to(request, b"").encode()

    asked = (
        Message(TLS12, Type.PING, id=1),
        Message(TLS12, Type.ECDHE, b"\0none" + bytes(120), id=2),
        Message(TLS12, 99, id=3),
        Message(TLS12, Type.PING, length=3, id=4),
    )
    with LurkStub(both_pki, "lurk-ecdsa", late) as owner:
        config = proxy_config(both_pki, tmp_path, "lurk", owner.port, {"a": ("lurk-ecdsa",)})
        config["limits"] = {"upstream_ms": 60000}
        with running_proxy(config, tmp_path) as proxy, Client(both_pki, proxy.port) as client:
            client.channel.send(b"".join(message.encode() for message in asked))
            answers = [taken(client) for _ in asked]
    assert [(answer.id, answer.status) for answer in answers] == [
        (1, lurk.SUCCESS),
        (2, Status.INVALID_KEY_ID),
        (3, BaseStatus.INVALID_TYPE),
        (4, BaseStatus.INVALID_FORMAT),
    ]


def test_revoked_edges_are_kept_out(pki: Path, tmp_path: Path, behind: SkiKeyServer) -> None:
    keys = {"a": ("www-ecdsa",), "revoked": ("www-ecdsa",)}
    config = proxy_config(pki, tmp_path, "ski", behind.address[1], keys)
    config["channel"]["crl"] = str(pki / "crl.pem")
    with running_proxy(config, tmp_path) as proxy:
        with connected(pki, proxy.port) as channel:
            assert post(channel, operation(pki)).status == 200
        with pytest.raises((ChannelError, Truncated)):
            # In TLS 1.3 the alert comes after the client's part of the handshake.
            with connected(pki, proxy.port, "revoked") as channel:
                post(channel, operation(pki))
    assert len(operations(behind)) == 1


def test_lurk_owner_gone(both_pki: Path, tmp_path: Path) -> None:
    config = proxy_config(both_pki, tmp_path, "lurk", 1, {"a": ("lurk-ecdsa",)})
    with running_proxy(config, tmp_path) as proxy, Client(both_pki, proxy.port) as client:
        answer = told(client, Message(TLS12, Type.PING, id=5))
        assert (answer.designation, answer.status) == (Designation.LURK, BaseStatus.TEMPORARY_FAILURE)
        assert answer.id == 5 and len(answer.payload) == lurk.STATE_LEN


def test_cases_hold_through_a_proxy(both_pki: Path, tmp_path: Path) -> None:
    """Freshness, time window, replay window, proofs of ownership and of handshake, implicit rejection: the
    suite judges the owner's key server from behind a proxy."""
    globs = (
        *("lurk-tls12-4.4-time-window", "lurk-tls12-9-same-random-twice", "lurk-tls12-4.4-finished-*"),
        *(
            "lurk-tls12-4.1.1-*",
            "lurk-tls12-4.4-all-exchanges",
            "lurk-tls12-6-keys",
            "lurk-tls12-4.4-freshness",
        ),
        *(
            "lurk-tls12-6*poo*",
            "ski-5.1.2-signature-own-input",
            "ski-5.1.1-rejection-distinct",
            "ski-6-random-*",
        ),
    )
    with EmbeddedKeyServer(
        Reference("openssl", lurk=True), both_pki
    ) as owner, contextlib.ExitStack() as stack:
        ports = owner.target.address[1], owner.target.lurk.address[1] if owner.target.lurk else 0
        shown = []
        for protocol, port, served in (("ski", ports[0], SERVED), ("lurk", ports[1], LURK_SERVED)):
            keys = {edge: of_edge(edge, served) for edge in ("a", "b")}
            config = proxy_config(both_pki, tmp_path, protocol, port, keys)
            names = ("connections", "header_octets", "body_octets", "handshake_ms", "body_ms", "idle_ms")
            config["limits"] = {name: LIMITS[name] for name in names}
            shown.append(stack.enter_context(running_proxy(config, tmp_path)).port)
        target = owner.folder / "through-the-proxy.toml"
        text = target_text(shown[0], lurk_port=shown[1])
        target.write_text(text.replace('[hooks]\nlog = "audit.jsonl"\n', ""), "utf-8")
        report = tmp_path / "report.json"
        selection = [option for glob in globs for option in ("-k", glob)]
        done = lurkspec("keyserver", "--target", str(target), "--json", str(report), *selection)
    verdicts = {r["id"]: r["verdict"] for r in json.loads(report.read_text())["results"]}
    assert len(verdicts) >= 12 and set(verdicts.values()) == {"pass"}, done.stdout[-3000:]


# --- the program ---


@pytest.mark.parametrize(
    "way, value, line",
    [
        ("protocol", "http", "protocol"),
        ("edges", [{"identity": "a", "keys": []}], "identity"),
        ("limits", {"idle": 1}, "limits"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_bad_configuration(pki: Path, tmp_path: Path, way: str, value: Any, line: str) -> None:
    config = proxy_config(pki, tmp_path, "ski", 1, {"a": ("www-ecdsa",)}) | {way: value}
    (tmp_path / "proxy.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "lurkspec.interop.proxy", "--config", str(tmp_path / "proxy.json")]
    done = subprocess.run(
        command, text=True, capture_output=True, timeout=60, env=base_environment(), check=False
    )
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and line in done.stderr


def test_a_crowd(pki: Path, tmp_path: Path, behind: SkiKeyServer) -> None:
    """More connections than the limit are ended at once; one that ends makes room."""
    config = proxy_config(pki, tmp_path, "ski", behind.address[1], {"a": ("www-ecdsa",)})
    config["limits"] = {"connections": 2}
    with running_proxy(config, tmp_path) as proxy:
        with connected(pki, proxy.port) as one, connected(pki, proxy.port) as two:
            assert post(one, operation(pki)).status == post(two, operation(pki)).status == 200
            with contextlib.suppress(Exception), connected(pki, proxy.port) as three:
                assert three.wait_closed(WAIT)
            assert post(one, operation(pki)).status == 200

        def has_room() -> bool:
            with contextlib.suppress(Exception), connected(pki, proxy.port) as next_one:
                return post(next_one, operation(pki)).status == 200
            return False

        wait_until(has_room)
