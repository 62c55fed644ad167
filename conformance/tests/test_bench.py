"""The benchmark judges answers and leaves nothing out. How fast anything is does not matter here."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lurk_stub import LurkStub, answer_to
from rich.console import Console

from lurkspec.bench.cells import EXCHANGES, Cell, Exchange, load_config, run_cell
from lurkspec.bench.command import Plan, run_plan
from lurkspec.bench.handshakes import HANDSHAKES
from lurkspec.bench.lab import BenchError, Effort, Lab, temporary_lab
from lurkspec.bench.report import breakdown, show
from lurkspec.bench.verdicts import Verdict, judge
from lurkspec.codecs import lurk
from lurkspec.process import find

TINY = Effort(rounds=2, milliseconds=1, ec_questions=20, rsa_questions=8, handshakes=4)
ECDHE = EXCHANGES[0]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with temporary_lab() as made:
        yield made


@pytest.mark.parametrize("exchange", EXCHANGES, ids=[e.id for e in EXCHANGES])
def test_a_cell_of_right_answers(lab: Lab, exchange: Exchange) -> None:
    found = run_cell(lab, Cell("openssl", exchange, 2, exchange.windows[-1]), TINY)
    assert found["wrong"] == 0
    assert found["questions"] >= (8 if exchange.slow else 20) and found["bare_us"] > 0
    for name in ("per_cpu_second", "per_second", "cpu_us", "p50_us", "p99_us"):
        assert 0 < found[name]["min"] <= found[name]["median"] <= found[name]["max"], name


def _against(lab: Lab, stub: LurkStub) -> dict[str, Any]:
    config = load_config(lab, Cell("openssl", ECDHE, 1, 1), stub.port, os.getpid(), TINY)
    return lab.tool("openssl", "load", config)


def test_a_right_signature_of_another_server_counts(lab: Lab) -> None:
    with LurkStub(lab.folder, "lurk-ecdsa") as stub:
        assert _against(lab, stub)["wrong"] == 0


def test_a_wrong_signature_is_noticed(lab: Lab) -> None:
    """The signature is one of another key over the right content."""
    with LurkStub(lab.folder, "www-ecdsa") as stub, pytest.raises(BenchError, match="answers are wrong"):
        _against(lab, stub)


def test_a_wrong_status_is_noticed(lab: Lab) -> None:
    def refuse(stub: LurkStub, request: lurk.Message) -> bytes:
        return answer_to(request, bytes(4), status=2).encode()

    with LurkStub(lab.folder, "lurk-ecdsa", refuse) as stub:
        with pytest.raises(BenchError, match="answers are wrong"):
            _against(lab, stub)


def test_all_that_is_promised_is_measured(lab: Lab, tmp_path: Path) -> None:
    said: list[str] = []
    plan = Plan(TINY, ("openssl",), (ECDHE,), (8,), HANDSHAKES[:2], 16, 8, quiet_questions=5)
    results = json.loads(json.dumps(run_plan(plan, lab, tmp_path / "keys", said.append)))
    assert set(results["openssl_speed"]) == {"p256_sign", "rsa2048_sign"}
    assert all(rate > 0 for rate in results["openssl_speed"].values())
    assert [(c["connections"], c["window"]) for c in results["cells"]] == [(8, 1), (8, 8)]
    assert [h["handshake"] for h in results["handshakes"]] == [h.id for h in HANDSHAKES[:2]]
    assert results["many_connections"][0]["octets_per_connection"] > 0
    assert results["many_keys"][0]["keys"] == 8
    assert results["floods"][0]["p99_flooded_us"] > 0
    assert all(part is not None for part in breakdown(results, "openssl").values())
    assert len(said) >= 6
    verdicts = judge(results)
    assert {v.what.partition(",")[0].partition(":")[2].strip() for v in verdicts} >= {"ecdhe P-256", "codec"}
    console = Console(width=130, record=True, file=open(os.devnull, "w", encoding="utf-8"))
    show(console, results, verdicts)
    text = console.export_text()
    assert "ecdhe P-256, 8 x 8" in text and "signature" in text and "Targets" in text


def test_targets_know_both_directions() -> None:
    assert Verdict("", 0.57, 0.58, at_most=False).met is False
    assert Verdict("", 0.58, 0.58, at_most=False).met is True
    assert Verdict("", 14.1, 14.0, at_most=True).met is False


@pytest.mark.parametrize(
    "arguments", [[], ["load"], ["walk", "x"], ["load", "no-such-file"], ["load", "/dev/null"]], ids=str
)
def test_bad_usage_is_one_line(arguments: list[str]) -> None:
    done = subprocess.run(
        [str(find("lurk-bench-openssl")), *arguments], capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
