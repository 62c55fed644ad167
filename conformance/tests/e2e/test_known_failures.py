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
    base = ("edge", "--library", "boringssl", "--only", CASE, "--expect", str(file))
    for verdict, code in (("unsupported", 0), ("fail", 1)):
        file.write_text(ENTRY.replace("VERDICT", verdict))
        done = lurkspec(*base)
        assert done.returncode == code, done.stdout
    file.write_text(ENTRY.replace(CASE, "edge-lurk-0-gone").replace("VERDICT", "fail"))
    done = lurkspec(*base)
    assert done.returncode == 1 and "stale expectation: edge-lurk-0-gone / all" in done.stdout


def test_a_pair(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    base = ("interop", "--only", "tls13/ski-json/gnutls/openssl/openssl", "--out", str(tmp_path / "out"))
    members = ('keyserver = "gnutls"', 'edge = "openssl"', 'outcome = "fail"', 'match = ""', 'reason = "bug 7"')
    file.write_text("\n".join(("[[expected]]", *members)))
    done = lurkspec(*base, "--expect", str(file))
    assert done.returncode == 1, done.stdout
    assert "expected fail (bug 7)" in (tmp_path / "out" / "junit.xml").read_text("utf-8")
    done = lurkspec(*base, "--write-expectations", str(file))
    assert done.returncode == 0 and file.read_text() == "", done.stdout
    assert {"index.html", "results.md", "junit.xml"} <= {f.name for f in (tmp_path / "out").iterdir()}
