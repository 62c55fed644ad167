"""The dissector against the captures, and the command that proves it: what is wrong must be seen."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from lurkspec.dissection import pcapng, tshark
from lurkspec.dissection.command import CAPTURES, PAGE, SCENARIOS, SCRIPTS, scripts
from lurkspec.dissection.live import CaptureRefused, live, live_interop
from lurkspec.dissection.mutate import fuzz
from lurkspec.dissection.page import page
from lurkspec.dissection.tree import Message, Node, difference
from lurkspec.dissection.tshark import Dissector
from lurkspec.dissection.verify import load_captures, verify
from lurkspec.requirements import clauses
from test_cli import lurkspec, one_line

# tshark needs a while to start, and there are many captures.
LONG = 900.0


@pytest.mark.timeout(LONG)
def test_every_capture_is_dissected_as_expected(tmp_path: Path) -> None:
    done = lurkspec(tmp_path, "dissector", "verify", "--json", "r.json", "--junit", "r.xml", wait=LONG)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert report["counts"]["cases"] == {"pass": len(load_captures(CAPTURES)), "lenient": 0, "fail": 0} | {
        "unsupported": 0,
        "error": 0,
    }
    assert int(ET.parse(tmp_path / "r.xml").getroot()[0].get("tests", "0")) > 20


def test_the_captures_are_those_of_the_scenarios() -> None:
    known = {s.name: s for s in SCENARIOS}
    names = set(known) | {f"{s.name}-clear" for s in SCENARIOS if s.clear}
    captures = load_captures(CAPTURES)
    assert {c.name for c in captures} == names
    for capture in captures:
        scenario = known[capture.name.removesuffix("-clear")]
        assert capture.clauses == scenario.clauses and capture.description.startswith(scenario.description)


@pytest.mark.timeout(LONG)
def test_captures_can_be_made_again(tmp_path: Path) -> None:
    """Octets differ, what is found in them does not: the trees have the same fields and expert infos."""
    some = ("lurk-ecdhe", "lurk-negative-handshake", "lurk-script-tls12", "ski-negative-cbor")
    only = [part for name in some for part in ("--only", name)]
    made = lurkspec(tmp_path, "dissector", "make", "again", *only, wait=LONG)
    assert made.returncode == 0, made.stderr
    done = lurkspec(tmp_path, "dissector", "verify", "--captures", "again")
    assert done.returncode == 0, done.stdout
    committed = {c.name: c for c in load_captures(CAPTURES)}
    for capture in load_captures(tmp_path / "again"):
        assert _outline(capture.messages) == _outline(committed[capture.name].messages)


def _outline(messages: tuple[Message, ...]) -> list[tuple[list[str], list[str]]]:
    return [([node.name for node in message.walk()], message.experts) for message in messages]


# A change of the dissector, and a capture in which it shows.
BREAKS = {
    "a field is named otherwise": ("lurk.lua", '"lurk.id"', '"lurk.ident"', "lurk-tls12-ping"),
    "a field is an octet too short": (
        "lurk_tls12.lua",
        "f.client_random, 32",
        "f.client_random, 31",
        "lurk-ecdhe",
    ),
    "type numbers are exchanged": (
        "lurk.lua",
        '[0] = "capabilities", [1] = "ping"',
        '[1] = "capabilities", [0] = "ping"',
        "lurk-base",
    ),
    "no answer is found": (
        "lurk.lua",
        "stream.waiting[header.id_text], found[key] = record, record",
        "found[key] = record",
        "lurk-base",
    ),
    "off-curve points pass": (
        "ecdh_params.lua",
        "and not on_curve(curve, x, y)",
        "and false",
        "lurk-negative-point",
    ),
    "good points do not pass": ("ecdh_params.lua", "minus_three[1] - 3", "minus_three[1] - 2", "lurk-ecdhe"),
    "no reassembly": (
        "lurk.lua",
        "if more > 0 and pinfo.can_desegment > 0 then",
        "if false then",
        "lurk-records",
    ),
    "the first message only": ("lurk.lua", "at = at + take", "at = tvb:len()", "lurk-pipelined-clear"),
    "replay is not seen": (
        "lurk_tls12.lua",
        "if seen[what] ~= where then",
        "if false then",
        "lurk-negative-replay",
    ),
    "an error of Lua": (
        "lurk_tls12.lua",
        "local hash, item = ",
        "local hash, item = nil + ",
        "lurk-rsa-master",
    ),
    "a short premaster is not seen": (
        "ski.lua",
        "#output.value ~= 48",
        "#output.value > 48",
        "ski-script-answer-json",
    ),
    "any input is fine": ("ski.lua", "used < tvb:len() or pinfo", "pinfo", "ski-negative-input-cbor"),
    "octets of JSON stay coded": (
        "ski.lua",
        "ByteArray.new(decoded, true):tvb(",
        "where(view, value):tvb() or (",
        "ski-rsa-json",
    ),
    "CBOR in any encoding": (
        "ski.lua",
        "found.loose = true end",
        "found.loose = false end",
        "ski-negative-body-cbor",
    ),
    "no script of Lua": ("lurk.lua", "local lurk = Proto", "local lurk == Proto", "lurk-base"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_dissector_is_caught(name: str, tmp_path: Path) -> None:
    file, old, new, capture = BREAKS[name]
    copies = tuple(Path(shutil.copy(script, tmp_path)) for script in scripts())
    text = (tmp_path / file).read_text("utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new), "utf-8")
    chosen = [c for c in load_captures(CAPTURES) if c.name == capture]
    run = verify(chosen, Dissector(copies), None, 1)
    assert run.exit_code == 1 and len(run.unexpected) == len(chosen) == 1


def test_a_capture_answers_for_itself_alone(tmp_path: Path) -> None:
    """Captures share a run of tshark; a fault that shows in one is not laid to the others."""
    copies = tuple(Path(shutil.copy(script, tmp_path)) for script in scripts())
    file, old, new, capture = BREAKS["replay is not seen"]
    (tmp_path / file).write_text((tmp_path / file).read_text("utf-8").replace(old, new), "utf-8")
    chosen = [c for c in load_captures(CAPTURES) if c.name in (capture, "lurk-base", "lurk-tls12-ping")]
    run = verify(chosen, Dissector(copies), None, 1)
    assert [result.id for result in run.unexpected] == [capture] and len(run.results) == 3


def test_somebody_elses_field_names(tmp_path: Path) -> None:
    """Our dissector under other names stands for somebody else's."""
    renamed = tmp_path / "lurk.lua"
    text = next(s for s in scripts() if s.name == "lurk.lua").read_text("utf-8")
    renamed.write_text(text.replace('"lurk.id"', '"other.identifier"'), "utf-8")
    others = [part for s in scripts() if s.name != "lurk.lua" for part in ("--lua", str(s))]
    run = ("dissector", "verify", "--lua", "lurk.lua", *others, "--map", "map.toml", "--only", "lurk-base")
    names = '"lurk.id" = "other.identifier"\n"lurk.extension" = "lurk.extension"\n'
    (tmp_path / "map.toml").write_text("[fields]\n" + names, "utf-8")
    done = lurkspec(tmp_path, *run)
    assert done.returncode == 0 and "1 pass" in done.stdout, done.stdout
    (tmp_path / "map.toml").write_text('[fields]\n"lurk.id" = "lurk.length"\n', "utf-8")
    done = lurkspec(tmp_path, *run)
    assert done.returncode == 1 and "lurk.length: 00000010" in done.stdout, done.stdout


