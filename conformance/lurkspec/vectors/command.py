"""`lurkspec vectors`: the published test vectors on the command line."""

from __future__ import annotations

import datetime
import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from .. import __version__
from ..case import Variant, Verdict
from ..report.files import write_reports
from ..report.model import CaseResult, Run, VariantResult
from ..report.terminal import make_console, print_run, progress_bar
from .answering import answer
from .decoder import CannotStart, Decoder, NoAnswer
from .judge import judge, no_answer
from .model import Vector, VectorError, check_manifest, published, read_all

_FILE = click.Path(dir_okay=False, path_type=Path)
_FILES = click.argument("files", nargs=-1, type=_FILE)
Judge = Callable[[Vector], Variant]


@click.group()
def vectors() -> None:
    """Test vectors of codecs and cryptography, for checking offline."""


def _read(files: tuple[Path, ...]) -> list[Vector]:
    try:
        return read_all(files or published())
    except VectorError as error:
        raise click.UsageError(str(error)) from None


@vectors.command()
@_FILES
@click.option(
    "--with",
    "command",
    metavar="COMMAND",
    help="A decoder to ask instead of our own Python code (docs/vectors.md).",
)
@click.option(
    "--operation", multiple=True, metavar="NAME", help="Only vectors of this operation; may be repeated."
)
@click.option(
    "--lenient",
    multiple=True,
    metavar="FLAG",
    help="Tolerate the opposite result for vectors with this flag.",
)
@click.option("--strict", is_flag=True, help="A lenient verdict is not as expected either.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.01, 600),
    default=10.0,
    show_default=True,
    help="Time for one answer of the decoder.",
)
@click.option("--junit", type=_FILE)
@click.option("--json", "json_file", type=_FILE)
def verify(
    files: tuple[Path, ...],
    command: str | None,
    operation: tuple[str, ...],
    lenient: tuple[str, ...],
    strict: bool,
    seconds: float,
    junit: Path | None,
    json_file: Path | None,
) -> None:
    """Judge a decoder by the vectors in FILES, without FILES by all published ones."""
    bad = {Verdict.FAIL, Verdict.ERROR} | ({Verdict.LENIENT} if strict or command is None else set())
    bad |= {Verdict.UNSUPPORTED} if command is None else set()
    asked = _select(_read(files), operation, lenient)
    run = Run(command or "our own Python code", __version__, _now(), "vectors", "")
    if command is None:
        run.problems += [] if files else check_manifest()
        _judge_all(run, asked, lambda v: judge(v, answer(v.question), lenient), bad)
    else:
        _judge_decoder(run, asked, _words(command), seconds, lenient, bad)
    problems = write_reports(run, {"junit": junit, "json": json_file})
    print_run(make_console(), run)
    for problem in problems:
        click.echo(f"lurkspec: {problem}", err=True)
    sys.exit(run.exit_code or (3 if problems else 0))


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise click.UsageError(f"--with: {error}") from None
    if not words:
        raise click.UsageError("--with: the command is empty")
    return words


def _select(found: list[Vector], operations: tuple[str, ...], flags: tuple[str, ...]) -> list[Vector]:
    for kind, given, known in (
        ("operation", operations, {v.operation for v in found}),
        ("flag", flags, {flag for v in found for flag in v.flags}),
    ):
        unknown = sorted(set(given) - known)
        if unknown:
            raise click.UsageError(
                f"no vector with {kind} {unknown[0]!r}: there are {', '.join(sorted(known)) or 'none'}"
            )
    selected = [v for v in found if not operations or v.operation in operations]
    if not selected:
        raise click.UsageError("the files hold no vectors")
    return selected


def _judge_all(run: Run, asked: list[Vector], judged: Judge, bad: set[Verdict]) -> None:
    start = time.monotonic()
    with progress_bar(make_console()) as bar:
        task = bar.add_task("vectors", total=len(asked))
        for vector in asked:
            begun = time.monotonic()
            variant = judged(vector)
            run.results.append(_result(vector, variant, bad, time.monotonic() - begun))
            bar.update(task, advance=1)
    run.seconds = time.monotonic() - start


def _judge_decoder(
    run: Run,
    asked: list[Vector],
    command: list[str],
    seconds: float,
    lenient: tuple[str, ...],
    bad: set[Verdict],
) -> None:
    with Decoder(command, seconds) as decoder:

        def judged(vector: Vector) -> Variant:
            try:
                return judge(vector, decoder.ask(vector.question), lenient)
            except NoAnswer as reason:
                return no_answer(vector, str(reason))

        try:
            _judge_all(run, asked, judged, bad)
        except CannotStart as error:
            run.aborted = str(error)
    if run.results and all(result.verdict is Verdict.UNSUPPORTED for result in run.results):
        run.problems.append("the decoder answers no question")


def _result(vector: Vector, variant: Variant, bad: set[Verdict], seconds: float) -> CaseResult:
    shown = VariantResult(
        variant.label,
        variant.verdict,
        variant.expected.text,
        variant.actual,
        unexpected="not expected" if variant.verdict in bad else "",
    )
    replay = f"lurkspec vectors explain {vector.id}"
    return CaseResult(
        vector.id,
        vector.group,
        vector.comment,
        vector.clauses,
        vector.rows,
        vector.result,
        (shown,),
        seconds,
        replay,
    )


@vectors.command("list")
@_FILES
def list_vectors(files: tuple[Path, ...]) -> None:
    """List the vectors in FILES, without FILES all published ones."""
    group = ""
    for v in _read(files):
        if v.group != group:
            group = v.group
            click.echo(group)
        click.echo(f"  {v.id:<40} {v.result:<7} {v.comment}")


@vectors.command()
@click.argument("id")
@_FILES
def explain(id: str, files: tuple[Path, ...]) -> None:
    """Show a vector with the clauses and rows that it is there for."""
    from ..cli import explain_reference

    vector = next((v for v in _read(files) if v.id == id), None)
    if vector is None:
        raise click.UsageError(f"no vector {id!r}: see `lurkspec vectors list`")
    click.echo(f"{vector.id} ({vector.group})\n  {vector.comment}\n{vector.result}, status {vector.status!r}")
    if vector.control:
        click.echo(f"one change away from {vector.control}")
    click.echo("question: " + json.dumps(vector.question, indent=1))
    if vector.output:
        click.echo("output: " + json.dumps(vector.output, indent=1))
    for reference in vector.clauses + vector.rows:
        click.echo(explain_reference(reference))


@vectors.command("decode")
def decode() -> None:
    """Be such a decoder: answer questions on standard input by our own Python code."""
    for line in sys.stdin:
        try:
            question = json.loads(line)
            found = answer(question)
        except (ValueError, KeyError, TypeError) as error:
            raise click.UsageError(f"a line is no question: {error}") from None
        reply = {"id": question["id"], "result": found.result, "status": found.status}
        reply |= {"output": found.output} if found.output else {}
        click.echo(json.dumps(reply))
