"""What the runner must know of a system under test of either role."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from .abilities import ABILITIES
from .case import Case, Profile
from .context import Context
from .hooks import Hooks
from .lurk_context import LurkContext
from .sentinel import dialect_hint, discovered, sentinel
from .target import Target


class Subject(Protocol):
    """`noun` is what reports call it."""

    noun: str

    @property
    def url(self) -> str:
        ...

    @property
    def spoken(self) -> tuple[str, ...]:
        ...

    def discover(self) -> None:
        """Ask it what it can do. Raises ChannelError or Unsupported."""

    def arranged(self, cases: list[Case]) -> list[Case]:
        """In the order that lets most of them run side by side."""

    def sentinel(self, protocol: str) -> str:
        """A good exchange; "" or what is wrong with it."""

    def hint(self) -> str:
        """What else may be said where the first good exchange fails, after a semicolon."""

    def lacking(self, ability: str, protocol: str) -> str:
        """Why it has no such ability, "" when it has."""

    def context(
        self, protocol: str, seed: str, profile: Profile, hooks: Hooks
    ) -> AbstractContextManager[Any]:
        """For one run of a case."""


class KeyServer:
    """The key server of a target file."""

    noun = "key server"
    _CONTEXTS: dict[str, type[Context] | type[LurkContext]] = {"ski": Context, "lurk": LurkContext}

    def __init__(self, target: Target):
        self.target = target
        self._abilities: frozenset[str] = frozenset()

    @property
    def url(self) -> str:
        return self.target.url

    @property
    def spoken(self) -> tuple[str, ...]:
        return self.target.spoken

    def discover(self) -> None:
        self._abilities = discovered(self.target)

    def arranged(self, cases: list[Case]) -> list[Case]:
        return sorted(cases, key=lambda c: not c.waits)

    def sentinel(self, protocol: str) -> str:
        return sentinel(self.target, protocol)

    def hint(self) -> str:
        hints = [dialect_hint(self.target, protocol) for protocol in self.target.spoken]
        return "".join(f"; {hint}" for hint in hints if hint)

    def lacking(self, ability: str, protocol: str) -> str:
        return "" if ability in self._abilities else f"the target does not have {ABILITIES[ability]}"

    def context(
        self, protocol: str, seed: str, profile: Profile, hooks: Hooks
    ) -> AbstractContextManager[Any]:
        return self._CONTEXTS[protocol](self.target, seed, profile, hooks)
