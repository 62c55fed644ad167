"""Annotated hex of an exchange: what each part of the octets is."""

from __future__ import annotations

from ..case import Shown
from ..codecs import cbor, lurk
from ..exchange import Exchange
from ..lurk_exchange import LurkExchange, status_name

WIDTH = 16


def dump(octets: bytes, start: int = 0) -> list[str]:
    """Offset, octets, printable ASCII."""
    lines = []
    for at in range(0, len(octets), WIDTH):
        row = octets[at : at + WIDTH]
        text = "".join(chr(o) if 32 <= o < 127 else "." for o in row)
        lines.append(f"{start + at:06x}  {row.hex(' '):<{3 * WIDTH - 1}}  {text}")
    return lines


def _cbor(body: bytes) -> list[str]:
    """One line per item; where the octets are not CBOR the decoder's complaint and a plain dump."""
    try:
        items = cbor.items(body)
    except cbor.CborError as error:
        return [f"; {error}", *dump(body)]
    lines = []
    for item in items:
        octets = body[item.offset : item.end]
        shown = octets[:WIDTH].hex(" ") + (" …" if len(octets) > WIDTH else "")
        lines.append(f"{item.offset:06x}  {shown:<{3 * WIDTH + 1}}  {'  ' * item.depth}{item.text}")
    return lines


def _message(octets: bytes) -> list[str]:
    """An HTTP message: head as text, body by its type; anything else is dumped."""
    head, separator, body = octets.partition(b"\r\n\r\n")
    if not separator or b"HTTP/" not in head:
        return dump(octets)
    lines = [f"; {line}" for line in head.decode("latin-1").split("\r\n")]
    is_cbor = b"application/cbor" in head.lower()
    return lines + [f"; body, {len(body)} octets"] + (_cbor(body) if is_cbor and body else dump(body))


def _input(data: bytes) -> list[str]:
    """The parts of an ECDHE input (SKI §5.1.2) or of CertificateVerify content (RFC 8446 §4.4.3)."""
    if data.startswith(b" " * 64):
        context, _, transcript = data[64:].partition(b"\0")
        parts = [("64 octets 20, context", context), ("transcript hash", transcript)]
    else:
        parts = [
            ("client_random", data[:32]),
            ("server_random", data[32:64]),
            ("ECParameters", data[64:67]),
            ("point with its length", data[67:]),
        ]
    return [f"; input, {name} ({len(octets)} octets): {octets.hex()}" for name, octets in parts]


def _ski(exchange: Exchange) -> list[str]:
    lines = []
    members = exchange.request.members if exchange.request else {}
    data = members.get("input")
    if members.get("method") != "RSA" and isinstance(data, bytes):
        lines += _input(data)
    for direction, octets in exchange.transcript.events:
        what = {">": "sent", "<": "received"}.get(direction, "sent below TLS")
        lines += [f"{direction[0]} {what}, {len(octets)} octets", *_message(octets)]
    return lines


def _lurk(exchange: LurkExchange) -> list[str]:
    """The pieces of the request by name, then all octets with the header spelled out."""
    lines = []
    if exchange.request:
        lines += [
            f"; {name} ({len(octets)} octets): {octets.hex()}"
            for name, octets in exchange.request.fields.pieces
        ]
    for direction, octets in exchange.transcript.events:
        what = {">": "sent", "<": "received"}.get(direction, "sent below TLS")
        lines.append(f"{direction[0]} {what}, {len(octets)} octets")
        if len(octets) >= lurk.HEADER_LEN:
            m = lurk.decode(octets)
            lines.append(
                f"; designation {m.designation}, version {m.version}, type {m.type}, "
                f"status {status_name(m)}, id {m.id:016x}, length {m.length}"
            )
        lines += dump(octets)
    return lines


def annotate(exchange: Exchange | LurkExchange | Shown, limit: int = 400) -> list[str]:
    """Lines for one exchange, at most `limit`."""
    if not isinstance(exchange, (Exchange, LurkExchange)):
        return _cut(exchange.lines(), limit)
    lines = [f"; edge {exchange.edge}: {exchange.summary} ({exchange.seconds * 1000:.0f} ms)"]
    lines += _lurk(exchange) if isinstance(exchange, LurkExchange) else _ski(exchange)
    return _cut(lines, limit)


def _cut(lines: list[str], limit: int) -> list[str]:
    return lines if len(lines) <= limit else [*lines[:limit], f"; {len(lines) - limit} more lines"]
