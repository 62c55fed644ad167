"""How an edge starts: every fault is one clear line and exit code 2; an absent key server is no fault."""

from __future__ import annotations

import copy
import datetime
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from edge_lab import LIBRARIES, events, key_server, local_config, remote_config, running_edge, scripted, visit

from lurkspec import certificates as x
from lurkspec.edge.keyserver import Reply
from lurkspec.edge.ski import SkiAsked
from lurkspec.process import find

DAY = datetime.timedelta(days=1)
NOTHING: Any = object()


def start(library: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(find(f"lurk-edge-{library}")), *arguments]
    return subprocess.run(command, text=True, capture_output=True, timeout=30, check=False)


def start_line(library: str, config: Any, folder: Path) -> str:
    """The only line of an edge that must refuse this configuration."""
    file = folder / "edge.json"
    file.write_text(config if isinstance(config, str) else json.dumps(config), "utf-8")
    done = start(library, "--config", str(file))
    assert done.returncode == 2 and done.stdout == "", done
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"lurk-edge-{library}: {file}: ")
    return lines[0].partition(f"{file}: ")[2]


def changed(config: dict[str, Any], way: str, value: Any) -> dict[str, Any]:
    """A copy with the member at `way` replaced, or taken out."""
    result = copy.deepcopy(config)
    at: Any = result
    *steps, last = [int(step) if step.isdigit() else step for step in way.split(".")]
    for step in steps:
        at = at[step]
    if value is NOTHING:
        del at[last]
    else:
        at[last] = value
    return result