def test_usage_is_one_line(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return lurkspec(tmp_path, "dissector", "verify", *arguments)

    one_line(run("--lua", "nothing.lua"), 2, "nothing.lua is not there")
    one_line(run("--only", "nothing"), 2, "no capture is called nothing")
    one_line(run("--captures", "."), 2, "there are no captures")
    (tmp_path / "map.toml").write_text("[colours]\n", "utf-8")
    one_line(run("--map", "map.toml"), 2, "colours")
    shutil.copy(CAPTURES / "lurk-base.pcapng", tmp_path)
    one_line(run("--captures", "."), 2, "lurk-base.json: No such file")
    one_line(lurkspec(tmp_path, "dissector", "verify", PATH=str(tmp_path)), 3, "there is no tshark")


@pytest.mark.parametrize("version", ("5.2", "5.4"))
def test_scripts_are_of_every_lua(version: str) -> None:
    """Wireshark 4.0 has Lua 5.2, newer ones have 5.4, whose numbers are other ones."""
    for script in scripts():
        subprocess.run([f"luac{version}", "-p", str(script)], check=True, timeout=60)
        assert len(script.read_text("utf-8").splitlines()) <= 600
    numbers = [str(SCRIPTS / name) for name in ("ecdh_params.lua", "ski.lua")]
    harness = str(Path(__file__).with_name("dissector_numbers.lua"))
    done = subprocess.run([f"lua{version}", harness, *numbers], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "good\n"), done.stderr


def test_packets_are_sound(tmp_path: Path) -> None:
    """Lengths and checksums, as tshark checks them; the key log comes out as it went in."""
    connection = pcapng.Connection(50000, 8446, 1.0)
    connection.send(1.5, True, bytes(range(256)) * 9, segment=1000)
    connection.send(1.75, False, b"odd")
    connection.close(2.0)
    file = tmp_path / "some.pcapng"
    pcapng.write(file, connection.packets, b"CLIENT_RANDOM 00 11\n", "a comment")
    shown = tshark.run(
        Dissector(()),
        ["-r", str(file), "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields"]
        + [
            "-e",
            "tcp.len",
            "-e",
            "tcp.checksum.status",
            "-e",
            "ip.checksum.status",
            "-e",
            "tcp.analysis.flags",
        ],
    )
    assert [line.split("\t")[0] for line in shown.splitlines()] == ["0"] * 3 + [
        "1000",
        "1000",
        "304",
        "3",
    ] + ["0"] * 3
    assert {tuple(line.split("\t")[1:3]) for line in shown.splitlines()} == {("1", "1")}
    assert b"CLIENT_RANDOM 00 11\n" in file.read_bytes()
    assert struct.unpack("<I", file.read_bytes()[:4]) == (0x0A0D0D0A,)


def test_differences_of_trees() -> None:
    def message(*nodes: Node, experts: tuple[str, ...] = ()) -> Message:
        return Message("lurk", list(nodes), list(experts))

    good = message(Node("a", "00", fields=[Node("b", value="x")]), Node("c"), experts=("e",))
    assert difference(good, good) == ""
    assert Message.from_json(good.to_json()) == good
    for bad, text in (
        (message(Node("a", "01", fields=[Node("b", value="x")]), Node("c"), experts=("e",)), "a 01"),
        (message(Node("a", "00", fields=[Node("b", value="y")]), Node("c"), experts=("e",)), "a: b 'y'"),
        (message(Node("a", "00"), Node("c"), experts=("e",)), "a: b 'x' is not there"),
        (message(*good.fields, Node("d"), experts=("e",)), "d is not expected"),
        (message(*good.fields), "no expert info e"),
        (message(*good.fields, experts=("e", "f")), "expert info f"),
    ):
        assert text in difference(good, bad)


@pytest.mark.timeout(LONG)
def test_mutants_bring_no_error(tmp_path: Path) -> None:
    *_, found = fuzz(Dissector(scripts()), CAPTURES, 300, "tests", tmp_path)
    assert (found.packets, found.troubles) == (300, ()) and found.dissected > 150


def test_mutants_find_an_error(tmp_path: Path) -> None:
    """Without its check of lengths the dissector fails, and the file is kept."""
    copies = tuple(Path(shutil.copy(script, tmp_path)) for script in scripts())
    text = (tmp_path / "lurk_tls12.lua").read_text("utf-8")
    check = "if count > self:left() then error(CUT, 0) end"
    assert check in text
    (tmp_path / "lurk_tls12.lua").write_text(text.replace(check, ""), "utf-8")
    *_, found = fuzz(Dissector(copies), CAPTURES, 100, "tests", tmp_path / "kept")
    assert len(found.troubles) == 1 and "Lua Error" in found.troubles[0]
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_the_reference_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(Dissector(scripts()), CAPTURES), "run `lurkspec dissector page`"


def test_every_expert_info_is_proved() -> None:
    """Each is in the expected tree of some capture, and names clauses and rulings that there are."""
    text = "".join(script.read_text("utf-8") for script in scripts())
    registered = set(re.findall(r"`([a-z0-9_.]*\.expert\.[a-z0-9_]+)`", PAGE.read_text("utf-8")))
    proved = {name for c in load_captures(CAPTURES) for message in c.messages for name in message.experts}
    # Only where TCP is not reassembled is there less of a message than it says.
    assert registered - proved == {"lurk.expert.incomplete"} and proved <= registered
    cited = set(re.findall(r"\b(?:LURK|TLS12|SKI)-[A-Z0-9.]+(?:-\d+)?\b", text))
    assert len(cited) > 60 and cited <= set(clauses())
    rulings = (PAGE.parent / "rulings.md").read_text("utf-8")
    assert all(ruling in rulings for ruling in re.findall(r"\bA-\d\d\b", text))


@pytest.mark.timeout(LONG)
def test_live_traffic_is_dissected_completely(tmp_path: Path) -> None:
    """A few cases; ci/dissector-live captures all of them."""
    cases = (
        "lurk-6.2-ping",
        "lurk-6.3-unexpected-payload",
        "lurk-tls12-4.2-one-form",
        "ski-5.1.2-ecdhe-served",
    )
    try:
        seen = live(Dissector(scripts()), "openssl", cases, tmp_path)
    except CaptureRefused as reason:
        pytest.skip(f"NOT TESTED: {reason}")
    assert seen.problems == []
    assert seen.messages["ping"] > 1 and seen.messages["ski output"] > 1 and seen.faulty_requests > 0


@pytest.mark.timeout(LONG)
def test_traffic_of_the_matrix_is_dissected_completely(tmp_path: Path) -> None:
    """Every edge with every key server: an operation in sight for each handshake."""
    try:
        seen = live_interop(Dissector(scripts()), tmp_path)
    except CaptureRefused as reason:
        pytest.skip(f"NOT TESTED: {reason}")
    assert seen.problems == [] and seen.faulty_requests == 0
    assert seen.messages["ski output"] >= 144 and seen.messages["rsa_master_with_poh"] > 1
