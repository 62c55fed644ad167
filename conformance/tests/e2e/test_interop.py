"""The matrix of README: every edge with every key server, real clients, the key remote; none skipped."""

from __future__ import annotations

from pathlib import Path

from programs import SANITIZED, lurkspec, report


def test_every_edge_with_every_key_server(tmp_path: Path) -> None:
    done = lurkspec(
        "interop",
        "--json",
        str(tmp_path / "r.json"),
        "--html",
        str(tmp_path / "r.html"),
        "--out",
        str(tmp_path / "logs"),
    )
    assert done.returncode == 0, done.stdout
    result = report(tmp_path / "r.json")
    over_ski = 3 * 3 * 4 * 2 * 2
    over_lurk = 3 * (3 + 3 + 2) * 2  # BoringSSL takes no master secret from outside
    assert result["total"] == over_ski + over_lurk and result["passed"] == result["total"]
    assert f"{result['total']} of {result['total']} handshakes passed" in done.stdout
    assert "handshakes passed" in (tmp_path / "r.html").read_text("utf-8")


def test_programs_under_sanitizers(tmp_path: Path) -> None:
    """The diagonal runs every line of both programs on every library; a finding ends a program badly."""
    for library in ("openssl", "gnutls", "boringssl"):
        done = lurkspec(
            "interop",
            "--edge",
            library,
            "--keyserver",
            library,
            "--out",
            str(tmp_path / library),
            binaries=SANITIZED,
        )
        assert done.returncode == 0, done.stdout


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    done = lurkspec(
        "interop",
        "--edge",
        "openssl",
        "--keyserver",
        "openssl",
        "--out",
        str(tmp_path / "logs"),
        binaries=tmp_path,
    )
    assert done.returncode == 3 and "lurk-keyserver-openssl is not there" in done.stdout
    assert len(done.stdout.splitlines()) == 1
