"""The command line. Bad usage is one line and exit code 2; every run writes its reports, whatever comes of
it."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from . import __version__
from .case import Profile, RegistryError, Role, registry
from .coverage_command import show_coverage
from .dialects import DIALECTS
from .dissection.command import dissector
from .interop.command import interop
from .edge.embedded import ReferenceEdge
from .embedded import LIBRARIES, Reference
from .judging import EdgeRun, KeyServerRun, Output, UsageProblem
from .pki import SERVED
from .requirements import clauses, rows
from .reference import write_all
from .report.terminal import make_console
from .selection import PROTOCOLS
from .selfcheck.command import selfcheck
from .vectors.command import vectors

_PROFILES = [p.name.lower() for p in Profile]
_FILE = click.Path(dir_okay=False, path_type=Path)
_Run = TypeVar("_Run", KeyServerRun, EdgeRun)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lurkspec")
def cli() -> None:
    """Conformance and interop suite for remote TLS keys.

    Exit codes: 0 as expected, 1 not as expected, 2 usage or nothing selected, 3 could not run.
    """


def _options(what: str, jobs: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of a run, the same for both roles."""
    folder = click.Path(file_okay=False, path_type=Path)
    options = (
        click.option(
            "--only",
            "-k",
            multiple=True,
            metavar="GLOB",
            help="Only cases whose id matches; may be repeated.",
        ),
        click.option(
            "--section",
            multiple=True,
            metavar="TEXT",
            help="Only cases whose section or module is this; may be repeated.",
        ),
        click.option("--profile", type=click.Choice(_PROFILES), default="default", show_default=True),
        click.option(
            "--protocol",
            type=click.Choice((*PROTOCOLS, "all")),
            default="all",
            show_default=True,
            help=f"Judge this protocol of the {what} only.",
        ),
        click.option(
            "--library",
            type=click.Choice(LIBRARIES),
            help=f"TLS library of the embedded reference {what}  [default: openssl]",
        ),
        click.option(
            "--fault", default="", metavar="NAME", help="Embedded: a named fault of the build with faults."
        ),
        click.option(
            "--wrapper",
            default="",
            metavar="COMMAND",
            help=f"Embedded: run the {what} under a command, e.g. valgrind.",
        ),
        click.option(
            "--expect", type=_FILE, help="Expectation file: what is known not to pass. Strict both ways."
        ),
        click.option(
            "--write-expectations", type=_FILE, help="Write a first expectation file from this run."
        ),
        click.option("--strict", is_flag=True, help="A lenient verdict is not as expected either."),
        click.option("--junit", type=_FILE),
        click.option("--json", "json_file", type=_FILE),
        click.option("--html", type=_FILE),
        click.option("--out", type=folder, help="A directory per failure, to read and to replay."),
        click.option(
            "--seed", default="1", show_default=True, help="Seed of everything random in the cases."
        ),
        click.option(
            "-j",
            "--jobs",
            type=click.IntRange(1, 64),
            default=jobs,
            show_default=True,
            help="Cases side by side.",
        ),
    )

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def _suite(run: type[_Run], where: str | None, target: Path | None, given: dict[str, Any]) -> _Run:
    """A run from its options, when they go together."""
    if (given["library"] or given["fault"] or given["wrapper"]) and (where or target):
        raise click.UsageError(
            "--library, --fault and --wrapper are for the embedded reference: leave out address and --target"
        )
    if where and not target:
        raise click.UsageError(f"{where} needs --target FILE: its certificates and keys")
    protocol = given["protocol"]
    return run(
        given["only"],
        given["section"],
        Profile[given["profile"].upper()],
        given["seed"],
        given["jobs"],
        given["expect"],
        given["strict"],
        Output(
            {"junit": given["junit"], "json": given["json_file"], "html": given["html"]},
            given["out"],
            given["write_expectations"],
        ),
        make_console(),
        PROTOCOLS if protocol == "all" else (protocol,),
    )


@cli.command()
@click.argument("url", required=False)
@click.option(
    "--target", type=_FILE, help="Target file: CA, identities, keys, limits, hooks of the key server."
)
@click.option(
    "--dialect",
    multiple=True,
    type=click.Choice(tuple(DIALECTS)),
    metavar="NAME",
    help="The peer differs so from the drafts (docs/running.md); may be repeated, adds to the target file.",
)
@_options("key server", jobs=6)
def keyserver(url: str | None, target: Path | None, dialect: tuple[str, ...], **given: Any) -> None:
    """Judge a key server: URL is ski+https://HOST:PORT[/path] or lurk+tls://HOST:PORT; without URL and target
    the reference key server is started."""
    run = _suite(KeyServerRun, url, target, given)
    program = Reference(
        given["library"] or LIBRARIES[0], given["fault"], given["wrapper"], "lurk" in run.protocols, dialect
    )
    _conclude(lambda: run.external(target, url, dialect) if target else run.embedded(program))


