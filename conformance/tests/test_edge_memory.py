"""No private key is in the edge: its memory is searched for them, and its maps for a second libcrypto."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from edge_lab import EXCHANGES, LIBRARIES, key_server, local_config, remote_config, running_edge, visit

KEYS = ("www-ecdsa", "www-rsa", "www-rsa-kx")
WINDOW = 24  # octets: no piece of a key that long comes up by chance
CHUNK = 1 << 20


def secret_numbers(pki: Path) -> dict[str, bytes]:
    """d of every served key, p and q of the RSA ones, big-endian."""
    found: dict[str, bytes] = {}
    for name in KEYS:
        key: Any = serialization.load_pem_private_key((pki / f"{name}.key").read_bytes(), None)
        if isinstance(key, rsa.RSAPrivateKeyWithSerialization):
            numbers = key.private_numbers()
            size = key.key_size // 8
            found[f"{name} d"] = numbers.d.to_bytes(size, "big")
            found[f"{name} p"] = numbers.p.to_bytes(size // 2, "big")
            found[f"{name} q"] = numbers.q.to_bytes(size // 2, "big")
        else:
            assert isinstance(key, ec.EllipticCurvePrivateKeyWithSerialization)
            found[f"{name} d"] = key.private_numbers().private_value.to_bytes(key.key_size // 8, "big")
    return found


def forms(number: bytes) -> Iterator[bytes]:
    """The number as octets in either order, and as machine words with the most significant one first."""
    little = number[::-1]
    yield number
    yield little
    for word in (8, 4):
        yield b"".join(little[i : i + word] for i in reversed(range(0, len(little), word)))


def windows(number: bytes) -> set[bytes]:
    """Beginning, middle and end of each form: a number that is partly overwritten is found too."""
    found = set()
    for form in forms(number):
        middle = (len(form) - WINDOW) // 2 // 8 * 8
        found |= {form[:WINDOW], form[middle : middle + WINDOW], form[-WINDOW:]}
    return found


def readable_regions(pid: int) -> Iterator[tuple[int, int]]:
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        addresses, rights, *_, name = line.split(maxsplit=5) + [""]
        if "r" in rights and not name.strip().startswith(("[vvar]", "[vsyscall]")):
            begin, end = addresses.split("-")
            yield int(begin, 16), int(end, 16)


def search(pid: int, numbers: dict[str, bytes]) -> set[str]:
    """The names of the numbers of which a piece stands somewhere in the memory of the process."""
    owner = {window: name for name, number in numbers.items() for window in windows(number)}
    pattern = re.compile(b"|".join(re.escape(window) for window in owner))
    found, total = set(), 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end in readable_regions(pid):
            tail = b""
            for at in range(begin, end, CHUNK):
                try:
                    memory.seek(at)
                    octets = tail + memory.read(min(CHUNK, end - at))
                except OSError:
                    break  # a mapping without memory behind it
                found |= {owner[match.group()] for match in pattern.finditer(octets)}
                tail, total = octets[1 - WINDOW :], total + len(octets)
    assert total > 1 << 20, "hardly any memory could be read"
    return found


@pytest.fixture(scope="module", autouse=True)
def right_to_read(pki: Path) -> None:
    """The edge forbids other processes of its user to look into it; only root still may."""
    if os.geteuid() != 0:
        pytest.skip("reading the memory of a hardened process takes root")


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_remote_keys_are_not_in_the_edge(library: str, pki: Path, tmp_path: Path) -> None:
    """After every exchange. The same search finds them in the key server, where they are."""
    numbers = secret_numbers(pki)
    with key_server(library, pki, tmp_path) as server:
        with running_edge(library, remote_config(pki, server.port), tmp_path) as edge:
            for exchange in EXCHANGES:
                facts = visit(pki, edge.port, exchange)
                assert facts["exchange"] == exchange and facts["key_server"].startswith("https://")
            assert search(edge.pid, numbers) == set()
        assert search(server.pid, numbers) == set(numbers)


def test_local_keys_are_found(library: str, pki: Path, tmp_path: Path) -> None:
    numbers = secret_numbers(pki)
    with running_edge(library, local_config(pki, *KEYS), tmp_path) as edge:
        for exchange in EXCHANGES:
            visit(pki, edge.port, exchange)
        assert search(edge.pid, numbers) == set(numbers)


def libcryptos(pid: int) -> set[str]:
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {line.split()[-1] for line in lines if re.search(r"/libcrypto\.so", line)}


def test_one_libcrypto_at_most(library: str, pki: Path, tmp_path: Path) -> None:
    """OpenSSL's and BoringSSL's never meet in one process, under work, in either program."""
    with key_server(library, pki, tmp_path) as server:
        with running_edge(library, remote_config(pki, server.port), tmp_path) as edge:
            for exchange in EXCHANGES:
                visit(pki, edge.port, exchange)
            for process in (edge, server):
                loaded = libcryptos(process.pid)
                assert len(loaded) == (0 if library == "gnutls" else 1), loaded
                assert library != "boringssl" or "/android/" in loaded.pop()
