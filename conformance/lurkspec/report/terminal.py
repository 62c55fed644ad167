"""What a person sees: progress, a table by section, the first lines of each failure and how to replay it."""

from __future__ import annotations

from collections import Counter

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..case import Verdict
from .model import CaseResult, Run, VariantResult

STYLES = {
    Verdict.PASS: "green",
    Verdict.LENIENT: "yellow",
    Verdict.FAIL: "bold red",
    Verdict.UNSUPPORTED: "dim",
    Verdict.ERROR: "bold magenta",
}
_WIRE_LINES = 3
_VARIANTS = 3
_WIDTH = 120


def make_console() -> Console:
    """Wide enough for the table where there is no terminal to ask (logs of CI)."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDTH)


def progress_bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def print_run(console: Console, run: Run, out: str = "") -> None:
    if run.results:
        console.print(_table(run))
    for result in run.results:
        for variant in (v for v in result.variants if v.measured):
            text = f"{result.id}, {variant.label}: {variant.actual}"
            console.print(f"[dim]measured:[/] {escape(text)}", highlight=False, soft_wrap=True)
    for result in run.unexpected:
        _print_failure(console, result)
    for reason, count in _unsupported(run).items():
        console.print(
            f"[dim]unsupported:[/] {escape(reason)} ({count} cases)", highlight=False, soft_wrap=True
        )
    for note in run.notes:
        console.print(f"note: {escape(note)}", highlight=False, soft_wrap=True)
    for problem in run.problems:
        console.print(f"[bold red]problem:[/] {escape(problem)}", highlight=False, soft_wrap=True)
    if out and run.unexpected:
        console.print(f"failures in full: {escape(out)}", highlight=False, soft_wrap=True)
    style = "green" if run.exit_code == 0 else "bold red"
    console.print(
        f"[{style}]{escape(run.summary)}[/] in {run.seconds:.1f} s, {_conclusion(run)}",
        highlight=False,
        soft_wrap=True,
    )


def _unsupported(run: Run) -> Counter[str]:
    return Counter(r.variants[0].actual for r in run.results if r.verdict is Verdict.UNSUPPORTED)


def _conclusion(run: Run) -> str:
    if run.exit_code == 0:
        return "all as expected"
    return {1: f"{len(run.unexpected)} not as expected", 2: "nothing was selected"}.get(
        run.exit_code, "no conclusion"
    )


def _table(run: Run) -> Table:
    table = Table(title=f"{run.target}, profile {run.profile}", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("section", no_wrap=True)
    for name in ("cases", "variants", *(v.value for v in Verdict)):
        table.add_column(name, justify="right")
    for section, results in run.sections.items():
        table.add_row(escape(section), *_counts(results))
    table.add_section()
    table.add_row("all", *_counts(run.results), style="bold")
    return table


def _counts(results: list[CaseResult]) -> list[str]:
    """Cases by verdict; `.` for none, so that the rest is seen."""
    numbers = [str(len(results)), str(sum(len(r.variants) for r in results))]
    for verdict in Verdict:
        count = sum(r.verdict is verdict for r in results)
        numbers.append(f"[{STYLES[verdict]}]{count}[/]" if count else "[dim].[/]")
    return numbers


def _print_failure(console: Console, result: CaseResult) -> None:
    bad = [v for v in result.variants if v.unexpected]
    style = STYLES[result.verdict]
    console.print(
        f"\n[{style}]{result.verdict.value}[/] [bold]{escape(result.id)}[/] ({result.level}; "
        f"{', '.join(result.clauses + result.rows)})",
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"  {escape(result.requirement)}", highlight=False, soft_wrap=True)
    for variant in bad[:_VARIANTS]:
        _print_variant(console, variant)
    if len(bad) > _VARIANTS:
        console.print(f"  and {len(bad) - _VARIANTS} more variants", highlight=False)
    console.print(f"  replay: {escape(result.replay)}", highlight=False, soft_wrap=True)


def _print_variant(console: Console, variant: VariantResult) -> None:
    came = variant.actual.splitlines()[-1] if variant.actual else "nothing"
    console.print(
        f"  [{STYLES[variant.verdict]}]{variant.verdict.value}[/] {escape(variant.label)}: expected "
        f"{escape(variant.expected)}; came {escape(came)}"
        + ("" if variant.unexpected == "not expected" else f" ({escape(variant.unexpected)})"),
        highlight=False,
        soft_wrap=True,
    )
    for line in variant.wire[:_WIRE_LINES]:
        console.print(f"    [dim]{escape(line)}[/]", highlight=False, soft_wrap=True)
