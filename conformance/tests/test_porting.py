"""The porting guide's example: a key server that is not ours, and the CI files, whose steps are run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from programs import ROOT, lurkspec

from lurkspec.interop.results import Outcome, Results

EXAMPLE = ROOT / "conformance" / "interop" / "examples" / "python-keyserver"
STEP = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "uses": {"type": "string", "pattern": "^[a-z-]+/[a-z-]+@v[0-9]+$"},
        "run": {"type": "string"},
        "if": {"type": "string"},
        "with": {"type": "object"},
    },
    "additionalProperties": False,
    "oneOf": [{"required": ["uses"]}, {"required": ["run"]}],
}
WORKFLOW = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "on": {"type": "array", "items": {"enum": ["push", "pull_request"]}},
        "jobs": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "runs-on": {"type": "string"},
                    "container": {"const": "debian:12"},
                    "env": {"type": "object"},
                    "steps": {"type": "array", "minItems": 1, "items": STEP},
                },
                "required": ["runs-on", "steps"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["on", "jobs"],
    "additionalProperties": False,
}
LINES = {"type": "array", "minItems": 1, "items": {"type": "string"}}
PIPELINE = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "image": {"const": "debian:12"},
            "before_script": LINES,
            "script": LINES,
            "artifacts": {
                "type": "object",
                "properties": {
                    "when": {"enum": ["always", "on_success", "on_failure"]},
                    "paths": LINES,
                    "reports": {"type": "object", "properties": {"junit": {"type": "string"}}},
                },
                "additionalProperties": False,
            },
        },
        "required": ["script"],
        "additionalProperties": False,
    },
}


def github() -> list[str]:
    workflow = yaml.safe_load((EXAMPLE / "github.yml").read_text("utf-8"))
    jsonschema.validate(workflow, WORKFLOW)
    return [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]


def gitlab() -> list[str]:
    pipeline: dict[str, Any] = yaml.safe_load((EXAMPLE / "gitlab.yml").read_text("utf-8"))
    jsonschema.validate(pipeline, PIPELINE)
    return [line for job in pipeline.values() for line in (*job["before_script"], *job["script"])]


def test_both_do_the_same() -> None:
    assert github() == gitlab()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The example as a repository, on a machine where nothing is fetched or installed; what `git` and
    `apt-get` are asked for is noted."""
    folder = tmp_path / "checkout"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("lab", "report.*"))
    tools = tmp_path / "tools"
    tools.mkdir()
    suite = tmp_path / "suite"
    (suite / "ci").mkdir(parents=True)
    (suite / "build").symlink_to(ROOT / "build")
    setup = suite / "ci" / "setup"
    setup.write_text("#!/bin/sh\n", "utf-8")
    noted = shlex.quote(str(tmp_path / "noted"))
    (tools / "apt-get").write_text(f'#!/bin/sh\necho "apt-get $*" >>{noted}\n', "utf-8")
    clone = f'ln -s {shlex.quote(str(suite))} "$5"'
    (tools / "git").write_text(f'#!/bin/sh\necho "git $*" >>{noted}\n{clone}\n', "utf-8")
    for tool in (setup, tools / "apt-get", tools / "git"):
        tool.chmod(0o755)
    return folder


def test_steps(checkout: Path) -> None:
    """Every line of the workflow as it stands there; the gate judges the key server, and is open."""
    tools = checkout.parent / "tools"
    environment = os.environ | {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "LURKSPEC_REPOSITORY": "https://x.example/",
    }
    for line in github():
        done = subprocess.run(
            ("bash", "-e", "-c", line),
            cwd=checkout,
            env=environment,
            text=True,
            capture_output=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "all as expected" in done.stdout
    assert (checkout / "report.xml").exists() and (checkout / "report.html").exists()
    noted = (checkout.parent / "noted").read_text("utf-8")
    assert "git clone --depth 1 https://x.example/ lurkspec" in noted


def test_gate_closes(checkout: Path) -> None:
    """A key server that signs whatever it is given is noticed: the check is taken out."""
    (checkout / "lurkspec").symlink_to(checkout.parent / "suite")
    program = checkout / "keyserver.py"
    text = program.read_text("utf-8")
    check = '        check_parameters(request["input"])\n'
    assert check in text
    program.write_text(text.replace(check, ""), "utf-8")
    gate = checkout / "gate.sh"
    text = gate.read_text("utf-8")
    gate.write_text(text.replace("--only 'ski-*' --only 'channel-*'", "--only ski-6-random-input"), "utf-8")
    done = subprocess.run(("./gate.sh",), cwd=checkout, text=True, capture_output=True, timeout=300)
    assert done.returncode == 1 and "fail ski-6-random-input" in done.stdout, done.stdout[-2000:]


def test_the_example_in_the_matrix(tmp_path: Path) -> None:
    """It meets a reference edge as its manifest says, and declines for itself what it has not."""
    selection = [part for id in ("tls12-ecdhe-*", "tls12-rsa") for part in ("--scenario", id)]
    done = lurkspec(
        "interop",
        *("--implementations", str(EXAMPLE / "interop.toml"), "--keyserver", "python", *selection),
        *("--edge", "gnutls", "--client", "openssl", "--over", "ski-cbor", "--out", str(tmp_path / "out")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    cells = {cell.scenario: cell for cell in Results.load(tmp_path / "out").cells}
    assert {id: cell.outcome for id, cell in cells.items()} == {
        "tls12-ecdhe-ecdsa": Outcome.PASS,
        "tls12-ecdhe-rsa": Outcome.PASS,
        "tls12-rsa": Outcome.UNSUPPORTED,
    }
    declined = cells["tls12-rsa"]
    assert (declined.by, declined.reason.partition(":")[0]) == ("key server python", "rsa")
