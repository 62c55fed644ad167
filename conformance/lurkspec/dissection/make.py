"""Makes the captures: plays every scenario and writes pcapng files with the expected trees beside them.

Octets under TLS, keys and times differ from run to run; what a dissector finds does not, but for those.
"""

from __future__ import annotations

import json
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..context import Context
from ..embedded import EmbeddedKeyServer, Reference
from ..lurk_context import LurkContext
from ..session import Session
from . import pcapng
from .conversation import Line, ScriptLine, ServerLine, Spoken
from .lurk_stage import LurkStage
from .scenario import SKI, Scenario
from .ski_stage import SkiStage

Stage = LurkStage | SkiStage
PORTS = {"lurk": 8446, "ski": 8443}
# What Wireshark is to be told of a port.
_CARRIED = {"lurk": "lurk", "ski": "http"}
_SECONDS_BETWEEN = 0.001


def make(scenarios: dict[int, Scenario], folder: Path, seed: str) -> Iterator[Path]:
    """Play them against one reference key server; the files that were written. The numbers give each a client
    port of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    with EmbeddedKeyServer(Reference(lurk=True)) as server, tempfile.TemporaryDirectory() as temporary:
        for number, scenario in scenarios.items():
            stage = _play(scenario, server, f"{seed} {scenario.name}", Path(temporary) / "keys")
            port = 50000 + number
            yield _write(folder, scenario, stage, port, False)
            if scenario.clear:
                yield _write(folder, scenario, stage, port, True)


def _play(scenario: Scenario, server: EmbeddedKeyServer, seed: str, key_log: Path) -> Stage:
    kind: type[Context] | type[LurkContext] = Context if scenario.protocol == SKI else LurkContext
    with kind(server.target, seed) as context:
        line = _line(scenario, context, server.folder, key_log)
        stage: Stage
        if isinstance(context, Context):
            stage = SkiStage(context, line)
        else:
            stage = LurkStage(context, line, "lurk.header_counted:FALSE" not in scenario.preferences)
        try:
            scenario.play(stage)
        finally:
            line.close()
    return stage


def _line(scenario: Scenario, context: Session, pki: Path, key_log: Path) -> Line:
    maximum = ssl.TLSVersion.TLSv1_2 if scenario.tls12 else ssl.TLSVersion.TLSv1_3
    alpn = (scenario.alpn,) if scenario.alpn else ()
    client = context.tls_context("a", maximum=maximum, alpn=alpn)
    if scenario.script:
        return ScriptLine(client, _server_context(pki, alpn), context.target.server_name, key_log)
    return ServerLine(lambda tls: context.connect(context=tls, handshake=False), client, key_log)


def _server_context(pki: Path, alpn: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "ks.pem", pki / "ks.key")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def _write(folder: Path, scenario: Scenario, stage: Stage, port: int, in_clear: bool) -> Path:
    name = scenario.name + ("-clear" if in_clear else "")
    path = folder / f"{name}.pcapng"
    conversation = stage.line.conversation
    spoken = conversation.clear if in_clear else conversation.wire
    pcapng.write(
        path,
        _packets(spoken, port, PORTS[scenario.protocol], scenario.segment),
        b"" if in_clear else conversation.secrets,
        scenario.description,
    )
    layer = "tcp" if in_clear else "tls"
    what: dict[str, Any] = {
        "version": 1,
        "protocol": scenario.protocol,
        "description": scenario.description + (", without TLS" if in_clear else ""),
        "clauses": list(scenario.clauses),
        "decode_as": [] if scenario.alpn else [decode_as(scenario.protocol, layer, PORTS[scenario.protocol])],
        "preferences": list(scenario.preferences),
        "messages": [message.to_json() for message in stage.expected(in_clear)],
    }
    text = json.dumps(what, indent=1, ensure_ascii=False) + "\n"
    (folder / f"{name}.json").write_text(text, "utf-8")
    return path


def decode_as(protocol: str, layer: str, port: int) -> str:
    """The rule by which Wireshark finds the protocol on a port of TCP or TLS."""
    return f"{layer}.port=={port},{_CARRIED[protocol]}"


def _packets(spoken: list[Spoken], client: int, server: int, segment: int) -> list[tuple[float, bytes]]:
    begin = spoken[0].time
    connection = pcapng.Connection(client, server, begin - _SECONDS_BETWEEN)
    for piece in spoken:
        connection.send(piece.time, piece.from_client, piece.octets, segment)
    connection.close(spoken[-1].time + _SECONDS_BETWEEN)
    return connection.packets
