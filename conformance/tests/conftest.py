"""What the engine's tests share: one PKI, and stub key servers that are wrong in a chosen way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from lurkspec.context import Context  # noqa: E402
from lurkspec.pki import write_pki  # noqa: E402
from lurkspec.target import Target  # noqa: E402
from keyserver import LIBRARIES, KeyServer  # noqa: E402
from stub import StubKeyServer  # noqa: E402


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki")
    write_pki(folder)
    return folder


StartStub = Callable[..., StubKeyServer]


@pytest.fixture
def start_stub(pki: Path) -> Iterator[StartStub]:
    """Start stub key servers with quirks by name; they end with the test."""
    with ExitStack() as stack:
        yield lambda *quirks: stack.enter_context(StubKeyServer(pki, frozenset(quirks)))


@pytest.fixture
def context_for() -> Iterator[Callable[[Target], Context]]:
    with ExitStack() as stack:
        yield lambda target: stack.enter_context(Context(target, "test"))


@pytest.fixture(params=LIBRARIES)
def server(request: pytest.FixtureRequest, pki: Path, tmp_path: Path) -> Iterator[KeyServer]:
    """The reference key server on each library, not yet started."""
    with KeyServer(pki, tmp_path, request.param) as made:
        yield made
