"""Judgements with more than one right answer: what a row or a ruling lets stand beside the specified one."""

from __future__ import annotations

from ..case import Variant
from ..context import Context
from ..dialects import ANY_CBOR
from ..exchange import Exchange
from ..request import MALFORMED, Check

# RFC 3629: octets that no UTF-8 text holds.
NOT_UTF8 = {
    "ff": "octet FF",
    "fe": "octet FE",
    "80": "continuation alone",
    "c080": "overlong NUL",
    "c1bf": "overlong, two octets",
    "e08080": "overlong, three octets",
    "f0808080": "overlong, four octets",
    "eda080": "surrogate",
    "f4908080": "above U+10FFFF",
    "f8888080": "five-octet form",
    "c3": "cut after one of two",
    "e282": "cut after two of three",
    "f09f98": "cut after three of four",
}


def ignored_or_malformed(t: Context, label: str, exchange: Exchange, check: Check | None = None) -> Variant:
    """Nobody asked for this member: the request may be served without it or be malformed by it, but answered
    it must be."""
    if exchange.output is None:
        return t.refused(label, exchange, MALFORMED)
    return t.served(label, exchange, check)


def malformed_by_profile(t: Context, label: str, exchange: Exchange, check: Check) -> Variant:
    """Malformed by the CBOR rules of this project; the draft has none (A-66), so other dialects may serve
    what is meant."""
    if ANY_CBOR not in t.target.dialects or exchange.output is None:
        return t.refused(label, exchange, MALFORMED)
    return t.check(
        label,
        False,
        "malformed request, or served as it is meant",
        exchange.summary,
        exchange,
        lenient=not check(exchange.output),
    )


def beyond_limits(t: Context, label: str, exchange: Exchange) -> Variant:
    """A body that may be longer than the server takes: malformed or too large, with or without reading it to
    its end."""
    return t.http_refused(label, exchange, (400, 413), close=True)
