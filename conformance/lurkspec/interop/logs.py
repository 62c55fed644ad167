"""Logs that a page links to and shows the end of. A path that leads out of the results is neither."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from ..report.text import printable
from .results import Cell, LogFile, Outcome

# Logs say at the end what went wrong. What passed is rarely read; the links lead to the whole.
_LONG, _SHORT = 6000, 900
# All excerpts of a page together: it must stay a file that opens at once.
_BUDGET = 8_000_000


@dataclass(frozen=True)
class Shown:
    """`href` is relative to the page, "" where there is nothing to open; `text` numbers an excerpt."""

    title: str
    path: str
    href: str
    text: int | None


@dataclass
class Excerpts:
    """Ends of the logs below `folder`, each text once."""

    folder: Path
    texts: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _files: dict[tuple[str, int], int | None] = field(default_factory=dict)
    _spent: int = 0

    def shown(self, cell: Cell) -> list[Shown]:
        limit = _SHORT if cell.outcome in (Outcome.PASS, Outcome.UNSUPPORTED) else _LONG
        return [self._shown(file, limit) for file in cell.files]

    def _shown(self, log: LogFile, limit: int) -> Shown:
        file = self._inside(log.path)
        if file is None:
            return Shown(log.title, log.path, "", None)
        href = "./" + quote(log.path, safe="/") + ("/" if file.is_dir() else "")
        key = log.path, limit
        if key not in self._files:
            self._files[key] = None if file.is_dir() else self._number(_end(file, limit))
        return Shown(log.title, log.path, href, self._files[key])

    def _inside(self, path: str) -> Path | None:
        """The file, if it is there and is not outside through `..`, a root or a link."""
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or "\0" in path:
            return None
        file = self.folder / pure
        try:
            inside = file.resolve(strict=True).is_relative_to(self.folder.resolve())
        except (OSError, RuntimeError):
            return None
        return file if inside and (file.is_file() or file.is_dir()) else None

    def _number(self, text: str) -> int | None:
        if not text or self._spent + len(text) > _BUDGET:
            return None
        if text not in self._numbers:
            self._numbers[text] = len(self.texts)
            self.texts.append(text)
            self._spent += len(text)
        return self._numbers[text]


def _end(file: Path, limit: int) -> str:
    """The last lines as text, "" for what is no text (captures)."""
    try:
        with file.open("rb") as f:
            size = f.seek(0, 2)
            f.seek(max(0, size - limit))
            octets = f.read(limit)
    except OSError:
        return ""
    if b"\0" in octets:
        return ""
    if size > limit:
        octets = b"[...]\n" + octets.partition(b"\n")[2]
    return printable(octets.decode("utf-8", "backslashreplace").replace("\r\n", "\n"), 2 * limit)


def all_logs(folder: Path, cells: Iterable[Cell]) -> tuple[Excerpts, dict[str, list[Shown]]]:
    """Logs by cell id; what did not pass comes first, should there be too much."""
    excerpts = Excerpts(folder)
    order = sorted(cells, key=lambda c: c.outcome in (Outcome.PASS, Outcome.UNSUPPORTED))
    return excerpts, {cell.id: excerpts.shown(cell) for cell in order}
