"""Whom the two ends of a channel let in, under each TLS library: every certificate with one fault is refused
within the handshake, by the server and by the client."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lurkspec.certificates import DAY, Authority, Profile, issue, new_authority, new_key
from net_pki import (
    CLIENT,
    CLIENT_FAULTS,
    FAULTS,
    GOOD,
    SERVER,
    SERVER_NAME,
    make_pair,
    write_crl,
    write_net_pki,
    write_pair,
)
from net_programs import (
    ANYTHING,
    LIBRARIES,
    Client,
    Echo,
    NetClient,
    Stub,
    client_context,
    request,
    server_context,
)

# SHA-1 is refused here, and so made on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:SHA1 signatures are deprecated")
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
PEM = Encoding.PEM
# TLS 1.3 has no scheme for these curves: no client could use such a key.
ONLY_TLS12 = {"P-192", "P-224"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("net")


@pytest.fixture(scope="module")
def ca(folder: Path) -> Authority:
    return write_net_pki(folder)


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def echo(library: str, folder: Path, ca: Authority) -> Iterator[Echo]:
    with Echo(library, folder) as echo:
        yield echo


def let_in(echo: Echo, context: ssl.SSLContext) -> bool:
    try:
        with Client(echo.port, context) as client:
            answer = client.ask(request(b"", "/who", "GET"))
            return answer is not None and answer.status == 200
    except (ssl.SSLError, ConnectionResetError, BrokenPipeError):
        return False


# --- the server judges clients ---


@pytest.mark.parametrize("label", GOOD)
def test_server_lets_in(echo: Echo, folder: Path, ca: Authority, label: str) -> None:
    GOOD[label](folder, ca, CLIENT)
    for version in VERSIONS:
        assert let_in(echo, client_context(folder, "bad", version))


@pytest.mark.parametrize("label", [*CLIENT_FAULTS, "serverAuth only"])
def test_server_refuses(echo: Echo, folder: Path, ca: Authority, label: str) -> None:
    if label in CLIENT_FAULTS:
        CLIENT_FAULTS[label](folder, ca, CLIENT)
    else:
        make_pair(folder, "bad", SERVER, ca)
    for version in VERSIONS[:1] if label in ONLY_TLS12 else VERSIONS:
        assert not let_in(echo, client_context(folder, "bad", version, ANYTHING))
        logged = echo.wait_logged("handshake-failed")
        assert len(logged.split(" ")) > 2, "the log tells no reason"


# --- revocation ---


class Revocable:
    """An edge below an intermediate CA, so that two CRLs count."""

    def __init__(self, folder: Path, ca: Authority) -> None:
        self.root, self.middle = ca, new_authority("middle", ca)
        key = new_key("ec-p256")
        self.leaf = issue(CLIENT, key, self.middle)
        write_pair(folder, "bad", key, self.leaf, self.middle.certificate)


@pytest.fixture
def edge(folder: Path, ca: Authority) -> Revocable:
    return Revocable(folder, ca)


Lists = tuple[tuple[Authority, tuple[x509.Certificate, ...], timedelta], ...]
REVOCATIONS: dict[str, tuple[bool, Callable[[Revocable], Lists]]] = {
    "nothing revoked": (True, lambda e: ((e.root, (), DAY), (e.middle, (), DAY))),
    "another revoked": (True, lambda e: ((e.root, (e.leaf,), DAY), (e.middle, (e.middle.certificate,), DAY))),
    "leaf revoked": (False, lambda e: ((e.root, (), DAY), (e.middle, (e.leaf,), DAY))),
    "intermediate revoked": (False, lambda e: ((e.root, (e.middle.certificate,), DAY), (e.middle, (), DAY))),
    "leaf's CRL expired": (False, lambda e: ((e.root, (), DAY), (e.middle, (), -DAY))),
    "intermediate's CRL expired": (False, lambda e: ((e.root, (), -DAY), (e.middle, (), DAY))),
    "no CRL for the leaf": (False, lambda e: ((e.root, (), DAY),)),
    "no CRL for the intermediate": (False, lambda e: ((e.middle, (), DAY),)),
    "CRL by another CA of the name": (
        False,
        lambda e: ((e.root, (), DAY), (new_authority("middle"), (), DAY)),
    ),
}


@pytest.mark.parametrize("label", REVOCATIONS)
def test_revocation(library: str, folder: Path, edge: Revocable, label: str) -> None:
    good, lists = REVOCATIONS[label]
    write_crl(folder, "crl.pem", *lists(edge))
    with Echo(library, folder, crl="crl.pem") as echo:
        for version in VERSIONS:
            assert let_in(echo, client_context(folder, "bad", version)) is good


def test_an_intermediate_may_be_the_anchor(library: str, folder: Path, edge: Revocable) -> None:
    """Then the CRL of its own issuer is not needed, and the root does not count."""
    (folder / "middle.pem").write_bytes(edge.middle.certificate.public_bytes(PEM))
    write_crl(folder, "crl.pem", (edge.middle, (), DAY))
    with Echo(library, folder, ca="middle.pem", crl="crl.pem") as echo:
        assert let_in(echo, client_context(folder, "bad"))
        assert not let_in(echo, client_context(folder, "client"))


# --- the client judges servers ---


def outcome(library: str, folder: Path, version: ssl.TLSVersion) -> tuple[str, Stub]:
    """One request to a server with the certificate `bad`: what net-client says, and what the server saw."""
    with Stub(server_context(folder, "bad", version)) as stub:
        with NetClient(library, folder, stub.port) as client:
            said = client.round(1)
    return said, stub


TRUSTED, REFUSED = "ok=1 wrong=0 failed=0 last=0", "ok=0 wrong=0 failed=1 last=0"


@pytest.mark.parametrize("label", GOOD)
def test_client_trusts(library: str, folder: Path, ca: Authority, label: str) -> None:
    GOOD[label](folder, ca, SERVER)
    for version in VERSIONS:
        said, stub = outcome(library, folder, version)
        assert said == TRUSTED and stub.sni == [SERVER_NAME] and len(stub.requests) == 1


NAMES: dict[str, Profile] = {
    "other name": Profile("ks", ("dns:other.example",), extended=("serverAuth",)),
    "CN only": Profile(SERVER_NAME, extended=("serverAuth",)),
    "CN beside a URI": Profile(SERVER_NAME, ("uri:urn:x",), extended=("serverAuth",)),
    "wildcard": Profile("ks", ("dns:*.example",), extended=("serverAuth",)),
    "URI of that name": Profile("ks", (f"uri:{SERVER_NAME}",), extended=("serverAuth",)),
    "NUL inside": Profile("ks", (f"dns:{SERVER_NAME}\0.evil.example",), extended=("serverAuth",)),
    "clientAuth only": Profile("ks", SERVER.names, extended=("clientAuth",)),
}


@pytest.mark.parametrize("label", [*FAULTS, *NAMES])
def test_client_refuses(library: str, folder: Path, ca: Authority, label: str) -> None:
    if label in FAULTS:
        FAULTS[label](folder, ca, SERVER)
    else:
        make_pair(folder, "bad", NAMES[label], ca)
    for version in VERSIONS[:1] if label in ONLY_TLS12 else VERSIONS:
        said, stub = outcome(library, folder, version)
        assert said == REFUSED
        assert stub.handshakes == 0 and not stub.requests  # no request leaves (CH-17)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_client_refuses_tls_1_1(library: str, folder: Path, ca: Authority) -> None:
    GOOD["P-256"](folder, ca, SERVER)
    said, stub = outcome(library, folder, ssl.TLSVersion.TLSv1_1)
    assert said == REFUSED and stub.handshakes == 0
