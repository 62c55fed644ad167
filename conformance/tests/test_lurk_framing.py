"""LURK messages over the network: borders, deadlines, limits and what a reload changes."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator

import pytest
from keyserver import KeyServer
from lurk_lab import Client, Lab, connect, served_key, signature_fault, speak_lurk, use_listeners

from lurkspec.channel import Identity, client_context
from lurkspec.codecs import lurk
from lurkspec.codecs.lurk import BaseStatus, BaseType, Designation, Message, Status, Type
from lurkspec.codecs.tls import SCHEMES
from lurkspec.context import Context
from lurkspec.pki import SERVER_NAME

ECDSA = SCHEMES["ecdsa_secp256r1_sha256"]
PING = Message(Designation.LURK, BaseType.PING)


@pytest.fixture
def lurk_server(server: KeyServer) -> KeyServer:
    speak_lurk(server)
    return server


@pytest.fixture
def client(lurk_server: KeyServer) -> Iterator[Client]:
    lurk_server.write()
    lurk_server.process.start()
    with connect(lurk_server) as made:
        yield made


def test_pipelined_requests_are_answered_in_order(lurk_server: KeyServer, client: Client) -> None:
    lab, key = Lab(), served_key(lurk_server, "www-ecdsa")
    payloads = [lab.ecdhe(key, ECDSA) for _ in range(20)]
    requests = [client.request(Type.ECDHE, payload) for payload in payloads]
    pings = [PING.but(id=number) for number in range(20)]
    client.channel.send(b"".join(r.encode() + p.encode() for r, p in zip(requests, pings)))
    for request, payload, ping in zip(requests, payloads, pings):
        answer = client.read()
        assert answer is not None and answer.id == request.id
        assert signature_fault(key, payload, answer.payload) == ""
        assert client.read() == ping.but(status=lurk.SUCCESS, length=16)


def test_one_octet_per_record(client: Client) -> None:
    for octet in PING.but(id=5).encode() + PING.but(id=6).encode():
        client.channel.send(bytes([octet]))
    assert [client.read(), client.read()] == [PING.but(id=i, status=1, length=16) for i in (5, 6)]


@pytest.mark.parametrize("length", [0, 15, 65537, 0x80000000, 0xFFFFFFFF])
def test_bad_length_is_answered_and_ends(lurk_server: KeyServer, client: Client, length: int) -> None:
    client.channel.send(PING.encode() + client.request(6, id=9, length=length).encode() + PING.encode())
    assert client.read() == PING.but(status=lurk.SUCCESS, length=16)
    answer = client.read()
    assert answer is not None
    assert (answer.designation, answer.type, answer.status, answer.id) == (0, 6, BaseStatus.INVALID_FORMAT, 9)
    assert len(answer.payload) == lurk.STATE_LEN
    assert client.read() is None
    (event,) = lurk_server.events("request", verdict="invalid_format")
    assert (event["operation"], event["id"], event["status"]) == ("ecdhe", f"{9:016x}", 3)
    assert lurk_server.events("lurk-fault", detail="length")


def test_message_as_long_as_the_limit(lurk_server: KeyServer, client: Client) -> None:
    longest = client.request(Type.ECDHE, bytes(65536 - lurk.HEADER_LEN))
    assert client.ask(longest).status == Status.INVALID_EC_TYPE
    assert client.ask(PING).status == lurk.SUCCESS


def test_answers_instead_of_requests(lurk_server: KeyServer, client: Client) -> None:
    client.channel.send(b"".join(PING.but(status=6, id=i).encode() for i in range(1000)))
    for number in range(8):
        answer = client.read()
        assert answer is not None
        assert (answer.designation, answer.status, answer.id) == (0, BaseStatus.INVALID_STATUS, number)
    assert client.read() is None
    assert lurk_server.events("lurk-fault", detail="answers instead of requests")


def test_message_that_does_not_end(lurk_server: KeyServer) -> None:
    lurk_server.config["limits"].update(body_ms=300, idle_ms=60000)
    lurk_server.write()
    lurk_server.process.start()
    with connect(lurk_server) as client:
        assert client.ask(PING).status == lurk.SUCCESS
        client.channel.send(PING.encode()[:-1])
        assert client.channel.wait_closed(20) and not client.channel.buffer
    assert lurk_server.events("deadline", detail="LURK message")


def test_silence_ends(lurk_server: KeyServer) -> None:
    lurk_server.config["limits"].update(body_ms=60000, idle_ms=300)
    lurk_server.write()
    lurk_server.process.start()
    with connect(lurk_server) as client:
        assert client.ask(PING).status == lurk.SUCCESS
        assert client.channel.wait_closed(20) and not client.channel.buffer
    assert not lurk_server.events("deadline")


def test_peer_that_does_not_read(lurk_server: KeyServer) -> None:
    """Requests whose answers nobody takes: the server stops reading, others are served, and once the answers
    are taken they come in order."""
    lurk_server.config["limits"].update(body_ms=60000, idle_ms=60000)
    lurk_server.write()
    lurk_server.process.start()
    with connect(lurk_server) as client:
        request = client.request(Type.CAPABILITIES)
    # 64 MiB in all, more than the receive buffer that the system may give to a server.
    folder, limit, sent = lurk_server.folder, (64 << 20) // len(request.encode()), 0
    context = client_context(folder / "ca.pem", Identity("a", folder / "edge-a.pem", folder / "edge-a.key"))
    plain = socket.create_connection(("127.0.0.1", lurk_server.process.port), 20)
    with context.wrap_socket(plain, server_hostname=SERVER_NAME) as channel:
        channel.settimeout(1.0)
        with pytest.raises(TimeoutError):
            while sent < limit:
                channel.sendall(b"".join(request.but(id=sent + i).encode() for i in range(64)))
                sent += 64
        with connect(lurk_server) as other:
            assert other.ask(PING).status == lurk.SUCCESS
        channel.settimeout(20)
        answers = channel.makefile("rb")
        for number in range(sent):
            answer = lurk.decode(answers.read(lurk.HEADER_LEN))
            assert (answer.status, answer.id) == (lurk.SUCCESS, number)
            assert answer.length is not None
            answers.read(answer.length - lurk.HEADER_LEN)


def test_dialect_whose_length_is_the_payloads(lurk_server: KeyServer) -> None:
    """A-04: an option of the server, and nothing is guessed."""
    lurk_server.config["lurk"] = {"length_counts_header": False}
    lurk_server.write()
    lurk_server.process.start()
    lab, key = Lab(), served_key(lurk_server, "www-ecdsa")
    with connect(lurk_server, counts_header=False) as client:
        assert client.serve(BaseType.PING, designation=Designation.LURK) == b""
        request = lab.ecdhe(key, ECDSA)
        assert signature_fault(key, request, client.serve(Type.ECDHE, request)) == ""
    with connect(lurk_server) as client:
        client.channel.send(PING.encode())  # 16 octets of payload are still to come
        client.channel.wait = 0.5
        assert client.channel.receive() == b""


def test_ski_and_lurk_beside_each_other(server: KeyServer) -> None:
    """Keys are known on the interface of their usage only (XP-12), edges see what they may use there."""
    lurk_listener = {"address": "127.0.0.1:0", "protocol": "lurk"}
    use_listeners(server, "127.0.0.1:0", lurk_listener, {"address": "127.0.0.1:0", "protocol": "ski"})
    for edge in server.config["edges"]:
        for grant in edge["grants"]:
            if grant["key"] == "www-ecdsa":
                grant.pop("protocols", None)
    next(k for k in server.config["keys"] if k["name"] == "www-ecdsa")["usage"] = "tls12-sign"
    t: Context = server.start()
    lab, key, ski_key = Lab(), served_key(server, "www-ecdsa"), served_key(server, "www-ecdsa-p384")
    assert t.post(t.ecdhe_request(key=ski_key)).status == 200
    assert t.post(t.ecdhe_request(key=key)).status == 404
    with connect(server, listener=1) as client:
        request = lab.ecdhe(key, ECDSA)
        assert signature_fault(key, request, client.serve(Type.ECDHE, request)) == ""
        assert client.refused(Type.ECDHE, lab.ecdhe(ski_key, ECDSA)) == Status.INVALID_KEY_ID
    assert [e["format"] == "lurk" for e in server.events("request")] == [False, False, True, True]


def states(client: Client) -> tuple[bytes, bytes]:
    """Of designation lurk and of tls12."""
    base = lurk.decode_base_capabilities(client.serve(BaseType.CAPABILITIES, designation=Designation.LURK))
    return base.state, lurk.decode_tls12_capabilities(client.serve(Type.CAPABILITIES))[1]


def test_reload_takes_effect_on_open_connections(lurk_server: KeyServer, client: Client) -> None:
    lab, key = Lab(), served_key(lurk_server, "www-ecdsa")
    before = states(client)
    assert client.ask(client.request(Type.ECDHE, lab.ecdhe(key, ECDSA))).status == lurk.SUCCESS
    assert "reloaded" in lurk_server.reload()
    assert states(client) == before
    grants = lurk_server.edge("a")["grants"]
    lurk_server.edge("a")["grants"] = [g for g in grants if g["key"] != "www-ecdsa"]
    with connect(lurk_server, "b") as other:
        of_b = states(other)
        assert "reloaded" in lurk_server.reload()
        assert states(other) == of_b
    answer = client.ask(client.request(Type.ECDHE, lab.ecdhe(key, ECDSA)))
    assert (answer.designation, answer.status) == (1, Status.INVALID_KEY_ID)
    now = states(client)
    assert answer.payload == now[1] and now[0] != before[0] and now[1] != before[1]
    lurk_server.config["lurk"] = {"proof_of_ownership": "optional", "message_octets": 4096}
    assert "wait for a restart" in lurk_server.reload()
    assert states(client) != now


def test_edge_without_rights_is_ended(lurk_server: KeyServer, client: Client) -> None:
    """KU-13: at the reload, or with its first message."""
    with connect(lurk_server, "b") as other:
        assert other.ask(PING).status == lurk.SUCCESS
        lurk_server.config["edges"] = [lurk_server.edge("a")]
        lurk_server.reload()
        assert other.channel.wait_closed(20)
    with connect(lurk_server, "b") as stranger:
        answer = stranger.ask(PING)
        assert (answer.status, answer.payload) == (BaseStatus.UNDEFINED_ERROR, bytes(4))
        assert stranger.read() is None
    (event,) = lurk_server.events("request", edge=None)
    assert event["cause"] == "no edge has a name of this certificate" and event["peer_names"]
    assert client.ask(PING).status == lurk.SUCCESS


def test_rate_is_a_temporary_failure(lurk_server: KeyServer) -> None:
    """LN-19: in the space of designation lurk, where 7 means that."""
    lurk_server.edge("a")["rate"] = {"per_second": 1, "burst": 2}
    lurk_server.write()
    lurk_server.process.start()
    with connect(lurk_server) as client:
        answers = [client.ask(client.request(Type.PING)) for _ in range(5)]
    assert [a.status for a in answers[:2]] == [lurk.SUCCESS] * 2
    assert (answers[-1].designation, answers[-1].status) == (0, BaseStatus.TEMPORARY_FAILURE)
    assert lurk_server.events("request", verdict="temporary_failure", cause="rate of the edge is used up")


def test_what_cannot_be_logged_does_not_happen(lurk_server: KeyServer, client: Client) -> None:
    lab, key = Lab(), served_key(lurk_server, "www-ecdsa")
    lurk_server.config["audit_log"] = "/dev/full"
    lurk_server.reload()
    answer = client.ask(client.request(Type.ECDHE, lab.ecdhe(key, ECDSA)))
    assert (answer.designation, answer.status) == (0, BaseStatus.TEMPORARY_FAILURE)
    assert len(answer.payload) == lurk.STATE_LEN


def test_no_answer_of_a_flight_leaves_when_its_log_is_cut(lurk_server: KeyServer, client: Client) -> None:
    """Room for half a line."""
    lab, key = Lab(), served_key(lurk_server, "www-ecdsa")
    requests = [client.request(Type.ECDHE, lab.ecdhe(key, ECDSA)) for _ in range(4)]
    client.ask(requests.pop())
    size = (lurk_server.folder / "audit.jsonl").stat().st_size
    before = resource.prlimit(lurk_server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(lurk_server.process.pid, resource.RLIMIT_FSIZE, (size + 20, before[1]))
    client.channel.send(b"".join(request.encode() for request in requests))
    for request in requests:
        answer = client.read()
        assert answer is not None and answer.id == request.id
        assert (answer.designation, answer.status) == (0, BaseStatus.TEMPORARY_FAILURE)
        assert len(answer.payload) == lurk.STATE_LEN
    resource.prlimit(lurk_server.process.pid, resource.RLIMIT_FSIZE, before)
    client.serve(Type.ECDHE, lab.ecdhe(key, ECDSA))
    lines = lurk_server.log.splitlines()
    assert len(lines[-2]) == 20 and '"verdict":"served"' in lines[-1]


def test_log_tells_of_exchanges_without_secrets(lurk_server: KeyServer, client: Client) -> None:
    lab, key, kx = Lab(), served_key(lurk_server, "www-ecdsa"), served_key(lurk_server, "www-rsa-kx")
    request = lab.ecdhe(key, ECDSA)
    client.serve(Type.ECDHE, request)
    rsa = lab.rsa_master(kx)
    master = client.serve(Type.RSA_MASTER, rsa)
    assert client.refused(Type.RSA_MASTER, rsa) == Status.INVALID_TLS_RANDOM
    served, decrypted, replayed = lurk_server.events("request")
    assert served["operation"] == "ecdhe" and served["key"] == "www-ecdsa" and served["scheme"] == ECDSA
    assert (served["poo_prf"], served["key_id"]) == (2, key.lurk_ids[0].hex())
    assert (decrypted["operation"], decrypted["verdict"], decrypted["status"]) == ("rsa_master", "served", 1)
    assert replayed["verdict"] == "invalid_tls_random" and replayed["edge"].endswith("edge-a")
    assert lurk_server.events("alarm", alarm="handshake within the replay window")
    for secret in (master, lab.premaster, rsa["server_random"], request["server_random"]):
        assert secret.hex() not in lurk_server.log.lower()


def test_message_in_flight_is_finished_at_the_end(lurk_server: KeyServer, client: Client) -> None:
    request = PING.but(id=1).encode()
    client.channel.send(PING.encode() + request[:5])
    assert client.read() == PING.but(status=lurk.SUCCESS, length=16)
    lurk_server.process.signal(15)
    client.channel.send(request[5:])
    assert client.read() == PING.but(id=1, status=lurk.SUCCESS, length=16)
    assert client.read() is None
    lurk_server.process.stop()
