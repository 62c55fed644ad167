"""The matrix for people: a table on the terminal, one HTML file that needs no network."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .clients import CLIENTS
from .matrix import Cell, Plan
from .scenarios import Scenario


def select(cells: list[Cell], **wanted: str) -> list[Cell]:
    return [c for c in cells if all(getattr(c, name) == value for name, value in wanted.items())]


def tally(cells: list[Cell]) -> str:
    return f"{sum(c.ok for c in cells)} of {len(cells)}"


def terminal(console: Console, plan: Plan, cells: list[Cell]) -> None:
    """Edge x key server with a line per scenario in each cell, then each failure in a line."""
    table = Table(title="handshakes with data, by edge (rows) and key server (columns)", show_lines=True)
    table.add_column("edge")
    for keyserver in plan.keyservers:
        table.add_column(f"key server {keyserver}")
    for edge in plan.edges:
        table.add_row(
            edge, *[_cell_text(plan, select(cells, edge=edge, keyserver=k)) for k in plan.keyservers]
        )
    console.print(table)
    console.print(f"in each cell: passed of visits by {clients(plan)} over {', '.join(plan.over)}")
    for absence in plan.absences:
        console.print(Text(f"not offered: {absence}", "dim"))
    for remark in plan.remarks:
        console.print(Text(f"note: {remark}", "dim"))
    for cell in cells:
        if not cell.ok:
            console.print(
                Text(
                    f"FAIL edge {cell.edge}, key server {cell.keyserver}, {cell.over}, {cell.scenario} "
                    f"{cell.client}: {cell.problem} (see {cell.log})",
                    "red",
                )
            )
    console.print(Text(f"{tally(cells)} handshakes passed", "green" if all(c.ok for c in cells) else "red"))


def _cell_text(plan: Plan, cells: list[Cell]) -> Text:
    lines = []
    for scenario in plan.scenarios:
        part = select(cells, scenario=scenario.id)
        style = "green" if all(c.ok for c in part) else "red"
        lines.append(Text(f"{scenario.title}: {tally(part)}", style) if part else _nothing(scenario))
    return Text("\n").join(lines)


def _nothing(scenario: Scenario) -> Text:
    return Text(f"{scenario.title}: not offered", "dim")


def clients(plan: Plan) -> str:
    return ", ".join(CLIENTS[name].title for name in plan.clients)


def html(plan: Plan, cells: list[Cell]) -> str:
    environment = Environment(
        loader=PackageLoader("lurkspec", "interop"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("matrix.html").render(
        plan=plan, cells=cells, select=select, tally=tally, clients=clients(plan)
    )
