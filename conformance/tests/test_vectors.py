"""The published vectors: made again octet by octet, closed by their schema, needed by a clause each, answered
alike by all our decoders; decoders that are broken are caught."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lurkspec.process import binaries
from lurkspec.requirements import clauses, rows
from lurkspec.vectors.model import PUBLISHED, published, read_all, vector_id
from test_cli import lurkspec, one_line

BUILDS = (binaries(), binaries().parent / "asan" / "bin")
DECODERS = {
    "openssl": f"{binaries() / 'lurk-vectors'} check",
    "gnutls": str(binaries() / "lurk-vectors-check-gnutls"),
    "boringssl": str(binaries() / "lurk-vectors-check-boringssl"),
}


def document(path: str) -> Any:
    return json.loads((PUBLISHED / path).read_text("utf-8"))


@pytest.fixture(scope="module")
def manifest() -> Any:
    return document("manifest.json")


def stream(seed: str) -> str:
    command = [str(binaries() / "lurk-vectors"), "--seed", seed]
    made = subprocess.run(command, check=True, capture_output=True, timeout=110).stdout
    return hashlib.sha256(made).hexdigest()


# --- the files ---


@pytest.mark.parametrize("build", BUILDS, ids=("gcc", "clang"))
def test_they_are_made_again_octet_by_octet(build: Path, manifest: Any, tmp_path: Path) -> None:
    """By two compilers."""
    command = [str(build / "lurk-vectors"), "--seed", manifest["seed"], "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=110)
    for file in (*published(), PUBLISHED / "manifest.json"):
        made = tmp_path / file.relative_to(PUBLISHED)
        assert made.read_bytes() == file.read_bytes(), f"{file.name} is not what the generator makes"
    assert len(list((tmp_path / "json").iterdir())) == len(published())


def test_one_stream_is_the_files_one_after_another(manifest: Any) -> None:
    whole = b"".join(file.read_bytes() for file in (*published(), PUBLISHED / "manifest.json"))
    assert stream(manifest["seed"]) == hashlib.sha256(whole).hexdigest()


def test_another_seed_makes_other_vectors(manifest: Any) -> None:
    whole = b"".join(file.read_bytes() for file in (*published(), PUBLISHED / "manifest.json"))
    assert stream("another seed") != hashlib.sha256(whole).hexdigest()


def test_the_schema_is_closed() -> None:
    def objects(schema: Any) -> Iterator[Any]:
        if isinstance(schema, dict):
            if schema.get("type") == "object" and "properties" in schema:
                yield schema
            for value in schema.values():
                yield from objects(value)
        elif isinstance(schema, list):
            for value in schema:
                yield from objects(value)

    for name in ("vectors", "manifest"):
        schema = document(f"schema/{name}.schema.json")
        jsonschema.Draft202012Validator.check_schema(schema)
        assert all(found["additionalProperties"] is False for found in objects(schema))


def test_the_files_are_as_the_schema_says(manifest: Any) -> None:
    jsonschema.Draft202012Validator(document("schema/manifest.schema.json")).validate(manifest)
    validator = jsonschema.Draft202012Validator(document("schema/vectors.schema.json"))
    for file in published():
        validator.validate(json.loads(file.read_bytes()))


@pytest.mark.parametrize("change", ("member", "input", "status", "flag", "output"))
def test_the_schema_refuses(change: str) -> None:
    file = document("json/freshness.json")
    vector = file["vectors"][0]
    changes: dict[str, Callable[[], object]] = {
        "member": lambda: vector.update(tcId=1),
        "input": lambda: vector["input"].update(more="00"),
        "status": lambda: vector.update(status="acceptable"),
        "flag": lambda: vector["flags"].append("unheard-of"),
        "output": lambda: vector.pop("output"),
    }
    changes[change]()
    validator = jsonschema.Draft202012Validator(document("schema/vectors.schema.json"))
    assert not validator.is_valid(file)


# --- what they are there for ---


def test_at_least_two_fifths_are_invalid(manifest: Any) -> None:
    assert manifest["valid"] + manifest["invalid"] >= 600
    assert manifest["invalid"] >= 0.4 * (manifest["valid"] + manifest["invalid"])


def test_the_readme_counts_right(manifest: Any) -> None:
    valid, invalid = manifest["valid"], manifest["invalid"]
    text = " ".join((PUBLISHED / "README.md").read_text("utf-8").split())
    assert f"{valid + invalid} inputs, {valid} valid and {invalid} invalid" in text


def test_every_vector_cites_what_exists() -> None:
    for vector in read_all(published()):
        assert vector.clauses or vector.rows, vector.id
        assert set(vector.clauses) <= set(clauses()) and set(vector.rows) <= set(rows()), vector.id


def test_controls_are_valid_vectors() -> None:
    by_id = {vector.id: vector for vector in read_all(published())}
    for vector in by_id.values():
        if vector.control:
            assert by_id[vector.control].result == "valid", vector.id


def reasons_in_the_registers() -> set[str]:
    hidden = {c.id for c in clauses().values() if c.testable in ("white-box", "not-testable")}
    operators = {c.id for c in clauses().values() if c.role == "operator"}
    return hidden | operators | {row.id for row in rows().values() if not row.protocols}


def test_every_clause_and_row_has_both_kinds_or_a_reason(manifest: Any) -> None:
    listed = [
        id for ids in yaml.safe_load((PUBLISHED / "not-offline.yaml").read_text()).values() for id in ids
    ]
    covered = {id for id, shown in manifest["coverage"].items() if shown["valid"] and shown["invalid"]}
    known = set(clauses()) | set(rows())
    assert set(manifest["coverage"]) == covered, "shown from one side only"
    assert len(listed) == len(set(listed)) and set(listed) <= known, "listed twice, or unknown"
    assert not set(listed) & covered, "listed although there are vectors"
    assert not set(listed) & reasons_in_the_registers(), "listed although the registers say why"
    assert not known - covered - set(listed) - reasons_in_the_registers(), "neither vectors nor a reason"


# --- our decoders ---


def test_our_python_code_answers_all(tmp_path: Path) -> None:
    done = lurkspec(tmp_path, "vectors", "verify", "--json", "r.json", "--junit", "r.xml", wait=110)
    assert done.returncode == 0, done.stdout
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["counts"]["cases"]["pass"] == len(report["results"]) == len(read_all(published()))
    assert (tmp_path / "r.xml").stat().st_size > 0


@pytest.mark.parametrize("library", DECODERS)
def test_our_c_code_answers_all(library: str, tmp_path: Path) -> None:
    done = lurkspec(tmp_path, "vectors", "verify", "--strict", "--with", DECODERS[library], wait=110)
    assert done.returncode == 0, done.stdout
    assert "unsupported:" not in done.stdout


def test_our_c_code_answers_all_under_sanitizers(tmp_path: Path) -> None:
    command = f"{BUILDS[1] / 'lurk-vectors'} check"
    done = lurkspec(tmp_path, "vectors", "verify", "--strict", "--with", command, wait=110)
    assert done.returncode == 0, done.stdout


# --- decoders that are broken ---

BROKEN = {
    "says valid to everything": ("print(json.dumps({'id': q['id'], 'result': 'valid'}))", "came valid"),
    "says invalid to everything": (
        "print(json.dumps({'id': q['id'], 'result': 'invalid', 'status': 'no'}))",
        "came invalid",
    ),
    "gives wrong output": (
        "print(json.dumps({'id': q['id'], 'result': 'valid', 'output': {'server_hello_random': '00'}}))",
        "with another server_hello_random",
    ),
    "crashes": ("os.abort()", "instead of an answer"),
    "leaves in order": ("sys.exit(0)", "ended with 0"),
    "hangs": ("time.sleep(600)", "no answer within"),
    "talks nonsense": ("print('maybe')", "not JSON"),
    "answers another question": ("print(json.dumps({'id': 'x', 'result': 'valid'}))", "its id differs"),
    "answers without a result": ("print(json.dumps({'id': q['id']}))", "without a result"),
    "answers twice": ("print(json.dumps({'id': q['id'], 'result': 'invalid'}) * 1 + '\\n{}')", "fail"),
    "never ends its line": (
        "sys.stdout.write('x' * 2000000); sys.stdout.flush(); time.sleep(600)",
        "more than",
    ),
}
PROGRAM = """import json, os, sys, time
for line in sys.stdin:
    q = json.loads(line)
    {action}
    sys.stdout.flush()
