"""The page of a run: one HTML file that needs no network, readable on paper, filterable on screen."""

from __future__ import annotations

from ..case import Verdict
from . import page
from .model import Run

# Beside the colours, for whoever does not see them.
SIGNS = {
    Verdict.PASS: "✓",
    Verdict.LENIENT: "~",
    Verdict.FAIL: "✗",
    Verdict.UNSUPPORTED: "–",
    Verdict.ERROR: "!",
}


def render(run: Run) -> str:
    signs = {verdict.value: sign for verdict, sign in SIGNS.items()}
    return page.render("report", "report.html", ("report.js",), run=run, verdicts=list(Verdict), signs=signs)
