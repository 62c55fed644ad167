"""Reports of interop: everything in them, hostile strings harmless, known failures strict both ways."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from interop_sample import hostile, sample
from rich.console import Console
from test_reports import HOSTILE

from lurkspec.cli import cli
from lurkspec.expectations import ExpectationError
from lurkspec.interop import expected, junit, logs, markdown, page, reports, terminal
from lurkspec.interop.results import LogFile, Outcome, Results

KNOWN = """
[[expected]]
keyserver = "ks-example"
edge = "edge-gnutls"
scenario = "fail-*"
outcome = "fail"
match = "stopped"
reason = "bug 7"
"""
LAB = """
[[expected]]
keyserver = "ks-gnutls"
edge = "nginx"
client = "gnutls-cli"
scenario = "deploy-*"
outcome = "error"
match = "namespaces"
reason = "bug 8"
"""


class Reader(HTMLParser):
    """What a browser would make of a page: tags, addresses, text, and what a script would read."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.data = ""
        self._in_data = False
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") or name in ("src", "style") for name, _ in attrs)
        self._in_data = ("id", "data") in attrs
        self.addresses += [value or "" for name, value in attrs if name == "href" and tag == "a"]

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data += data
        self.text += data


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("interop")
    sample(folder).write(folder)
    return folder


def test_page_has_everything(out: Path) -> None:
    view = reports.view_of(Results.load(out), [])
    reader = Reader(page.render(view, out))
    cells = json.loads(reader.data)["cells"]
    assert len(cells) == len(view.cells) == 1792
    for text in ("tls12 has no exchange for TLS 1.3", "NSS has no Ed25519 in TLS", "its own check is off"):
        assert text in reader.text
    assert reader.text.count("canary-8f21c3 is not known") == 12
    assert {"./" + f.path for c in view.bad for f in c.files} <= set(reader.addresses)
    assert "https://example.org/nginx" in reader.addresses and "BSD-2-Clause" in reader.text
    assert all(link.startswith(("#", "./", "https://example.org/")) for link in reader.addresses)
    failed = next(c for c in cells if c["outcome"] == "fail")
    assert failed["replay"] and all(file["href"] and file["text"] is not None for file in failed["files"])


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_strings(number: int, tmp_path: Path) -> None:
    view = reports.view_of(hostile(HOSTILE[number]), [])
    reader = Reader(page.render(view, tmp_path))
    assert reader.tags.count("script") == 2
    assert not {"i", "img", "iframe", "object"} & set(reader.tags)
    assert all(link.startswith(("#", "./")) for link in reader.addresses)
    assert len(json.loads(reader.data)["cells"]) == 4
    root = ET.fromstring(junit.render(view))
    assert len(root.findall("testsuite/testcase")) == 5
    _only_code_spans(markdown.render(view))
    shown = Console(width=100, record=True, file=open(tmp_path / "console", "w", encoding="utf-8"))
    terminal.show(shown, view)
    assert "\x1b" not in shown.export_text() and "\u202e" not in shown.export_text()


def _only_code_spans(document: str) -> None:
    """Without its code spans a hostile document is our own words alone."""
    for line in document.splitlines():
        left = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", line)
        left = left.replace("<details><summary>", "").replace("</summary>", "").replace("</details>", "")
        assert not re.search(r"[<>@`\[\]{}\"'$]|//|x{20}", left), line


def test_links_lead_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    out = tmp_path / "out"
    out.mkdir()
    (out / "link").symlink_to(tmp_path / "secret")
    (out / "a b#c?.txt").write_text("\x1b[31mend</pre>\n\0"[:-1])
    (out / "x.pcapng").write_bytes(b"\n\r\r\n\0\0\0\0")
    results = sample(out, 1)
    outside = ("../secret", str(tmp_path / "secret"), "link", "javascript:alert(1)", "x\0")
    paths = (*outside, "a b#c?.txt", "x.pcapng")
    cell = replace(results.cells[0], files=tuple(LogFile("log", path) for path in paths))
    excerpts, found = logs.all_logs(out, [cell])
    assert [f.href for f in found[cell.id]] == ["", "", "", "", "", "./a%20b%23c%3F.txt", "./x.pcapng"]
    assert excerpts.texts == ["\\x1b[31mend</pre>\n"] and found[cell.id][-1].text is None
    assert page.link("javascript:alert(1)") == page.link("https://x y") == "" and page.link("https://x/")


def test_long_logs_are_cut_at_their_end(tmp_path: Path) -> None:
    results = sample(tmp_path, 1)
    cell = replace(results.cells[0], outcome=Outcome.FAIL)
    (tmp_path / cell.files[0].path).write_text("".join(f"line {n}\n" for n in range(100000)))
    excerpts, found = logs.all_logs(tmp_path, [cell])
    number = found[cell.id][0].text
    assert number is not None
    text = excerpts.texts[number]
    assert text.startswith("[...]\nline ") and text.endswith("line 99999\n") and len(text) <= 6010