@cli.command()
@click.argument("address", metavar="[HOST:PORT]", required=False)
@click.option(
    "--target", type=_FILE, help="Target file: where the edge expects its key servers, and its keys."
)
@_options("edge", jobs=8)
def edge(address: str | None, target: Path | None, **given: Any) -> None:
    """Judge an edge, as its key server and its TLS client. Without address and target the reference edge is
    started."""
    run = _suite(EdgeRun, address, target, given)
    program = ReferenceEdge(given["library"] or LIBRARIES[0], given["fault"], given["wrapper"])
    _conclude(lambda: run.external(target, address) if target else run.embedded(program))


def _conclude(judge: Callable[[], int]) -> None:
    try:
        code = judge()
    except UsageProblem as error:
        raise click.UsageError(str(error)) from None
    sys.exit(code)


@cli.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--role", type=click.Choice([r.value for r in Role]), help="Only cases about this side.")
def list_cases(as_json: bool, role: str | None) -> None:
    """List the cases."""
    table = {c.id: c for c in registry().values() if role in (None, c.role.value)}
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "id": c.id,
                        "section": c.section,
                        "level": c.level.value,
                        "role": c.role.value,
                        "clauses": c.clauses,
                        "rows": c.rows,
                        "needs": c.needs,
                        "profile": c.profile.name.lower(),
                        "serial": c.serial,
                        "requirement": c.requirement,
                    }
                    for c in table.values()
                ],
                indent=1,
            )
        )
        return
    section = ""
    for c in table.values():
        if c.section != section:
            section = c.section
            click.echo(f"{section}")
        click.echo(f"  {c.id:<44} {c.level.value:<6} {c.profile.name.lower():<8} {c.requirement[:90]}")


@cli.command()
@click.argument("id")
def explain(id: str) -> None:
    """Explain a case, a clause or a row of the negative tests."""
    table = registry()
    if id in table:
        click.echo(_explain_case(id))
    elif id in clauses() or id in rows():
        click.echo(explain_reference(id))
        citing = [c.id for c in table.values() if id in c.clauses + c.rows]
        click.echo("cases: " + (", ".join(citing) or "none"))
    else:
        raise click.UsageError(
            f"{id!r} is no case, clause or row: see `lurkspec list` and `lurkspec coverage`"
        )


def _explain_case(id: str) -> str:
    c = registry()[id]
    lines = [
        f"{c.id} ({c.section})",
        f"  {c.requirement}",
        f"role {c.role.value}, level {c.level.value}, profile {c.profile.name.lower()}, "
        f"needs {', '.join(c.needs) or 'nothing'}"
        + (", alone" if c.serial else ""),
        "",
    ]
    return "\n".join(lines + [explain_reference(reference) for reference in c.clauses + c.rows])


def explain_reference(id: str) -> str:
    if id in rows():
        row = rows()[id]
        apart = "".join(
            f"\n  not over {name}: {reason}"
            for name, reason in (("SKI", row.not_ski), ("LURK", row.not_lurk))
            if reason
        )
        return f"{row.id} ({row.group})\n  sent: {row.sent}\n  expected: {row.expected}{apart}"
    clause = clauses()[id]
    lines = [
        f"{clause.id} ({clause.source}, {clause.level}, {clause.role}, {clause.testable})",
        f"  {clause.statement}",
    ]
    lines += [
        f"  {name}: {text}"
        for name, text in (
            ("shown by", clause.observable),
            ("notes", clause.notes),
            ("no case", clause.no_case),
        )
        if text
    ]
    return "\n".join(lines)


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8443, show_default=True, help="Port of the key server."
)
def pki(folder: Path, port: int) -> None:
    """Write a throw-away PKI, configurations of the reference key server and edge, and target files for both
    to FOLDER."""
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty: name a new folder")
    try:
        write_all(folder, port)
    except OSError as error:
        raise click.UsageError(f"{folder}: {error.strerror or error}") from None
    files = "keyserver.json, edge.json, target.toml, edge-target.toml"
    click.echo(f"{folder}: PKI with {len(SERVED)} served keys, {files}")


cli.add_command(interop)
cli.add_command(show_coverage)
cli.add_command(vectors)
cli.add_command(dissector)
cli.add_command(selfcheck)


def main() -> None:
    """Entry point: what is wrong with the usage on one line."""
    # Like Ctrl-C: the key server that was started is stopped, and the reports are written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        cli.main(prog_name="lurkspec", standalone_mode=False)
    except click.ClickException as error:
        click.echo("lurkspec: " + " ".join(error.format_message().split()), err=True)
        sys.exit(2)
    except RegistryError as error:
        click.echo(f"lurkspec: the case table is wrong: {error}", err=True)
        sys.exit(3)
    except click.exceptions.Abort:
        click.echo("lurkspec: interrupted", err=True)
        sys.exit(3)
