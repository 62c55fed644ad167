"""Reports on disk: JSON, JUnit, HTML, and a directory from which a failure can be understood and replayed."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

from ..requirements import clauses
from . import html, junit
from .model import CaseResult, Run


def _json(run: Run) -> bytes:
    return json.dumps(run.as_dict(), indent=1, ensure_ascii=False).encode("utf-8") + b"\n"


def _html(run: Run) -> bytes:
    return html.render(run).encode("utf-8")


RENDERERS: dict[str, Callable[[Run], bytes]] = {"json": _json, "junit": junit.render, "html": _html}


def write_reports(run: Run, files: dict[str, Path | None]) -> list[str]:
    """Write each report that is asked for; what cannot be written is returned as a sentence, and the others
    are still written."""
    problems = []
    for kind, file in files.items():
        if file is None:
            continue
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(RENDERERS[kind](run))
        except OSError as error:
            problems.append(f"{file}: {error.strerror or error}")
    return problems


def write_failures(run: Run, out: Path) -> None:
    """A directory per case that is not as expected; the whole result lies beside them as result.json."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "result.json").write_bytes(_json(run))
    for result in run.unexpected:
        _write_failure(result, out / result.id)


def _write_failure(result: CaseResult, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    known = clauses()
    lines = [
        f"{result.id}: {result.verdict.value}",
        "",
        result.requirement,
        "",
        *(
            f"{c} ({known[c].source}, {known[c].level}): {known[c].statement}"
            for c in result.clauses
            if c in known
        ),
        "",
        f"replay: {result.replay}",
        "",
    ]
    for number, variant in enumerate(result.variants, 1):
        if not variant.unexpected:
            continue
        wire = folder / f"{number:03d}-{re.sub(r'[^A-Za-z0-9.]+', '-', variant.label)[:60]}.hex.txt"
        lines += [
            f"{variant.verdict.value} {variant.label} ({variant.unexpected})",
            f"  expected: {variant.expected}",
            f"  came: {variant.actual}",
            f"  octets: {wire.name}",
            "",
        ]
        wire.write_text("\n".join(variant.wire) + "\n", "utf-8")
    (folder / "failure.txt").write_text("\n".join(lines), "utf-8")
    (folder / "keyserver.log").write_text(result.log, "utf-8")
    script = folder / "replay"
    script.write_text(f"#!/bin/sh\ncd {shlex.quote(os.getcwd())} && exec {result.replay}\n", "utf-8")
    script.chmod(0o755)
