"""A TLS client of static RSA that makes its ClientKeyExchange and Finished by hand: for premasters that no
library would send."""

from __future__ import annotations

import random
import time

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from ..codecs import hello as h
from ..codecs import pkcs1, tls12
from ..codecs.records import Sealer12
from ..codecs.tls import CHANGE_CIPHER_SPEC, HANDSHAKE, record, records, vector
from ..codecs.tls import handshake as message
from .target import Address
from .visit import Visit, Wire, wire

_SUITE = 0x009C  # TLS_RSA_WITH_AES_128_GCM_SHA256


def handshake_rsa(
    visit: Visit, address: Address, wait: float, name: str, rng: random.Random, version: int
) -> Visit:
    """A handshake whose premaster begins with that version. `ok`: the edge answered our Finished by its
    ChangeCipherSpec."""
    begin, hello = time.monotonic(), h.hello12(name, (_SUITE,), random=rng.randbytes(32))
    try:
        with wire(address, wait) as line:
            try:
                _talk(line, hello, rng, version)
            finally:
                visit.sent, visit.received = bytes(line.sent), bytes(line.received)
    except (OSError, ValueError) as error:
        visit.ending = f"{type(error).__name__}: {error}"
    visit.ok = any(r.kind == CHANGE_CIPHER_SPEC for r in records(visit.received))
    visit.alert = h.ServerFlight.parse(visit.received).alert.upper() if not visit.ok else ""
    visit.version, visit.seconds = "TLSv1.2", time.monotonic() - begin
    return visit


def _talk(line: Wire, hello: bytes, rng: random.Random, version: int) -> None:
    line.send(record(HANDSHAKE, hello, 0x0301))
    while not h.ServerFlight.parse(bytes(line.received)).complete and line.receive():
        pass
    theirs = b"".join(r.fragment for r in records(bytes(line.received)) if r.kind == HANDSHAKE)
    flight = dict(h.messages(theirs))
    if h.SERVER_HELLO_DONE not in flight:
        raise ValueError("no flight of static RSA")
    certificates = flight[h.CERTIFICATE]
    leaf = certificates[6 : 6 + int.from_bytes(certificates[3:6], "big")]
    public = x509.load_der_x509_certificate(leaf).public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError("no RSA certificate")
    premaster = pkcs1.premaster(rng, version)
    exchange = message(tls12.CLIENT_KEY_EXCHANGE, vector(pkcs1.encrypt(public, premaster, rng), 2))
    messages = hello + theirs + exchange
    client, server = hello[6:38], flight[h.SERVER_HELLO][2:34]
    if h.EXTENDED_MASTER_SECRET in h.parse_server_hello(flight[h.SERVER_HELLO]).extensions:
        master = tls12.extended_master_secret("sha256", premaster, messages)
    else:
        master = tls12.master_secret("sha256", premaster, client, server)
    finished = message(h.FINISHED, tls12.verify_data("sha256", master, messages))
    sealed = Sealer12(master, client, server, sequence=0).seal(HANDSHAKE, finished)
    line.send(record(HANDSHAKE, exchange) + record(CHANGE_CIPHER_SPEC, b"\1") + sealed)
    while not _over(bytes(line.received)) and line.receive():
        pass


def _over(received: bytes) -> bool:
    """The edge has taken our Finished, or not."""
    accepted = any(r.kind == CHANGE_CIPHER_SPEC for r in records(received))
    return accepted or bool(h.ServerFlight.parse(received).alert)
