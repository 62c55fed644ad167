"""JUnit XML: a suite per section, a test case per case."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from ..case import Verdict
from .model import CaseResult, Run


def render(run: Run) -> bytes:
    """The strings of the model hold nothing that XML 1.0 forbids; ElementTree escapes the rest."""
    root = ET.Element("testsuites", name="lurkspec", time=f"{run.seconds:.3f}")
    for section, results in run.sections.items():
        _suite(root, section, results)
    reasons = ([run.aborted] if run.aborted else []) + run.problems
    if reasons:
        suite = ET.SubElement(root, "testsuite", name="run", tests="1", failures="0", errors="1", skipped="0")
        case = ET.SubElement(suite, "testcase", classname="run", name="run")
        ET.SubElement(case, "error", message=reasons[0]).text = "\n".join(reasons)
    ET.indent(root)
    document: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(root: ET.Element, section: str, results: list[CaseResult]) -> None:
    kinds = [_kind(r) for r in results]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=section,
        tests=str(len(results)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
        time=f"{sum(r.seconds for r in results):.3f}",
    )
    for result, kind in zip(results, kinds):
        case = ET.SubElement(
            suite, "testcase", classname=section, name=result.id, time=f"{result.seconds:.3f}"
        )
        if kind:
            message = next((v.actual for v in result.variants if v.unexpected), result.variants[0].actual)
            ET.SubElement(case, kind, message=message).text = "" if kind == "skipped" else _details(result)
        lenient = [v for v in result.variants if v.verdict is Verdict.LENIENT]
        if lenient:
            ET.SubElement(case, "system-out").text = "\n".join(
                f"lenient: {v.label}: {v.actual}" for v in lenient
            )


def _kind(result: CaseResult) -> str:
    if result.unexpected:
        return "error" if result.verdict is Verdict.ERROR else "failure"
    return "skipped" if result.verdict is Verdict.UNSUPPORTED else ""


def _details(result: CaseResult) -> str:
    lines = [result.requirement, "clauses: " + ", ".join(result.clauses), "replay: " + result.replay]
    for v in result.variants:
        if v.unexpected:
            lines += [
                "",
                f"{v.verdict.value} {v.label} ({v.unexpected})",
                f"expected: {v.expected}",
                f"came: {v.actual}",
                *v.wire[:40],
            ]
    return "\n".join(lines)
