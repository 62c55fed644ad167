"""One HTML file that needs no network: readable on paper, filterable on screen."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..case import Verdict
from .model import Run


def render(run: Run) -> str:
    environment = Environment(
        loader=PackageLoader("lurkspec", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(run=run, verdicts=list(Verdict))
