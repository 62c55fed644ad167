"""The loadable OpenSSL provider in servers that are somebody else's: openssl s_server, nginx, python3."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lurkspec.process import Process, StartError, find
from lurkspec.provider import TOKEN, environment, key_pem, module, openssl_cnf
from lurkspec.reference import keyserver_config, write_json

from edge_lab import LIBRARIES, key_server, wait_until
from programs import BUILD, ROOT, SANITIZER_OPTIONS
from provider_lab import Deployment, curl, gnutls_cli, s_client

CARRIAGES = ("ski-json", "ski-cbor", "lurk")
# Key, what openssl s_client says of its signature in TLS 1.2 and in TLS 1.3.
KINDS = {
    "ecdsa": ("ECDSA", "ECDSA"),
    "ecdsa-p384": ("ECDSA", "ECDSA"),
    "ecdsa-p521": ("ECDSA", "ECDSA"),
    "rsa": ("RSA", "RSA-PSS"),
    "ed25519": ("ed25519", "ed25519"),
}


@pytest.fixture(scope="module")
def lab(both_pki: Path) -> Path:
    return both_pki


def reference(lab: Path, library: str, folder: Path) -> Process:
    """A key server for both protocols; proofs of ownership are taken, not demanded."""
    config = keyserver_config(lurk_port=0)
    config["audit_log"] = str(folder / "audit.jsonl")
    config["lurk"]["proof_of_ownership"] = "optional"
    config["channel"] = {name: str(lab / file) for name, file in config["channel"].items()}
    for key in config["keys"]:
        key["file"] = str(lab / key["file"])
    write_json(folder / "keyserver.json", config)
    command = [str(find(f"lurk-keyserver-{library}")), "--config", str(folder / "keyserver.json")]
    return Process(command, folder / "keyserver.txt", listeners=2)


@pytest.fixture(scope="module")
def keyserver(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with reference(lab, "openssl", tmp_path_factory.mktemp("keyserver")) as server:
        yield server
    assert not server.exit_problem


def port_of(server: Process, over: str) -> int:
    return server.ports[1 if over == "lurk" else 0]


def key_name(over: str, kind: str) -> str:
    return f"{'lurk' if over == 'lurk' else 'www'}-{kind}"


def check(report: tuple[int, str], *texts: str) -> None:
    code, output = report
    assert code == 0 and all(text in output for text in (TOKEN, *texts)), output[-3000:]


# --- every key, every way to its key server ---


@pytest.mark.parametrize("over", CARRIAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_s_server(lab: Path, keyserver: Process, tmp_path: Path, kind: str, over: str) -> None:
    name = key_name(over, kind)
    site = Deployment(tmp_path, lab, over)
    conf = site.configure(name, ports=(port_of(keyserver, over),))
    tls12, tls13 = KINDS[kind]
    with site.s_server(conf, name) as server:
        check(
            s_client(lab, server.port, "-tls1_2"), f"Peer signature type: {tls12}\n", "Verify return code: 0"
        )
        if over != "lurk":
            check(s_client(lab, server.port, "-tls1_3"), f"Peer signature type: {tls13}\n", "New, TLSv1.3")
    assert [event["outcome"] for event in site.operations] == ["ok"] * (1 if over == "lurk" else 2)


@pytest.mark.parametrize("over", CARRIAGES)
@pytest.mark.parametrize("library", LIBRARIES)
def test_nginx(lab: Path, tmp_path: Path, library: str, over: str) -> None:
    """Two certificates, three clients."""
    names = (key_name(over, "rsa"), key_name(over, "ecdsa"))
    site = Deployment(tmp_path, lab, over)
    with reference(lab, library, tmp_path) as server:
        conf = site.configure(*names, ports=(port_of(server, over),))
        with site.nginx(conf, *names) as nginx:
            port = nginx.port
            for kind in ("RSA", "ECDSA"):
                suite, exchange = f"ECDHE-{kind}-AES128-GCM-SHA256", f'"exchange": "ECDHE_{kind}"'
                check(curl(lab, port, "--tls-max", "1.2", "--ciphers", suite), '"TLS 1.2"', exchange)
                check(s_client(lab, port, "-tls1_2", "-cipher", suite), exchange)
            check(gnutls_cli(lab, port, "NORMAL:-VERS-ALL:+VERS-TLS1.2"), "The certificate is trusted")
            if over != "lurk":
                check(curl(lab, port, "--tlsv1.3"), '"version": "TLS 1.3"')
                check(s_client(lab, port, "-tls1_3", "-sigalgs", "RSA-PSS+SHA256"), "type: RSA-PSS")
                check(gnutls_cli(lab, port, "NORMAL:-VERS-ALL:+VERS-TLS1.3"), "The certificate is trusted")
        assert nginx.stop() == 0
    assert not server.exit_problem
    assert {event["outcome"] for event in site.operations} == {"ok"}


def test_static_rsa(lab: Path, keyserver: Process, tmp_path: Path) -> None:
    """Over SKI the provider gets the premaster. A key that decrypts never signs, nor the other way round."""
    names = ("www-rsa-kx", "www-rsa")
    site = Deployment(tmp_path, lab, "ski-cbor")
    conf = site.configure(*names, ports=(keyserver.port,))
    suite = ("-tls1_2", "-cipher", "AES128-GCM-SHA256")
    with site.s_server(conf, "www-rsa-kx") as server:
        check(s_client(lab, server.port, *suite), "Cipher is AES128-GCM-SHA256")
        code, output = s_client(lab, server.port, "-tls1_3")
        assert code != 0 and "alert" in output
    with site.s_server(conf, "www-rsa") as server:
        assert s_client(lab, server.port, *suite)[0] != 0
    reasons = [event["reason"] for event in site.operations]
    assert reasons == [
        None,
        'a key of usage "rsa" does not sign',
        'a key of usage "ecdhe" does not decrypt (A-75)',
    ]


# --- processes and threads ---


def test_workers(lab: Path, keyserver: Process, tmp_path: Path) -> None:
    """The master loads, the workers ask: each over connections of its own. A reload begins anew."""
    site = Deployment(tmp_path, lab, "ski-cbor")
    conf = site.configure("www-ecdsa", ports=(keyserver.port,))
    seen: set[int] = set()

    def visit() -> bool:
        code, output = curl(lab, nginx.port)
        assert code == 0, output
        seen.add(json.loads(output)["worker"])
        return len(seen) >= 3

    with site.nginx(conf, "www-ecdsa", workers=3) as nginx:
        wait_until(visit)
        # Each has asked for the capabilities.
        wait_until(lambda: len([e for e in site.events if e["event"] == "key_server"]) >= len(seen))
        nginx.signal(signal.SIGHUP)
        old = set(seen)
        wait_until(lambda: visit() and bool(seen - old))
    assert nginx.stop() == 0
    assert {event["outcome"] for event in site.operations} == {"ok"}


SERVER = """
import os, socket, ssl, sys, threading
chain, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(chain, key)
client = ssl.create_default_context()
client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
done = []
def serve(end):
    with context.wrap_socket(end, server_side=True) as tls:
        tls.sendall(b"well")
