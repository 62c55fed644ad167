"""The JSON and base64 codecs against the standard library, and against what SKI calls malformed."""

from __future__ import annotations

import base64
import json as stdlib_json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lurkspec.codecs.json import JsonError, Pairs, Raw, base64_decode, base64_encode, decode, encode

TEXT = st.text(st.characters(blacklist_categories=("Cs",)))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


@given(VALUES)
def test_same_as_the_standard_library(value: object) -> None:
    octets = encode(value)
    assert stdlib_json.loads(octets) == value
    assert decode(octets) == value


@given(st.binary())
def test_base64_round_trip(octets: bytes) -> None:
    assert base64_encode(octets) == base64.b64encode(octets).decode()
    assert base64_decode(base64_encode(octets)) == octets


@given(st.text(alphabet="AQg/+=-_ \n", max_size=12))
def test_base64_has_one_encoding(text: str) -> None:
    try:
        octets = base64_decode(text)
    except JsonError:
        return
    assert base64_encode(octets) == text


@pytest.mark.parametrize(
    "text", ("QQ", "QQ=", "QQ===", "QR==", "Q", "QQ==\n", " QQ==", "QQ==QQ==", "-_==", "====", "Ä")
)
def test_base64_refused(text: str) -> None:
    with pytest.raises(JsonError):
        base64_decode(text)


def test_octets_become_base64() -> None:
    assert encode({"input": b"\xff\xfe"}) == b'{"input":"//4="}'


MALFORMED = (
    b"", b" ", b"{", b"{}{}", b"{}x", b"{} \0", b'{"a":1,}', b"[1,]", b"{'a':1}", b"{a:1}", b'{"a":NaN}',
    b'{"a":Infinity}', b'{"a":0x1}', b'{"a":01}', b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}',
    b"\xef\xbb\xbf{}", b'{"a":"\xff"}',
    b'{"a":"\xed\xa0\x80"}', b'{"a":"\\ud800"}', b'{"\\udc00":1}', b'{"a":"\n"}', b'{"a":"\x01"}',
    "{}".encode("utf-16"), b"/* */{}", b"[" * 20 + b"]" * 20, b"[" * 100000, b'{"a":' * 50000,
)  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED, ids=lambda b: repr(b[:20]))
def test_malformed(body: bytes) -> None:
    with pytest.raises(JsonError):
        decode(body)


@given(st.binary(max_size=40))
def test_any_octets_give_a_value_or_an_error(body: bytes) -> None:
    try:
        decode(body)
    except JsonError:
        pass


def test_the_writer_can_break_the_rules() -> None:
    assert (
        encode(Pairs((("a", 1), ("a", 2), (Raw('"\\u0061"'), Raw("0x3"))))) == b'{"a":1,"a":2,"\\u0061":0x3}'
    )
