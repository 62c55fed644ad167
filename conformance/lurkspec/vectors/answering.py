"""Our own Python answers to questions, by the suite's codecs and `cryptography`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import chains, derive, exchanges, lurk, secrets, signatures, ski
from .model import INVALID, VALID
from .question import Answer, Question, Refused

MODULES = (ski, lurk, derive, secrets, signatures, exchanges, chains)
OPERATIONS: dict[str, Callable[[Question], dict[str, Any]]] = {
    name: operation for module in MODULES for name, operation in module.OPERATIONS.items()
}


def answer(question: dict[str, Any]) -> Answer:
    """To a question of the contract (docs/vectors.md)."""
    operation = OPERATIONS.get(question["operation"])
    if operation is None:
        return Answer("unsupported", "not offered", {})
    try:
        return Answer(VALID, "ok", operation(Question(question["input"], question.get("keys", {}))))
    except Refused as refused:
        return Answer(INVALID, str(refused), {})
    except (KeyError, TypeError, ValueError) as error:
        return Answer("unsupported", f"cannot read the question: {error!r}", {})
