"""HTML pages of one file: style and script stand in the page, and nothing else may run or be loaded."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_STYLE = "style.css"


def _source(folder: str, name: str) -> str:
    return (files("lurkspec") / folder / name).read_text("utf-8")


def _allowed(*sources: str) -> str:
    """What a content security policy calls this text: whatever else came into the page is not run."""
    return " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode('utf-8')).digest()).decode('ascii')}'"
        for s in sources
    )


def render(folder: str, template: str, scripts: tuple[str, ...], **content: Any) -> str:
    """A template of a folder of this package, on top of `report/base.html`, with scripts of that folder."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("lurkspec", folder), PackageLoader("lurkspec", "report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, texts = _source("report", _STYLE), [_source(folder, name) for name in scripts]
    return environment.get_template(template).render(
        style=Markup(style),
        scripts=[Markup(text) for text in texts],
        style_hash=_allowed(style),
        script_hash=_allowed(*texts) if texts else "'none'",
        **content,
    )
