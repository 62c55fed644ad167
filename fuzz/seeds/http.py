"""HTTP/1.1 requests and answers, and such that each break one rule of framing (RFC 9112)."""

from __future__ import annotations

HOST = b"Host: keyserver.example\r\n"
POST = b"POST /ski HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def http_requests() -> dict[str, bytes]:
    length = b"Content-Length: 5\r\n"
    return {
        "good": POST + length + b"Content-Type: application/json\r\nAccept: */*\r\n\r\nhello",
        "good_get": b"GET /ping?x HTTP/1.1\r\n" + HOST + b"\r\n",
        "good_absolute": b"GET https://keyserver.example/ping HTTP/1.1\r\n" + HOST + b"\r\n",
        "good_asterisk": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
        "good_1_0": b"POST /ski HTTP/1.0\r\n" + HOST + length + b"\r\nhello",
        "good_expect": POST + length + b"Expect: 100-continue\r\n\r\nhello",
        "good_upgrade": POST + length + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\nhello",
        "good_chunked": CHUNKED + b"2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nX-Trailer: x\r\n\r\n",
        "good_blank_line": b"\r\n" + POST + length + b"\r\nhello",
        "good_connect": b"CONNECT keyserver.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
        "good_unknown_method": b"BREW /pot HTTP/1.1\r\n" + HOST + b"\r\n",
        "bad_both_lengths": POST + length + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "bad_two_lengths": POST + length + length + b"\r\nhello",
        "bad_fold": POST + b"X: a\r\n b\r\n" + length + b"\r\nhello",
        "bad_lf": (POST + length + b"\r\nhello").replace(b"\r\n", b"\n"),
        "bad_space_before_colon": POST + b"X : a\r\n" + length + b"\r\nhello",
        "bad_nul": POST + b"X: a\0b\r\n" + length + b"\r\nhello",
        "bad_no_length": POST + b"\r\n",
        "bad_two_hosts": POST + HOST + length + b"\r\nhello",
        "bad_origin": POST + length + b"Origin: null\r\n\r\nhello",
        "bad_coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        "bad_version": b"POST /ski HTTP/2.0\r\n\r\n",
        "bad_0_9": b"GET /ski\r\n",
        "bad_chunk_size": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
        "bad_chunk_end": CHUNKED + b"5\r\nhelloXX0\r\n\r\n",
        "bad_chunk_large": CHUNKED + b"fffffff\r\n",
        "bad_trailer": CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
    }


def http_answers() -> dict[str, bytes]:
    status = b"HTTP/1.1 200 OK\r\n"
    return {
        "good": status + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        "good_204": b"HTTP/1.1 204 No Content\r\n\r\n",
        "good_continue": b"HTTP/1.1 100 Continue\r\n\r\n" + status + b"Content-Length: 1\r\n\r\nx",
        "good_chunked": status + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        "good_until_end": status + b"\r\nabc",
        "good_close": status + b"Connection: close\r\nContent-Length: 0\r\n\r\n",
        "bad_upgrade": b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        "bad_both_lengths": status + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        "bad_cut": status + b"Content-Length: 9\r\n\r\nabc",
        "bad_other": b"SSH-2.0-OpenSSH_9.2\r\n",
    }
