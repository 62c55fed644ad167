"""What a run leaves beside results.json."""

from __future__ import annotations

from pathlib import Path

from . import expected, junit, markdown, page
from .results import Results
from .view import View, harmless

PAGE, MARKDOWN, JUNIT = "index.html", "results.md", "junit.xml"


def view_of(results: Results, known: list[expected.Expected], whole: bool = True) -> View:
    """Results against what is known of them; `whole`: no selection left anything out."""
    shown = harmless(results)
    judgement = expected.judge(shown, known, whole)
    return View(shown, judgement.known, judgement.unexpected, harmless(judgement.problems))


def write(view: View, out: Path) -> None:
    (out / PAGE).write_text(page.render(view, out), "utf-8")
    (out / MARKDOWN).write_text(markdown.render(view), "utf-8")
    (out / JUNIT).write_bytes(junit.render(view))
