"""Steps of key servers that an edge asks: fuzz/key_client.c has the format."""

from __future__ import annotations

from .lurk import STATE, message

SUBMIT, OPEN, FAIL, DELIVER, ANSWER, END, DEADLINE, RESIZED, OPS = range(9)
ECDSA, ED25519, RSA, CAPABILITIES = range(4)
CLOSED, FAILED = range(2)


def step(op: int, which: int = 0, octets: bytes = b"", cut: int = 0) -> bytes:
    """Octets that do not fit go into more steps, which is how a stream comes."""
    first = bytes([op, which, cut, min(len(octets), 255)]) + octets[:255]
    return first + (step(op, which, octets[255:], cut) if len(octets) > 255 else b"")


def common() -> dict[str, bytes]:
    ask = {name: step(SUBMIT, kind) + step(OPEN) for kind, name in enumerate(
        ("ecdsa", "ed25519", "rsa", "capabilities")
    )}
    seeds = {name: steps + step(ANSWER) for name, steps in ask.items()}
    seeds |= {f"{name}_in_pieces": steps + step(ANSWER, cut=3) for name, steps in ask.items()}
    seeds |= {f"{name}_bent": steps + step(ANSWER, octets=b"\xf0\0") for name, steps in ask.items()}
    seeds |= {f"{name}_unanswered": steps for name, steps in ask.items()}
    seeds |= {f"{name}_closed": steps + step(END, cut=CLOSED) for name, steps in ask.items()}
    seeds |= {f"{name}_late": step(DEADLINE) + steps + step(ANSWER) for name, steps in ask.items()}
    seeds |= {f"{name}_unreachable": steps.replace(step(OPEN), step(FAIL)) * 2 for name, steps in ask.items()}
    every = b"".join(step(SUBMIT, kind) for kind in (ECDSA, RSA, ED25519, RSA, ECDSA))
    opened, answered = (b"".join(step(op, n) for n in range(5)) for op in (OPEN, ANSWER))
    return seeds | {
        "nothing": b"",
        "many": every + opened + answered,
        "many_one_link": every + step(OPEN) + 5 * step(ANSWER),
        "fail_over": ask["ecdsa"] + step(END, cut=FAILED) + step(OPEN) + step(ANSWER),
        "reused": ask["ecdsa"] + step(ANSWER) + step(SUBMIT, RSA) + step(ANSWER),
        "twice": ask["rsa"] + 2 * step(ANSWER) + step(END, cut=CLOSED),
        "closed_within": ask["rsa"] + step(DELIVER, octets=b"HTTP/1.1 200") + step(END, cut=CLOSED),
        "signature_longer": ask["ecdsa"] + step(RESIZED, cut=1),
        "signature_shorter": ask["ed25519"] + step(RESIZED, cut=0xff),
        "unasked": ask["rsa"] + step(ANSWER) + step(DELIVER, octets=b"x" * 20),
    }


def over_ski() -> dict[str, bytes]:
    def response(code: str, media: str, body: bytes, more: str = "") -> bytes:
        head = f"HTTP/1.1 {code}\r\nContent-Type: {media}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    cbor, premaster = "application/cbor", b"\xa1\x66output\x58\x30\3\3" + bytes(range(1, 47))
    denied = b"\xa1\x65error\x6erequest denied"
    answers = {
        "premaster": response("200 OK", cbor, premaster),
        "premaster_of_error": response("403 Forbidden", cbor, premaster),
        "premaster_type": response("200 OK", "text/plain", premaster),
        "premaster_short": response("200 OK", cbor, b"\xa1\x66output\x43\3\3\1"),
        "premaster_version": response("200 OK", cbor, premaster.replace(b"\3\3", b"\3\2")),
        "error": response("403 Forbidden", cbor, denied),
        "error_of_success": response("200 OK", cbor, denied),
        "both": response("200 OK", cbor, b"\xa2\x65error\x6erequest denied" + premaster[1:]),
        "interim": b"HTTP/1.1 100 Continue\r\n\r\n" + response("200 OK", cbor, premaster),
        "closing": response("200 OK", cbor, premaster, "Connection: close\r\n"),
        "too_long": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        "chunked": b"HTTP/1.1 200 OK\r\nContent-Type: application/cbor\r\n"
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n%b\r\n0\r\n\r\n" % (len(premaster), premaster),
        "nonsense": b"\x16\3\3\0\2",
        "two": 2 * response("200 OK", cbor, premaster),
    }
    ask = step(SUBMIT, RSA) + step(OPEN)
    seeds = {f"hostile_{name}": ask + step(DELIVER, octets=octets) for name, octets in answers.items()}
    # A body that ends with the connection: no length outside of it.
    head = step(DELIVER, octets=b"HTTP/1.1 200 OK\r\nContent-Type: application/cbor\r\n\r\n")
    seeds["hostile_until_close"] = ask + head + step(DELIVER, octets=premaster) + step(END, cut=CLOSED)
    usual = common()
    seeds |= {f"json_{name}": bytes([steps[0] + OPS]) + steps[1:] for name, steps in usual.items() if steps}
    return usual | seeds


def over_lurk() -> dict[str, bytes]:
    answers = {
        "other_id": message(1, 2, bytes(48), 1),
        "error_of_other": message(1, 2, STATE, 5),
        "request": message(1, 2, bytes(48)),
        "third_extension": message(2, 2, bytes(48), 1),
        "length": message(1, 2, length=15),
        "too_long": message(1, 2, length=0x10001),
        "cut_off": message(1, 2, bytes(48), 1)[:30],
        "many": 20 * message(1, 1, b"", 1),
    }
    every = step(SUBMIT, RSA) + step(SUBMIT, ECDSA) + step(OPEN)
    seeds = {f"hostile_{name}": every + step(DELIVER, octets=octets) for name, octets in answers.items()}
    # Places are in 256ths of the answer: 64 octets for a master secret.
    bent = {"extension": 0, "version": 4, "type": 8, "status": 12, "id": 20, "length": 60}
    seeds |= {f"bent_{name}": every + step(ANSWER, octets=bytes([place, 5])) for name, place in bent.items()}
    return common() | seeds
