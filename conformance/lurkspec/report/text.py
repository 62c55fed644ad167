"""Text from a peer made harmless once, before any report sees it."""

from __future__ import annotations


def printable(text: str, limit: int = 4000) -> str:
    """Control characters, surrogates and non-characters become escapes; line feeds and tabs stay; overlong
    text is cut."""
    if len(text) > limit:
        text = f"{text[:limit]}… ({len(text) - limit} more characters)"
    return "".join(c if c in "\n\t" or _harmless(c) else _escape(c) for c in text)


def _harmless(c: str) -> bool:
    # Bidirectional controls could make a report read differently from what it says.
    return c.isprintable() and not 0xFDD0 <= ord(c) <= 0xFDEF and ord(c) & 0xFFFE != 0xFFFE


def _escape(c: str) -> str:
    return f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"