def test_junit(out: Path) -> None:
    view = reports.view_of(Results.load(out), [])
    root = ET.fromstring(junit.render(view))
    counts = {k: sum(int(s.get(k, "")) for s in root) for k in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": 1792, "failures": 6, "errors": 3, "skipped": 174}
    skipped = root.find("testsuite/testcase/skipped")
    assert skipped is not None and "tls12 has no exchange" in skipped.get("message", "")


def test_markdown(out: Path) -> None:
    text = markdown.render(reports.view_of(Results.load(out), []))
    assert "### Interop: ❌ 1792 cells: 1609 pass, 6 fail, 174 declined, 3 error" in text
    assert "the page came from key server 1" in text and "BoringSSL takes no master secret" in text
    assert len(text) < 65536 and markdown.code("a|`b`") == "`` a¦`b` ``"


def test_terminal_is_readable_at_100_columns(out: Path) -> None:
    console = Console(width=100, record=True, file=open(out / "console", "w", encoding="utf-8"))
    terminal.show(console, reports.view_of(Results.load(out), []))
    lines = console.export_text().splitlines()
    matrix = lines[: next(n for n, line in enumerate(lines) if line.startswith("fail "))]
    assert max(map(len, matrix)) <= 100
    assert any("edge-gnutls" in line and "✓30 ✗2" in line for line in matrix)


def known(tmp_path: Path, text: str) -> list[expected.Expected]:
    file = tmp_path / "known.toml"
    file.write_text(text, "utf-8")
    return expected.load(file)


def test_known_failures(out: Path, tmp_path: Path) -> None:
    results = Results.load(out)
    view = reports.view_of(results, known(tmp_path, KNOWN + LAB))
    assert view.good and len(view.known) == 9 and set(view.known.values()) == {"bug 7", "bug 8"}
    kinds = {child.tag for case in ET.fromstring(junit.render(view)).iter("testcase") for child in case}
    assert kinds == {"skipped"}
    assert not reports.view_of(results, known(tmp_path, KNOWN)).good


@pytest.mark.parametrize(
    ("text", "bad", "stale"),
    (
        (LAB + KNOWN.replace("stopped", "melted"), 6, 0),
        (LAB + KNOWN.replace('"fail"', '"error"'), 6, 0),
        (LAB + KNOWN.replace("fail-*", "f*"), 0, 0),
        (LAB + KNOWN.replace('"fail-*"', '"*"'), 90, 0),
        (LAB + KNOWN + KNOWN.replace("ks-example", "ks-gone"), 0, 1),
    ),
    ids=range(5),
)
def test_known_failures_are_strict(out: Path, tmp_path: Path, text: str, bad: int, stale: int) -> None:
    results, entries = Results.load(out), known(tmp_path, text)
    view = reports.view_of(results, entries)
    assert (len(view.unexpected), len(view.problems)) == (bad, stale)
    assert reports.view_of(results, entries, whole=False).problems == ()


@pytest.mark.parametrize(
    "text",
    (
        KNOWN + KNOWN,
        KNOWN.replace('"fail"', '"pass"'),
        KNOWN.replace("bug 7", ""),
        KNOWN + "x = 1",
        "[[expected]]",
    ),
    ids=range(5),
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    with pytest.raises(ExpectationError):
        known(tmp_path, text)


def test_first_file_of_known_failures(out: Path, tmp_path: Path) -> None:
    results, file = Results.load(out), tmp_path / "first.toml"
    assert expected.write(file, results) == 9
    assert expected.judge(results, expected.load(file)).good


def test_declined_needs_a_reason(out: Path) -> None:
    results = Results.load(out)
    results.cells = [replace(results.cells[0], outcome=o) for o in (Outcome.PASS, Outcome.UNSUPPORTED)]
    assert list(reports.view_of(results, []).unexpected.values()) == ["declined without a reason"]


def test_when_a_run_is_good(out: Path) -> None:
    def good(outcomes: tuple[Outcome, ...], canary: Outcome = Outcome.PASS) -> bool:
        results = Results.load(out)
        first = replace(results.cells[0], reason="so it says")
        results.cells = [replace(first, id=o.value, outcome=o) for o in outcomes]
        results.canaries = [replace(results.canaries[0], outcome=canary)]
        return reports.view_of(results, []).good

    assert good((Outcome.PASS,)) and good((Outcome.PASS, Outcome.UNSUPPORTED))
    assert not good(()) and not good((Outcome.UNSUPPORTED,))
    assert not good((Outcome.PASS, Outcome.FAIL)) and not good((Outcome.PASS, Outcome.ERROR))
    assert not good((Outcome.PASS,), Outcome.FAIL)


def test_command(out: Path, tmp_path: Path) -> None:
    run = CliRunner()
    done = run.invoke(cli, ["interop", "report", str(out)])
    assert done.exit_code == 1 and "1609 pass, 6 fail" in done.output
    assert {"index.html", "results.md", "junit.xml"} <= {file.name for file in out.iterdir()}
    file = tmp_path / "e.toml"
    file.write_text(KNOWN + LAB)
    assert run.invoke(cli, ["interop", "report", str(out), "--expect", str(file)]).exit_code == 0
    done = run.invoke(cli, ["interop", "report", str(tmp_path)])
    assert done.exit_code == 2 and "No such file" in done.output
