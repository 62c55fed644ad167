"""`lurkspec edge HOST:PORT --target FILE`: an edge of somebody's, and TLS servers that are no edge."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from edge_lab import LIBRARIES, running_edge

from lurkspec.cli import cli
from lurkspec.edge.target import load_edge_target
from lurkspec.pki import write_pki
from lurkspec.reference import EDGE_TARGET_FILE, edge_config, edge_target_text, lurk_edge_config, served
from lurkspec.target import TargetError

SOME = ("edge-*-members", "edge-ski-5.2-neither-nor", "edge-ski-4.1-refused", "edge-ski-4.1-fail-over")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    write_pki(folder, served(lurk_port=0))
    return folder


@pytest.fixture
def port() -> Iterator[int]:
    """Where the suite will play key server; kept from others meanwhile."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


def run(lab: Path, address: int, *options: str) -> tuple[int, str, dict[str, str]]:
    """Exit code, output, and verdicts by case."""
    file = lab / "report.json"
    file.unlink(missing_ok=True)
    where = [f"127.0.0.1:{address}", "--target", str(lab / EDGE_TARGET_FILE), "--json", str(file)]
    done = CliRunner(mix_stderr=False).invoke(cli, ["edge", *where, *options])
    results = json.loads(file.read_text())["results"] if file.exists() else []
    return done.exit_code, done.stdout + str(done.exception), {r["id"]: r["verdict"] for r in results}


def absolute(lab: Path, config: dict[str, object]) -> dict[str, object]:
    text = json.dumps(config)
    for file in lab.iterdir():
        text = text.replace(f'"{file.name}"', json.dumps(str(file)))
    found: dict[str, object] = json.loads(text)
    return found


@pytest.mark.parametrize("library", LIBRARIES)
def test_edge_of_a_target_file(library: str, lab: Path, port: int, tmp_path: Path) -> None:
    """It runs before the suite listens; what its target file does not give is unsupported."""
    (lab / EDGE_TARGET_FILE).write_text(edge_target_text(port))
    config = absolute(lab, edge_config(port)) | {"limits": {"key_server_ms": 1500}}
    with running_edge(library, config, tmp_path) as edge:
        code, said, verdicts = run(lab, edge.port, *(o for glob in SOME for o in ("-k", glob)))
    assert code == 0, said
    assert verdicts.pop("edge-ski-4.1-fail-over") == "unsupported"
    assert set(verdicts.values()) == {"pass"} and len(verdicts) == 3


def test_edge_over_lurk(lab: Path, port: int, tmp_path: Path) -> None:
    text = edge_target_text(port).replace('"ski"', '"lurk"').replace("www-", "lurk-")
    text = text.replace('[ski]\nformat = "cbor"', '[lurk]\nproof_of_ownership = "sha256_256"')
    (lab / EDGE_TARGET_FILE).write_text(text)
    with running_edge("openssl", absolute(lab, lurk_edge_config(port)), tmp_path) as edge:
        code, said, verdicts = run(
            lab, edge.port, "-k", "edge-lurk-tls12-6.1-*", "-k", "edge-lurk-5.1-header"
        )
    assert code == 0, said
    assert set(verdicts.values()) == {"pass"} and len(verdicts) >= 5


class Server:
    """Accepts, and does the same with every connection."""

    def __init__(self, handle: object):
        self.handle = handle
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])

    def __enter__(self) -> Server:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self.listener.accept()
                threading.Thread(target=self._talk, args=(plain,), daemon=True).start()

    def _talk(self, plain: socket.socket) -> None:
        plain.settimeout(20)
        with contextlib.suppress(OSError), plain:
            assert callable(self.handle)
            self.handle(plain)


def deaf(plain: socket.socket) -> None:
    while plain.recv(65536):
        pass


@pytest.mark.parametrize("kind", ["deaf", "closing", "own keys", "another certificate"])
def test_what_is_no_edge_gets_no_verdict(kind: str, lab: Path, port: int) -> None:
    """Nothing that answers, no TLS, a TLS server with its keys at home: exit code 3, and no case passes."""
    text = edge_target_text(port).replace("key_servers", "wait_ms = 400\nkey_servers", 1)
    (lab / EDGE_TARGET_FILE).write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    name = "www-ecdsa" if kind == "own keys" else "other-ecdsa"
    context.load_cert_chain(lab / f"{name}.pem", lab / f"{name}.key")

    def serve(plain: socket.socket) -> None:
        with context.wrap_socket(plain, server_side=True) as tls:
            deaf(tls)

    handle = {"deaf": deaf, "closing": lambda plain: plain.close()}.get(kind, serve)
    with Server(handle) as server:
        code, said, verdicts = run(lab, server.port)
    assert (code, verdicts) == (3, {}), said
    assert "does not serve a good request" in said


@pytest.mark.parametrize(
    "change, said",
    [
        (("protocol", "protocols"), "protocol is missing"),
        (('"ski"', '"http"'), "protocol must be one of ski, lurk"),
        (("www-ecdsa.key", "www-rsa.key"), "not the key of the certificate"),
        (('usage = "ecdhe"', 'usage = "sign"'), "usage must be one of ecdhe, rsa"),
        (("[ski]", "surplus = 1\n[ski]"), "surplus is not known"),
        (("127.0.0.1:", "127.0.0.1-"), "is not HOST:PORT"),
    ],
)
def test_bad_target_file(change: tuple[str, str], said: str, lab: Path) -> None:
    """One line that names file and member."""
    file = lab / "bad.toml"
    file.write_text(edge_target_text(8443).replace(*change, 1))
    with pytest.raises(TargetError) as caught:
        load_edge_target(file, "127.0.0.1:1")
    assert said in str(caught.value) and str(file) in str(caught.value)


def test_bad_usage() -> None:
    for options in (("127.0.0.1:1",), ("--target", "x", "--library", "openssl"), ("--only", "ski-*")):
        done = CliRunner().invoke(cli, ["edge", *options])
        assert done.exit_code == 2, done.output
