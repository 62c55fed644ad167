"""Manifest, scenarios and judgement of the interop runner: what is wrong is one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_cli import lurkspec

from lurkspec.interop import data, manifest, scenario
from lurkspec.interop.contract import CAPABILITIES, OVER
from lurkspec.interop.judge import judge
from lurkspec.interop.lab import Lab
from lurkspec.interop.manifest import DataError, Implementation
from lurkspec.interop.results import Role
from lurkspec.interop.runner import Plan
from lurkspec.interop.scenario import Scenario

GOOD = """[[implementation]]
name = "mine"
role = "edge"
title = "Mine"
command = ["./serve", "{python}", "other"]
licence = "MIT"
home = "https://example.org/"
"""
SCENARIO = """title = "T"
about = "A"
[needs]
client = ["tls12"]
[[keyserver]]
keys = ["ecdsa"]
[[seen]]
version = "TLS 1.2"
method = { ski = "ECDHE", lurk = "ecdhe" }
"""


def load(folder: Path, text: str) -> list[Implementation]:
    file = folder / "m.toml"
    file.write_text(text)
    return manifest.load(file)


def test_ours_can_be_read() -> None:
    everyone = manifest.load(data.folder() / data.MANIFEST)
    ours = {(one.role, one.name) for one in everyone}
    libraries = ("openssl", "gnutls", "boringssl")
    assert {(role, name) for role in (Role.KEYSERVER, Role.EDGE) for name in libraries} <= ours
    assert all(one.licence and one.home and one.command for one in everyone)
    scenarios = scenario.load_all(data.folder() / "scenarios")
    assert {"tls12-ecdhe-ecdsa", "tls12-rsa", "tls13"} <= {one.id for one in scenarios}


def test_ids_of_scenarios_are_permanent(tmp_path: Path) -> None:
    assert scenario.identity_check(data.folder() / "scenarios") == []
    for name in ("one", "new", "back"):
        (tmp_path / f"{name}.toml").touch()
    listed = "# all\none\ngone\nwent: with a reason\nback: for a while\nmute:\n"
    (tmp_path / scenario.PERMANENT).write_text(listed)
    assert scenario.identity_check(tmp_path) == [
        "back: is there, and went",
        "gone: has vanished; ids are permanent: say why it went",
        "mute: went without a reason",
        "new: is not in permanent.txt yet",
    ]


def test_words_of_a_command(tmp_path: Path) -> None:
    """A file beside the manifest, the interpreter, anything else."""
    (tmp_path / "serve").touch()
    (one,) = load(tmp_path, GOOD)
    argv = one.argv()
    assert argv[0] == str(tmp_path / "serve") and argv[1].endswith("python3") and argv[2] == "other"
    assert one.over == OVER and one.absent == "" and one.label == "edge mine"


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "implementation is missing"),
        ("x = 1\n" + GOOD, "x is not known"),
        ("[[implementation", "not TOML"),
        (GOOD + 'colour = "red"\n', "implementation 1.colour is not known"),
        (GOOD.replace('"edge"', '"proxy"'), "implementation 1.role must be one of keyserver, edge, client"),
        (GOOD.replace('"mine"', '"Mine/.."'), "implementation 1.name 'Mine/..' must be small letters"),
        (GOOD.replace('home = "https://example.org/"', ""), "implementation 1.home is missing"),
        (GOOD.replace("command =", "version ="), "implementation 1.command or address must be given"),
        (GOOD + 'address = "h:1"\n', "implementation 1.command or address must be given"),
        (GOOD + 'capabilities = ["tls12"]\n', "implementation 1.capabilities is for an address"),
        (GOOD + 'protocols = ["dns"]\n', "implementation 1.protocols must be some of"),
        (GOOD.replace('"other"', "1"), "implementation 1.command must be a list of strings"),
        (GOOD + "says = { stack = 1 }\n", "implementation 1.says must be a table of strings"),
        (GOOD + GOOD, "edge mine stands in it twice"),
    ],
    ids=range(14),
)
def test_a_wrong_manifest(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, text)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path}/m.toml: ") and problem in said and "\n" not in said


def test_an_address_has_capabilities_by_its_operators_word(tmp_path: Path) -> None:
    (one,) = load(
        tmp_path,
        GOOD.replace('command = ["./serve", "{python}", "other"]', 'address = "edge.example:443"')
        + 'capabilities = ["tls12"]\n',
    )
    assert (one.address, one.capabilities, one.command) == ("edge.example:443", ("tls12",), ())


def test_a_users_implementation_goes_before_ours(tmp_path: Path) -> None:
    ours = manifest.load(data.folder() / data.MANIFEST)
    theirs = load(tmp_path, GOOD.replace('"mine"', '"openssl"'))
    merged = manifest.merge(ours, theirs)
    assert len(merged) == len(ours) and theirs[0] in merged


def make(folder: Path, text: str = SCENARIO) -> Scenario:
    file = folder / "s.toml"
    file.write_text(text)
    return scenario.load(file)


@pytest.mark.parametrize(
    "text, problem",
    [
        (SCENARIO.replace("title =", "name ="), "title is missing"),
        (SCENARIO + "colour = 1\n", "seen 1.colour is not known"),
        ("colour = 1\n" + SCENARIO, "colour is not known"),
        (SCENARIO.replace('"tls12"', '"tls11"'), "needs.client must be some of"),
        (SCENARIO.replace("client =", "server ="), "needs.server is not known"),
        (SCENARIO.replace('["ecdsa"]', "[]"), "keyserver 1.keys must be a list of strings"),
        (SCENARIO.replace('version = "TLS 1.2"', ""), "seen 1.version is missing"),
        (SCENARIO.partition("[[seen]]")[0], "seen is missing"),
        (SCENARIO + '[not_over]\ndns = "no"\n', "not_over must give reasons for some of"),
        (SCENARIO + '[not_over]\nlurk = ""\n', "not_over must give reasons for some of"),
    ],
    ids=range(10),
)
def test_a_wrong_scenario(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(DataError) as caught:
        make(tmp_path, text)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path}/s.toml: ") and problem in said and "\n" not in said


PAGE = {"token": "lurkspec-edge-ok", "version": "TLS 1.2", "method": "ECDHE", "format": "cbor", "stack": "s"}


def said(page: Any = PAGE, **members: Any) -> str:
    return "noise\nseen " + json.dumps({"version": "TLS 1.2", "page": page} | members) + "\n"


@pytest.mark.parametrize(
    "stdout, over, by, problem",
    [
        (said(), "ski-cbor", "", ""),
        (said(json.dumps(PAGE)), "ski-cbor", "", ""),
        (said(PAGE | {"method": "ecdhe", "format": None}), "lurk", "", ""),
        (said(), "ski-json", "edge", 'the page tells format "cbor", not "json"'),
        (said(), "lurk", "edge", 'the page tells method "ECDHE", not "ecdhe"; format "cbor", not null'),
        (said(PAGE | {"stack": "t"}), "ski-cbor", "edge", 'the page tells stack "t", not "s"'),
        (said({k: PAGE[k] for k in PAGE if k != "stack"}), "ski-cbor", "edge", "does not tell stack"),
        (said(PAGE | {"token": "x"}), "ski-cbor", "edge", "no JSON object with"),
        (said("lurkspec-edge-ok"), "ski-cbor", "edge", "no JSON object with"),
        (said(version="TLS 1.3"), "ski-cbor", "client", 'saw version "TLS 1.3", not "TLS 1.2"'),
        (said() + said(), "ski-cbor", "client", "reports 2 connections of 1"),
        ("seen []", "ski-cbor", "client", 'says "seen " and then no JSON object'),
    ],
    ids=range(12),
)
def test_judgement(tmp_path: Path, stdout: str, over: str, by: str, problem: str) -> None:
    found = judge(stdout, make(tmp_path), over, {"stack": "s"}, "client", "edge")
    assert found.by == by and problem in found.problem and bool(found.problem) == bool(problem)


def test_measures_and_remarks_of_a_good_visit(tmp_path: Path) -> None:
    stdout = said(PAGE | {"key_us": 12, "handshake_us": 30.5, "stack": "s"}, remark="half a check")
    found = judge(stdout, make(tmp_path), "ski-cbor", {}, "client", "edge")
    assert dict(found.measures) == {"key_us": 12.0, "handshake_us": 30.5}
    assert found.remarks == ("half a check",) and not found.problem


def test_a_plan_leaves_out_what_is_done(tmp_path: Path) -> None:
    everyone = [Implementation("a", role, "A", OVER, ("x",)) for role in Role]
    everyone.append(Implementation("b", Role.CLIENT, "B", OVER, ("x",)))
    plan = Plan(tuple(everyone), (make(tmp_path),), OVER)
    cells = {pair.cell_id(client) for pair, clients in plan.stages(set()) for client in clients}
    assert cells == {f"s/{over}/a/a/{client}" for over in OVER for client in "ab"}
    left = plan.stages({"s/lurk/a/a/a", "s/ski-json/a/a/a", "s/ski-json/a/a/b"})
    assert [(pair.over, [c.name for c in clients]) for pair, clients in left] == [
        ("ski-cbor", ["a", "b"]),
        ("lurk", ["b"]),
    ]
    only = Plan(tuple(everyone), (make(tmp_path),), OVER, ("*/lurk/*/b",))
    assert [(pair.over, len(clients)) for pair, clients in only.stages(set())] == [("lurk", 1)]


@pytest.mark.parametrize(
    "arguments, part",
    [
        (("--edge", "nothing"), "no edge is called 'nothing'"),
        (("--scenario", "x*"), "no scenario is called 'x*'"),
        (("--only", "nothing"), "no cell is selected"),
        (("--out", "a", "--resume", "b"), "leave out --out"),
        (("--over", "dns"), "dns"),
    ],
    ids=range(5),
)
def test_wrong_usage_is_one_line(tmp_path: Path, arguments: tuple[str, ...], part: str) -> None:
    done = lurkspec(tmp_path, "interop", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1) and part in done.stderr, done.stderr


def test_edges_and_clients_get_no_served_key(tmp_path: Path) -> None:
    (tmp_path / "certs").mkdir()
    lab = Lab(tmp_path, tmp_path / "certs", None, 0.0, ())
    for name in (
        "www-rsa.key",
        "lurk-ecdsa.key",
        "ks.key",
        "ca.key",
        "edge-a.key",
        "client.key",
        "www-rsa.pem",
    ):
        (lab.certs / name).touch()
    lab.keep_keys_inside()
    assert lab.certs_for(Role.KEYSERVER) == lab.certs
    for role in (Role.EDGE, Role.CLIENT):
        names = {file.name for file in lab.certs_for(role).iterdir()}
        assert names == {"edge-a.key", "client.key", "www-rsa.pem"}


def test_every_capability_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "interop.md").read_text("utf-8")
    assert [name for name in CAPABILITIES if f"`{name}`" not in page] == []
