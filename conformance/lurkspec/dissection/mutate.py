"""Mutated captures: what was sent in the captures without TLS, changed in every way that comes to mind, must
not bring a dissector to an error or an end."""

from __future__ import annotations

import random
import re
import ssl
import struct
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .. import certificates as x
from ..pki import SERVER_NAME, Writer
from . import pcapng, tshark
from .conversation import ScriptLine
from .make import PORTS, decode_as

PER_FILE = 1000
# Every so manieth mutant is sent under TLS, to another port.
_OVER_TLS, _TLS_PORT = 20, 1000
_BYTES = (
    0x00,
    0x01,
    0x02,
    0x03,
    0x04,
    0x0F,
    0x10,
    0x18,
    0x19,
    0x1F,
    0x20,
    0x3F,
    0x40,
    0x5F,
    0x7F,
    0x80,
    0xBF,
    0xFE,
    0xFF,
)
# How a dissected message begins in what tshark -V shows.
_SHOWN = re.compile("^(Limited Use of Remote Keys|TLS Session Key Interface)", re.MULTILINE)
_LUA_ERROR = re.compile("^ *Lua Error: .*", re.MULTILINE)


@dataclass(frozen=True)
class Sent:
    """What one side said, with what the other one had said before."""

    protocol: str
    from_client: bool
    octets: bytes
    before: bytes = b""


@dataclass
class Findings:
    """`troubles` name the file that was kept for them."""

    packets: int = 0
    dissected: int = 0
    troubles: tuple[str, ...] = ()


def seeds(captures: Path) -> list[Sent]:
    """What was said in the captures without TLS, turn by turn."""
    found: list[Sent] = []
    for path in sorted(captures.glob("*-clear.pcapng")):
        protocol, turns = path.name.partition("-")[0], [Sent("", False, b"")]
        for packet in pcapng.read_packets(path):
            payload = packet[20 + (packet[32] >> 4) * 4 :]
            from_client = struct.unpack(">H", packet[22:24])[0] == PORTS[protocol]
            if payload and turns[-1].from_client == from_client:
                turns[-1] = replace(turns[-1], octets=turns[-1].octets + payload)
            elif payload:
                turns.append(Sent(protocol, from_client, payload, turns[-1].octets))
        found += turns[1:]
    return found


def _flip(rng: random.Random, octets: bytearray) -> None:
    octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)


def _set(rng: random.Random, octets: bytearray) -> None:
    octets[rng.randrange(len(octets))] = rng.choice(_BYTES)


def _cut(rng: random.Random, octets: bytearray) -> None:
    del octets[rng.randrange(len(octets)) :]


def _drop(rng: random.Random, octets: bytearray) -> None:
    at = rng.randrange(len(octets))
    del octets[at : at + rng.randrange(1, 9)]


def _insert(rng: random.Random, octets: bytearray) -> None:
    at = rng.randrange(len(octets))
    octets[at:at] = rng.randbytes(rng.randrange(1, 40))


def _repeat(rng: random.Random, octets: bytearray) -> None:
    at = rng.randrange(len(octets))
    octets[at:at] = octets[at : at + rng.randrange(1, 64)]


def _number(rng: random.Random, octets: bytearray) -> None:
    at = rng.randrange(len(octets))
    octets[at : at + 4] = rng.choice((0, 1, 15, 16, 17, 255, 65535, 65536, 2**31, 2**32 - 1)).to_bytes(
        4, "big"
    )


_CHANGES: tuple[Callable[[random.Random, bytearray], None], ...] = (
    _flip,
    _set,
    _set,
    _cut,
    _drop,
    _insert,
    _repeat,
    _number,
)


def mutate(rng: random.Random, sent: Sent, other: Sent) -> Sent:
    """A few changes behind a head that most of the time is right, so that they are looked at."""
    head, body = _parts(sent)
    changed = bytearray(body)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        if changed:
            rng.choice(_CHANGES)(rng, changed)
    if rng.random() < 0.1:
        changed += _parts(other)[1][-rng.randrange(1, 200) :]
    if rng.random() < 0.1 and head:
        wrong = bytearray(head)
        rng.choice(_CHANGES)(rng, wrong)
        return replace(sent, octets=bytes(wrong + changed))
    return replace(sent, octets=_fitted(sent.protocol, head, bytes(changed)))


def _parts(sent: Sent) -> tuple[bytes, bytes]:
    if sent.protocol == "lurk":
        return sent.octets[:16], sent.octets[16:]
    head, _, body = sent.octets.partition(b"\r\n\r\n")
    return head, body