"""


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A file with a valid vector and two invalid ones."""
    file = document("json/freshness.json")
    file["vectors"] = [v for v in file["vectors"] if v["result"] == "valid"][:1] + [
        v for v in file["vectors"] if v["result"] == "invalid"
    ][:2]
    path = tmp_path / "three.json"
    path.write_text(json.dumps(file))
    return path


def verify_with(folder: Path, file: Path, action: str, *options: str) -> subprocess.CompletedProcess[str]:
    program = folder / "decoder.py"
    program.write_text(PROGRAM.format(action=action))
    command = f"{sys.executable} {program}"
    return lurkspec(folder, "vectors", "verify", str(file), "--with", command, *options)


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_decoder_is_caught(fault: str, three: Path, tmp_path: Path) -> None:
    """It is a result, not the end of the run: all three vectors are judged."""
    action, told = BROKEN[fault]
    done = verify_with(
        tmp_path, three, action, "--seconds", "1" if told == "no answer within" else "30", "--json", "r.json"
    )
    report = json.loads((tmp_path / "r.json").read_text())
    assert done.returncode == 1 and len(report["results"]) == 3, done.stdout
    assert told in done.stdout, done.stdout


def test_a_right_decoder_passes(three: Path, tmp_path: Path) -> None:
    done = lurkspec(
        tmp_path,
        "vectors",
        "verify",
        str(three),
        "--strict",
        "--with",
        f"{binaries() / 'lurkspec'} vectors decode",
    )
    assert done.returncode == 0, done.stdout


