"""A good object with one rule of its encoding broken, for every rule."""

from __future__ import annotations

from typing import Any

from .encode import ARRAY, MAP, TAG, TEXT, UNSIGNED, as_json, cbor, head, pairs


def broken_cbor(good: dict[str, Any]) -> dict[str, bytes]:
    """The object in CBOR."""
    members = sorted((cbor(key), cbor(value)) for key, value in good.items())
    key, value = members[-1]
    whole = cbor(good)

    def with_first(first: bytes) -> bytes:
        """The object with one more member, which sorts first."""
        return pairs([(cbor("x"), first), *members])

    seeds = {
        "bad_empty": b"",
        "bad_break": b"\xff",
        "bad_cut_off": whole[:-1],
        "bad_cut_in_half": whole[: len(whole) // 2],
        "bad_trailing_octet": whole + b"\0",
        "bad_two_objects": whole + whole,
        "bad_array": head(ARRAY, 1) + whole,
        "bad_tagged": head(TAG, 55799) + whole,
        "bad_tagged_octets": head(TAG, 24) + cbor(whole),
        "bad_key_twice": pairs([*members, (key, value)]),
        "bad_key_twice_first": pairs([members[0], *members]),
        "bad_order": pairs(members[::-1] + [(cbor("zzzzzzzzzzzz"), cbor(0))]),
        "bad_indefinite_map": b"\xbf" + whole[1:] + b"\xff",
        "bad_key_octets": pairs([(cbor(b"x"), cbor(0)), *members]),
        "bad_key_integer": pairs([(cbor(0), cbor(0)), *members]),
        "bad_huge_map": head(MAP, 1 << 63) + whole[1:],
    }
    for extra in range(1, 5):
        seeds[f"bad_wide_map_{extra}"] = head(MAP, len(members), extra) + whole[1:]
        seeds[f"bad_wide_integer_{extra}"] = with_first(head(UNSIGNED, 5, extra))
        seeds[f"bad_wide_text_{extra}"] = with_first(head(TEXT, 1, extra) + b"a")
    for name, octets in {
        "undefined": b"\xf7",
        "simple": b"\xf0",
        "simple_wide": b"\xf8\x20",
        "half": b"\xf9\x3c\x00",
        "single": b"\xfa\x3f\x80\0\0",
        "double": b"\xfb\x3f\xf0\0\0\0\0\0\0",
        "not_a_number": b"\xf9\x7e\x00",
        "bignum": b"\xc2\x41\x01",
        "date": b"\xc1\x00",
        "shared": b"\xd8\x1c\x80",
        "reserved_1c": b"\x1c",
        "reserved_5d": b"\x5d",
        "reserved_fe": b"\xfe",
        "break": b"\xff",
        "indefinite_octets": b"\x5f\x41a\xff",
        "indefinite_text": b"\x7f\x61a\xff",
        "indefinite_list": b"\x9f\x00\xff",
        "indefinite_map": b"\xbf\x61a\x00\xff",
        "huge_list": b"\x9a\xff\xff\xff\xff",
        "huger_list": b"\x9b" + b"\xff" * 8,
        "huge_octets": b"\x5b\x7f" + b"\xff" * 7,
        "huger_text": b"\x7b" + b"\xff" * 8,
        "utf8_overlong": b"\x62\xc0\x80",
        "utf8_surrogate": b"\x63\xed\xa0\x80",
        "utf8_too_large": b"\x64\xf4\x90\x80\x80",
        "utf8_cut": b"\x62\xe2\x82",
        "utf8_third": b"\x63\xe2\x82a",
        "nested_key_twice": b"\xa2\x61a\x00\x61a\x00",
        "nested_order": b"\xa2\x61b\x00\x61a\x00",
        "nested_key_integer": b"\xa1\x00\x00",
        "deep_lists": b"\x81" * 100 + b"\x80",
        "deep_maps": b"\xa1\x61y" * 100 + b"\xa0",
        "deep_tags": b"\xc0" * 100 + b"\x00",
    }.items():
        seeds[f"bad_{name}"] = with_first(octets)
    return seeds


def broken_json(good: dict[str, Any]) -> dict[str, bytes]:
    """The same in JSON; names without bad_ are unusual forms, right ones among them."""
    whole = as_json(good).decode()
    inside = whole[1:-1]
    name = next(iter(good))
    first = as_json({name: good[name]}).decode()[1:-1]
    texts = {
        "bad_empty": "",
        "bad_space": " \n",
        "bad_null": "null",
        "bad_list": "[]",
        "bad_text": '"x"',
        "bad_number": "1",
        "bad_brace": "{",
        "bad_cut_off": whole[:-1],
        "bad_cut_in_half": whole[: len(whole) // 2],
        "bad_trailing_text": whole + "x",
        "bad_trailing_nul": whole + "\0",
        "bad_two_objects": whole + whole,
        "bad_bom": "\ufeff" + whole,
        "bad_member_twice": "{" + inside + "," + first + "}",
        "bad_escaped_member_twice": "{" + inside + "," + f'"\\u{ord(name[0]):04x}' + first[2:] + "}",
        "bad_single_quotes": whole.replace('"', "'"),
        "spaces": whole.replace(":", " : ").replace(",", "\t,\r\n"),
        "escapes": "{" + f'"\\u{ord(name[0]):04x}' + inside[2:] + "}",
        "escaped_slashes": whole.replace("/", "\\/"),
        "unpadded": whole.replace("=", ""),
        "url_alphabet": whole.replace("/", "_").replace("+", "-"),
        "newline_in_base64": whole.replace("=", "=\\n"),
        "trailing_bits": whole.replace("A=", "B=").replace("8=", "9="),
    }
    for kind, value in {
        "trailing_comma": "0,",
        "comment": "0/**/",
        "not_a_number": "NaN",
        "infinity": "-Infinity",
        "hex": "0x10",
        "leading_zero": "01",
        "plus": "+1",
        "float": "1.5e3",
        "float_too_large": "1e400",
        "float_tiny": "1e-400",
        "minus_zero": "-0",
        "integer_too_large": "9223372036854775808",
        "integer_smallest": "-9223372036854775808",
        "digits": "9" * 300,
        "exponent": "1E+2147483648",
        "lone_surrogate": '"\\ud800"',
        "swapped_surrogates": '"\\udc00\\ud800"',
        "surrogates": '"\\ud83d\\ude00"',
        "nul": '"\\u0000"',
        "control": '"\x01"',
        "bad_escape": '"\\x41"',
        "short_escape": '"\\u12"',
        "brackets_in_text": '"[[[[[[[[[[[[[[[[[[[["',
        "quote_in_text": '"\\"{{{{{{{{{{{{{{{{{"',
        "deepest": "[" * 15 + "]" * 15,
        "too_deep": "[" * 16 + "]" * 16,
        "deep_objects": '{"a":' * 40 + "0" + "}" * 40,
        "unclosed": "[" * 100,
        "nested_member_twice": '[{"a":0,"a":0}]',
        "prototype": '{"__proto__":{"input":"AAAA"}}',
    }.items():
        texts[f"x_{kind}"] = "{" + inside + ',"x":' + value + "}"
    seeds = {kind: text.encode() for kind, text in texts.items()}
    seeds |= {
        "bad_utf16": whole.encode("utf-16"),
        "bad_utf32": whole.encode("utf-32-be"),
        "bad_cbor": cbor(good),
    }
    for kind, octets in {
        "byte": b"\xff",
        "overlong": b"\xc0\x80",
        "surrogate": b"\xed\xa0\x80",
        "cut": b"\xe2\x82",
    }.items():
        seeds[f"bad_utf8_{kind}"] = b"{" + inside.encode() + b',"x":"' + octets + b'"}'
    return seeds
