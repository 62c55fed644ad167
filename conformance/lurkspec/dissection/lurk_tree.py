"""Expected trees of LURK messages, from the octets alone; which expert infos belong to them a scenario
says."""

from __future__ import annotations

from ..codecs import lurk
from ..codecs.tls12 import CERTIFICATE, CLIENT_HELLO, CLIENT_KEY_EXCHANGE, SERVER_HELLO
from .tree import Node
from .walker import Cut, Walker

_TLS12 = "lurk.tls12."
_CURVE_OCTETS = {23: 32, 24: 48, 25: 66}
_U_OCTETS = {29: 32, 30: 56}
_HANDSHAKE = _TLS12 + "handshake."


def header(octets: bytes) -> list[Node]:
    """The sixteen octets, with the names of type and status where they have one."""
    walker = Walker(octets[: lurk.HEADER_LEN])
    designation = walker.number("lurk.designation")
    walker.number("lurk.version")
    type = walker.number("lurk.type")
    _named(walker, "lurk.type.name", _type_names(designation).get(type))
    status = walker.number("lurk.status")
    _named(walker, "lurk.status.name", status_names(designation).get(status))
    walker.take("lurk.id", 8)
    walker.take("lurk.length", 4)
    return walker.nodes


def _named(walker: Walker, name: str, value: str | None) -> None:
    if value is not None:
        walker.nodes.append(Node(name, value=value))


def _type_names(designation: int) -> dict[int, str]:
    if designation == lurk.Designation.LURK:
        return {t.value: t.name.lower() for t in lurk.BaseType}
    return {t.value: t.name.lower() for t in lurk.Type} if designation == lurk.Designation.TLS12 else {}


def status_names(designation: int) -> dict[int, str]:
    errors = (
        {s.value: s.name.lower() for s in lurk.Status}
        if designation == lurk.Designation.TLS12
        else {s.value: s.name.lower() for s in lurk.BaseStatus}
    )
    return {lurk.REQUEST: "request", lurk.SUCCESS: "success"} | errors


def payload(message: lurk.Message) -> list[Node]:
    """The payload as one field with all others inside; octets that fit nowhere are `lurk.rest`."""
    if not message.payload:
        return []
    walker = Walker(message.payload)
    try:
        _dissect(message, walker)
    except Cut:
        pass
    known = message.version == 1 and message.type in _type_names(message.designation)
    if walker.rest and (message.status > lurk.SUCCESS or known):
        walker.nodes.append(Node("lurk.rest", walker.rest.hex()))
    return [Node("lurk.payload", message.payload.hex(), fields=walker.nodes)]


def _dissect(message: lurk.Message, walker: Walker) -> None:
    if message.status > lurk.SUCCESS:
        if walker.left == lurk.STATE_LEN:
            walker.take("lurk.state", 4)
    elif message.version != 1:
        return
    elif message.designation == lurk.Designation.LURK:
        if message.type == lurk.BaseType.CAPABILITIES and message.status == lurk.SUCCESS:
            _base_capabilities(walker)
    elif message.designation == lurk.Designation.TLS12:
        _dissect_tls12(message, walker)