def test_what_a_decoder_does_not_offer_is_unsupported(three: Path, tmp_path: Path) -> None:
    """But one that offers nothing has shown nothing."""
    done = verify_with(tmp_path, three, "print(json.dumps({'id': q['id'], 'result': 'unsupported'}))")
    assert done.returncode == 1 and "answers no question" in done.stdout


def test_leniency_has_a_name(tmp_path: Path) -> None:
    """The other form of RSA key ids (A-06) passes where the consumer says so."""
    file = document("json/key_id.json")
    flagged = [v for v in file["vectors"] if v["flags"] == ["key-id-of-spki"]]
    controls = {v["control"] for v in flagged}
    file["vectors"] = [v for v in file["vectors"] if v in flagged or v["id"] in controls]
    path = tmp_path / "ids.json"
    path.write_text(json.dumps(file))
    action = "print(json.dumps({'id': q['id'], 'result': 'valid'}))"
    assert verify_with(tmp_path, path, action).returncode == 1
    done = verify_with(tmp_path, path, action, "--lenient", "key-id-of-spki")
    assert done.returncode == 0, done.stdout


# --- the command line ---


def test_a_command_that_is_not_there(three: Path, tmp_path: Path) -> None:
    done = lurkspec(tmp_path, "vectors", "verify", str(three), "--with", "./no-such-decoder")
    assert done.returncode == 3 and "no-such-decoder" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    (
        (("no-such-file.json",), "no-such-file.json"),
        (("--with", ""), "the command is empty"),
        (("--operation", "freshnes"), "no vector with operation 'freshnes'"),
        (("--lenient", "everything"), "no vector with flag 'everything'"),
    ),
)
def test_bad_usage_is_one_line(arguments: tuple[str, ...], part: str, tmp_path: Path) -> None:
    one_line(lurkspec(tmp_path, "vectors", "verify", *arguments), 2, part)


def test_a_question_that_our_code_cannot_read(three: Path, tmp_path: Path) -> None:
    file = json.loads(three.read_text())
    vector = file["vectors"][0]
    del vector["input"]["server_random"]
    vector["id"] = vector_id("freshness", vector["input"])
    three.write_text(json.dumps(file))
    done = lurkspec(tmp_path, "vectors", "verify", str(three))
    assert done.returncode == 1 and "cannot read the question" in done.stdout, done.stderr


def test_a_file_that_was_edited_by_hand(three: Path, tmp_path: Path) -> None:
    file = json.loads(three.read_text())
    file["vectors"][0]["input"]["server_random"] = "ff" * 32
    three.write_text(json.dumps(file))
    one_line(lurkspec(tmp_path, "vectors", "verify", str(three)), 2, "does not follow from its content")


def test_ids_follow_from_the_question() -> None:
    assert vector_id("freshness", {"b": 1, "a": "00"}) == vector_id("freshness", {"a": "00", "b": 1})
    assert vector_id("freshness", {"a": "00"}) != vector_id("finished", {"a": "00"})


def test_a_vector_is_explained(tmp_path: Path) -> None:
    vector = next(v for v in read_all(published()) if v.group == "freshness" and v.control)
    done = lurkspec(tmp_path, "vectors", "explain", vector.id)
    assert done.returncode == 0 and vector.clauses[0] in done.stdout and vector.control in done.stdout


@pytest.mark.parametrize("words", ((), ("--seed",), ("--seed", "x", "y"), ("--no-such",), ("--seed", "")))
def test_bad_usage_of_the_generator(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [str(binaries() / "lurk-vectors"), *words], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
