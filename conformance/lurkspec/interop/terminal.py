"""The result on a terminal: a table of edges and key servers, then a line for whatever did not pass."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .results import Cell, Outcome, Results, Role

_STYLE = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.UNSUPPORTED: "dim", Outcome.ERROR: "magenta"}


def show(console: Console, results: Results) -> None:
    names = {role: list(dict.fromkeys(_names(results, role))) for role in Role}
    table = Table(title="cells by edge (rows) and key server (columns)", show_lines=True)
    table.add_column("edge")
    for keyserver in names[Role.KEYSERVER]:
        table.add_column(f"key server {keyserver}")
    for edge in names[Role.EDGE]:
        table.add_row(
            edge,
            *(
                _tally([c for c in results.cells if (c.edge, c.keyserver) == (edge, k)])
                for k in names[Role.KEYSERVER]
            ),
        )
    console.print(table)
    for one in results.implementations:
        if one.absent:
            console.print(Text(f"not present: {one.role.words} {one.name}: {one.absent}", "dim"))
    for canary in results.canaries:
        if canary.outcome is not Outcome.PASS:
            line = f"ERROR {canary.role.words} {canary.implementation} is not judged: {canary.reason}"
            console.print(Text(line, "magenta"))
    for line, count in Counter(
        _declined(c) for c in results.cells if c.outcome is Outcome.UNSUPPORTED
    ).items():
        console.print(Text(f"unsupported, {count} cells: {line}", "dim"))
    for note in (*results.notes, *dict.fromkeys(r for c in results.cells for r in _remarks(c))):
        console.print(Text(f"note: {note}", "dim"))
    for cell in results.cells:
        if cell.outcome in (Outcome.FAIL, Outcome.ERROR):
            line = f"{cell.outcome.value.upper()} {cell.id}: {cell.by}: {cell.reason}"
            console.print(Text(line, _STYLE[cell.outcome]))
    console.print(_tally(results.cells, ", "))


def _names(results: Results, role: Role) -> list[str]:
    return [one.name for one in results.implementations if one.role is role and not one.absent]


def _declined(cell: Cell) -> str:
    return f"{cell.scenario} over {cell.over}: {cell.by}: {cell.reason}"


def _remarks(cell: Cell) -> list[str]:
    return [f"client {cell.client}, {cell.scenario}: {remark}" for remark in cell.remarks]


def _tally(cells: list[Cell], between: str = "\n") -> Text:
    counts = Counter(cell.outcome for cell in cells)
    parts = [Text(f"{counts[one]} {one.value}", _STYLE[one]) for one in Outcome if counts[one]]
    return Text(between).join(parts or [Text("nothing", "dim")])