@pytest.mark.parametrize(
    "arguments, hint",
    [
        ((), "--config FILE is missing"),
        (("--confg", "x"), "--confg"),
        (("--config",), "--config"),
        (("--config", "x", "y"), "y"),
        (("--config", "/no/such/file"), "/no/such/file"),
        (("--upstream",), "--upstream"),
    ],
)
def test_command_line(arguments: tuple[str, ...], hint: str) -> None:
    done = start("openssl", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and hint in done.stderr


@pytest.mark.parametrize("library", LIBRARIES)
def test_information(library: str) -> None:
    for option, hint in (
        ("--help", "--config FILE"),
        ("--version", library),
        ("--abilities", "TLS 1.2 static RSA"),
    ):
        done = start(library, option)
        assert done.returncode == 0 and done.stderr == "" and hint.lower() in done.stdout.lower()


@pytest.mark.parametrize(
    "way, value, line",
    [
        ("listen", NOTHING, "listen: is missing"),
        ("listen", "localhost", 'listen: "localhost" is not ADDRESS:PORT'),
        ("listen", "127.0.0.1:70000", "listen: "),
        ("listen", 443, "listen: must be a string"),
        ("surplus", 1, "surplus: unknown member"),
        ("format", "xml", 'format: "xml" is none of "json", "cbor"'),
        ("certificates", NOTHING, "certificates: is missing"),
        ("certificates", [], "certificates: must name at least one"),
        ("certificates.0.usage", "sign", "certificates[0].usage: "),
        ("certificates.0.surplus", 1, "certificates[0].surplus: unknown member"),
        ("certificates.0.chain", "/no/such.pem", "certificates[0]: /no/such.pem: No such file"),
        ("certificates.0.chain", "/dev/null", "certificates[0]: /dev/null: "),
        ("key_servers", NOTHING, "key_servers: is missing"),
        ("key_servers", [], "key_servers: must name at least one"),
        ("key_servers.0.name", NOTHING, "key_servers[0].name: is missing"),
        ("key_servers.0.url", "http://127.0.0.1:1/ski", "key_servers[0].url: "),
        ("key_servers.0.url", "https://u@127.0.0.1:1/ski", "key_servers[0].url: "),
        ("channel", NOTHING, "channel: is missing"),
        ("channel.key", NOTHING, "channel.key: is missing"),
        ("channel.ca", "/no/such.pem", "channel: /no/such.pem: "),
        ("upstream", "example.org:80", "upstream: "),
        ("groups", [], "groups: must name at least one group"),
        ("groups", ["X448"], 'groups[0]: "X448" is none of "X25519", "P-256", "P-384", "P-521"'),
        ("groups", ["P-256", "P-256"], "groups[1]: P-256 stands here twice"),
        ("clients", {"required": False}, "clients.ca: is missing"),
        ("clients", {"ca": "/no/such.pem", "required": 1}, "clients.required: must be true or false"),
        ("limits.handshake_ms", 0, "limits.handshake_ms: 0 is not in 1"),
        ("limits.surplus", 0, "limits.surplus: unknown member"),
        ("log", "/no/such/folder/log", "log: /no/such/folder/log: No such file"),
    ],
)
def test_bad_configuration(pki: Path, tmp_path: Path, way: str, value: Any, line: str) -> None:
    config = remote_config(pki, 1)
    assert start_line("openssl", changed(config, way, value), tmp_path).startswith(line)


def test_upstream_of_the_command_line(pki: Path, tmp_path: Path) -> None:
    """It stands for the member, good or bad; test_edge_service has the proxy itself."""
    file = tmp_path / "edge.json"
    file.write_text(json.dumps(local_config(pki, "www-ecdsa")))
    for address, code in (("127.0.0.1:80", 0), ("[::1]:80", 0), ("localhost:80", 2), ("127.0.0.1", 2)):
        done = start("openssl", "--config", str(file), "--upstream", address, "--check")
        assert done.returncode == code and (code == 0 or "--upstream" in done.stderr), done


def test_no_json(tmp_path: Path) -> None:
    assert start_line("openssl", '{"listen": 1,}', tmp_path).startswith("line 1: ")
    assert "duplicate" in start_line("openssl", '{"listen": 1, "listen": 2}', tmp_path)


Maker = Callable[..., dict[str, Any]]


@pytest.fixture
def entry(pki: Path, tmp_path: Path) -> Maker:
    """A certificate entry with a local key, made from a profile; `chain` says what follows the leaf."""
    root = x.load_authority(pki / "web-ca.pem", pki / "web-ca.key")

    def make(
        usage: str = "ecdhe", type: str = "ec-p256", chain: str = "good", **profile: Any
    ) -> dict[str, Any]:
        middle = x.new_authority("middle", root)
        other = x.new_authority("other", root)
        key = x.new_key(type)
        wanted: dict[str, Any] = {"names": ("dns:www.example",), "extended": ("serverAuth",)} | profile
        leaf = x.issue(x.Profile("www", **wanted), key, middle)
        order = {
            "good": (leaf, middle.certificate, root.certificate),
            "alone": (leaf,),
            "reversed": (middle.certificate, leaf),
            "gap": (leaf, root.certificate),
            "other": (leaf, other.certificate),
        }[chain]
        (tmp_path / "leaf.pem").write_bytes(x.pem(*order))
        x.write_private(tmp_path / "leaf.key", x.key_pem(key))
        return {"chain": str(tmp_path / "leaf.pem"), "key": str(tmp_path / "leaf.key"), "usage": usage}

    return make


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    "how, fault",
    [
        ({"valid": (-2 * DAY, -DAY)}, "the certificate has expired"),
        ({"valid": (DAY, 2 * DAY)}, "the certificate is not valid yet"),
        ({"chain": "reversed"}, "the chain is out of order"),
        ({"chain": "gap"}, "the chain is out of order"),
        ({"chain": "other"}, "the chain is out of order"),
        ({"usages": ("key_encipherment",)}, "the key usage lacks digitalSignature"),
        ({"usage": "rsa", "type": "rsa-2048"}, "the key usage lacks keyEncipherment"),
        ({"usage": "rsa", "usages": ("key_encipherment",)}, 'usage "rsa" needs an RSA key'),
        ({"extended": ("clientAuth",)}, "the extended key usage does not allow serverAuth"),
        ({"type": "rsa-1024"}, "the key is of a kind that is not served"),
        ({"type": "ec-p224"}, "the key is of a kind that is not served"),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else "",
)
def test_bad_certificate(library: str, entry: Maker, tmp_path: Path, how: dict[str, Any], fault: str) -> None:
    config = {"listen": "127.0.0.1:0", "certificates": [entry(**how)]}
    assert start_line(library, config, tmp_path).startswith(f"certificates[0]: {tmp_path}/leaf.pem: {fault}")


@pytest.mark.parametrize("library", LIBRARIES)
def test_good_certificates_are_taken(library: str, entry: Maker, tmp_path: Path) -> None:
    """The control of the test above."""
    good: tuple[dict[str, Any], ...] = (
        {},
        {"chain": "alone"},
        {"usage": "rsa", "type": "rsa-2048", "usages": ("key_encipherment",)},
    )
    for how in good:
        config = {"listen": "127.0.0.1:0", "certificates": [entry(**how)]}
        (tmp_path / "edge.json").write_text(json.dumps(config))
        done = start(library, "--config", str(tmp_path / "edge.json"), "--check")
        assert done.returncode == 0 and done.stdout == done.stderr == "", done


@pytest.mark.parametrize("library", LIBRARIES)
def test_keys_that_do_not_fit(library: str, pki: Path, tmp_path: Path) -> None:
    config = local_config(pki, "www-rsa")
    other = changed(config, "certificates.0.key", str(pki / "www-rsa-kx.key"))
    assert "the local key is not the key of the certificate" in start_line(library, other, tmp_path)
    public = changed(config, "certificates.0.key", str(pki / "www-rsa.pem"))
    assert "the local key is not an unencrypted PEM key" in start_line(library, public, tmp_path)
    twice = copy.deepcopy(local_config(pki, "www-rsa-kx"))
    key = x.load_authority(pki / "www-rsa-kx.pem", pki / "www-rsa-kx.key").key
    issuer = x.load_authority(pki / "web-ca.pem", pki / "web-ca.key")
    profile = x.Profile("www", ("dns:www.example",), extended=("serverAuth",))
    (tmp_path / "signing.pem").write_bytes(x.pem(x.issue(profile, key, issuer)))
    twice["certificates"].append({"chain": str(tmp_path / "signing.pem"), "key": str(pki / "www-rsa-kx.key")})
    assert "a key has one usage" in start_line(library, twice, tmp_path)


@pytest.mark.parametrize("library", LIBRARIES)
def test_channel_key_is_not_served(library: str, pki: Path, tmp_path: Path) -> None:
    key = x.load_authority(pki / "edge-a.pem", pki / "edge-a.key").key
    issuer = x.load_authority(pki / "web-ca.pem", pki / "web-ca.key")
    (tmp_path / "same.pem").write_bytes(
        x.pem(x.issue(x.Profile("www", ("dns:www.example",), extended=("serverAuth",)), key, issuer))
    )
    config = changed(remote_config(pki, 1), "certificates.0.chain", str(tmp_path / "same.pem"))
    assert "its key is the channel key of this edge" in start_line(library, config, tmp_path)


@pytest.mark.parametrize("library", LIBRARIES)
def test_key_that_the_key_server_does_not_serve(library: str, pki: Path, tmp_path: Path) -> None:
    """Another edge's key: /capabilities does not list it."""
    with key_server(library, pki, tmp_path) as server:
        config = remote_config(pki, server.port)
        config["certificates"].append({"chain": str(pki / "other-ecdsa.pem")})
        line = start_line(library, config, tmp_path)
        assert line.startswith(
            f"certificates[3]: {pki}/other-ecdsa.pem: key server https://127.0.0.1:{server.port}/ski"
        )
        assert "has no key for this certificate" in line


def test_method_that_is_not_granted(pki: Path, tmp_path: Path) -> None:
    def told(asked: SkiAsked) -> Reply:
        return server.reply(server.granted(methods=["ECDHE"]))

    with scripted(pki, told=told) as server:
        line = start_line("openssl", remote_config(pki, server.address[1]), tmp_path)
        assert "certificates[2]" in line and "does not grant method RSA" in line


def test_port_in_use(pki: Path, tmp_path: Path) -> None:
    with running_edge("openssl", local_config(pki, "www-ecdsa"), tmp_path) as edge:
        (tmp_path / "second").mkdir()
        config = local_config(pki, "www-ecdsa") | {"listen": f"127.0.0.1:{edge.port}"}
        assert start_line("openssl", config, tmp_path / "second").startswith("listen: address already in use")


@pytest.mark.parametrize("library", LIBRARIES)
def test_absent_key_server_is_waited_for(library: str, pki: Path, tmp_path: Path) -> None:
    """The edge starts, says so, and serves once the key server is there."""
    with key_server(library, pki, tmp_path) as server:
        port = server.port
    with running_edge(library, remote_config(pki, port), tmp_path) as edge:
        assert [event["state"] for event in events(edge, "key_server")] == ["unreachable"]
        with pytest.raises(OSError):
            visit(pki, edge.port, "TLS 1.3")
        with key_server(library, pki, tmp_path, port):
            edge.wait_said('"state":"capabilities known"')
            for exchange in ("ECDHE_RSA", "RSA", "TLS 1.3"):
                assert visit(pki, edge.port, exchange)["exchange"] == exchange


@pytest.mark.parametrize("library", LIBRARIES)
def test_wrong_key_server_is_not_spoken_to(library: str, pki: Path, tmp_path: Path) -> None:
    """A certificate of another name: the channel is not opened, which is no fault of the configuration."""
    with key_server(library, pki, tmp_path) as server:
        config = changed(remote_config(pki, server.port), "key_servers.0.name", "elsewhere.example")
        with running_edge(library, config, tmp_path) as edge:
            assert events(edge, "key_server")[0]["state"] == "unreachable"
            with pytest.raises(OSError):
                visit(pki, edge.port, "ECDHE_ECDSA")
