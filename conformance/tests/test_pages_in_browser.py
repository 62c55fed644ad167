"""Pages as people meet them: a real browser opens them from disk, filters, walks by keys, prints."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser import Browser
from interop_sample import hostile, sample
from selenium.webdriver.common.keys import Keys
from test_reports import HOSTILE, hostile_run

from lurkspec import coverage_command
from lurkspec.case import Verdict, registry
from lurkspec.coverage import LastRun, coverage
from lurkspec.interop import expected, reports
from lurkspec.interop.results import Outcome
from lurkspec.report import html
from lurkspec.selfcheck import render
from lurkspec.selfcheck.matrix import Matrix, Row

VISIBLE = "filter(b => b.checkVisibility({checkVisibilityCSS: true}))"
SHOWN = f"[...document.querySelectorAll('a.badge')].{VISIBLE}.length"
CHOOSE = """const [place, value] = arguments, choice = document.querySelector(place);
choice.value = value;
for (const name of ['input', 'change']) choice.dispatchEvent(new Event(name, {bubbles: true}));"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser") / "profile") as started:
        yield started


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page")
    results = sample(out, 4)
    # One that failed, one that was the laboratory's fault, among nearly 500.
    results.cells[5] = replace(results.cells[5], outcome=Outcome.FAIL, reason="the page is not the edge's")
    results.cells[15] = replace(results.cells[15], outcome=Outcome.ERROR, reason="no port was left")
    reports.write(reports.view_of(results, []), out)
    return out / reports.PAGE


def quiet(browser: Browser) -> None:
    """Nothing was complained about, and nothing but pages on disk was asked for."""
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith("file:")] == []


def test_filter(browser: Browser, page: Path) -> None:
    browser.open(page)
    everything = browser.run(f"return {SHOWN}")
    assert everything == 4 * 4 * 3 * 4 and browser.text("#shown") == "of 448 cells"
    assert browser.text("#counts").splitlines()[:2] == ["✓ 436 pass", "✗ 1 fail"]
    browser.click("#filter input[value=pass]")
    assert browser.run(f"return {SHOWN}") == 2 + 4
    assert browser.text("#shown") == "12 of 448 cells shown"
    browser.click("#filter input[value=unsupported]")
    assert browser.run(f"return {SHOWN}") == 2
    browser.click("#filter button[type=reset]")
    browser.wait(f"{SHOWN} === {everything}")
    browser.run(CHOOSE, "[name=edge]", "nginx")
    assert browser.run(f"return {SHOWN}") == everything / 4
    assert "edge edge-gnutls" not in browser.text("#all")
    browser.click("#filter button[type=reset]")
    browser.wait(f"{SHOWN} === {everything}")
    quiet(browser)


