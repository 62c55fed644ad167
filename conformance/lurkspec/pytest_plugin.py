"""pytest plugin: each case is a test item.

    pytest --lurkspec-target FILE [--lurkspec-url ski+https://HOST:PORT/ski] [--lurkspec-only GLOB …]
    pytest --lurkspec-library openssl          (the reference key server)

Without one of these options the plugin does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .case import Case, Profile, Verdict, registry
from .embedded import LIBRARIES, EmbeddedKeyServer, Reference
from .hooks import Hooks
from .process import StartError
from .report.model import CaseResult
from .runner import Options, Runner, ServerDown
from .selection import NothingSelected, select
from .subject import KeyServer
from .target import TargetError, load_target

_COULD_NOT_RUN = 3


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lurkspec", "conformance of remote TLS key servers")
    group.addoption("--lurkspec-target", metavar="FILE", help="target file of the key server under test")
    group.addoption(
        "--lurkspec-url", metavar="URL", help="ski+https://HOST:PORT[/path], instead of the target file's"
    )
    group.addoption(
        "--lurkspec-library",
        choices=LIBRARIES,
        help="start the reference key server on this TLS library instead",
    )
    group.addoption(
        "--lurkspec-only", metavar="GLOB", action="append", default=[], help="only cases whose id matches"
    )
    group.addoption("--lurkspec-profile", choices=[p.name.lower() for p in Profile], default="default")
    group.addoption("--lurkspec-seed", default="1")


def pytest_configure(config: pytest.Config) -> None:
    target, library = config.getoption("--lurkspec-target"), config.getoption("--lurkspec-library")
    if config.getoption("--lurkspec-url") and not target:
        raise pytest.UsageError("--lurkspec-url needs --lurkspec-target")
    if target and library:
        raise pytest.UsageError(
            "--lurkspec-library starts a key server of its own: leave out --lurkspec-target"
        )
    if not (target or library):
        return
    if getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("the cases share one key server, and some need it alone: leave out -n")
    config.pluginmanager.register(_Session(config), "lurkspec-session")


class CaseFailed(Exception):
    """A case that is not as expected; the text is the report."""


class CaseItem(pytest.Item):
    def __init__(self, *, case: Case, **rest: Any):
        super().__init__(**rest)
        self.case = case

    def runtest(self) -> None:
        runner: Runner = self.config.pluginmanager.get_plugin("lurkspec-session").runner
        try:
            result, _ = runner.run_case(self.case)
        except ServerDown as error:
            pytest.exit(f"lurkspec: the key server does not stay up: {error}", _COULD_NOT_RUN)
        self.user_properties.append(("verdict", result.verdict.value))
        if result.verdict is Verdict.UNSUPPORTED:
            pytest.skip(result.variants[0].actual)
        if result.verdict in (Verdict.FAIL, Verdict.ERROR):
            raise CaseFailed(_report(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return (
            str(excinfo.value)
            if isinstance(excinfo.value, CaseFailed)
            else super().repr_failure(excinfo, style)
        )

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"lurkspec {self.case.id}"


def _report(result: CaseResult) -> str:
    lines = [result.requirement, "clauses: " + ", ".join(result.clauses), "replay: " + result.replay]
    for v in result.variants:
        if v.verdict in (Verdict.FAIL, Verdict.ERROR):
            lines += [
                "",
                f"{v.verdict.value} {v.label}: expected {v.expected}; came {v.actual}",
                *v.wire[:40],
            ]
    return "\n".join(lines)


class _Session:
    """The runner for the session, and the embedded key server where one is asked for."""

    def __init__(self, config: pytest.Config):
        self.config = config
        self.server: EmbeddedKeyServer | None = None
        try:
            self.cases = select(
                registry(),
                tuple(config.getoption("--lurkspec-only")),
                profile=Profile[config.getoption("--lurkspec-profile").upper()],
            )
            self.runner = self._runner()
            self.cases[:] = [c for c in self.cases if c.protocol in self.runner.subject.spoken]
        except (NothingSelected, TargetError) as error:
            raise pytest.UsageError(str(error)) from None
        except StartError as error:
            pytest.exit(f"lurkspec: {error}", _COULD_NOT_RUN)

    def _runner(self) -> Runner:
        library = self.config.getoption("--lurkspec-library")
        options = Options(
            Profile[self.config.getoption("--lurkspec-profile").upper()],
            self.config.getoption("--lurkspec-seed"),
            replay=lambda id, seed: f"pytest … --lurkspec-only {id} --lurkspec-seed {seed}",
        )
        if library:
            self.server = EmbeddedKeyServer(Reference(library)).__enter__()
            return Runner(KeyServer(self.server.target), self.server, self.cases, options)
        target = load_target(
            Path(self.config.getoption("--lurkspec-target")), self.config.getoption("--lurkspec-url")
        )
        return Runner(KeyServer(target), Hooks(target), self.cases, options)

    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        items[:] = list(self._items(session))

    def _items(self, session: pytest.Session) -> Iterator[pytest.Item]:
        for case in self.cases:
            yield CaseItem.from_parent(session, name=case.id, case=case)

    def pytest_runtestloop(self) -> None:
        problem = self.runner.start()
        if problem:
            pytest.exit(f"lurkspec: {problem}", _COULD_NOT_RUN)

    def pytest_unconfigure(self) -> None:
        if self.server is not None:
            self.server.__exit__()
