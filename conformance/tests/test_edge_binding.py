"""Certificates bound to key servers by name: each key is asked of those that have it, and of no other."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from edge_lab import LIBRARIES, events, running_edge, visit
from test_edge_start import start_line

from lurkspec import certificates as x
from lurkspec.pki import EDGES, SERVER_NAME
from lurkspec.process import Process, find
from lurkspec.reference import keyserver_config, write_json

# (name, exchange of the client, its key by interface)
FIRST = ("first.example", "ECDHE_ECDSA", {"ski": "www-ecdsa", "lurk": "lurk-ecdsa"})
SECOND = ("second.example", "ECDHE_RSA", {"ski": "www-rsa", "lurk": "lurk-rsa"})
BOTH = (FIRST, SECOND)


def key_server(pki: Path, folder: Path, name: str, key: str, **grant: Any) -> Process:
    """A reference key server of that name with this key only."""
    authority = x.load_authority(pki / "ca.pem", pki / "ca.key")
    own = x.new_key("ec-p256")
    profile = x.Profile(name, (f"dns:{name}",), extended=("serverAuth",))
    (folder / f"{name}.pem").write_bytes(x.pem(x.issue(profile, own, authority)))
    x.write_private(folder / f"{name}.key", x.key_pem(own))
    config = keyserver_config(lurk_port=0)
    channel = {
        "certificate": folder / f"{name}.pem",
        "key": folder / f"{name}.key",
        "client_ca": pki / "ca.pem",
    }
    config["channel"] = {member: str(file) for member, file in channel.items()}
    config["keys"] = [k | {"file": str(pki / k["file"])} for k in config["keys"] if k["name"] == key]
    config["edges"] = [{"identity": EDGES["a"], "grants": [{"key": key} | grant]}]
    config["lurk"]["proof_of_ownership"] = "optional"
    config["audit_log"] = str(folder / f"{name}.jsonl")
    write_json(folder / f"{name}.json", config)
    command = [str(find("lurk-keyserver-openssl")), "--config", str(folder / f"{name}.json")]
    return Process(command, folder / f"{name}.txt", listeners=2)


def edge_config(
    pki: Path, interface: str, servers: tuple[Process, ...], bound: bool = True
) -> dict[str, Any]:
    lurk = interface == "lurk"
    return {
        "listen": "127.0.0.1:0",
        "key_servers": [
            {"url": url(server, lurk), "name": name} for server, (name, _, _) in zip(servers, BOTH)
        ],
        "channel": {
            "certificate": str(pki / "edge-a.pem"),
            "key": str(pki / "edge-a.key"),
            "ca": str(pki / "ca.pem"),
        },
        "certificates": [
            {"chain": str(pki / f"{keys[interface]}.pem")} | ({"key_servers": [name]} if bound else {})
            for name, _, keys in BOTH
        ],
        "limits": {"key_server_ms": 2000},
    }


def url(server: Process, lurk: bool) -> str:
    return f"lurk+tls://127.0.0.1:{server.ports[1]}" if lurk else f"https://127.0.0.1:{server.ports[0]}/ski"


@pytest.fixture(params=("ski", "lurk"))
def interface(request: pytest.FixtureRequest) -> str:
    value: str = request.param
    return value


@contextlib.contextmanager
def two_key_servers(pki: Path, folder: Path, interface: str) -> Iterator[tuple[Process, ...]]:
    with contextlib.ExitStack() as stack:
        yield tuple(
            stack.enter_context(key_server(pki, folder, name, keys[interface])) for name, _, keys in BOTH
        )


@pytest.mark.parametrize("library", LIBRARIES)
def test_each_key_where_it_is(library: str, interface: str, both_pki: Path, tmp_path: Path) -> None:
    """Also while the other key server is gone, which is never asked instead."""
    with two_key_servers(both_pki, tmp_path, interface) as servers:
        config = edge_config(both_pki, interface, servers)
        with running_edge(library, config, tmp_path) as edge:
            for server, (_, exchange, _) in zip(servers, BOTH):
                shown = visit(both_pki, edge.port, exchange)
                assert shown["exchange"] == exchange and shown["key_server"] == url(
                    server, interface == "lurk"
                )
            servers[1].stop()
            with pytest.raises((ssl.SSLError, OSError)):
                visit(both_pki, edge.port, SECOND[1])
            assert visit(both_pki, edge.port, FIRST[1])["exchange"] == FIRST[1]
            told = {event["key_server"] for event in events(edge, "key_server")}
            assert told == {url(server, interface == "lurk") for server in servers}
    asked = (tmp_path / f"{FIRST[0]}.jsonl").read_text()
    assert '"verdict":"served"' in asked and "not found" not in asked and "invalid_key_id" not in asked


def test_unbound_keys_are_asked_of_the_first(both_pki: Path, tmp_path: Path) -> None:
    """The control: without the binding the edge sees at start that it has a key nobody serves."""
    with two_key_servers(both_pki, tmp_path, "ski") as servers:
        line = start_line("openssl", edge_config(both_pki, "ski", servers, bound=False), tmp_path)
    assert line.startswith("certificates[1]: ") and "has no key for this certificate" in line


def test_a_name_for_two(both_pki: Path, tmp_path: Path) -> None:
    """Key servers of one name share keys: the second is asked when the first is away."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(key_server(both_pki, tmp_path, FIRST[0], "www-ecdsa")) for _ in "12"]
        config = edge_config(both_pki, "ski", (servers[0], servers[1]))
        config["key_servers"][1]["name"] = FIRST[0]
        config["certificates"] = config["certificates"][:1]
        with running_edge("openssl", config, tmp_path) as edge:
            assert visit(both_pki, edge.port, FIRST[1])["key_server"] == url(servers[0], False)
            servers[0].kill()
            assert visit(both_pki, edge.port, FIRST[1])["key_server"] == url(servers[1], False)


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_is_granted_counts_for_its_keys_only(library: str, both_pki: Path, tmp_path: Path) -> None:
    """One key is granted for TLS 1.2 alone, so that TLS 1.3 comes with the other certificate."""
    with contextlib.ExitStack() as stack:
        servers = (
            stack.enter_context(key_server(both_pki, tmp_path, FIRST[0], "www-ecdsa", protocols=["TLS 1.2"])),
            stack.enter_context(key_server(both_pki, tmp_path, SECOND[0], "www-rsa")),
        )
        with running_edge(library, edge_config(both_pki, "ski", servers), tmp_path) as edge:
            assert visit(both_pki, edge.port, "TLS 1.3")["certificate"].endswith("www-rsa.pem")
            assert visit(both_pki, edge.port, FIRST[1])["certificate"].endswith("www-ecdsa.pem")


@pytest.mark.parametrize(
    "named, line",
    [
        ([], "certificates[0].key_servers: must name at least one key server"),
        (["nobody.example"], 'certificates[0].key_servers[0]: "nobody.example" is the name of no key server'),
        (SERVER_NAME, "certificates[0].key_servers: must be an array"),
        ([1], "certificates[0].key_servers[0]: must be a string"),
    ],
    ids=("none", "nobody", "string", "number"),
)
def test_bad_names(both_pki: Path, tmp_path: Path, named: object, line: str) -> None:
    config: dict[str, Any] = {
        "listen": "127.0.0.1:0",
        "key_servers": [{"url": "https://127.0.0.1:1/ski", "name": SERVER_NAME}],
        "channel": {"certificate": "x", "key": "x", "ca": "x"},
        "certificates": [{"chain": str(both_pki / "www-ecdsa.pem"), "key_servers": named}],
    }
    assert start_line("openssl", config, tmp_path).startswith(line)
