"""What an answer is worth. An input is taken or refused; in between is only leniency that has a name."""

from __future__ import annotations

from collections.abc import Collection

from ..case import Expectation, Variant, Verdict
from .model import VALID, Vector
from .question import Answer


def expectation(vector: Vector) -> Expectation:
    if vector.result == VALID:
        return Expectation("valid with the output of the vector")
    return Expectation(f"invalid, status {vector.status!r}")


def _valid(vector: Vector, answer: Answer) -> tuple[Verdict, str]:
    wrong = [
        name
        for name, value in answer.output.items()
        if name in vector.output and vector.output[name] != value
    ]
    if wrong:
        return Verdict.FAIL, f"valid, but with another {', '.join(wrong)}"
    missing = [name for name in vector.output if name not in answer.output]
    if missing:
        return Verdict.LENIENT, f"valid, without showing {', '.join(missing)}"
    return Verdict.PASS, "valid"


def _invalid(vector: Vector, answer: Answer) -> tuple[Verdict, str]:
    if answer.status != vector.status:
        return Verdict.LENIENT, f"invalid, status {answer.status!r}"
    return Verdict.PASS, f"invalid, status {answer.status!r}"


def judge(vector: Vector, answer: Answer, leniencies: Collection[str] = ()) -> Variant:
    """`leniencies`: the named flags under which the opposite of a vector's result is tolerated."""
    if answer.result == "unsupported":
        verdict, actual = Verdict.UNSUPPORTED, answer.status or "said to be unsupported"
    elif answer.result != vector.result:
        actual = f"{answer.result}, status {answer.status!r}"
        tolerated = sorted(set(vector.flags) & set(leniencies))
        verdict = Verdict.LENIENT if tolerated else Verdict.FAIL
        actual += f", tolerated as {', '.join(tolerated)}" if tolerated else ""
    else:
        verdict, actual = (_valid if vector.result == VALID else _invalid)(vector, answer)
    return Variant(vector.comment, verdict, expectation(vector), actual)


def no_answer(vector: Vector, why: str) -> Variant:
    return Variant(vector.comment, Verdict.FAIL, expectation(vector), why)