def meet():
    ours, theirs = socket.socketpair()
    server = threading.Thread(target=serve, args=(theirs,))
    server.start()
    with client.wrap_socket(ours, server_hostname="www.example") as tls:
        done.append(tls.recv(4) == b"well")
    server.join()
def crowd(count):
    threads = [threading.Thread(target=meet) for _ in range(count)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert done == [True] * count, done
    done.clear()
crowd(8)
child = os.fork()
crowd(8)
if child == 0:
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""


def test_threads(lab: Path, keyserver: Process, tmp_path: Path) -> None:
    """A third server: python3 with threads, which forks when the provider already works; both go on."""
    site = Deployment(tmp_path, lab, "ski-cbor")
    conf = site.configure("www-rsa", ports=(keyserver.port,))
    key = tmp_path / "www-rsa.lurk.pem"
    key.write_text(key_pem("lurk:www-rsa.pem"), "utf-8")
    command = ["/usr/bin/python3", "-c", SERVER, str(lab / "www-rsa.pem"), str(key)]
    subprocess.run(command, env=environment(conf), check=True, timeout=120)
    assert [event["outcome"] for event in site.operations] == ["ok"] * 24


# --- what fails ---


def test_key_server_away(lab: Path, tmp_path: Path) -> None:
    """The client gets an alert and the log a reason; when the key server is back nothing has to be done."""
    site = Deployment(tmp_path / "site", lab, "ski-cbor")
    server = key_server("gnutls", lab, tmp_path)
    with server:
        port = server.port
        conf = site.configure("www-ecdsa", ports=(port,), limits={"key_server_ms": 2000})
    with site.nginx(conf, "www-ecdsa") as nginx:
        code, output = s_client(lab, nginx.port, "-tls1_3")
        assert code != 0 and "alert internal error" in output, output
        code, output = s_client(lab, nginx.port, "-tls1_2")
        assert code != 0 and "alert internal error" in output, output
        wait_until(lambda: "no key server can be reached" in nginx.said)
        with key_server("gnutls", lab, tmp_path, port):
            wait_until(lambda: curl(lab, nginx.port)[0] == 0)
        wait_until(lambda: curl(lab, nginx.port)[0] != 0)
    failed = [event for event in site.operations if event["outcome"] == "failed"]
    assert failed[0]["reason"] == "no key server can be reached"
    assert failed[0]["key_server"] == f"https://127.0.0.1:{port}/ski"


def test_fail_over(lab: Path, keyserver: Process, tmp_path: Path) -> None:
    with key_server("openssl", lab, tmp_path) as away:
        ports = (away.port, keyserver.port)
    site = Deployment(tmp_path / "site", lab, "ski-json")
    conf = site.configure("www-rsa", ports=ports)
    with site.s_server(conf, "www-rsa") as server:
        check(s_client(lab, server.port, "-tls1_3"))
    assert str(keyserver.port) in site.operations[0]["key_server"]


REFUSED_KEYS = {
    "wrong name": ("lurk:nobody.pem", 'lurk.json: certificates: no chain is a file called "nobody.pem"'),
    "no file": (
        "lurk:a.pem?configuration=/nowhere.json",
        "/nowhere.json: unable to open /nowhere.json: No such file or directory",
    ),
    "no name": ("lurk:", '"lurk:" is not lurk:NAME or lurk:NAME?configuration=FILE'),
    "other query": (
        "lurk:a.pem?file=b",
        '"lurk:a.pem?file=b" is not lurk:NAME or lurk:NAME?configuration=FILE',
    ),
}


@pytest.mark.parametrize("fault", REFUSED_KEYS)
def test_refused_key(lab: Path, tmp_path: Path, fault: str) -> None:
    """One line that says what is wrong, from the URI and from the PEM form."""
    uri, reason = REFUSED_KEYS[fault]
    site = Deployment(tmp_path, lab, "ski-cbor")
    conf = site.configure("www-ecdsa", ports=(1,))
    pkey: tuple[str, ...] = ("openssl", "pkey", "-in", uri, "-pubout")
    for command in (pkey, nginx_test(site, conf, uri)):
        found = subprocess.run(command, env=environment(conf), text=True, capture_output=True, timeout=60)
        lines = [line for line in found.stderr.splitlines() if line.endswith(reason)]
        assert found.returncode == 1 and len([x for x in lines if ":error:" not in x]) == 1, found.stderr


def nginx_test(site: Deployment, conf: Path, uri: str) -> tuple[str, ...]:
    """`nginx -t` of a site whose key is this URI."""
    server = site.nginx(conf, "www-ecdsa")
    (site.folder / "www-ecdsa.lurk.pem").write_text(key_pem(uri), "utf-8")
    server.write("127.0.0.1:1")
    return (*server.command, "-t")


REFUSED_CONFIGURATIONS: dict[str, tuple[str, dict[str, Any], str]] = {
    "proof": ("lurk-ecdsa", {"lurk": {"proof_of_ownership": "sha256_256"}}, "only null is possible"),
    "audit": ("lurk-ecdsa", {"lurk": {"poh": "audit"}}, "does not see the client's Finished"),
    "static rsa": ("lurk-rsa-kx", {}, "has no master secret to take"),
    "member": ("lurk-ecdsa", {"listens": ""}, "listens: "),
}


@pytest.mark.parametrize("fault", REFUSED_CONFIGURATIONS)
def test_refused_configuration(lab: Path, tmp_path: Path, fault: str) -> None:
    name, more, reason = REFUSED_CONFIGURATIONS[fault]
    site = Deployment(tmp_path, lab, "lurk")
    conf = site.configure(name, ports=(1,), **more)
    with pytest.raises(StartError, match=reason):
        site.s_server(conf, name).start()


def test_no_oracle(lab: Path, keyserver: Process, tmp_path: Path) -> None:
    """Only whole contents of handshakes are signed, only premasters decrypted; no private part."""
    site = Deployment(tmp_path, lab, "ski-cbor")
    conf = site.configure("www-rsa", "www-rsa-kx", ports=(keyserver.port,))
    some = tmp_path / "some"
    some.write_bytes(bytes(256))
    attempts = {
        ("dgst", "-sha256", "-sign", "lurk:www-rsa.pem", str(some)): "content in pieces is not signed",
        ("pkeyutl", "-sign", "-inkey", "lurk:www-rsa.pem", "-in", str(some)): "a digest is not signed",
        (
            "pkeyutl",
            "-decrypt",
            "-inkey",
            "lurk:www-rsa-kx.pem",
            "-in",
            str(some),
        ): "nothing is decrypted but",
        ("req", "-new", "-key", "lurk:www-rsa.pem", "-subj", "/CN=x"): "",
        ("pkey", "-in", "lurk:www-rsa.pem"): "",
    }
    for command, reason in attempts.items():
        found = subprocess.run(
            ("openssl", *command), env=environment(conf), text=True, capture_output=True, timeout=60
        )
        assert found.returncode != 0 and reason in found.stderr, (command, found.stderr)
        assert "PRIVATE KEY" not in found.stdout
    assert not site.operations, "the key server was not asked"


def test_key_of_another(lab: Path, keyserver: Process, tmp_path: Path) -> None:
    """What the key server refuses stays refused."""
    site = Deployment(tmp_path, lab, "ski-cbor")
    conf = site.configure("other-ecdsa", ports=(keyserver.port,))
    with site.s_server(conf, "other-ecdsa") as server:
        code, output = s_client(lab, server.port, "-tls1_3")
        assert code != 0 and "alert internal error" in output
    wait_until(lambda: bool(site.operations))
    assert site.operations[0]["outcome"] == "failed"


def test_other_certificate(lab: Path, keyserver: Process, tmp_path: Path) -> None:
    site = Deployment(tmp_path, lab, "ski-cbor")
    conf = site.configure("www-rsa", "www-rsa-3072", ports=(keyserver.port,))
    server = site.s_server(conf, "www-rsa")
    server.command[server.command.index("lurk:www-rsa.pem")] = "lurk:www-rsa-3072.pem"
    with pytest.raises(StartError):
        server.start()
    assert "key values mismatch" in server.said


TLS12 = ("-tls1_2",)
UNSUITED = {
    "pss in tls 1.2": (
        "ski-cbor",
        "rsa",
        {"SignatureAlgorithms": "RSA-PSS+SHA256"},
        TLS12,
        "RSA-PSS in TLS 1.2",
    ),
    "tls 1.3 over lurk": ("lurk", "rsa", {"MaxProtocol": "TLSv1.3"}, (), "LURK tls12 has no TLS 1.3"),
    "sentinel": ("lurk", "rsa", {"MaxProtocol": "TLSv1.3"}, TLS12, "ServerHello.random is not of LURK"),
    "x448": ("ski-cbor", "rsa", {"Groups": "X448"}, TLS12, "neither ServerECDHParams of TLS 1.2 nor"),
}


@pytest.mark.parametrize("fault", UNSUITED)
def test_unsuited_server(lab: Path, keyserver: Process, tmp_path: Path, fault: str) -> None:
    """A server that is set up so that no request can be made says why."""
    over, kind, tls, offer, reason = UNSUITED[fault]
    name = key_name(over, kind)
    site = Deployment(tmp_path, lab, over)
    conf = site.configure(name, ports=(port_of(keyserver, over),), tls=tls)
    with site.s_server(conf, name) as server:
        code, output = s_client(lab, server.port, *offer)
        assert code != 0 and "alert internal error" in output, output
        wait_until(lambda: reason in server.said)
    assert [event["outcome"] for event in site.operations] == ["refused"]
    assert reason in site.operations[0]["reason"]


def test_proofs_insisted_on(lab: Path, tmp_path: Path) -> None:
    """There are none of X25519 (A-25); the other groups need what a provider does not see."""
    site = Deployment(tmp_path / "site", lab, "lurk")
    with key_server("openssl", lab, tmp_path, lurk={"proof_of_ownership": "required"}) as server:
        conf = site.configure("lurk-rsa", ports=(server.port,))
        with site.s_server(conf, "lurk-rsa") as edge:
            check(s_client(lab, edge.port, "-groups", "X25519"))
            assert s_client(lab, edge.port, "-groups", "P-256")[0] != 0
    wait_until(lambda: len(site.operations) == 2)
    assert [event["reason"] for event in site.operations] == [None, "invalid_poo_prf"]


def test_wrong_order(lab: Path, keyserver: Process, tmp_path: Path) -> None:
    """docs/provider.md: the default provider goes first. Otherwise nothing is served, rather than wrongly."""
    site = Deployment(tmp_path, lab, "ski-cbor")
    conf = site.configure("www-ecdsa", ports=(keyserver.port,))
    order = "default = default_section\nlurk = lurk_section\n"
    text = conf.read_text("utf-8")
    assert order in text
    conf.write_text(text.replace(order, "lurk = lurk_section\ndefault = default_section\n"), "utf-8")
    with site.s_server(conf, "www-ecdsa") as server:
        assert s_client(lab, server.port, "-tls1_3", "-groups", "P-256")[0] != 0


# --- memory ---


def test_memory(lab: Path, keyserver: Process, tmp_path: Path) -> None:
    """The provider of the sanitized build in a server that ends by itself: no bad access, no leak."""
    runtime = subprocess.run(
        ("clang", "-print-file-name=libclang_rt.asan-x86_64.so"), text=True, capture_output=True, check=True
    ).stdout.strip()
    for over in ("ski-cbor", "lurk"):
        name = key_name(over, "rsa")
        site = Deployment(tmp_path / over, lab, over)
        conf = site.configure(
            name, ports=(port_of(keyserver, over),), provider=module(BUILD / "asan" / "bin")
        )
        server = site.s_server(conf, name, "-naccept", "3")
        server.env |= SANITIZER_OPTIONS | {"LD_PRELOAD": runtime}
        with server:
            for _ in range(2):
                check(s_client(lab, server.port))
            assert s_client(lab, server.port, "-tls1_2", "-groups", "X448")[0] != 0
            assert server.wait() == 0, server.said
        assert "Sanitizer" not in server.said


def test_one_name(lab: Path) -> None:
    """A server with the same libraries as the provider does not share them by accident."""
    shown = subprocess.run(
        ("nm", "-D", "--defined-only", str(module())), text=True, capture_output=True, check=True
    )
    assert [line.split()[-1] for line in shown.stdout.splitlines()] == ["OSSL_provider_init"]


def test_no_configuration(lab: Path, tmp_path: Path) -> None:
    conf = tmp_path / "openssl.cnf"
    conf.write_text(openssl_cnf(None), "utf-8")
    command = ("openssl", "pkey", "-in", "lurk:a.pem", "-pubout")
    found = subprocess.run(command, env=environment(conf), text=True, capture_output=True, timeout=60)
    assert "there is no configuration, neither here nor in openssl.cnf" in found.stderr


def test_nginx_is_there() -> None:
    """Debian's nginx, as ci/packages has it."""
    assert shutil.which("nginx", path="/usr/sbin:/usr/bin")


def test_documented_file() -> None:
    """The openssl.cnf of docs/provider.md is what the tests use."""
    text = (ROOT / "docs" / "provider.md").read_text("utf-8")
    shown = [line.strip() for line in text.split("```ini\n")[1].split("```")[0].splitlines()]
    made = openssl_cnf(Path("/etc/lurk/edge.json"), provider=Path("/usr/lib/lurk/lurk-provider.so"))
    assert [line for line in shown if line] == [line for line in made.splitlines() if line]
