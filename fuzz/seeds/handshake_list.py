"""handshake_messages of TLS 1.2 and DTLS 1.2 with RSA key exchange, and the shape of a certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from seeds.lurk import CLIENT_RANDOM, S, vector

CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, CERTIFICATE_REQUEST = 1, 2, 11, 13
SERVER_HELLO_DONE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, CERTIFICATE_STATUS = 14, 15, 16, 22
FROM_CLIENT = {CLIENT_HELLO, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE}

# The choices of the target: the first octet of a seed.
MASTER_WITH_POH, EXTENDED, EXTENDED_WITH_POH = range(3)


def extension(kind: int, body: bytes = b"") -> bytes:
    return kind.to_bytes(2, "big") + vector(body, 2)


EXTENDED_MASTER_SECRET = extension(23)


@dataclass(frozen=True)
class Flight:
    """A good one as it stands."""

    dtls: bool = False
    client_extensions: bytes = extension(10, bytes.fromhex("00020017")) + EXTENDED_MASTER_SECRET
    server_extensions: bytes = EXTENDED_MASTER_SECRET
    suite: int = 0x009d
    client_certificate: bytes | None = None  # certificate_list, when one was asked for
    certificate_verify: bool = False
    status: bool = False

    def but(self, **changes: Any) -> Flight:
        return replace(self, **changes)

    def bodies(self) -> list[tuple[int, bytes]]:
        version = b"\xfe\xfd" if self.dtls else b"\3\3"
        cookie = vector(b"cookie") if self.dtls else b""
        client = version + CLIENT_RANDOM + vector(b"") + cookie + vector(bytes.fromhex("009d009c002fc02f"), 2)
        server = version + S + vector(bytes(32)) + self.suite.to_bytes(2, "big") + b"\0"
        messages = [
            (CLIENT_HELLO, client + vector(b"\0") + block(self.client_extensions)),
            (SERVER_HELLO, server + block(self.server_extensions)),
            (CERTIFICATE, vector(vector(b"leaf", 3) + vector(b"intermediate", 3), 3)),
        ]
        if self.status:
            messages.append((CERTIFICATE_STATUS, b"\1" + vector(b"answer", 3)))
        if self.client_certificate is not None:
            messages.append((CERTIFICATE_REQUEST, vector(b"\1\x40") + vector(b"\4\1", 2) + vector(b"", 2)))
        messages.append((SERVER_HELLO_DONE, b""))
        if self.client_certificate is not None:
            messages.append((CERTIFICATE, vector(self.client_certificate, 3)))
        messages.append((CLIENT_KEY_EXCHANGE, vector(b"\xee" * 128, 2)))
        if self.certificate_verify:
            messages.append((CERTIFICATE_VERIFY, b"\4\1" + vector(b"\x99" * 64, 2)))
        return messages

    def __bytes__(self) -> bytes:
        return joined(self.bodies(), self.dtls)


def block(extensions: bytes) -> bytes:
    return vector(extensions, 2) if extensions else b""


def joined(bodies: list[tuple[int, bytes]], dtls: bool) -> bytes:
    """With headers; DTLS numbers the messages of each side."""
    out, sequence, done = b"", {True: 1, False: 1}, False
    for kind, body in bodies:
        length = len(body).to_bytes(3, "big")
        client = kind in FROM_CLIENT or kind == CERTIFICATE and done
        out += bytes([kind]) + length
        if dtls:
            out += sequence[client].to_bytes(2, "big") + bytes(3) + length
            sequence[client] += 1
        out += body
        done = done or kind == SERVER_HELLO_DONE
    return out


def handshake_messages() -> dict[str, bytes]:
    plain = Flight()
    legacy = plain.but(client_extensions=b"", server_extensions=b"")
    asked = plain.but(client_certificate=vector(b"client", 3), certificate_verify=True)
    status = extension(5, bytes.fromhex("0100000000"))
    good = {
        "legacy": (MASTER_WITH_POH, legacy),
        "offered_only": (MASTER_WITH_POH, plain.but(server_extensions=b"")),
        "extended": (EXTENDED, plain),
        "extended_with_poh": (EXTENDED_WITH_POH, plain),
        "client_certificate": (EXTENDED_WITH_POH, asked),
        "client_certificate_to_key_exchange": (EXTENDED, asked.but(certificate_verify=False)),
        "client_without_certificate": (EXTENDED_WITH_POH, plain.but(client_certificate=b"")),
        "status": (EXTENDED, plain.but(status=True, client_extensions=plain.client_extensions + status,
                                       server_extensions=EXTENDED_MASTER_SECRET + extension(5))),
        "tls13_offered": (EXTENDED, plain.but(
            client_extensions=plain.client_extensions + extension(43, bytes.fromhex("0403040303")))),
    }
    bad = {
        "extended_as_legacy": (MASTER_WITH_POH, plain),
        "legacy_as_extended": (EXTENDED, legacy),
        "server_alone": (EXTENDED, plain.but(client_extensions=b"")),
        "ecdhe_suite": (EXTENDED, plain.but(suite=0xc02f)),
        "suite_not_offered": (EXTENDED, plain.but(suite=0x003d)),
        "tls13_selected": (EXTENDED, plain.but(
            server_extensions=EXTENDED_MASTER_SECRET + extension(43, b"\3\4"))),
        "certificate_verify": (EXTENDED, asked),
        "certificate_verify_missing": (EXTENDED_WITH_POH, asked.but(certificate_verify=False)),
        "status_not_agreed": (EXTENDED, plain.but(status=True)),
        "extension_twice": (EXTENDED, plain.but(client_extensions=2 * EXTENDED_MASTER_SECRET)),
        "extension_cut": (EXTENDED, plain.but(client_extensions=EXTENDED_MASTER_SECRET + b"\0")),
        "extension_not_empty": (EXTENDED, plain.but(server_extensions=extension(23, b"x"))),
    }
    begun = joined(good["status"][1].bodies()[:3], dtls=False)
    status_beyond = bytes([EXTENDED]) + begun + b"\x16\0\0\xff"
    seeds = {"bad_empty": b"", "bad_no_list": b"\0", "bad_status_beyond": status_beyond}
    for dtls in (False, True):
        suffix = "_dtls" if dtls else ""
        for word, flights in (("good", good), ("bad", bad)):
            seeds |= {f"{word}_{name}{suffix}": bytes([choice]) + bytes(flight.but(dtls=dtls))
                      for name, (choice, flight) in flights.items()}
        seeds |= {f"bad_{name}{suffix}": bytes([EXTENDED]) + change(plain.but(dtls=dtls).bodies(), dtls)
                  for name, change in REARRANGED.items()}
    return seeds


Bodies = list[tuple[int, bytes]]

REARRANGED: dict[str, Callable[[Bodies, bool], bytes]] = {
    "swapped": lambda bodies, dtls: joined([bodies[1], bodies[0], *bodies[2:]], dtls),
    "without_certificate": lambda bodies, dtls: joined([*bodies[:2], *bodies[3:]], dtls),
    "two_server_hellos": lambda bodies, dtls: joined([*bodies[:2], *bodies[1:]], dtls),
    "two_key_exchanges": lambda bodies, dtls: joined([*bodies, bodies[-1]], dtls),
    "hello_request": lambda bodies, dtls: joined([(0, b""), *bodies], dtls),
    "hello_verify_request": lambda bodies, dtls: joined(
        [bodies[0], (3, b"\xfe\xff" + vector(b"cookie")), *bodies], dtls),
    "finished": lambda bodies, dtls: joined([*bodies, (20, b"\xf1" * 12)], dtls),
    "cut_off": lambda bodies, dtls: joined(bodies, dtls)[:-1],
    "trailing": lambda bodies, dtls: joined(bodies, dtls) + b"\0",
    "compressed": lambda bodies, dtls: joined(
        [bodies[0], (SERVER_HELLO, bodies[1][1].replace(b"\0\x9d\0", b"\0\x9d\1")), *bodies[2:]], dtls),
    "certificate_without_octets": lambda bodies, dtls: joined(
        [*bodies[:2], (CERTIFICATE, vector(vector(b"", 3), 3)), *bodies[3:]], dtls),
    "only_compressed": lambda bodies, dtls: joined(
        [(CLIENT_HELLO, bodies[0][1].replace(b"\xc0\x2f\1\0", b"\xc0\x2f\1\1")), *bodies[1:]], dtls),
    "certificate_request_beyond": lambda bodies, dtls: joined(bodies[:3], dtls) + b"\x0d\0\0\xff",
    "length": lambda bodies, dtls: b"\1\xff\xff\xff" + joined(bodies, dtls)[4:],
}


def cut_handshakes() -> dict[str, bytes]:
    """Each message ends too early, and its header says so: one rule is broken, not two."""
    seeds = {}
    asked = Flight().but(client_certificate=vector(b"client", 3), certificate_verify=True)
    for dtls in (False, True):
        bodies = asked.but(dtls=dtls).bodies()
        for index, (kind, body) in enumerate(bodies):
            for length in range(len(body)):
                shorter = [*bodies[:index], (kind, body[:length]), *bodies[index + 1:]]
                name = f"cut_{index}_{length}{'_dtls' if dtls else ''}"
                seeds[name] = bytes([EXTENDED_WITH_POH]) + joined(shorter, dtls)
    return seeds


# --- certificates ---

def element(tag: int, content: bytes) -> bytes:
    length = len(content)
    head = bytes([length]) if length < 128 else bytes([0x81, length]) if length < 256 else \
        b"\x82" + length.to_bytes(2, "big")
    return bytes([tag]) + head + content


def certificates() -> dict[str, bytes]:
    """As much of X.509 as stands before the key, and something behind it."""
    sequence, integer = 0x30, element(2, b"\1")
    algorithm = element(sequence, element(6, b"\x2a\x86\x48\xce\x3d\2\1"))
    spki = element(sequence, algorithm + element(3, b"\0\4" * 33))
    names = element(sequence, element(0x31, b"name" * 30))
    before = element(sequence, b"") + names + element(sequence, b"validity") + names

    def certificate(tbs: bytes) -> bytes:
        signed = element(sequence, b"") + element(3, b"\0" + bytes(64))
        return element(sequence, element(sequence, tbs) + signed)

    version = element(0xa0, element(2, b"\2"))
    good = certificate(version + integer + before + spki + element(0xa3, bytes(200)))
    return {
        "good": good,
        "good_version_1": certificate(integer + before + spki),
        "good_long": certificate(version + integer + before + element(sequence, bytes(600))),
        "bad_empty": b"",
        "bad_cut_off": good[:-1],
        "bad_trailing": good + b"\0",
        "bad_no_key": certificate(version + integer + before),
        "bad_no_serial": certificate(version + before + spki),
        "bad_short_names": certificate(version + integer + names + spki),
        "bad_length_form": b"\x30\x80" + good[4:],
        "bad_key_alone": spki,
    }
