"""JUnit XML: a suite per pair of edge and key server, a test case per cell; declined is skipped."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from .results import Cell, Outcome
from .view import View, over_title


def render(view: View) -> bytes:
    """The texts of the view hold nothing that XML 1.0 forbids; ElementTree escapes the rest."""
    root = ET.Element("testsuites", name="lurkspec interop", time=f"{view.results.seconds:.3f}")
    for (edge, keyserver), cells in view.by_pair.items():
        _suite(root, view, f"edge {edge}, key server {keyserver}", cells)
    problems = view.complaints
    if problems:
        suite = ET.SubElement(root, "testsuite", name="run", tests="1", failures="0", errors="1", skipped="0")
        case = ET.SubElement(suite, "testcase", classname="run", name="run")
        ET.SubElement(case, "error", message=problems[0]).text = "\n".join(problems)
    ET.indent(root)
    document: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return document + b"\n"


def _kind(view: View, cell: Cell) -> str:
    if cell.id in view.unexpected:
        return "error" if cell.outcome is Outcome.ERROR else "failure"
    return "" if cell.outcome is Outcome.PASS else "skipped"


def _suite(root: ET.Element, view: View, name: str, cells: list[Cell]) -> None:
    kinds = [_kind(view, cell) for cell in cells]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(len(cells)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
        time=f"{sum(c.seconds for c in cells):.3f}",
    )
    for cell, kind in zip(cells, kinds):
        case = ET.SubElement(suite, "testcase", classname=name, name=cell.id, time=f"{cell.seconds:.3f}")
        if kind:
            ET.SubElement(case, kind, message=_message(view, cell)).text = _details(view, cell)


def _message(view: View, cell: Cell) -> str:
    if cell.id in view.known:
        return f"known ({view.known[cell.id]}): {cell.reason}"
    if cell.outcome is Outcome.UNSUPPORTED:
        return f"declined by {cell.by or 'nobody'}: {cell.reason}"
    return cell.reason or view.unexpected.get(cell.id, "")


def _details(view: View, cell: Cell) -> str:
    return "\n".join(
        [
            f"{view.titles[cell.scenario]}, {over_title(cell.over)}, client {cell.client}",
            *filter(None, (view.unexpected.get(cell.id, ""), cell.reason)),
            *(f"log: {f.path}" for f in cell.files),
            *(f"replay: {line}" for line in cell.replay),
        ]
    )
