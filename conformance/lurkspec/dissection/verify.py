"""Compares what a dissector shows of every capture with the expected trees."""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import __version__
from ..case import Verdict
from ..report.model import CaseResult, Run, VariantResult
from . import tshark
from .tree import Message, difference

_FORMAT = 1


class VerifyError(Exception):
    """Something about the files that were named; the text is one line."""


@dataclass(frozen=True)
class Map:
    """Names of somebody else's dissector for ours (docs/dissector.md); what has none is not compared."""

    fields: dict[str, str]
    protocols: dict[str, str] = field(default_factory=dict)
    preferences: dict[str, str] = field(default_factory=dict)


def load_map(file: Path) -> Map:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise VerifyError(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    unknown = sorted(set(table) - {"fields", "protocols", "preferences"})
    if unknown:
        raise VerifyError(f"{file}: {unknown[0]} is not known, [fields], [protocols] and [preferences] are")
    for name, part in table.items():
        if not isinstance(part, dict) or not all(isinstance(value, str) for value in part.values()):
            raise VerifyError(f"{file}: [{name}] must have names only")
    if not table.get("fields"):
        raise VerifyError(f"{file}: [fields] is empty, so that nothing would be compared")
    return Map(table["fields"], table.get("protocols", {}), table.get("preferences", {}))


@dataclass(frozen=True)
class Capture:
    """A capture with its expected messages."""

    path: Path
    protocol: str
    description: str
    clauses: tuple[str, ...]
    decode_as: tuple[str, ...]
    preferences: tuple[str, ...]
    messages: tuple[Message, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def section(self) -> str:
        return self.protocol.upper()


def load_captures(folder: Path) -> list[Capture]:
    """Every capture of a folder, each of which must have its tree beside it."""
    captures = [_load(path) for path in sorted(folder.glob("*.pcapng"))]
    if not captures:
        raise VerifyError(
            f"{folder}: there are no captures, make them with `lurkspec dissector make {folder}`"
        )
    return captures


def _load(path: Path) -> Capture:
    expected = path.with_suffix(".json")
    try:
        members: dict[str, Any] = json.loads(expected.read_text("utf-8"))
        if members["version"] != _FORMAT:
            raise VerifyError(f"{expected}: version {members['version']}, this command reads {_FORMAT}")
        return Capture(
            path,
            members["protocol"],
            members["description"],
            tuple(members["clauses"]),
            tuple(members["decode_as"]),
            tuple(members["preferences"]),
            tuple(Message.from_json(message) for message in members["messages"]),
        )
    except OSError as error:
        raise VerifyError(f"{expected}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise VerifyError(f"{expected}: no expected tree: {error}") from None


def verify(
    captures: list[Capture],
    dissector: tshark.Dissector,
    map: Map | None,
    jobs: int,
    seen: Callable[[CaseResult], None] = lambda _: None,
) -> Run:
    begin = time.monotonic()
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    run = Run("dissector", __version__, started, "default", "")

    def some(group: list[Capture]) -> list[CaseResult]:
        results = _judge_together(group, dissector, map)
        for result in results:
            seen(result)
        return results

    try:
        with ThreadPoolExecutor(jobs) as pool:
            results = [result for group in pool.map(some, _groups(captures)) for result in group]
        run.results = sorted(results, key=lambda result: result.id)
    except tshark.TsharkMissing as error:
        run.aborted = str(error)
    run.seconds = time.monotonic() - begin
    return run


def _groups(captures: list[Capture]) -> list[list[Capture]]:
    """Captures that Wireshark is to be told the same of."""
    groups: dict[tuple[object, ...], list[Capture]] = {}
    for capture in captures:
        how = (capture.protocol, capture.decode_as, capture.preferences)
        groups.setdefault(how, []).append(capture)
    return list(groups.values())


def _judge_together(group: list[Capture], dissector: tshark.Dissector, map: Map | None) -> list[CaseResult]:
    """In one run; if anything is wrong in there each alone, so that none has to answer for another."""
    results = _judge(group, dissector, map)
    if len(group) == 1 or all(result.verdict is Verdict.PASS for result in results):
        return results
    return [result for capture in group for result in _judge([capture], dissector, map)]


def _judge(group: list[Capture], dissector: tshark.Dissector, map: Map | None) -> list[CaseResult]:
    begin = time.monotonic()
    try:
        shown = tshark.dissect(dissector, [capture.path for capture in group], *_how(group[0], map))
        variants = [_variants(capture, part, map) for capture, part in zip(group, shown)]
    except _Unsupported as reason:
        variants = [[VariantResult("capture", Verdict.UNSUPPORTED, "", str(reason))]] * len(group)
    except tshark.TsharkFailed as error:
        variants = [[_variant("tshark", str(error))]] * len(group)
    seconds = (time.monotonic() - begin) / len(group)
    return [_result(capture, found, seconds) for capture, found in zip(group, variants)]


def _variants(capture: Capture, shown: tshark.Shown, map: Map | None) -> list[VariantResult]:
    variants = _compare(capture, shown) if map is None else _compare_mapped(capture, shown, map)
    return variants + [_variant("capture", trouble) for trouble in shown.troubles]


def _result(capture: Capture, variants: list[VariantResult], seconds: float) -> CaseResult:
    return CaseResult(
        capture.name,
        capture.section,
        capture.description,
        capture.clauses,
        (),
        "MUST",
        tuple(variants),
        seconds,
        f"lurkspec dissector verify --only {capture.name}",
    )


class _Unsupported(Exception):
    """The map says nothing for what a capture needs."""


def _how(capture: Capture, map: Map | None) -> tuple[str, list[str], list[str]]:
    """Protocol, decode-as rules and preferences, in the words of the dissector."""
    if map is None:
        return capture.protocol, list(capture.decode_as), list(capture.preferences)
    lacking = [preference for preference in capture.preferences if preference not in map.preferences]
    if lacking:
        raise _Unsupported(f"the map has no preference for {lacking[0]}")
    rules = []
    for rule in capture.decode_as:
        where, _, protocol = rule.rpartition(",")
        rules.append(f"{where},{map.protocols.get(protocol, protocol)}")
    name = map.protocols.get(capture.protocol, capture.protocol)
    return name, rules, [map.preferences[preference] for preference in capture.preferences]


def _variant(label: str, problem: str) -> VariantResult:
    verdict = Verdict.FAIL if problem else Verdict.PASS
    return VariantResult(label, verdict, "as in the expected tree", problem or "so", unexpected=problem)


def _compare(capture: Capture, shown: tshark.Shown) -> list[VariantResult]:
    variants = []
    for index, (want, got) in enumerate(zip(capture.messages, shown.messages)):
        variants.append(_variant(f"message {index}", difference(want, got)))
    lacking = len(capture.messages) - len(shown.messages)
    if lacking:
        text = f"{len(shown.messages)} messages are shown, there are {len(capture.messages)}"
        variants.append(_variant("number of messages", text))
    return variants or [_variant("no message", "")]


def _compare_mapped(capture: Capture, shown: tshark.Shown, map: Map) -> list[VariantResult]:
    """By field, the octets of all its occurrences in order: the shape of the tree is the dissector's own."""
    variants = []
    found = [node for message in shown.messages for node in message.walk()]
    for ours, theirs in map.fields.items():
        wanted = [n.octets for m in capture.messages for n in m.walk() if n.name == ours and n.octets]
        if wanted:
            got = [n.octets for n in found if n.name == theirs and n.octets]
            problem = "" if got == wanted else f"{theirs}: {_shown(got)}, expected is {_shown(wanted)}"
            variants.append(_variant(ours, problem))
    return variants or [VariantResult("fields", Verdict.UNSUPPORTED, "", "none of its fields is in the map")]


def _shown(values: list[str]) -> str:
    text = " ".join(values) or "nothing"
    return text if len(text) <= 80 else text[:80] + "…"
