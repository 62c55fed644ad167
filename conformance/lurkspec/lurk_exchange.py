"""One LURK request and what came of it, as the judge sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .channel import Ending, Transcript
from .codecs import lurk
from .codecs.fields import Fields

Check = Callable[[bytes], str]


def _unchecked(_: bytes) -> str:
    return "this request has no check for its answer"


@dataclass(frozen=True)
class LurkRequest:
    """A request in named pieces; `check` says what is wrong with the payload of a success."""

    type: int
    fields: Fields = Fields(())
    check: Check = field(default=_unchecked, repr=False)
    designation: int = lurk.Designation.TLS12

    def replaced(self, **pieces: bytes) -> LurkRequest:
        return LurkRequest(self.type, self.fields.replaced(**pieces), self.check, self.designation)

    def without(self, *names: str) -> LurkRequest:
        return LurkRequest(self.type, self.fields.without(*names), self.check, self.designation)

    def followed_by(self, name: str, octets: bytes) -> LurkRequest:
        return LurkRequest(self.type, self.fields.followed_by(name, octets), self.check, self.designation)

    def typed(self, type: int) -> LurkRequest:
        """The same payload under another type."""
        return LurkRequest(type, self.fields, self.check, self.designation)

    def message(self, id: int) -> lurk.Message:
        return lurk.Message(self.designation, self.type, bytes(self.fields), id=id)


def status_name(message: lurk.Message) -> str:
    """Number and name of a status in the space of its designation."""
    if message.status in (lurk.REQUEST, lurk.SUCCESS):
        return ("request", "success")[message.status]
    space: Any = lurk.BaseStatus if message.designation == lurk.Designation.LURK else lurk.Status
    known = {s.value: s.name.lower() for s in space}
    return f"{message.status} {known.get(message.status, 'unassigned')}"


@dataclass(frozen=True)
class LurkExchange:
    """`answer` is None when no (whole) one came: then `ending` and `problem` say why."""

    edge: str
    sent: lurk.Message | None
    answer: lurk.Message | None
    ending: Ending
    transcript: Transcript = field(repr=False)
    request: LurkRequest | None = field(default=None, repr=False)
    problem: str = ""
    alert: str = ""
    seconds: float = 0.0

    @property
    def succeeded(self) -> bool:
        return self.answer is not None and self.answer.status == lurk.SUCCESS

    @property
    def response(self) -> lurk.Message | None:
        """The answer, by the name that cases about the channel know."""
        return self.answer

    @property
    def output(self) -> bytes | None:
        """The payload of a success."""
        return self.payload if self.succeeded else None

    @property
    def payload(self) -> bytes:
        return self.answer.payload if self.answer else b""

    @property
    def summary(self) -> str:
        """What came, in a line."""
        if self.answer is None:
            return ": ".join(p for p in (self.ending.value, self.alert, self.problem) if p)
        a = self.answer
        return (
            f"designation {a.designation}, version {a.version}, type {a.type}, status {status_name(a)}, "
            f"{len(a.payload)} octets of payload"
        )

    @property
    def shape(self) -> tuple[Any, ...]:
        """What an indistinguishable answer must have in common: the header but for the id, and the length."""
        a = self.answer
        return (None,) if a is None else (a.designation, a.version, a.type, a.status, len(a.payload))
