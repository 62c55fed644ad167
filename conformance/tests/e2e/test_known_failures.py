"""What is known not to pass, with the real programs: strict both ways for edges and for interop."""

from __future__ import annotations

from pathlib import Path

from programs import lurkspec

CASE = "edge-lurk-tls12-4.3-audit"
ENTRY = f"""
[[expected]]
case = "{CASE}"
variant = "all"
verdict = "VERDICT"
match = "master secret"
reason = "bug 7"
"""


def test_an_edge(tmp_path: Path) -> None:
    """BoringSSL takes no master secret from outside: so said, so expected, and nothing else is."""
    file = tmp_path / "known.toml"
    base = ("edge", "--library", "boringssl", "--protocol", "lurk", "--only", CASE, "--expect", str(file))
    file.write_text(ENTRY.replace("VERDICT", "unsupported"))
    done = lurkspec(*base)
    assert done.returncode == 0, done.stdout
    other = ENTRY.replace("VERDICT", "fail")
    file.write_text(other + other.replace(CASE, "edge-lurk-0-gone"))
    done = lurkspec(*base)
    assert done.returncode == 1 and "expected fail (bug 7)" in done.stdout, done.stdout
    assert "stale expectation: edge-lurk-0-gone / all" in done.stdout


def test_a_pair(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    cell = ("--scenario", "tls13", "--over", "ski-json", "--out", str(tmp_path / "out"))
    base = ("interop", *cell, "--keyserver", "gnutls", "--edge", "openssl", "--client", "openssl")
    members = ('keyserver = "gnutls"', 'edge = "openssl"', 'outcome = "fail"', 'match = ""', 'reason = "7"')
    file.write_text("\n".join(("[[expected]]", *members)))
    done = lurkspec(*base, "--expect", str(file))
    assert done.returncode == 1, done.stdout
    assert "expected fail (7)" in (tmp_path / "out" / "junit.xml").read_text("utf-8")
    done = lurkspec(*base, "--write-expectations", str(file))
    assert done.returncode == 0 and file.read_text() == "", done.stdout
    assert {"index.html", "results.md", "junit.xml"} <= {f.name for f in (tmp_path / "out").iterdir()}