def _base_capabilities(walker: Walker) -> None:
    size = walker.number("lurk.extensions_length", 2)
    if size > walker.left:
        raise Cut
    for _ in range(size // 2):
        pair = walker.group("lurk.extension", 2)
        pair.number("lurk.extension.designation")
        pair.number("lurk.extension.version")
    if size % 2:
        return
    if walker.left != lurk.STATE_LEN:
        size = walker.number("lurk.types_length", 2)
        if size > walker.left:
            raise Cut
        for _ in range(size):
            walker.number("lurk.supported_type")
    walker.take("lurk.state", 4)


def _dissect_tls12(message: lurk.Message, walker: Walker) -> None:
    type, asks = message.type, message.status == lurk.REQUEST
    if type == lurk.Type.CAPABILITIES:
        if not asks:
            _capabilities(walker)
    elif type == lurk.Type.ECDHE:
        (_ecdhe if asks else _signed)(walker)
    elif type in tuple(lurk.Type)[lurk.Type.RSA_MASTER :]:
        if not asks:
            walker.take(_TLS12 + "master", 48)
        elif type == lurk.Type.RSA_MASTER:
            _rsa_master(walker)
        else:
            _with_handshake(walker, type)


def _start(walker: Walker) -> None:
    key = walker.group(_TLS12 + "key_id", 5)
    key.number(_TLS12 + "key_id.type")
    key.take(_TLS12 + "key_id.digest", 4)
    walker.number(_TLS12 + "freshness")


def _randoms(walker: Walker) -> None:
    walker.take(_TLS12 + "client_random", 32)
    s = walker.group(_TLS12 + "server_random", 32)
    s.take(_TLS12 + "server_random.time", 4)
    s.take(_TLS12 + "server_random.octets", 28)


def _premaster(walker: Walker) -> None:
    walker.vector(_TLS12 + "encrypted_premaster_length", 2, _TLS12 + "encrypted_premaster")


def _rsa_master(walker: Walker) -> None:
    _start(walker)
    walker.number(_TLS12 + "prf_hash")
    _randoms(walker)
    _premaster(walker)


def _with_handshake(walker: Walker, type: int) -> None:
    _start(walker)
    size = walker.number(_TLS12 + "handshake_messages_length", 2)
    if size > walker.left:
        raise Cut
    stop = walker.at + size
    while walker.at < stop:
        length = int.from_bytes(walker.rest[1:4], "big")
        if stop - walker.at < 4 or 4 + length > stop - walker.at:
            walker.take(_TLS12 + "handshake", stop - walker.at)
            break
        message = walker.group(_TLS12 + "handshake", 4 + length)
        kind = message.number(_HANDSHAKE + "type")
        message.number(_HANDSHAKE + "length", 3)
        try:
            _HANDSHAKES.get(kind, lambda _: None)(message)
        except Cut:
            pass
        message.take(_HANDSHAKE + "body", message.left)
    if type != lurk.Type.RSA_EXTENDED_MASTER:
        walker.take(_TLS12 + "verify_data", 12)


def _hello_start(walker: Walker) -> None:
    walker.take(_HANDSHAKE + "version", 2)
    walker.take(_HANDSHAKE + "random", 32)
    walker.vector(_HANDSHAKE + "session_id_length", 1, _HANDSHAKE + "session_id")


def _hello_extensions(walker: Walker) -> None:
    if not walker.left:
        return
    walker.number(_HANDSHAKE + "extensions_length", 2)
    while walker.left:
        if walker.left < 4:
            raise Cut
        size = int.from_bytes(walker.rest[2:4], "big")
        extension = walker.group(_HANDSHAKE + "extension", 4 + size)
        extension.number(_HANDSHAKE + "extension.type", 2)
        extension.vector(_HANDSHAKE + "extension.length", 2, _HANDSHAKE + "extension.data")


def _client_hello(walker: Walker) -> None:
    _hello_start(walker)
    for _ in range(walker.number(_HANDSHAKE + "cipher_suites_length", 2) // 2):
        walker.number(_HANDSHAKE + "cipher_suite", 2)
    for _ in range(walker.number(_HANDSHAKE + "compression_methods_length")):
        walker.number(_HANDSHAKE + "compression_method")
    _hello_extensions(walker)


def _server_hello(walker: Walker) -> None:
    _hello_start(walker)
    walker.number(_HANDSHAKE + "cipher_suite", 2)
    walker.number(_HANDSHAKE + "compression_method")
    _hello_extensions(walker)


def _certificates(walker: Walker) -> None:
    walker.number(_HANDSHAKE + "certificates_length", 3)
    while walker.left:
        walker.vector(_HANDSHAKE + "certificate_length", 3, _HANDSHAKE + "certificate")


_HANDSHAKES = {
    CLIENT_HELLO: _client_hello,
    SERVER_HELLO: _server_hello,
    CERTIFICATE: _certificates,
    CLIENT_KEY_EXCHANGE: _premaster,
}


def _algorithm(walker: Walker) -> None:
    pair = walker.group(_TLS12 + "sig_and_hash", 2)
    pair.number(_TLS12 + "sig_and_hash.hash")
    pair.number(_TLS12 + "sig_and_hash.signature")


def ecdh_params(octets: bytes) -> tuple[list[Node], int, int | None]:
    """Fields at the start of the octets, how many octets they are, and the curve; None when the structure is
    cut or has another curve type."""
    walker, curve = Walker(octets), None
    try:
        if walker.number("ecdh_params.curve_type") == 3:
            named = walker.number("ecdh_params.named_curve", 2)
            point = walker.group("ecdh_params.point", walker.number("ecdh_params.point_length"))
            ec_point(point, named)
            curve = named
    except Cut:
        pass
    return walker.nodes, walker.at, curve


def ec_point(walker: Walker, curve: int) -> None:
    """The parts of a point that is as long as its curve says; of others the form alone."""
    size = _CURVE_OCTETS.get(curve)
    if size is not None and walker.left:
        walker.number("ec_point.form")
        if walker.left == 2 * size:
            walker.take("ec_point.x", size)
            walker.take("ec_point.y", size)
    elif curve in _U_OCTETS:
        walker.take("ec_point.u", walker.left)


def _ecdhe(walker: Walker) -> None:
    _start(walker)
    _randoms(walker)
    _algorithm(walker)
    nodes, size, curve = ecdh_params(walker.rest)
    walker.group(_TLS12 + "ecdhe_params", size).nodes.extend(nodes)
    if curve is None:
        raise Cut
    if walker.number(_TLS12 + "poo_prf") == lurk.PooPrf.NULL:
        return
    size = walker.number(_TLS12 + "poo.point_length")
    ec_point(walker.group(_TLS12 + "poo.point", size), curve)
    walker.take(_TLS12 + "poo.r", _CURVE_OCTETS.get(curve, walker.left))


def _signed(walker: Walker) -> None:
    _algorithm(walker)
    walker.vector(_TLS12 + "signature_length", 2, _TLS12 + "signature")


_LISTS = (("key_id_type", 1), ("certificate", 0), ("freshness", 1), ("cipher_suite", 2))
_ECDHE_LISTS = (("sig_and_hash", 2), ("ecdsa_curve", 2), ("ecdhe_curve", 2), ("poo_prf", 1))


def _capabilities(walker: Walker) -> None:
    while walker.left > lurk.STATE_LEN:
        item = walker.group(_TLS12 + "capability", max(5, 4 + int.from_bytes(walker.rest[:4], "big")))
        item.number(_TLS12 + "capability.length", 4)
        type = item.number(_TLS12 + "capability.type")
        if item.left:
            for name, width in (*_LISTS, *(_ECDHE_LISTS if type == lurk.Type.ECDHE else (("prf_hash", 1),))):
                _list(item, _TLS12 + "capability." + name, width)
            if item.left:
                raise Cut
    walker.take("lurk.tls12.state", 4)


def _list(walker: Walker, name: str, width: int) -> None:
    """`width` 0: one field for all that is in the list."""
    size = walker.number(name + "_length")
    if size > walker.left:
        raise Cut
    if not width:
        walker.take(name, size)
        return
    for _ in range(size // width):
        walker.number(name, width)
    if size % width:
        raise Cut
