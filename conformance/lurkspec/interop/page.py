"""The page of an interop run: one file, readable on a wall and on paper."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..report import page
from .logs import Shown, all_logs
from .results import Cell, Outcome
from .view import OVER_TITLES, SIGNS, WORDS, Group, View, counted, distinct, over_title

_SAFE_LINK = re.compile(r"https?://[^\s]+", re.ASCII)


def render(view: View, folder: Path) -> str:
    """`folder` is where the page will lie, with the logs beside it."""
    excerpts, logs = all_logs(folder, view.cells)
    numbers = {id(cell): number for number, cell in enumerate(view.cells)}
    return page.render(
        "interop",
        "page.html",
        ("page.js",),
        view=view,
        outcomes=list(Outcome),
        words={o.value: WORDS[o] for o in Outcome},
        signs={o.value: SIGNS[o] for o in Outcome},
        over_title=over_title,
        counted=counted,
        distinct=distinct,
        zip=zip,
        logs=logs,
        link=link,
        anchor=lambda name: "#" + quote(name, safe=""),
        group_anchor=group_anchor,
        numbers=lambda cells: " ".join(str(numbers[id(cell)]) for cell in cells),
        data=_data(view, logs, excerpts.texts),
    )


def link(address: str) -> str:
    """An address that may stand in a link, else ""."""
    return address if _SAFE_LINK.fullmatch(address) else ""


def group_anchor(group: Group) -> str:
    """Of the only cell where there is one; else of what its cells have in common."""
    first = group.cells[0]
    if len(group.cells) == 1:
        return "#" + quote(first.id, safe="")
    return "#" + quote("|".join(("group", first.edge, first.keyserver, first.over, group.name)), safe="")


def _data(view: View, logs: dict[str, list[Shown]], texts: list[str]) -> dict[str, Any]:
    """What the script shows of a cell."""
    return {
        "words": {o.value: WORDS[o] for o in Outcome},
        "signs": {o.value: SIGNS[o] for o in Outcome},
        "over": {over: over_title(over) for over in (*OVER_TITLES, *view.over)},
        "titles": view.titles,
        "texts": texts,
        "cells": [_cell(view, cell, logs[cell.id]) for cell in view.cells],
    }


def _cell(view: View, cell: Cell, files: list[Shown]) -> dict[str, Any]:
    return {
        "id": cell.id,
        "scenario": cell.scenario,
        "keyserver": cell.keyserver,
        "edge": cell.edge,
        "client": cell.client,
        "over": cell.over,
        "outcome": cell.outcome.value,
        "reason": cell.reason,
        "by": cell.by,
        "seconds": round(cell.seconds, 3),
        "known": view.known.get(cell.id, ""),
        "unexpected": view.unexpected.get(cell.id, ""),
        "measures": cell.measures,
        "remarks": list(cell.remarks),
        "files": [{"title": f.title, "path": f.path, "href": f.href, "text": f.text} for f in files],
        "replay": list(cell.replay),
    }
