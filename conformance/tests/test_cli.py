"""The command line as a person uses it: exit codes, one line for bad usage, reports on every path."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conftest import StartStub
from lurkspec.reference import target_text

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ("--json", "r.json", "--junit", "r.xml", "--html", "r.html", "--out", "out")


def lurkspec(
    folder: Path, *arguments: str, wait: float = 60, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lurkspec", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=wait,
        check=False,
    )


def one_line(done: subprocess.CompletedProcess[str], code: int, part: str) -> None:
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert part in done.stderr and done.stderr.startswith("lurkspec: ")


@pytest.fixture
def plain_https(pki: Path) -> Iterator[Path]:
    """A web server with the right certificate that knows nothing of keys; its target file."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_error(404)

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "ks.pem", pki / "ks.key")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    file = pki / "plain.toml"
    file.write_text(target_text(server.server_port).replace("wait_ms = 5000", "wait_ms = 300"))
    yield file
    server.shutdown()
    server.server_close()


def test_plain_https_server_gives_exit_3_and_no_pass(plain_https: Path, tmp_path: Path) -> None:
    done = lurkspec(tmp_path, "keyserver", "--target", str(plain_https), *REPORTS)
    assert done.returncode == 3, done.stdout
    assert "does not serve a good request: ski: 404" in done.stdout
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["counts"]["cases"]["pass"] == 0 and report["results"] == [] and report["exit_code"] == 3
    assert "could not run" in (tmp_path / "r.html").read_text()
    assert 'errors="1"' in (tmp_path / "r.xml").read_text()
    assert (tmp_path / "out" / "result.json").exists()


def test_good_run(start_stub: StartStub, tmp_path: Path) -> None:
    target = start_stub().target_file
    done = lurkspec(tmp_path, "keyserver", "--target", str(target), "-k", "ski-5.2-input-missing", *REPORTS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cases 1, variants " in done.stdout and ": 1 pass in" in done.stdout
    assert json.loads((tmp_path / "r.json").read_text())["exit_code"] == 0


def test_failing_run_can_be_replayed_and_expected(start_stub: StartStub, tmp_path: Path) -> None:
    target = start_stub("signs_anything").target_file
    base = ("keyserver", "--target", str(target), "-k", "ski-6-random-input")
    done = lurkspec(tmp_path, *base, "--out", "out", "--write-expectations", "e.toml")
    assert done.returncode == 1, done.stdout
    assert "fail ski-6-random-input" in done.stdout and "lurkspec keyserver --target" in done.stdout
    failure = (tmp_path / "out" / "ski-6-random-input" / "failure.txt").read_text()
    assert "an output or a success was sent" in failure
    assert (
        f"lurkspec keyserver --target {target} --only ski-6-random-input --seed 1"
        in (tmp_path / "out" / "ski-6-random-input" / "replay").read_text()
    )
    assert lurkspec(tmp_path, *base, "--expect", "e.toml").returncode == 0
    healed = start_stub().target_file
    done = lurkspec(
        tmp_path, "keyserver", "--target", str(healed), "-k", "ski-6-random-input", "--expect", "e.toml"
    )
    assert done.returncode == 1 and "expected fail" in done.stdout


def test_lenient_is_expected_unless_strict(start_stub: StartStub, tmp_path: Path) -> None:
    target = start_stub("errors_with_200").target_file
    base = ("keyserver", "--target", str(target), "-k", "ski-5.2-input-missing")
    assert lurkspec(tmp_path, *base).returncode == 0
    assert lurkspec(tmp_path, *base, "--strict").returncode == 1


def test_bad_usage_is_one_line(pki: Path, tmp_path: Path, start_stub: StartStub) -> None:
    target = str(start_stub().target_file)
    one_line(lurkspec(tmp_path, "keyserver", "ski+https://127.0.0.1:1"), 2, "--target")
    one_line(lurkspec(tmp_path, "keyserver", "--target", "nowhere.toml"), 2, "nowhere.toml: No such file")
    one_line(lurkspec(tmp_path, "keyserver", "https://x", "--target", target), 2, "ski+https://HOST:PORT")
    one_line(lurkspec(tmp_path, "keyserver", "--target", target, "-k", "no-such-*"), 2, "lurkspec list")
    one_line(
        lurkspec(tmp_path, "keyserver", "--target", target, "--section", "no such"), 2, "no case is selected"
    )
    one_line(lurkspec(tmp_path, "keyserver", "--target", target, "--library", "openssl"), 2, "--library")
    one_line(lurkspec(tmp_path, "keyserver", "--target", target, "--expect", "no.toml"), 2, "no.toml")
    one_line(lurkspec(tmp_path, "keyserver", "--nonsense"), 2, "--nonsense")
    one_line(lurkspec(tmp_path, "nonsense"), 2, "nonsense")
    one_line(lurkspec(tmp_path, "explain", "SKI-0-0"), 2, "SKI-0-0")
    one_line(lurkspec(tmp_path, "pki", str(pki)), 2, "not empty")


def test_no_binary_is_exit_3_with_reports(tmp_path: Path) -> None:
    done = lurkspec(tmp_path, "keyserver", *REPORTS, LURKSPEC_BIN=str(tmp_path))
    assert done.returncode == 3
    assert "lurk-keyserver-openssl is not there" in done.stdout
    assert json.loads((tmp_path / "r.json").read_text())["aborted"]


def test_unwritable_report_is_exit_3(start_stub: StartStub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    target = str(start_stub().target_file)
    done = lurkspec(
        tmp_path, "keyserver", "--target", target, "-k", "ski-5.2-input-missing", "--json", "file/r.json"
    )
    assert done.returncode == 3 and "file/r.json" in done.stderr


def test_list_and_explain(tmp_path: Path) -> None:
    listed = json.loads(lurkspec(tmp_path, "list", "--json").stdout)
    assert len({c["id"] for c in listed}) == len(listed)
    assert all(c["requirement"] and c["clauses"] and c["section"] for c in listed)
    assert "ski-5.2-input-missing" in lurkspec(tmp_path, "list").stdout
    text = lurkspec(tmp_path, "explain", "ski-5.2-input-missing").stdout
    assert "SKI-5.2-17" in text and "is present in every request" in text
    assert "cases: " in lurkspec(tmp_path, "explain", "JS-06").stdout


def test_pki(tmp_path: Path) -> None:
    assert lurkspec(tmp_path, "pki", "made", "--port", "4444").returncode == 0
    made = tmp_path / "made"
    assert {"keyserver.json", "edge.json", "target.toml", "ca.pem", "ca.key", "crl.pem"} <= {
        p.name for p in made.iterdir()
    }
    assert all(p.stat().st_mode & 0o77 == 0 for p in made.glob("*.key"))
    assert json.loads((made / "keyserver.json").read_text())["listen"] == ["127.0.0.1:4444"]


def test_interrupted_run_writes_its_reports(start_stub: StartStub, tmp_path: Path) -> None:
    target = str(start_stub().target_file)
    command = [
        sys.executable,
        "-m",
        "lurkspec",
        "keyserver",
        "--target",
        target,
        "-j",
        "1",
        "--json",
        "r.json",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        # The stub is no whole key server: the first case that fails is shown at once.
        assert "fail " in process.stdout.readline()
        process.terminate()
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "could not run: interrupted" in output
    assert json.loads((tmp_path / "r.json").read_text())["aborted"] == "interrupted"
