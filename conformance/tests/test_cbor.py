"""The CBOR codec against an independent one, and against what RFC 8949 calls malformed."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lurkspec.codecs import cbor
from lurkspec.codecs.cbor import Indefinite, Pairs, Raw, Simple, Tag, Wide, decode, encode, head

SCALARS = st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.binary() | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=12,
)


@given(VALUES)
def test_same_as_an_independent_codec(value: object) -> None:
    octets = encode(value)
    assert cbor2.loads(octets) == value
    # Canonical CBOR of the older RFC sorts keys by length first; the members here make both orders one.
    if not isinstance(value, dict):
        assert decode(octets) == value


@given(st.dictionaries(st.text(alphabet="abc", min_size=2, max_size=2), SCALARS, max_size=6))
def test_deterministic_map(value: dict[str, object]) -> None:
    assert encode(value) == cbor2.dumps(value, canonical=True)
    assert decode(encode(value)) == value


@given(st.binary(max_size=60))
def test_any_octets_give_a_value_or_an_error(octets: bytes) -> None:
    try:
        value = decode(octets)
    except cbor.CborError as error:
        assert 0 <= error.offset <= len(octets)
    else:
        assert encode(value) == octets


@given(st.dictionaries(st.text(), SCALARS, max_size=4), st.data())
def test_every_truncation_is_malformed(value: dict[str, object], data: st.DataObject) -> None:
    octets = encode(value)
    cut = data.draw(st.integers(0, len(octets) - 1))
    with pytest.raises(cbor.CborError):
        decode(octets[:cut], deterministic=False)


@pytest.mark.parametrize(
    ("width", "expected"),
    ((0, "05"), (1, "1805"), (2, "190005"), (4, "1a00000005"), (8, "1b0000000000000005")),
)
def test_heads_of_chosen_width(width: int, expected: str) -> None:
    assert head(cbor.UNSIGNED, 5, width) == bytes.fromhex(expected)
    if width:
        assert encode(Wide(5, width)) == bytes.fromhex(expected)


MALFORMED = {
    "nothing": b"",
    "break alone": b"\xff",
    "octets after the item": b"\x05\x00",
    "two items": encode({}) + encode({}),
    "duplicate key": encode(Pairs((("a", 1), ("a", 1)))),
    "duplicate key in another coding": encode(Pairs((("a", 1), (Wide("a", 1), 2)))),
    "key of another type": encode(Pairs(((1, 2),))),
    "tag": encode(Tag(55799, {})),
    "float": encode(1.5),
    "half float": bytes.fromhex("f93c00"),
    "undefined": encode(Simple(23)),
    "simple value in two octets below 32": bytes.fromhex("f818"),
    "reserved information": bytes.fromhex("1c"),
    "text that is not UTF-8": bytes.fromhex("61ff"),
    "surrogate": encode("\ud800"),
    "claim of 2^32 items": bytes.fromhex("9affffffff"),
    "claim of 2^63 octets": bytes.fromhex("5b7fffffffffffffff"),
    "chunk of another type": encode(Indefinite(cbor.TEXT, (b"a",))),
    "chunk that is indefinite": encode(Indefinite(cbor.BYTES, (Indefinite(cbor.BYTES, ()),))),
    "indefinite without break": encode(Indefinite(cbor.MAP, ("a", 1), stop=b"")),
    "indefinite map with an odd count": encode(Indefinite(cbor.MAP, ("a",))),
    "too deep": b"\x81" * 20 + b"\x00",
    "very deep": b"\x81" * 10000 + b"\x00",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str) -> None:
    for deterministic in (True, False):
        with pytest.raises(cbor.CborError):
            decode(MALFORMED[name], deterministic)


NOT_DETERMINISTIC = {
    "non-shortest integer": (Wide(5, 2), 5),
    "non-shortest length": (Wide(b"abc", 4), b"abc"),
    "indefinite map": (Indefinite(cbor.MAP, ("a", 1)), {"a": 1}),
    "indefinite bytes": (Indefinite(cbor.BYTES, (b"a", b"b")), b"ab"),
    "indefinite text": (Indefinite(cbor.TEXT, ("a", "é")), "aé"),
    "indefinite array": (Indefinite(cbor.ARRAY, (1, 2)), [1, 2]),
    "keys out of order": (Pairs((("b", 1), ("a", 2))), {"a": 2, "b": 1}),
}


@pytest.mark.parametrize("name", NOT_DETERMINISTIC)
def test_well_formed_but_not_deterministic(name: str) -> None:
    form, value = NOT_DETERMINISTIC[name]
    octets = encode(form)
    assert cbor2.loads(octets) == value
    assert decode(octets, deterministic=False) == value
    with pytest.raises(cbor.CborError):
        decode(octets)


def test_raw_octets_stand_where_they_are_put() -> None:
    assert encode({"a": Raw(b"\xfe")}) == bytes.fromhex("a16161fe")


def test_items_name_every_head() -> None:
    octets = encode({"a": [1, b"xy"]})
    items = cbor.items(octets)
    assert [item.text for item in items] == ["map(1)", "'a'", "array(2)", "1", "bytes(2)"]
    assert [item.depth for item in items] == [0, 1, 1, 2, 2]
    assert items[-1].end == len(octets)
