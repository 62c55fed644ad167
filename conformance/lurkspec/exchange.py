"""One request and what came of it, as the judge sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .channel import Ending, Transcript
from .codecs import cbor, json
from .http import Response
from .request import Request

MEDIA_TYPES = {"json": "application/json", "cbor": "application/cbor"}

# The member's name as JSON and as CBOR write it, in bodies that do not decode.
_OUTPUT = re.compile(rb'"output"|\x66output|\x78\x06output|\x79\x00\x06output')


@dataclass(frozen=True)
class Exchange:
    """`response` is None when no (whole) answer came: then `ending` and `problem` say why."""

    edge: str
    response: Response | None
    ending: Ending
    transcript: Transcript = field(repr=False)
    problem: str = ""
    alert: str = ""
    seconds: float = 0.0
    format: str = ""
    request: Request | None = field(default=None, repr=False)

    @property
    def status(self) -> int | None:
        return self.response.status if self.response else None

    @property
    def members(self) -> dict[str, Any] | None:
        """The SKI object in the body, strictly decoded by the Content-Type of the answer; None when there is
        none."""
        if self.response is None:
            return None
        try:
            if self.response.media_type == MEDIA_TYPES["cbor"]:
                value = cbor.decode(self.response.body)
            else:
                value = json.decode(self.response.body)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    @property
    def output(self) -> bytes | None:
        """The octets of `output`, None when there is none or it is not octets in this format."""
        value = (self.members or {}).get("output")
        if isinstance(value, str):
            try:
                return json.base64_decode(value)
            except ValueError:
                return None
        return value if isinstance(value, bytes) else None

    @property
    def error(self) -> str | None:
        value = (self.members or {}).get("error")
        return value if isinstance(value, str) else None

    @property
    def released(self) -> bool:
        """Whether anything like an output is in the answer, however it is coded: the question that decides a
        fail."""
        if self.response is None:
            return False
        if self.members is not None:
            return "output" in self.members
        success = 200 <= self.response.status < 300
        return bool(_OUTPUT.search(self.response.body)) or (success and bool(self.response.body))

    @property
    def summary(self) -> str:
        """What came, in a line."""
        if self.response is None:
            parts = [self.ending.value, self.alert, self.problem]
            return ": ".join(p for p in parts if p)
        if self.error is not None:
            return f'{self.response.status} "{self.error}"'
        if self.output is not None:
            return f"{self.response.status} with an output of {len(self.output)} octets"
        return f"{self.response.status} with a body of {len(self.response.body)} octets"

    @property
    def shape(self) -> tuple[Any, ...]:
        """What an indistinguishable answer must have in common: status, headers, length, kind of members,
        error text."""
        if self.response is None:
            return (None,)
        headers = tuple(sorted((n, v) for n, v in self.response.headers if n != "date"))
        return (
            self.response.status,
            self.response.reason,
            headers,
            len(self.response.body),
            tuple(sorted(self.members or ())),
            self.error,
            None if self.output is None else len(self.output),
        )