def _fitted(protocol: str, head: bytes, body: bytes) -> bytes:
    """The head with the length of the body."""
    if protocol == "lurk":
        return head[:12] + struct.pack(">I", 16 + len(body)) + body
    length = b"Content-Length: %d" % len(body)
    return re.sub(rb"(?i)content-length: *\d+", length, head) + b"\r\n\r\n" + body


def fuzz(
    dissector: tshark.Dissector, captures: Path, count: int, seed: str, keep: Path
) -> Iterator[Findings]:
    """After each file what was found so far; files that make trouble stay in `keep`."""
    rng, known = random.Random(seed), seeds(captures)
    findings = Findings()
    with tempfile.TemporaryDirectory() as temporary:
        tls = _Tls(Path(temporary))
        for number, begin in enumerate(range(0, count, PER_FILE)):
            path = Path(temporary) / f"mutated-{seed}-{number:03d}.pcapng"
            mutants = [
                mutate(rng, rng.choice(known), rng.choice(known)) for _ in range(min(PER_FILE, count - begin))
            ]
            _write(path, rng, mutants, tls)
            findings.packets += len(mutants)
            shown, problem = _dissect(dissector, path, two_passes=number % 2 == 0)
            findings.dissected += shown
            if problem:
                keep.mkdir(parents=True, exist_ok=True)
                path.rename(keep / path.name)
                findings.troubles += (f"{keep / path.name}: {problem}",)
            yield findings


def _write(path: Path, rng: random.Random, mutants: list[Sent], tls: _Tls) -> None:
    """Each mutant on a connection of its own, an answer after its request; some under TLS."""
    packets: list[tuple[float, bytes]] = []
    secrets = b""
    for number, mutant in enumerate(mutants):
        time = 1_800_000_000 + number * 0.01
        connection = pcapng.Connection(10000 + number, PORTS[mutant.protocol], time)
        segment = rng.choice((pcapng.SEGMENT, pcapng.SEGMENT, 200, 31, 7))
        spoken = _turns(mutant)
        if number % _OVER_TLS == 0:
            connection = pcapng.Connection(10000 + number, PORTS[mutant.protocol] + _TLS_PORT, time)
            spoken, more = tls.carry(mutant)
            secrets += more
        for from_client, octets in spoken:
            connection.send(time + 0.001, from_client, octets, segment)
        connection.close(time + 0.002)
        packets += connection.packets
    pcapng.write(path, packets, secrets)


def _turns(mutant: Sent) -> list[tuple[bool, bytes]]:
    before = [] if mutant.from_client else [(True, mutant.before)]
    return [*before, (mutant.from_client, mutant.octets)]


class _Tls:
    """Mutants in conversations over TLS."""

    def __init__(self, folder: Path):
        self._folder = folder
        authority = x.new_authority("CA")
        names = x.Profile(SERVER_NAME, (f"dns:{SERVER_NAME}",), extended=("serverAuth",))
        Writer(folder).pair("ks", names, "ec-p256", authority)
        (folder / "ca.pem").write_bytes(x.pem(authority.certificate))

    def carry(self, mutant: Sent) -> tuple[list[tuple[bool, bytes]], bytes]:
        client, server = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        client.load_verify_locations(self._folder / "ca.pem")
        server.load_cert_chain(self._folder / "ks.pem", self._folder / "ks.key")
        line = ScriptLine(client, server, SERVER_NAME, self._folder / "secrets")
        for from_client, octets in _turns(mutant):
            line.say(from_client, octets)
        line.close()
        return [(said.from_client, said.octets) for said in line.conversation.wire], line.conversation.secrets


def _dissect(dissector: tshark.Dissector, path: Path, two_passes: bool) -> tuple[int, str]:
    """How many messages were shown, and the first trouble."""
    rules = [decode_as(protocol, "tcp", PORTS[protocol]) for protocol in PORTS]
    rules += [decode_as(protocol, "tls", PORTS[protocol] + _TLS_PORT) for protocol in PORTS]
    arguments = ["-r", str(path), "-V", *(["-2"] if two_passes else []), *tshark.decode(rules, ())]
    try:
        text = tshark.run(dissector, arguments)
    except tshark.TsharkFailed as error:
        return 0, str(error)
    error_line = _LUA_ERROR.search(text)
    return len(_SHOWN.findall(text)), error_line[0].strip() if error_line else ""
