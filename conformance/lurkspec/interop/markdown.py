"""Markdown for a comment on a pull request. What peers said stands in code spans alone: no mark-up, link or
mention of theirs comes to life."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .results import Cell, Outcome
from .view import SIGNS, WORDS, View, counted, distinct, over_title

# A comment holds 65,536 characters; the page has the rest.
_LISTED = 40
_TEXT = 300
_SIGNS = SIGNS | {Outcome.PASS: "✅", Outcome.FAIL: "❌", Outcome.ERROR: "⚠️", Outcome.UNSUPPORTED: "➖"}


def code(text: str) -> str:
    """A code span that holds for any text, also in a cell of a table."""
    line = " ".join(text.split())
    if len(line) > _TEXT:
        line = line[:_TEXT] + "…"
    if not line:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    # A bar would end the cell of a table even in a span; a backslash before it would undo an escape.
    return f"{fence}{pad}{line.replace('|', '¦')}{pad}{fence}"


def render(view: View) -> str:
    parts = [
        f"### Interop: {'✅' if view.good else '❌'} {view.summary}",
        _matrix(view),
        _problems(view),
        _bad(view),
        _declined(view),
        _measures(view),
        _implementations(view),
        f"{', '.join(f'{_SIGNS[o]} {WORDS[o]}' for o in Outcome)}. Rows are edges, columns key servers.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _tally(cells: list[Cell]) -> str:
    counts = {o: sum(c.outcome is o for c in cells) for o in Outcome}
    return " ".join(f"{_SIGNS[o]} {n}" for o, n in counts.items() if n) or "not run"


def _matrix(view: View) -> str:
    return _table(
        ["edge", *map(code, view.keyservers)],
        ([code(e), *(_tally(view.pair(e, k)) for k in view.keyservers)] for e in view.edges),
    )


def _problems(view: View) -> str:
    return "\n".join(f"- {code(text)}" for text in [*view.complaints, *view.results.notes])


def _bad(view: View) -> str:
    lines = [_failure(view, cell) for cell in view.bad[:_LISTED]]
    if len(view.bad) > _LISTED:
        lines.append(f"- and {len(view.bad) - _LISTED} more, see the page")
    return "\n".join(["**Did not pass**", "", *lines]) if lines else ""


def _failure(view: View, cell: Cell) -> str:
    known = f" (known: {code(view.known[cell.id])})" if cell.id in view.known else ""
    return (
        f"- {_SIGNS[cell.outcome]} {code(view.titles[cell.scenario])}, {code(over_title(cell.over))}, edge "
        f"{code(cell.edge)}, key server {code(cell.keyserver)}, client {code(cell.client)}: "
        f"{code(cell.reason) or 'no reason was given'}{known}"
    )


def _declined(view: View) -> str:
    rows = [
        (
            str(len(d.cells)),
            code(d.by),
            code(d.reason),
            ", ".join(code(view.titles[s]) for s in distinct(d.cells, "scenario")),
        )
        for d in view.declined[:_LISTED]
    ]
    if not rows:
        return ""
    table = _table(("cells", "who", "its reason", "scenarios"), rows)
    return _folded(f"{counted(c for d in view.declined for c in d.cells)}, and why", table)


def _measures(view: View) -> str:
    rows = [
        [code(s.title), code(m.name.replace("_", " ")), code(over_title(m.over)), m.text]
        for s in view.scenarios
        for m in sorted(view.measures(s.id), key=lambda m: view.measured.index(m.name))
    ]
    head = ("scenario", "measure", "over", "median (least–greatest)")
    return _folded("Measures", _table(head, rows[: 4 * _LISTED])) if rows else ""


def _implementations(view: View) -> str:
    canaries = {(c.role, c.implementation): c.outcome for c in view.results.canaries}
    rows = [
        [
            *map(code, (i.name, i.role.words, i.title, i.version, i.licence, i.home)),
            _SIGNS[canaries[i.role, i.name]] if (i.role, i.name) in canaries else code(i.absent),
        ]
        for i in view.results.implementations
    ]
    head = ("name", "role", "what", "version", "licence", "home", "canary")
    return _folded("Implementations", _table(head, rows)) if rows else ""


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"
