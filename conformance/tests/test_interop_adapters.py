"""What the adapters of TLS clients have in common, and each of them in scenarios that take more than one
handshake."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import lurkspec

from lurkspec.interop import audit
from lurkspec.interop.adapters import script, visit
from lurkspec.interop.adapters.tunnel import Tunnel
from lurkspec.interop.judge import judge
from lurkspec.interop.results import Outcome, Results
from lurkspec.interop.scenario import load
from lurkspec.interop.data import folder


@pytest.mark.parametrize(
    "suite, version, resumed, exchange",
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS 1.2", False, "ECDHE_ECDSA"),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS 1.2", False, "ECDHE_RSA"),
        ("TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS 1.2", False, "RSA"),
        ("AES128-GCM-SHA256", "TLS 1.2", False, "RSA"),
        ("AES128-GCM-SHA256", "TLS 1.2", True, "resumption"),
        ("TLS_AES_128_GCM_SHA256", "TLS 1.3", False, "TLS 1.3"),
        ("TLS_AES_128_GCM_SHA256", "TLS 1.3", True, "resumption"),
    ],
)
def test_exchange(suite: str, version: str, resumed: bool, exchange: str) -> None:
    assert visit.exchange_of(suite, version, resumed) == exchange


def test_reports_of_two_connections() -> None:
    assert visit.parts("noise # one # two", "# ", 2) == ["# one ", "# two"]
    with pytest.raises(SystemExit) as end:
        visit.parts("noise # one", "# ", 2)
    assert end.value.code == 1


def test_what_is_said_is_answered() -> None:
    """A step waits for its text, wherever the pieces of it end."""
    program = "import sys; print('one', flush=True); print(input()); print('two', flush=True); print(input())"
    steps = (("one", b"first\n"), ("two", b"second\n"))
    assert visit.run(sys.executable, "-c", program, then=steps).split() == ["one", "first", "two", "second"]


def test_operations_are_counted(tmp_path: Path) -> None:
    """Neither pings nor capabilities, which take no key; the last line may be half of one."""
    log = tmp_path / "audit.jsonl"
    assert audit.operations(log) == 0
    said = [{"event": "start"}, *({"event": "request", "operation": o} for o in ("ski", "ping", "ecdhe"))]
    log.write_text("".join(json.dumps(line) + "\n" for line in said) + '{"event": "request"', "ascii")
    assert audit.operations(log) == 2


def test_resumption_must_be_told() -> None:
    scenario = load(folder() / "scenarios" / "tls13-resumption.toml")
    page = {"token": "lurkspec-edge-ok", "format": "cbor"}
    first = {"version": "TLS 1.3", "resumed": False, "page": page}
    second: dict[str, object] = {"version": "TLS 1.3", "page": page}
    cases: tuple[tuple[dict[str, object], str], ...] = (
        ({}, "does not tell resumed"),
        ({"resumed": False}, "saw resumed"),
        ({"resumed": True}, ""),
    )
    for extra, problem in cases:
        said = "".join(f"seen {json.dumps(line)}\n" for line in (first, second | extra))
        found = judge(said, scenario, "ski-cbor", {}, "client x", "edge x")
        assert found.problem.startswith(problem) and bool(found.problem) == bool(problem)


def test_tunnel(tmp_path: Path) -> None:
    """Whatever name is asked for, curl gets what the one server has."""
    (tmp_path / "page").write_text("through", "ascii")
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline().split(" port ")[1].split()[0])
        with Tunnel("127.0.0.1", port) as tunnel:
            proxy = ["--proxy", f"http://127.0.0.1:{tunnel.port}", "--proxytunnel", "--noproxy", ""]
            command = ["curl", "--silent", *proxy, "http://nobody.example/page"]
            got = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        server.terminate()
    assert got.stdout == "through"


def test_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several at a time wait for one; another source is another program."""
    source = tmp_path / "clients" / "visit.x"
    source.parent.mkdir()
    source.write_text("one", "ascii")
    monkeypatch.setattr("lurkspec.interop.data.folder", lambda: tmp_path)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    build: Callable[[Path, Path], list[str]] = lambda source, folder: [
        "sh",
        "-c",
        f"echo built >> {tmp_path}/times; cp {source} {folder}/visit",
    ]
    language = script.Language("visit.x", lambda folder, visit: [], {}, build)
    threads = [threading.Thread(target=script.prepared, args=("x", language)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (script.prepared("x", language) / "visit").read_text("ascii") == "one"
    assert (tmp_path / "times").read_text("ascii") == "built\n"
    source.write_text("two", "ascii")
    assert (script.prepared("x", language) / "visit").read_text("ascii") == "two"


def test_every_client(tmp_path: Path) -> None:
    """Resumption in both versions, HelloRetryRequest, client authentication."""
    scenarios = ["tls12-resumption", "tls13-resumption", "tls13-hello-retry", "tls12-client-auth"]
    options = ["--keyserver", "openssl", "--edge", "openssl", "--over", "ski-cbor", "--no-capture"]
    options += [part for name in scenarios for part in ("--scenario", name)]
    done = lurkspec("interop", *options, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout
    results = Results.load(tmp_path)
    declined = {(c.client, c.scenario) for c in results.cells if c.outcome is not Outcome.PASS}
    assert declined == {
        ("wget", "tls12-resumption"),
        ("wget", "tls13-resumption"),
        ("curl", "tls12-resumption"),
        ("nss", "tls12-resumption"),
    }
    assert {"boringssl", "curl", "gnutls", "nodejs", "nss", "openssl", "perl", "python", "wget"} <= {
        c.client for c in results.cells
    }
