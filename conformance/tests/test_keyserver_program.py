"""The key server as a program: its command line, start, end, and what it says about bad configurations."""

from __future__ import annotations

import datetime
import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from keyserver import LIBRARIES, KeyServer, one_line, run

from lurkspec import certificates, process


# --- command line ---


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--config FILE is missing; try --help"),
        (["--config"], "an argument is missing after --config; try --help"),
        (["--confg", "x"], "unknown option --confg; try --help"),
        (["-x"], "unknown option -x; try --help"),
        (["--config", "x", "y"], "unexpected argument y; try --help"),
        (["--fault", "secret_in_log", "--config", "x"], "unknown option --fault; try --help"),
        (["--config", "/none"], "/none: cannot be read: unable to open /none: No such file or directory"),
    ],
)
def test_bad_usage_is_one_line(library: str, options: list[str], said: str) -> None:
    assert one_line(run(str(process.find(f"lurk-keyserver-{library}")), *options)) == said


@pytest.mark.parametrize("library", LIBRARIES)
def test_help_and_version(library: str) -> None:
    program = str(process.find(f"lurk-keyserver-{library}"))
    helped, versioned = run(program, "--help"), run(program, "--version")
    assert helped.returncode == 0 and "--check" in helped.stdout and "--fault" not in helped.stdout
    assert versioned.returncode == 0
    assert re.fullmatch(rf"lurk-keyserver-{library} \d+\.\d+\.\d+ \({library} .+\)\n", versioned.stdout)


# --- start and end ---


