"""The fuzzing of the C code: its lists agree, its tools do what they say. Uses build/planted."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FUZZ = ROOT / "fuzz"
LIST = ROOT / "build" / "fuzz" / "targets.txt"


def targets() -> list[str]:
    return [line.split()[0] for line in LIST.read_text().splitlines()]


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )


def test_every_target_has_its_parts() -> None:
    assert len(targets()) >= 20
    for target in targets():
        assert (FUZZ / f"{target}.dict").is_file(), target
        assert len(list((FUZZ / "corpus" / target).iterdir())) >= 5, target
    assert {path.name for path in (FUZZ / "corpus").iterdir()} == set(targets())


def test_docs_tell_the_oracle_of_every_target() -> None:
    text = (ROOT / "docs" / "fuzzing.md").read_text()
    rows = re.findall(r"^\| (`.*?) \| \S", text[text.index("## Targets and their oracles"):], re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(told) == sorted(targets())


def test_planted_bugs_have_a_fault_and_a_target() -> None:
    planted = tomllib.loads((FUZZ / "planted.toml").read_text())
    header = (ROOT / "lurk" / "fault.h").read_text()
    own = header[header.index("LURK_FAULT_LIST_PLANTED(X)"):header.index("#define LURK_FAULT_LIST(X)")]
    faults = set(re.findall(r"X\((\w+)\)", header))
    assert set(re.findall(r"X\((\w+)\)", own)) - {"X"} <= set(planted)
    assert set(planted) <= faults
    assert {bug["target"] for bug in planted.values()} <= set(targets())
    assert len({bug["family"] for bug in planted.values()}) >= 10


def test_regressions_are_listed() -> None:
    folder = FUZZ / "regressions"
    cases = {str(path.relative_to(folder)) for path in folder.glob("*/*")}
    lines = (folder / "list.txt").read_text().splitlines() if folder.is_dir() else []
    listed = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    assert {line[0] for line in listed} == cases
    assert all(len(line) == 3 and line[2] != "not mended yet" for line in listed)


def test_what_campaigns_found_is_named_by_content() -> None:
    for path in (FUZZ / "found").glob("*/*"):
        assert path.parent.name in targets()
        assert path.name == hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@pytest.fixture(scope="module")
def planted() -> Path:
    folder = ROOT / "build" / "planted"
    assert (folder / "fuzz" / "fuzz_lurk_rsa_master").exists(), "not built: run ci/build planted"
    return folder


@pytest.mark.timeout(600)
def test_triage_makes_a_case_once(planted: Path, tmp_path: Path) -> None:
    bug = {"LURK_PLANTED": "premaster_length_trusted"}
    campaign = tmp_path / "lurk_rsa_master" / "findings"
    campaign.mkdir(parents=True)
    crash = campaign / "crash-1"
    crash.write_bytes(bytes(71) + b"\1\0" + bytes(100))  # a premaster of 256 octets, of which 100 are there

    cases = tmp_path / "regressions"
    options: list[str | Path] = [
        *("--build", planted, "--regressions", cases),
        *("--what", "a length was trusted", "--seconds", "2"),
    ]
    first = run(FUZZ / "triage", crash, *options, **bug)
    assert first.returncode == 0 and "new case" in first.stdout, first.stdout
    (case,) = (cases / "lurk_rsa_master").iterdir()
    assert re.match(r"0001-heap-buffer-overflow-lurk-", case.name)
    assert case.stat().st_size < crash.stat().st_size
    assert f"lurk_rsa_master/{case.name} | heap-buffer-overflow <" in (cases / "list.txt").read_text()

    second = run(FUZZ / "triage", crash, *options, **bug)
    assert second.returncode == 0 and "known already" in second.stdout, second.stdout
    assert len(list((cases / "lurk_rsa_master").iterdir())) == 1

    replay = planted / "test" / "fuzz_replay_lurk_rsa_master"
    assert run(replay, "--which", case, **bug).stdout.strip() == str(case)
    assert run(replay, case).returncode == 0

    mended = run(FUZZ / "triage", crash, *options)
    assert mended.returncode == 1 and "nothing is wrong" in mended.stdout, mended.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such-file"], "is no file"),
        (["README.md"], "say --target"),
        (["README.md", "--target", "x"], "no target"),
    ],
)
def test_triage_says_what_is_wrong(planted: Path, arguments: list[str], words: str) -> None:
    failed = run(FUZZ / "triage", *arguments, "--build", planted)
    assert failed.returncode == 2 and words in failed.stdout
    assert len(failed.stdout.splitlines()) == 1


@pytest.mark.timeout(600)
def test_build_script_fills_an_empty_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    built = run(
        FUZZ / "build.sh",
        CC="clang",
        CFLAGS="-fsanitize=address,fuzzer-no-link -O1",  # the engine's linker needs the runtime too
        LIB_FUZZING_ENGINE="-fsanitize=fuzzer",
        SRC=str(tmp_path),
        WORK=str(tmp_path / "work"),
        OUT=str(out),
        LURK_TARGETS="lurk_header ski_response_json",
    )
    assert built.returncode == 0, built.stdout[-2000:]
    for target in ("lurk_header", "ski_response_json"):
        assert (out / f"{target}.dict").read_text() == (FUZZ / f"{target}.dict").read_text()
        assert "keep_seed = 1" in (out / f"{target}.options").read_text()
        seeds = tmp_path / target
        zipfile.ZipFile(out / f"{target}_seed_corpus.zip").extractall(seeds)
        assert {path.name for path in (FUZZ / "corpus" / target).iterdir()} <= set(os.listdir(seeds))
        done = run(out / target, seeds, "-runs=500", f"-dict={out / target}.dict")
        assert done.returncode == 0 and "Done" in done.stdout, done.stdout[-500:]
    assert any(path.name.startswith("libjansson") for path in (out / "lib").iterdir())


@pytest.mark.parametrize("arguments", [[], ["0"], ["5", "--total", "9"]])
def test_campaign_says_what_is_wrong(arguments: list[str]) -> None:
    failed = run(ROOT / "ci" / "fuzz", *arguments)
    assert failed.returncode == 2
    assert failed.stdout.startswith("ci/fuzz: ") and len(failed.stdout.splitlines()) == 1
