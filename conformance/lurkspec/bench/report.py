"""Tables of what was measured, on the screen."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from .verdicts import Verdict, cell_ratio


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def _us(spread: dict[str, float], unit: float = 1.0) -> str:
    low, high = spread["min"] / unit, spread["max"] / unit
    return f"{spread['median'] / unit:.1f} ({low:.1f}..{high:.1f})"


def show(console: Console, results: dict[str, Any], verdicts: list[Verdict]) -> None:
    _show_loops(console, results)
    _show_cells(console, results)
    _show_stages(console, results)
    _show_handshakes(console, results)
    _show_conditions(console, results)
    _show_verdicts(console, verdicts)


def _show_loops(console: Console, results: dict[str, Any]) -> None:
    libraries = list(results["loops"])
    table = _table("Bare operations, us of CPU: median (least..most) of the rounds", "operation", *libraries)
    names = [n for n, v in results["loops"][libraries[0]].items() if isinstance(v, dict)]
    for name in names:
        table.add_row(name, *(_us(results["loops"][lib][name], 1000) for lib in libraries))
    console.print(table)
    speed = results["openssl_speed"].items()
    rates = ", ".join(f"{name} {1e6 / rate:.1f} us" for name, rate in speed if rate)
    console.print(f"openssl speed: {rates}\n")


def _show_cells(console: Console, results: dict[str, Any]) -> None:
    table = _table(
        "Key server: one core, closed loop, every answer checked",
        "library, exchange, connections x window",
        "ops per CPU s",
        "us of CPU",
        "beside bare",
        "of bare",
        "ops per s",
        "p99 us",
    )
    for cell in results["cells"]:
        table.add_row(
            f"{cell['library']}, {cell['exchange']}, {cell['connections']} x {cell['window']}",
            f"{cell['per_cpu_second']['median']:.0f}",
            _us(cell["cpu_us"]),
            f"{cell['cpu_us']['median'] - cell['bare_us']:.1f}",
            f"{cell_ratio(cell):.2f}",
            f"{cell['per_second']['median']:.0f}",
            f"{cell['p99_us']['median']:.0f}",
        )
    console.print(table, "\n")


def breakdown(results: dict[str, Any], library: str) -> dict[str, float]:
    """Where the microseconds of an ecdhe request with P-256 go at eight connections, pipelined: stages
    measured alone, what is left of the whole, and how much of that whole was spent in the kernel."""
    stages, loops = results["stages"][library], results["loops"][library]
    cell = next(
        c
        for c in results["cells"]
        if (c["library"], c["exchange"], c["connections"]) == (library, "ecdhe P-256", 8) and c["window"] > 1
    )
    sign, codec = loops["p256_sign"]["median"] / 1000, stages["codec"]["median"] / 1000
    point = loops["p256_check_point"]["median"] / 1000
    parts = {
        "signature": sign,
        "codec": codec,
        "point check": point,
        "authorise, time, replay": stages["answer"]["median"] / 1000 - sign - codec - point,
        "audit": stages["audit_of_flight"]["median"] / 1000 / stages["flight"],
        "TLS records": stages["records_both_sides"]["median"] / 1000 / stages["records"] / 2,
    }
    whole = cell["cpu_us"]["median"]
    rest = whole - sum(parts.values())
    return parts | {
        "sockets, loop, rest": rest,
        "whole": whole,
        "of it in the kernel": cell["system_us"],
    }


def _show_stages(console: Console, results: dict[str, Any]) -> None:
    libraries = list(results["stages"])
    table = _table("Where the microseconds go: ecdhe P-256, 8 connections, pipelined", "stage", *libraries)
    columns = {library: breakdown(results, library) for library in libraries}
    for stage in columns[libraries[0]]:
        table.add_row(stage, *(f"{columns[library][stage]:.2f}" for library in libraries))
    console.print(table, "\n")


def _show_handshakes(console: Console, results: dict[str, Any]) -> None:
    table = _table(
        "Full TLS handshakes through an edge, P-256",
        "library, handshake",
        "edge, us of CPU",
        "per edge CPU s",
        "key server, us",
        "per s",
    )
    for row in results["handshakes"]:
        table.add_row(
            f"{row['library']}, {row['handshake']}",
            _us(row["edge_cpu_us"]),
            f"{1e6 / row['edge_cpu_us']['median']:.0f}",
            f"{row['keyserver_cpu_us']['median']:.1f}",
            f"{row['per_second']['median']:.0f}",
        )
    console.print(table, "\n")


def _show_conditions(console: Console, results: dict[str, Any]) -> None:
    for row in results["many_connections"]:
        kib = row["octets_per_connection"] / 1024
        console.print(f"{row['library']}: {row['connections']} connections, {kib:.1f} KiB each")
    for row in results["many_keys"]:
        console.print(
            f"{row['library']}: {row['keys']} keys, ready after {row['seconds']:.2f} s "
            f"({row['cpu_seconds']:.2f} s of CPU), {row['octets'] / 1048576:.0f} MiB"
        )
    for row in results["floods"]:
        console.print(
            f"{row['library']}: quiet edge, p99 {row['p99_alone_us']:.0f} us alone, "
            f"{row['p99_flooded_us']:.0f} us while another floods ({row['flood']})"
        )
    console.print()


def _show_verdicts(console: Console, verdicts: list[Verdict]) -> None:
    table = _table("Targets", "figure", "measured", "limit", "")
    for verdict in verdicts:
        sign = "<=" if verdict.at_most else ">="
        table.add_row(
            verdict.what,
            f"{verdict.value:.2f}",
            f"{sign} {verdict.limit:.2f}",
            "met" if verdict.met else "MISSED",
        )
    console.print(table)
