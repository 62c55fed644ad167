"""Reports of hostile strings: well-formed, harmless, and with everything in them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from lurkspec.case import Case, Expectation, Variant, Verdict
from lurkspec.channel import Ending, Transcript
from lurkspec.codecs import cbor
from lurkspec.context import Context
from lurkspec.exchange import Exchange
from lurkspec.http import Response
from lurkspec.report import files, html, junit, terminal
from lurkspec.report.hexdump import annotate
from lurkspec.report.model import CaseResult, Run, VariantResult
from lurkspec.report.text import printable
from lurkspec.request import Request

HOSTILE = (
    "<script>alert(1)</script>",
    "]]>",
    "&lt;&#0;",
    "\0\x01\x08\x1b[31m\x7f",
    "\ud800\udfff",
    "\ufffe\uffff\ufdd0",
    "\u202egnp.exe\u2066",
    "[red]markup[/] [/nothing]",
    "'\"`${x}",
    "a\r\nb\u2028c",
    "{{ 7 * 7 }}{% raw %}",
    "x" * 10000,
)


def unused(t: Context) -> Iterator[Variant]:
    """A requirement with <b>markup</b>, ]]> and \x07."""
    yield t.check("never run", True, "", "")


def hostile_run() -> Run:
    case = Case("t-hostile", ("SKI-5.2-17",), unused, ("JS-17",), section="<i>section</i> ]]>")
    variants = []
    for number, text in enumerate(HOSTILE):
        transcript = Transcript()
        transcript.add(">", text.encode("utf-8", "surrogatepass"))
        response = Response(200, text, (("x", text),), text.encode("utf-8", "surrogatepass"), b"")
        exchange = Exchange("a", response, Ending.OPEN, transcript, problem=text)
        variant = Variant(f"{number} {text}", Verdict.FAIL, Expectation(text), text, (exchange,))
        variants.append(replace(VariantResult.of(variant), unexpected="not expected"))
    run = Run("ski+https://<host>", "1", "now", "quick", "1")
    run.results.append(CaseResult.of(case, variants, 0.1, "lurkspec --only 'x' ]]>", "log <script>\0"))
    run.problems.append(printable("problem <script> \x1b"))
    return run


class Collector(HTMLParser):
    """Tags as an HTML reader sees them, and the text outside scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") or name == "src" for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_printable(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert all(c.isprintable() or c in "\n\t" for c in shown)
    assert len(shown) < 4100
    assert printable(shown) == shown or len(text) > 4000


def test_html() -> None:
    document = html.render(hostile_run())
    reader = Collector()
    reader.feed(document)
    assert reader.tags.count("script") == 1
    assert not {"i", "b", "img", "link", "iframe"} & set(reader.tags)
    text = "".join(reader.text)
    assert (
        "<script>alert(1)</script>" in text
        and "]]>" in text
        and "{{ 7 * 7 }}" in text
        and "49" not in document[:200]
    )
    assert "http://" not in document and "https://<host>" in text


def test_junit() -> None:
    document = junit.render(hostile_run())
    root = ET.fromstring(document)
    suites = root.findall("testsuite")
    assert [s.get("failures") for s in suites] == ["1", "0"]
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None and failure.text is not None
    assert "<script>alert(1)</script>" in failure.text and "]]>" in failure.text
    assert root.find("testsuite[@name='run']/testcase/error") is not None


def test_json() -> None:
    document = json.loads(files.RENDERERS["json"](hostile_run()))
    assert document["exit_code"] == 1 and document["counts"]["variants"]["fail"] == len(HOSTILE)
    assert document["results"][0]["verdict"] == "fail"
    assert document["results"][0]["variants"][0]["actual"] == HOSTILE[0]


def test_terminal() -> None:
    output = io.StringIO()
    terminal.print_run(Console(file=output, width=200, force_terminal=False), hostile_run(), "out")
    text = output.getvalue()
    assert "\x1b" not in text and "\0" not in text
    assert "<script>alert(1)</script>" in text and "replay: lurkspec --only 'x' ]]>" in text


def test_failure_directories(tmp_path: Path) -> None:
    files.write_failures(hostile_run(), tmp_path / "out")
    folder = tmp_path / "out" / "t-hostile"
    text = (folder / "failure.txt").read_text("utf-8")
    assert "SKI-5.2-17 (TLS SKI §5.2 input, MUST): input is present in every request (REQUIRED)." in text
    assert "<script>alert(1)</script>" in text
    assert len(list(folder.glob("*.hex.txt"))) == len(HOSTILE)
    assert (folder / "keyserver.log").read_text("utf-8").startswith("log <script>")
    assert (folder / "replay").stat().st_mode & 0o100
    assert json.loads((tmp_path / "out" / "result.json").read_bytes())["format"] == 1
    assert all(p.resolve().is_relative_to(tmp_path) for p in tmp_path.rglob("*"))


def test_reports_that_cannot_be_written_do_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    problems = files.write_reports(
        hostile_run(), {"json": tmp_path / "file" / "x.json", "html": tmp_path / "x.html", "junit": None}
    )
    assert len(problems) == 1 and "x.json" in problems[0]
    assert (tmp_path / "x.html").exists()


@pytest.mark.parametrize(
    ("change", "code"),
    (
        ({}, 0),
        ({"problems": ["x"]}, 1),
        ({"aborted": "x"}, 3),
        ({"results": []}, 2),
        ({"results": [], "aborted": "x"}, 3),
    ),
)
def test_exit_codes(change: dict[str, Any], code: int) -> None:
    run = replace(hostile_run(), problems=[])
    run.results = [
        replace(r, variants=tuple(replace(v, unexpected="") for v in r.variants)) for r in run.results
    ]
    assert replace(run, **change).exit_code == code


def test_unexpected_verdicts_give_exit_code_1() -> None:
    assert replace(hostile_run(), problems=[]).exit_code == 1


def test_annotated_hex_of_cbor() -> None:
    request = Request({"method": "ECDHE", "input": b"c" * 32 + b"s" * 32 + bytes.fromhex("0300174104")})
    transcript = Transcript()
    transcript.add(
        ">", b"POST /ski HTTP/1.1\r\nContent-Type: application/cbor\r\n\r\n" + request.encode("cbor")
    )
    transcript.add(
        "<", b"HTTP/1.1 400 x\r\nContent-Type: application/cbor\r\n\r\n" + cbor.encode({"error": "no"})[:-1]
    )
    text = "\n".join(annotate(Exchange("a", None, Ending.CLOSED, transcript, request=request)))
    assert "; input, client_random (32 octets): " + "63" * 32 in text
    assert "a2" in text and "map(2)" in text and "'ECDHE'" in text
    assert "CBOR, octet 8: string: 2 octets claimed, 1 left" in text


def test_long_exchanges_are_cut() -> None:
    transcript = Transcript()
    transcript.add("<", b"x" * 200000)
    lines = annotate(Exchange("a", None, Ending.OPEN, transcript))
    assert len(lines) == 401 and "more lines" in lines[-1]
