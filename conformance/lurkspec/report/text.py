"""Text from a peer made harmless once, before any report sees it."""

from __future__ import annotations

import re

_DOUBTFUL = re.compile(r"[^\n\t -~]")


def printable(text: str, limit: int = 4000) -> str:
    """Control characters, surrogates and non-characters become escapes; line feeds and tabs stay; overlong
    text is cut."""
    if len(text) > limit:
        text = f"{text[:limit]}… ({len(text) - limit} more characters)"
    return _DOUBTFUL.sub(_shown, text)


def _shown(doubtful: re.Match[str]) -> str:
    # No printable character is a bidirectional control, which could make a report read differently from what
    # it says, nor a non-character.
    c = doubtful[0]
    if c.isprintable():
        return c
    return f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"
