"""Target files: what the suite writes it can read; what is wrong is said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lurkspec.hooks import HookFailed, Hooks
from lurkspec.reference import target_text
from lurkspec.target import TargetError, load_target, parse_url

GOOD = target_text(4433)


@pytest.fixture
def write(pki: Path, tmp_path: Path) -> Path:
    for file in pki.iterdir():
        (tmp_path / file.name).symlink_to(file)
    return tmp_path / "changed.toml"


def test_own_file(write: Path) -> None:
    write.write_text(GOOD)
    target = load_target(write)
    assert target.address == ("127.0.0.1", 4433) and target.path == "/ski"
    assert set(target.edges) == {"a", "b", "limited", "revoked", "bound"}
    assert {k.type for k in target.select("ski-ecdhe")} == {"ec-p256", "ec-p384", "ec-p521", "rsa", "ed25519"}
    assert [k.name for k in target.foreign("ski-ecdhe")] == ["other-ecdsa"]
    assert [k.name for k in target.foreign("ski-rsa")] == ["other-rsa-kx"]
    assert [k.name for k in target.restricted] == ["www-ecdsa"]
    assert {"ecdhe", "rsa", "tls13", "ca-key", "limits", "edge-b", "log", "limited-edge"} <= target.abilities
    assert not {"restart", "reload", "capabilities"} & target.abilities
    assert load_target(write, "ski+https://h:1/other").url == "ski+https://h:1/other"


def test_smallest_file(write: Path) -> None:
    write.write_text(
        '[channel]\nca = "ca.pem"\n[edges.a]\ncertificate = "edge-a.pem"\nkey = "edge-a.key"\n'
        '[[keys]]\nusage = "ski-ecdhe"\npublic = "www-rsa.pem"\n'
    )
    target = load_target(write, "ski+https://[::1]:5")
    assert target.address == ("::1", 5)
    assert target.abilities == {"ecdhe", "rsa-sign", "json", "cbor", "tls13"}


WRONG = {
    "url is missing": GOOD.replace("url =", "# url ="),
    "not TOML": GOOD + "[",
    "nonsense is not known": "nonsense = 1\n" + GOOD,
    "channel.ca is missing": GOOD.replace('ca = "ca.pem"\n', ""),
    "names nothing.pem, which is not a file": GOOD.replace('"ca.pem"', '"nothing.pem"'),
    "channel.extra is not known": GOOD.replace("[channel]", "[channel]\nextra = 1"),
    "edges.a is missing": GOOD.replace("[edges.a]", "[edges.z]").replace('"a"', '"z"'),
    "which is not in edges": GOOD.replace('edge = "b"', 'edge = "c"'),
    "usage must be": GOOD.replace('"ski-rsa"', '"rsa"'),
    "dialect must be some of": GOOD.replace("dialect = []", 'dialect = ["pidgin"]'),
    "formats must be some of": GOOD.replace('"cbor"]', '"xml"]'),
    "protocols must be some of": GOOD.replace('"DTLS 1.2"', '"TLS 1.1"'),
    "limits.idle_ms must be an integer": GOOD.replace("idle_ms = 10000", 'idle_ms = "5"'),
    "names ca.key: ": GOOD.replace('"www-rsa.pem"', '"ca.key"'),
    "keys has no key of usage ski-ecdhe": GOOD.replace('"ski-ecdhe"', '"ski-rsa"'),
    "wait_ms must be an integer": GOOD.replace("wait_ms = 5000", "wait_ms = true"),
}


@pytest.mark.parametrize("complaint", WRONG)
def test_wrong_files(write: Path, complaint: str) -> None:
    write.write_text(WRONG[complaint])
    with pytest.raises(TargetError) as error:
        load_target(write)
    assert complaint in str(error.value)
    assert "changed.toml" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    (
        "https://h:1/ski",
        "ski+https://",
        "ski+https://h:1/ski?x",
        "ski+https://h:99999",
        "ski+https://u@h:1",
        "h:1",
    ),
)
def test_wrong_urls(url: str) -> None:
    with pytest.raises(TargetError) as error:
        parse_url(url)
    assert "ski+https://HOST:PORT" in str(error.value)


def test_hooks(write: Path) -> None:
    write.write_text(
        GOOD.replace(
            "[hooks]", '[hooks]\nrestart = "echo $LURKSPEC_URL > seen"\nreload = "echo no >&2; exit 3"'
        )
    )
    target = load_target(write)
    assert {"restart", "reload"} <= target.abilities
    hooks = Hooks(target)
    hooks.restart()
    assert (write.parent / "seen").read_text() == "ski+https://127.0.0.1:4433/ski\n"
    with pytest.raises(HookFailed, match="exit code 3: no"):
        hooks.reload()
    assert hooks.log_text() == ""
    (write.parent / "audit.jsonl").write_text("{}\n")
    assert hooks.log_text() == "{}\n"
