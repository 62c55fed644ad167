"""A visit by the ssl module of Python (README.md)."""

import base64
import socket
import ssl
import sys

NO_EXTENDED_MASTER_SECRET = 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3
WAIT = 20.0

told = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[told["version"]]
context = ssl.create_default_context(cafile=told["ca"])
context.minimum_version = context.maximum_version = version
context.keylog_filename = told["key_log"]
if "suite" in told:
    context.set_ciphers(told["suite"])
if "ems" in told:
    context.options |= NO_EXTENDED_MASTER_SECRET
if "certificate" in told:
    context.load_cert_chain(told["certificate"], told["key"])
# `groups` needs no call: the library's own choice begins with X25519 and has P-384.
request = (
    f"GET {told['path']} HTTP/1.1\r\nHost: {told['name']}\r\nAccept: application/json\r\n"
    "Connection: close\r\n\r\n"
).encode()
session = None
for _ in range(int(told["connections"])):
    with socket.create_connection((told["host"], int(told["port"])), WAIT) as plain:
        with context.wrap_socket(plain, server_hostname=told["name"], session=session) as tls:
            tls.sendall(request)
            answer = b"".join(iter(lambda: tls.recv(65536), b""))
            body = base64.b64encode(answer.partition(b"\r\n\r\n")[2]).decode()
            suite, _spoken, _bits = tls.cipher() or ("", "", 0)
            resumed = int(bool(tls.session_reused))
            print(f"visit version={(tls.version() or '')[4:]} suite={suite} resumed={resumed} page={body}")
            session = tls.session