def test_check_says_nothing_about_a_good_configuration(server: KeyServer) -> None:
    done = server.check("--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (server.folder / "audit.jsonl").exists()


def ready_lines(child: subprocess.Popen[str], count: int) -> list[str]:
    assert child.stdout is not None
    return [child.stdout.readline().rstrip("\n") for _ in range(count)]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_one_ready_line_per_listener_and_a_clean_end(server: KeyServer, ending: int) -> None:
    server.config["listen"] = ["127.0.0.1:0", "[::1]:0"]
    server.write()
    command = [server.program, "--config", str(server.file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        lines = ready_lines(child, 2)
        assert re.fullmatch(r"ready 127\.0\.0\.1:[1-9]\d*", lines[0])
        assert re.fullmatch(r"ready \[::1\]:[1-9]\d*", lines[1])
        for line in lines:
            host, _, port = line.removeprefix("ready ").rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), 5).close()
        child.send_signal(ending)
        out, err = child.communicate(timeout=30)
    assert (child.returncode, out, err) == (0, "", "")
    assert [e["event"] for e in server.events()][0] == "start" and server.events()[-1]["event"] == "stop"


def test_port_in_use_is_one_line(server: KeyServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server.config["listen"] = [f"127.0.0.1:{taken.getsockname()[1]}"]
        said = one_line(server.check())
    assert said == f"{server.file}: listen: {server.config['listen'][0]}: address already in use"


def test_request_in_flight_is_finished_at_the_end(server: KeyServer) -> None:
    t = server.start()
    request = t.ecdhe_request()
    raw = t.http(request.encode("json"), "json", headers={"Expect": "100-continue"})
    with t.connect("a") as channel:
        channel.send(raw[:-10])
        while not channel.buffer.endswith(b"\r\n\r\n"):  # the server has begun to read it
            assert channel.receive()
        assert channel.buffer.startswith(b"HTTP/1.1 100 ")
        channel.buffer.clear()
        server.process.signal(signal.SIGTERM)
        with pytest.raises(OSError):  # no longer listening: it is about to end
            while True:
                socket.create_connection(("127.0.0.1", server.process.port), 5).close()
        channel.send(raw[-10:])
        response = channel.read_response()
    assert response.status == 200 and response.closes
    server.process.stop()


def test_nothing_is_written_to_sslkeylogfile(server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    keylog = server.folder / "keylog.txt"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keylog))
    t = server.start()
    monkeypatch.delenv("SSLKEYLOGFILE")
    assert t.post(t.ecdhe_request()).status == 200
    assert not keylog.exists()


def test_process_leaves_no_core(server: KeyServer) -> None:
    server.start()
    limits = Path(f"/proc/{server.process.pid}/limits").read_text("ascii")
    assert re.search(r"^Max core file size +0 +0 ", limits, re.M)


def test_log_is_readable_to_its_owner_only(server: KeyServer) -> None:
    server.start()
    assert (server.folder / "audit.jsonl").stat().st_mode & 0o777 == 0o600


# --- bad configurations: the line for each is a matter of unit tests, here one of each kind ---


def change(server: KeyServer, way: str, value: Any) -> None:
    steps: list[Any] = [int(s) if s.isdigit() else s for s in way.split(".")]
    at: Any = server.config
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = value


BAD = [
    (
        "keys.0.usage",
        "both",
        'keys[0].usage: "both" is none of "ski-ecdhe", "ski-rsa", "tls12-rsa", "tls12-sign"',
    ),
    ("edges.0.extra", 1, "edges[0].extra: unknown member"),
    ("keys.0.file", "no-such.key", "keys[0].file: {folder}/no-such.key: No such file or directory"),
    ("keys.0.file", "ca.pem", "keys[0].file: {folder}/ca.pem: is not an unencrypted private key in PEM"),
    (
        "keys.0.file",
        "ks.key",
        "keys[0].file: {folder}/ks.key: is the key of the channel, which must not be served",
    ),
    (
        "keys.1.file",
        "www-ecdsa.key",
        "keys[1].file: is the same key as keys[0]; a key has one name and one usage",
    ),
    ("keys.0.usage", "ski-rsa", "keys[0].usage: ski-rsa is for RSA keys"),
    (
        "keys.0.certificate",
        "www-rsa.pem",
        "keys[0].certificate: {folder}/www-rsa.pem: does not belong to the key",
    ),
    ("keys.0.certificate", "ca.key", "keys[0].certificate: {folder}/ca.key: holds no certificate in PEM"),
    ("channel.crl", "none.pem", "channel.crl: {folder}/none.pem: No such file or directory"),
    ("audit_log", "none/audit.jsonl", "audit_log: {folder}/none/audit.jsonl: No such file or directory"),
    ("audit_log", "/dev/full", "audit_log: cannot be written"),
]


@pytest.mark.parametrize(("way", "value", "line"), BAD)
def test_bad_configuration_is_one_line(server: KeyServer, way: str, value: Any, line: str) -> None:
    change(server, way, value)
    expected = f"{server.file}: {line.format(folder=server.folder)}"
    # A log that is full shows with the first event only.
    runs: list[list[str]] = [[]] if value == "/dev/full" else [[], ["--check"]]
    for options in runs:
        assert one_line(server.check(*options)) == expected


@pytest.mark.parametrize("member", ["certificate", "key", "client_ca"])
def test_bad_channel_is_one_line_that_names_the_file(server: KeyServer, member: str) -> None:
    server.config["channel"][member] = "edge.txt"
    (server.folder / "edge.txt").write_text("no PEM\n", "ascii")
    said = one_line(server.check("--check"))
    assert said.startswith(f"{server.file}: channel: ") and f"{server.folder}/edge.txt" in said


# --- certificates of served keys ---

DAY = datetime.timedelta(days=1)
SIGN, ENCIPHER = ("digital_signature",), ("key_encipherment",)
DELEGATION_USAGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.44363.44"), b"\x05\0")


def make_certificate(
    server: KeyServer,
    usages: tuple[str, ...],
    valid: tuple[datetime.timedelta, datetime.timedelta] = (-DAY, DAY),
    delegation: bool = False,
) -> None:
    """A certificate for the key www-rsa-kx."""
    private: Any = serialization.load_pem_private_key((server.folder / "www-rsa-kx.key").read_bytes(), None)
    made = certificates.issue(certificates.Profile("www.example", usages=usages, valid=valid), private)
    if delegation:
        builder = x509.CertificateBuilder(made.issuer, made.subject, private.public_key(), made.serial_number)
        builder = builder.not_valid_before(made.not_valid_before).not_valid_after(made.not_valid_after)
        builder = builder.add_extension(DELEGATION_USAGE, critical=False)
        made = builder.sign(private, made.signature_hash_algorithm)
    (server.folder / "made.pem").write_bytes(certificates.pem(made))
    next(k for k in server.config["keys"] if k["name"] == "www-rsa-kx")["certificate"] = "made.pem"


def rsa_kx_line(server: KeyServer, rest: str) -> str:
    index = [k["name"] for k in server.config["keys"]].index("www-rsa-kx")
    return f"{server.file}: keys[{index}].certificate: {server.folder}/made.pem: {rest}"


def test_certificate_that_fits(server: KeyServer) -> None:
    make_certificate(server, ENCIPHER)
    assert server.check("--check").returncode == 0


def test_certificate_of_another_usage_is_refused(server: KeyServer) -> None:
    make_certificate(server, SIGN)
    assert one_line(server.check("--check")) == rsa_kx_line(server, "its key usage does not allow ski-rsa")


def test_delegation_certificate_is_not_decrypted_with(server: KeyServer) -> None:
    make_certificate(server, ENCIPHER, delegation=True)
    assert one_line(server.check("--check")) == rsa_kx_line(
        server, "a certificate for delegated credentials must not be used to decrypt"
    )


@pytest.mark.parametrize("valid", [(-2 * DAY, -DAY), (DAY, 2 * DAY)], ids=["expired", "not yet valid"])
def test_key_of_an_invalid_certificate_is_denied(
    server: KeyServer, valid: tuple[datetime.timedelta, datetime.timedelta]
) -> None:
    make_certificate(server, ENCIPHER, valid)
    t = server.start()
    warning = rsa_kx_line(server, "is not valid now, requests for its key are denied")
    assert f"warning: {warning}\n" in server.process.said
    refused = t.post(t.rsa_request())
    assert (refused.status, refused.error) == (403, "request denied")
    assert server.events("request")[-1]["cause"] == "certificate of the key is not valid now"
    assert t.post(t.ecdhe_request()).status == 200
    members = t.get("/capabilities", "cbor").members
    assert members is not None and t.rsa_key().spki not in members["keys"]


def test_key_files_that_others_can_read_are_warned_about(server: KeyServer) -> None:
    os.chmod(server.folder / "www-ecdsa.key", 0o640)
    done = server.check("--check")
    assert done.returncode == 0
    assert done.stderr.partition(": ")[2] == (
        f"warning: {server.file}: keys: 1 key files can be read by others than their owner\n"
    )
