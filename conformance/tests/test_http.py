"""The response reader: what is HTTP/1.1 and what is not."""

from __future__ import annotations

import pytest

from lurkspec import http


class Octets:
    """A source that gives its octets in pieces of one size."""

    def __init__(self, octets: bytes, piece: int = 1000):
        self.buffer = bytearray()
        self.left = octets
        self.piece = piece

    def receive(self) -> bytes:
        now, self.left = self.left[: self.piece], self.left[self.piece :]
        self.buffer += now
        return now


TYPE = b"Content-Type: application/json; charset=utf-8"
GOOD = b"HTTP/1.1 400 Bad Request\r\n" + TYPE + b"\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize("piece", (1, 7, 1000))
def test_content_length(piece: int) -> None:
    source = Octets(GOOD + b"next", piece)
    response = http.read_response(source)
    assert (response.status, response.reason, response.body) == (400, "Bad Request", b"{}")
    assert response.media_type == "application/json"
    assert response.raw == GOOD
    assert bytes(source.buffer) + source.left == b"next"


def test_chunked_and_interim() -> None:
    octets = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    response = http.read_response(Octets(octets + http.chunked(b"abc", b"d" * 20), 3))
    assert response.interim == (100,)
    assert response.body == b"abc" + b"d" * 20


def test_without_a_body() -> None:
    assert http.read_response(Octets(b"HTTP/1.1 204 No Content\r\n\r\n")).body == b""
    head = http.read_response(Octets(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), head_only=True)
    assert head.body == b""


def test_body_until_the_end() -> None:
    assert http.read_response(Octets(b"HTTP/1.1 200 OK\r\n\r\nabc", 4)).body == b"abc"


def test_repeated_headers_are_joined() -> None:
    response = http.read_response(
        Octets(b"HTTP/1.1 204 x\r\nVary: a\r\nVARY: b\r\nConnection: Close\r\n\r\n")
    )
    assert response.header("Vary") == "a, b"
    assert response.closes


@pytest.mark.parametrize(
    "octets",
    (
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n1",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"x" * 70000,
    ),
    ids=lambda o: repr(o[-40:]),
)
def test_not_http(octets: bytes) -> None:
    with pytest.raises(http.HttpError):
        http.read_response(Octets(octets))


@pytest.mark.parametrize("cut", range(len(GOOD)))
def test_truncated(cut: int) -> None:
    with pytest.raises(http.Truncated):
        http.read_response(Octets(GOOD[:cut]))


def test_requests_are_what_they_say() -> None:
    assert http.build("POST", "/ski", (("Host", "x"),), b"b") == b"POST /ski HTTP/1.1\r\nHost: x\r\n\r\nb"
