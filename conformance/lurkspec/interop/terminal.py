"""The matrix on a terminal: edges down, key servers across, at most as wide as the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .results import Cell, Outcome, Role
from .view import SIGNS, WORDS, View, distinct, over_title

_STYLES = {
    Outcome.PASS: "green",
    Outcome.FAIL: "bold red",
    Outcome.ERROR: "bold magenta",
    Outcome.UNSUPPORTED: "dim",
}
_LISTED = 20
# Narrower than this "LURK ✓123 ✗12 –12" breaks: then the matrix comes in parts, some key servers at a time.
_COLUMN = 22


def show(console: Console, view: View) -> None:
    across = max(1, (console.width - _COLUMN) // _COLUMN)
    for begin in range(0, len(view.keyservers), across):
        console.print(_matrix(view, view.keyservers[begin : begin + across]))
    _lines(console, view)
    style = "green" if view.good else "bold red"
    end = "as expected" if view.good else "not as expected"
    console.print(Text(f"{view.summary}, in {view.results.seconds:.0f} s, {end}", style), soft_wrap=True)


def _matrix(view: View, keyservers: list[str]) -> Table:
    table = Table(title="cells by edge (rows) and key server", box=box.SIMPLE_HEAD)
    table.title_justify = "left"
    table.add_column("edge", overflow="fold")
    for name in keyservers:
        table.add_column(Text(name), overflow="fold")
    for edge in view.edges:
        table.add_row(Text(edge), *(_box(view, view.pair(edge, k)) for k in keyservers), end_section=True)
    return table


def _box(view: View, pair: list[Cell]) -> Text:
    """A line for each protocol: how many passed, failed, were declined."""
    lines = []
    for over in view.over:
        part = [cell for cell in pair if cell.over == over]
        if part:
            lines.append(Text(f"{over_title(over).split()[-1]:<4} ") + _tally(part))
    return Text("\n").join(lines) if lines else Text("not run", "dim")


def _tally(cells: list[Cell]) -> Text:
    counts = {o: sum(c.outcome is o for c in cells) for o in Outcome}
    return Text(" ").join(Text(f"{SIGNS[o]}{n}", _STYLES[o]) for o, n in counts.items() if n)


def _lines(console: Console, view: View) -> None:
    def say(text: str, style: str = "") -> None:
        console.print(Text(text, style), soft_wrap=True)

    for cell in view.bad[:_LISTED]:
        known = f" (known: {view.known[cell.id]})" if cell.id in view.known else ""
        first = next(iter(cell.reason.splitlines()), "no reason was given")
        say(f"{WORDS[cell.outcome]} {cell.id}: {first}{known}", _STYLES[cell.outcome])
    if len(view.bad) > _LISTED:
        say(f"and {len(view.bad) - _LISTED} more that did not pass")
    for d in view.declined:
        scenarios = ", ".join(distinct(d.cells, "scenario"))
        what = f"{d.by or 'nobody'}: {d.reason or 'no reason'} ({len(d.cells)} cells: {scenarios})"
        say(f"declined by {what}", "dim")
    for line in _round_trips(view):
        say(line)
    for i in view.results.implementations:
        if i.absent:
            say(f"not present: {Role(i.role).words} {i.name}: {i.absent}", "dim")
    for text in view.results.notes:
        say(f"note: {text}")
    for text in view.complaints:
        say(f"problem: {text}", "bold red")


def _round_trips(view: View) -> list[str]:
    """A line for each scenario and kind of round trip."""
    found: dict[tuple[str, str], list[str]] = {}
    for s in view.scenarios:
        for m in view.measures(s.id):
            if m.name.startswith("round_trips"):
                place = found.setdefault((m.name.replace("_", " "), s.title), [])
                place.append(f"{over_title(m.over)} {m.text}")
    return [f"{name}, {title}: {', '.join(texts)}" for (name, title), texts in found.items()]
