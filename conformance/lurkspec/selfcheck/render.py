"""The matrix for people: on the terminal what is wrong first, and one HTML file that needs no network."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..report.page import render
from .matrix import Matrix, Row


def terminal(console: Console, matrix: Matrix) -> None:
    for problem in matrix.problems:
        console.print(Text(f"could not judge: {problem}", "bold red"))
    for row in matrix.survivors:
        why = f"{len(row.reached)} cases reach it" if row.reached else "no case reaches it"
        console.print(Text(f"survives: {row.name}, {why}", "bold red"))
    for case in matrix.toothless if matrix.rows else []:
        reaching = [row.name for row in matrix.rows if case.id in row.reached]
        reached = f"reaches {', '.join(reaching[:4])}" if reaching else "reaches no fault"
        console.print(Text(f"toothless: {case.id} ({case.module}), {reached}", "bold red"))
    for complaint in matrix.complaints:
        console.print(Text(f"wrong: {complaint}", "bold red"))
    console.print(_table(matrix))
    for name in matrix.apart:
        console.print(Text(f"by the clock only, see ci/timing: {name}", "dim"))
    style = "green" if matrix.exit_code == 0 else "bold red"
    console.print(Text(f"{matrix.summary}, in {matrix.seconds:.0f} s", style))


def _table(matrix: Matrix) -> Table:
    """A line for each fault; where it is caught by module, for the cases themselves do not fit a screen."""
    table = Table(title="faults, and the cases that catch them")
    figures = ("reach", "asked", "catch")
    for name in ("fault", "library", *figures, "where"):
        table.add_column(name, justify="right" if name in figures else "left")
    for row in matrix.rows:
        counts = [str(len(ids)) for ids in (row.reached, row.asked, row.caught)]
        table.add_row(row.name, row.library, *counts, _where(matrix, row))
    return table


def by_module(matrix: Matrix, row: Row) -> Counter[str]:
    """How many cases of each module catch a fault."""
    modules = {case.id: case.module for case in matrix.cases}
    return Counter(modules[id] for id in row.caught)


def _where(matrix: Matrix, row: Row) -> str:
    if row.nothing and not row.caught:
        return "the good exchange itself"
    return ", ".join(f"{module} {count}" for module, count in by_module(matrix, row).most_common(3))


def page(matrix: Matrix) -> str:
    modules = list(dict.fromkeys(case.module for case in matrix.cases))
    counts = {row.name: by_module(matrix, row) for row in matrix.rows}
    return render(
        "selfcheck",
        "matrix.html",
        ("matrix.js",),
        matrix=matrix,
        modules=modules,
        counts=counts,
        catches=matrix.catches,
    )
