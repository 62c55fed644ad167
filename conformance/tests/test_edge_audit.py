"""Proof of handshake after static RSA (A-10); exporters, which tell that both ends have the same secrets."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from edge_lab import (
    TOKEN,
    awaited,
    client_context,
    connect,
    events,
    key_server,
    lurk_config,
    page,
    read_all,
    remote_config,
    request,
    running_edge,
    wait_until,
)
from lurk_lab import Client
from lurk_stub import LurkStub
from stock_client import gnutls_cli, run_client
from test_edge_start import start, start_line

from lurkspec.codecs import lurk
from lurkspec.pki import WEB_NAME, write_pki
from lurkspec.process import Process
from lurkspec.reference import served, write_json

STACKS = ("openssl", "gnutls")  # BoringSSL has no static RSA over LURK
NO_EXTENDED_MASTER_SECRET = 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3, which `ssl` does not name
LABEL = "EXPERIMENTAL lurkspec"
WITH_POH = (lurk.Type.RSA_MASTER_WITH_POH, lurk.Type.RSA_EXTENDED_MASTER_WITH_POH)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the keys of LURK."""
    folder = tmp_path_factory.mktemp("pki")
    write_pki(folder, served(lurk_port=0))
    return folder


@pytest.fixture(scope="module")
def server(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("keyserver")
    with key_server("gnutls", pki, folder, lurk={"proof_of_ownership": "optional"}) as process:
        yield process


@pytest.fixture(scope="module", params=STACKS)
def edge(
    request: pytest.FixtureRequest, server: Process, pki: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    """Audits, and shows exporters."""
    config = lurk_config(pki, server.port, poh="audit") | {"lab": {"exporter_label": LABEL}}
    with running_edge(str(request.param), config, tmp_path_factory.mktemp("edge")) as process:
        yield process


def rsa_context(pki: Path, extended: bool) -> ssl.SSLContext:
    context = client_context(pki, "RSA")
    if not extended:
        context.options |= NO_EXTENDED_MASTER_SECRET
    return context


def read_page(tls: ssl.SSLSocket) -> dict[str, Any]:
    """One answer of a connection that stays open."""
    tls.sendall(request(close=False))
    answer = b""
    while b"\r\n\r\n" not in answer or not answer.rstrip().endswith(b"}"):
        octets = tls.recv(65536)
        assert octets, answer
        answer += octets
    return page(answer)


def visit(context: ssl.SSLContext, port: int) -> dict[str, Any]:
    with connect(context, port) as tls:
        tls.sendall(request())
        return page(read_all(tls))


# --- the audit ---


@pytest.mark.parametrize("extended", [True, False])
def test_proved(edge: Process, server: Process, pki: Path, extended: bool) -> None:
    """The page on an open connection, the log of the edge and that of the key server say so."""
    before = len(events(edge, "audit"))
    with connect(rsa_context(pki, extended), edge.port) as tls:
        wait_until(lambda: bool(read_page(tls)["audit"] != "pending"))
        facts = read_page(tls)
    asked = "rsa_extended_master" if extended else "rsa_master"
    assert facts["audit"] == "proved" and facts["method"] == asked
    event = awaited(edge, "audit", lambda found: len(found) > before)[before]
    assert (event["outcome"], event["reason"], event["method"]) == ("proved", None, f"{asked}_with_poh")
    assert event["key_server"] == f"lurk+tls://127.0.0.1:{server.port}" and event["peer"]
    audit = Path(server.diagnostics).parent / "audit.jsonl"
    wait_until(lambda: f'"{asked}_with_poh"' in audit.read_text())


def test_a_client_that_leaves_at_once_is_audited_all_the_same(edge: Process, pki: Path) -> None:
    before = len(events(edge, "audit"))
    connect(rsa_context(pki, True), edge.port).close()
    event = awaited(edge, "audit", lambda found: len(found) > before)[before]
    assert event["outcome"] == "proved"


def test_other_exchanges_are_not_audited(edge: Process, pki: Path) -> None:
    """Neither are resumed connections: they have no Finished of their own to prove anything with."""
    before = len(events(edge, "audit"))
    assert visit(client_context(pki, "ECDHE_RSA"), edge.port)["audit"] is None
    context = rsa_context(pki, True)
    with connect(context, edge.port) as tls:
        read_page(tls)
        session = tls.session
    with connect(context, edge.port, session=session) as tls:
        facts = read_page(tls)
    assert facts["resumed"] and facts["audit"] is None
    awaited(edge, "audit", lambda found: len(found) > before)
    assert len(events(edge, "audit")) == before + 1


Change = Callable[[lurk.Message], lurk.Message | None]


def another_master(answer: lurk.Message) -> lurk.Message:
    return answer.but(payload=answer.payload[:-1] + bytes([answer.payload[-1] ^ 1]))


def invalid_finished(answer: lurk.Message) -> lurk.Message:
    return answer.but(status=lurk.Status.INVALID_FINISHED, payload=bytes(lurk.STATE_LEN), length=None)


def too_short(answer: lurk.Message) -> lurk.Message:
    return answer.but(payload=answer.payload[:-1], length=None)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    "change, reason",
    [
        (another_master, "the key server has another master secret"),
        (invalid_finished, "invalid_finished"),
        (too_short, "the key server's answer cannot be read"),
        (lambda answer: None, "no key server can be reached"),
    ],
    ids=["another master", "refused", "too short", "closed"],
)
def test_failure_breaks_nothing(
    stack: str, server: Process, pki: Path, tmp_path: Path, change: Change, reason: str
) -> None:
    """Between edge and key server somebody spoils what answers the proof, and only that."""

    def between(stub: LurkStub, message: lurk.Message) -> bytes | None:
        with Client(pki, server.port) as client:
            answer: lurk.Message | None = client.ask(message)
        if message.type in WITH_POH and answer is not None:
            answer = change(answer)
        return None if answer is None else answer.encode()

    with LurkStub(pki, "lurk-rsa", between) as stub:
        with running_edge(stack, lurk_config(pki, stub.port, poh="audit"), tmp_path) as edge:
            with connect(rsa_context(pki, True), edge.port) as tls:
                wait_until(lambda: bool(read_page(tls)["audit"] != "pending"))
                assert read_page(tls)["audit"] == "failed"
            [event] = awaited(edge, "audit")
            [handshake] = events(edge, "handshake")
    assert (event["outcome"], event["reason"]) == ("failed", reason)
    assert (handshake["outcome"], handshake["key_failure"]) == ("ok", None)


@pytest.mark.parametrize("stack", STACKS)
def test_the_edge_ends_before_the_answer(stack: str, server: Process, pki: Path, tmp_path: Path) -> None:
    """With the client still there, and with one that has gone."""

    def silent(stub: LurkStub, message: lurk.Message) -> bytes:
        if message.type in WITH_POH:
            return b""
        with Client(pki, server.port) as client:
            return client.ask(message).encode()

    with LurkStub(pki, "lurk-rsa", silent) as stub:
        config = lurk_config(pki, stub.port, poh="audit") | {"limits": {"key_server_ms": 60000}}
        with running_edge(stack, config, tmp_path) as edge:
            connect(rsa_context(pki, True), edge.port).close()
            with connect(rsa_context(pki, True), edge.port) as tls:
                assert read_page(tls)["audit"] == "pending"
                wait_until(lambda: sum(message.type in WITH_POH for message in stub.seen) == 2)
                assert not events(edge, "audit")
                edge.stop()
    assert [event["outcome"] for event in events(edge, "audit")] == ["failed"] * 2


@pytest.mark.parametrize("stack", STACKS)
def test_only_where_it_is_asked_for(stack: str, server: Process, pki: Path, tmp_path: Path) -> None:
    with running_edge(stack, lurk_config(pki, server.port), tmp_path) as edge:
        assert visit(rsa_context(pki, True), edge.port)["audit"] is None
    assert not events(edge, "audit")


@pytest.mark.parametrize("stack", STACKS)
def test_command_line(stack: str, server: Process, pki: Path, tmp_path: Path) -> None:
    with running_edge(stack, lurk_config(pki, server.port), tmp_path, options=("--poh", "audit")) as edge:
        visit(rsa_context(pki, True), edge.port)
        [event] = awaited(edge, "audit")
    assert event["outcome"] == "proved"


# --- which exchange static RSA takes ---


@pytest.mark.parametrize("stack", STACKS)
def test_rsa_master_for_every_client(stack: str, server: Process, pki: Path, tmp_path: Path) -> None:
    """The extended master secret is not negotiated for static RSA, and still is for ECDHE."""
    config = lurk_config(pki, server.port) | {"lurk": {"rsa": "rsa_master", "poh": "audit"}}
    with running_edge(stack, config, tmp_path) as edge:
        assert visit(rsa_context(pki, True), edge.port)["method"] == "rsa_master"
        assert visit(client_context(pki, "ECDHE_RSA"), edge.port)["method"] == "ecdhe"
        [event] = awaited(edge, "audit")
    assert event["method"] == "rsa_master_with_poh" and event["outcome"] == "proved"


@pytest.mark.parametrize("stack", STACKS)
def test_no_client_without_extended_master_secret(
    stack: str, server: Process, pki: Path, tmp_path: Path
) -> None:
    config = lurk_config(pki, server.port) | {"lurk": {"rsa": "rsa_extended_master"}}
    with running_edge(stack, config, tmp_path) as edge:
        assert visit(rsa_context(pki, True), edge.port)["method"] == "rsa_extended_master"
        with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
            visit(rsa_context(pki, False), edge.port)
        found = awaited(edge, "handshake", lambda found: len(found) == 2)
    assert found[1]["reason"] == "the client does not offer the extended master secret"


# --- exporters ---


def openssl_exporter(pki: Path, port: int, suite: str) -> tuple[str, dict[str, Any]]:
    """What `openssl s_client` makes of the label, and the edge's page."""
    command: tuple[str, ...] = ("openssl", "s_client", "-connect", f"127.0.0.1:{port}")
    command += ("-servername", WEB_NAME)
    command += ("-CAfile", str(pki / "web-ca.pem"), "-verify_return_error", "-ign_eof", "-tls1_2")
    command += ("-keymatexport", LABEL, "-keymatexportlen", "32", "-cipher", suite)
    seen = run_client(command, ("Keying material: ",))
    assert not seen.problem, seen.output
    return re.findall(r"Keying material: ([0-9A-F]+)", seen.output)[0].lower(), json.loads(seen.page)


@pytest.mark.parametrize("suite", ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256"])
def test_both_ends_export_the_same(edge: Process, pki: Path, suite: str) -> None:
    """RFC 5705: whatever the key server derived is what the client derived."""
    material, facts = openssl_exporter(pki, edge.port, suite)
    assert facts["method"] == ("ecdhe" if suite.startswith("ECDHE") else "rsa_extended_master")
    assert len(material) == 64 and facts["exporter"] == material


@pytest.mark.parametrize("stack", STACKS)
def test_after_rsa_master_too(stack: str, server: Process, pki: Path, tmp_path: Path) -> None:
    """s_client of OpenSSL 3.0 always offers the extended master secret: here it is the edge that has none."""
    config = lurk_config(pki, server.port) | {"lurk": {"rsa": "rsa_master"}, "lab": {"exporter_label": LABEL}}
    with running_edge(stack, config, tmp_path) as edge:
        for suite in ("AES128-GCM-SHA256", "AES256-GCM-SHA384"):
            material, facts = openssl_exporter(pki, edge.port, suite)
            assert facts["method"] == "rsa_master"
            assert len(material) == 64 and facts["exporter"] == material


@pytest.mark.parametrize(
    "priority, method", [("", "rsa_extended_master"), (":%NO_SESSION_HASH", "rsa_master")]
)
def test_gnutls_cli_exports_the_same(edge: Process, pki: Path, priority: str, method: str) -> None:
    options = ("--keymatexport", LABEL, "--keymatexportsize", "32")
    offer = f"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA{priority}"
    seen = gnutls_cli(pki, edge.port, offer, *options, expected=("Key material: ",))
    assert not seen.problem, seen.output
    facts = json.loads(seen.page)
    assert facts["method"] == method
    assert re.findall(r"Key material: ([0-9a-f]+)", seen.output) == [facts["exporter"]]


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_exported_unasked(stack: str, server: Process, pki: Path, tmp_path: Path) -> None:
    with running_edge(stack, lurk_config(pki, server.port), tmp_path) as edge:
        facts = visit(rsa_context(pki, True), edge.port)
    assert facts["token"] == TOKEN and facts["exporter"] is None


# --- start ---


@pytest.mark.parametrize(
    "change, line",
    [
        ({"lurk": {"poh": "always"}}, "lurk.poh: "),
        ({"lurk": {"rsa": "ecdhe"}}, "lurk.rsa: "),
        ({"lab": {"exporter_label": "EXPORTER-Channel-Binding"}}, 'lab.exporter_label: "EXPORTER-Channel'),
        ({"lab": {"surplus": 1}}, "lab.surplus: unknown member"),
    ],
)
def test_bad_configuration(pki: Path, tmp_path: Path, change: dict[str, Any], line: str) -> None:
    assert start_line("openssl", lurk_config(pki, 1) | change, tmp_path).startswith(line)


@pytest.mark.parametrize(
    "config, word, line",
    [
        (lurk_config, "always", '--poh: "always" is neither none nor audit'),
        (remote_config, "audit", "--poh: {file}: is for key servers at lurk+tls:// only"),
    ],
)
def test_bad_usage(
    pki: Path, tmp_path: Path, config: Callable[..., dict[str, Any]], word: str, line: str
) -> None:
    file = tmp_path / "edge.json"
    write_json(file, config(pki, 1))
    done = start("openssl", "--config", str(file), "--poh", word)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == f"lurk-edge-openssl: {line.format(file=file)}\n"


def test_boringssl_says_why_not(pki: Path, tmp_path: Path) -> None:
    reason = "there is no static RSA: the library takes no master secret from outside"
    [line] = [text for text in start("boringssl", "--abilities").stdout.splitlines() if "LURK audit" in text]
    assert line.split(None, 3) == ["LURK", "audit", "no", reason]
    refused = start_line("boringssl", lurk_config(pki, 1, rsa=False, poh="audit"), tmp_path)
    assert refused == f"lurk.poh: no LURK audit with boringssl: {reason}"
