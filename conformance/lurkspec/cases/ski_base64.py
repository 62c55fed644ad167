"""Octets in JSON are base64 (SKI §5.2, RFC 4648): one text for them, and no other."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import json, tls
from ..context import Context
from ..request import MALFORMED

SECTION = "SKI §5.2 spki and input"

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _at(text: str, index: int, character: str) -> str:
    return text[:index] + character + text[index + 1 :]


def _not_canonical(octets: bytes) -> dict[str, str]:
    """Texts that are not the base64 of any octets (RFC 4648 §3.5, §4), made from one that is; its length is
    no multiple of 3."""
    good = json.base64_encode(octets)
    bare = good.rstrip("=")
    pad = good[len(bare) :]
    last = _at(bare, len(bare) - 1, _ALPHABET[_ALPHABET.index(bare[-1]) | 1])
    return {
        "no padding": bare,
        "padding long": good + "=",
        "padding four": good + "====",
        "padding alone": "====",
        "padding first": "=" + good[:-1],
        "padding inside": good[:4] + "====" + good[4:],
        "pad octet inside": _at(good, 5, "="),
        "trailing bits": last + pad,
        "trailing bits, no padding": last,
        "line feed inside": good[:64] + "\n" + good[64:] if len(good) > 64 else good[:20] + "\n" + good[20:],
        "lines of 16": "\r\n".join(good[i : i + 16] for i in range(0, len(good), 16)),
        "line feed after": good + "\n",
        "carriage return after": good + "\r",
        "blank before": " " + good,
        "blank after": good + " ",
        "blank inside": good[:8] + " " + good[8:],
        "tab inside": good[:8] + "\t" + good[8:],
        "exclamation mark": _at(good, 3, "!"),
        "asterisk": _at(good, 3, "*"),
        "full stop": _at(good, 3, "."),
        "NUL": _at(good, 3, "\0"),
        "letter e with acute": _at(good, 3, "\u00e9"),
        "full-width A": _at(good, 3, "\uff21"),
        "one more character": good + "A",
        "second base64 text": good + good,
        "quoted": f'"{good}"',
        "data URL": "data:;base64," + good,
    } | ({"padding short": good[:-1]} if len(pad) == 2 else {})


@case(
    "ski-5.2-base64-input", clauses=("SKI-5.2-07", "SKI-5.2.1-02"), rows=("JS-09",), needs=("json", "ecdhe")
)
def base64_input(t: Context) -> Iterator[Variant]:
    """input in JSON is base64 (§5.2): standard alphabet, padded, canonical; exactly one text stands for its
    octets."""
    # FB EF BE and FF make the two characters that other alphabets replace.
    data = tls.ecdhe_input(t.ecdhe_params(), b"\xfb\xef\xbe" * 10 + b"\xff\xff", t.rng.randbytes(32))
    good = t.ecdhe_request(input=data)
    text = json.base64_encode(data)
    texts = _not_canonical(data) | {
        "empty": "",
        "URL alphabet": text.replace("+", "-").replace("/", "_"),
        "minus for plus": text.replace("+", "-"),
        "underscore for solidus": text.replace("/", "_"),
        "comma for solidus": text.replace("/", ","),
    }
    yield t.served("control", t.post(good, "json"))
    for label, value in texts.items():
        yield t.refused(label, t.post(good.replaced(input=value), "json"), MALFORMED)


@case("ski-5.2-base64-spki", clauses=("SKI-5.2-07", "SKI-5.2-12"), rows=("JS-09",), needs=("json", "ecdhe"))
def base64_spki(t: Context) -> Iterator[Variant]:
    """spki in JSON is base64 as input is; another spelling of a served key's fingerprint is malformed."""
    good = t.ecdhe_request()
    for label, value in _not_canonical(t.key().spki).items():
        yield t.refused(label, t.post(good.replaced(spki=value), "json"), MALFORMED)