def test_a_cell_opens_its_logs_and_replay(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.click("a.badge.fail")
    browser.wait("!document.getElementById('detail').hidden")
    assert "key server ks-" in browser.text("#detail h2")
    browser.click("#detail a[href^='#tls12']")
    browser.wait("document.querySelector('#detail .replay')")
    detail = browser.text("#detail")
    assert "lurkspec interop --only tls12-ecdhe-ecdsa." in detail and "a line of a log" in detail
    links = browser.run("return [...document.querySelectorAll('#detail summary a')].map(a => a.href)")
    assert len(links) == 3 and all(Path(link.removeprefix("file://")).is_file() for link in links)
    browser.press(Keys.ESCAPE)
    browser.wait("document.getElementById('detail').hidden && document.activeElement.matches('a.badge')")
    quiet(browser)


def test_a_cell_has_an_address(browser: Browser, page: Path) -> None:
    browser.open(page, "tls12-rsa.lurk.ks-openssl.edge-boringssl.curl")
    assert "declined" in browser.text("#detail h2")
    assert "BoringSSL takes no master secret from outside" in browser.text("#detail .said")
    assert browser.run("return document.querySelectorAll('.badge[aria-current]').length") == 1
    browser.run("location.hash = 'no-such-cell'")
    browser.wait("document.getElementById('detail').hidden")
    quiet(browser)


def test_keys_walk(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.run("document.querySelector('a.badge').focus()")
    browser.press(Keys.ARROW_RIGHT)
    browser.press(Keys.ARROW_DOWN)
    where = browser.run("return document.activeElement.getAttribute('aria-label')")
    assert where == "TLS 1.2 ECDHE-RSA, SKI CBOR, edge edge-openssl, key server ks-openssl: 4 pass"
    browser.press(Keys.ENTER)
    browser.wait("document.querySelectorAll('#detail li').length === 4")
    quiet(browser)


def test_boxes_can_show_clients(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.run(CHOOSE, "#group", "by-client")
    assert browser.run(f"return {SHOWN}") == 16 * 3 * 2 + 4 * 2 * 2
    quiet(browser)


@pytest.mark.parametrize("number", range(len(HOSTILE) - 1))
def test_hostile_pages_do_nothing(browser: Browser, number: int, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    reports.write(reports.view_of(hostile(HOSTILE[number]), []), tmp_path)
    browser.open(tmp_path / reports.PAGE)
    browser.run("document.querySelector('td a.sign.fail').click()")
    browser.wait("document.querySelector('#detail .replay')")
    assert browser.run("return document.querySelectorAll('script').length") == 2
    assert browser.run("return document.querySelectorAll('#detail .said').length") == 1
    quiet(browser)


def test_what_slipped_through_would_not_run(browser: Browser, page: Path, tmp_path: Path) -> None:
    """The page allows its own script alone, by its hash."""
    broken = tmp_path / "broken.html"
    text = page.read_text("utf-8")
    broken.write_text(text.replace("<main>", "<main><script>window.ran = 1</script>"), "utf-8")
    browser.open(broken)
    assert browser.run("return window.ran === undefined") and "of 448 cells" == browser.text("#shown")
    assert any("Content Security Policy" in text for text in browser.complaints())


def test_printed(browser: Browser, page: Path, tmp_path: Path) -> None:
    browser.open(page)
    file = tmp_path / "page.pdf"
    file.write_bytes(browser.pdf())
    command = ["pdftotext", "-layout", str(file), "-"]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "Interop: edge × key server" in text and "What was declined" in text
    assert "text in reasons" not in text


def test_known_failures_are_seen_as_such(browser: Browser, tmp_path: Path) -> None:
    results = sample(tmp_path, 1)
    results.cells[5] = replace(results.cells[5], outcome=Outcome.FAIL, reason="the page is not the edge's")
    known = expected.Expected({"scenario": "tls12-*"}, Outcome.FAIL, "not the edge", "ticket 7")
    none: list[expected.Expected] = []
    for entries, seen in ((none, 0), ([known], 1)):
        reports.write(reports.view_of(results, entries), tmp_path)
        browser.open(tmp_path / reports.PAGE)
        browser.wait("document.readyState === 'complete'")
        assert browser.run("return document.querySelectorAll('a.badge.fail').length") == 2
        assert browser.run("return document.querySelectorAll('.of-scenarios a.badge.known').length") == seen
        assert ("known: ticket 7" in browser.text("#not-passed")) == bool(seen)
    quiet(browser)


def test_coverage(browser: Browser, tmp_path: Path) -> None:
    table = registry()
    run = LastRun("gnutls", "t", "now", {id: Verdict.PASS for id in table})
    file = tmp_path / "coverage.html"
    file.write_text(coverage_command.render(coverage(table), [run]), "utf-8")
    browser.open(file)
    count = len(coverage(table))
    assert browser.text("#shown") == f"{count} of {count}"
    browser.run(CHOOSE, "[name=state]", "hole")
    assert browser.text("#shown") == f"0 of {count}"
    quiet(browser)


def test_matrix_of_faults(browser: Browser, tmp_path: Path) -> None:
    table = registry()
    cases = [replace(case, toothless="") for case in list(table.values())[:30]]
    faults = [
        Row("keyserver", f"fault_{i}", "openssl", (), (case.id,), {case.id: "fail"} if i else {})
        for i, case in enumerate(cases)
    ]
    file = tmp_path / "matrix.html"
    file.write_text(render.page(Matrix(cases, "quick", faults)), "utf-8")
    browser.open(file)
    assert browser.text("#shown") == "60 of 60 lines"
    browser.run(CHOOSE, "form input", "fault_7")
    assert browser.text("#shown") == "2 of 60 lines"
    quiet(browser)


def test_page_of_a_suite(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "run.html"
    file.write_text(html.render(hostile_run()), "utf-8")
    browser.open(file)
    assert browser.run("return document.querySelectorAll('.case:not([hidden])').length") == 1
    browser.click("form input[value=fail]")
    assert browser.run("return document.querySelectorAll('.case:not([hidden])').length") == 0
    quiet(browser)
