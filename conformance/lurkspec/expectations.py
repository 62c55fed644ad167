"""Expectation files: what is known not to pass, and why. Strict both ways: what passes now or does not exist
any more is not as expected.

TOML, one table per variant:  [[expected]] case, variant, verdict ("fail", "error", "lenient", "unsupported"),
match (a part of what came), reason.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .case import Verdict
from .cases import RETIRED
from .report.model import CaseResult, Run, VariantResult

_MEMBERS = ("case", "variant", "verdict", "match", "reason")
_BAD = (Verdict.FAIL, Verdict.ERROR)

# To be replaced, in a file that was written from a run.
UNEXPLAINED = "(say why this is known)"


class ExpectationError(Exception):
    """A file that cannot be used; the text is one line."""


@dataclass(frozen=True)
class Expected:
    case: str
    variant: str
    verdict: Verdict
    match: str
    reason: str


Expectations = dict[tuple[str, str], Expected]


def read_entries(file: Path, must: tuple[str, ...], may: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """The [[expected]] tables of a file: strings of these names, each with a reason."""
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ExpectationError(f"{file}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExpectationError(f"{file}: not TOML: {error}") from None
    entries = document.get("expected", [])
    if set(document) - {"expected"} or not isinstance(entries, list):
        raise ExpectationError(f"{file}: only [[expected]] tables may stand in it")
    for number, entry in enumerate(entries, 1):
        if (
            not isinstance(entry, dict)
            or not set(must) <= set(entry) <= {*must, *may}
            or not all(isinstance(v, str) for v in entry.values())
        ):
            free = f", may have {', '.join(may)}" if may else ""
            raise ExpectationError(f"{file}: entry {number} must have the strings {', '.join(must)}{free}")
        if not entry["reason"].strip():
            raise ExpectationError(f"{file}: entry {number} has no reason")
    return entries


def load(file: Path) -> Expectations:
    found: Expectations = {}
    for number, entry in enumerate(read_entries(file, _MEMBERS), 1):
        if entry["verdict"] not in {v.value for v in Verdict} - {"pass"}:
            raise ExpectationError(f"{file}: entry {number}: verdict {entry['verdict']!r}")
        key = entry["case"], entry["variant"]
        if key in found:
            raise ExpectationError(f"{file}: {key[0]} / {key[1]} stands in it twice")
        found[key] = Expected(
            entry["case"], entry["variant"], Verdict(entry["verdict"]), entry["match"], entry["reason"]
        )
    return found


def _unexpected(result: VariantResult, expected: Expected | None, strict: bool) -> str:
    if expected is None:
        return (
            "not expected" if result.verdict in _BAD or (strict and result.verdict is Verdict.LENIENT) else ""
        )
    if result.verdict is not expected.verdict:
        return f"expected {expected.verdict.value} ({expected.reason})"
    return "" if expected.match in result.actual else f"expected an answer with {expected.match!r} in it"


def judge_result(result: CaseResult, expectations: Expectations, strict: bool) -> CaseResult:
    """The result with a mark on each variant that is not as expected."""
    return replace(
        result,
        variants=tuple(
            replace(v, unexpected=_unexpected(v, expectations.get((result.id, v.label)), strict))
            for v in result.variants
        ),
    )


def stale(
    run: Run, expectations: Expectations, known: set[str], gone: Mapping[str, str] = RETIRED
) -> list[str]:
    """Expectations that nothing in this run answers to: unknown cases always, variants where their case was
    run. `gone`: why cases were retired."""
    seen = {(r.id, v.label) for r in run.results for v in r.variants}
    selected = {r.id for r in run.results}
    return [
        f"stale expectation: {case} / {variant}" + (f" ({gone[case]})" if case in gone else "")
        for case, variant in expectations
        if case not in known or (case in selected and (case, variant) not in seen)
    ]


def _quote(text: str) -> str:
    """A basic string of TOML: what JSON escapes, TOML reads, but for DEL, which must be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def table(members: dict[str, str]) -> str:
    """An [[expected]] table."""
    return "[[expected]]\n" + "".join(f"{name} = {_quote(text)}\n" for name, text in members.items())


def stable_part(actual: str) -> str:
    """The longest part without digits: lengths of signatures and times differ from run to run."""
    return max(re.split(r"\d+|\n", actual), key=len)


def write(file: Path, run: Run) -> int:
    """Write a first expectation file from what did not pass; the reasons are to be filled in. Returns the
    number of entries."""
    entries = [
        table(
            {
                "case": result.id,
                "variant": v.label,
                "verdict": v.verdict.value,
                "match": stable_part(v.actual),
                "reason": UNEXPLAINED,
            }
        )
        for result in run.results
        for v in result.variants
        if v.verdict in (*_BAD, Verdict.LENIENT)
    ]
    file.write_text("\n".join(entries), "utf-8")
    return len(entries)
