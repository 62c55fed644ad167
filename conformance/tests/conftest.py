"""What the engine's tests share: one PKI, and stub key servers that are wrong in a chosen way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parent), str(_HERE), str(_HERE / "e2e")]

from lurkspec.context import Context  # noqa: E402
from lurkspec.embedded import EmbeddedKeyServer, Reference  # noqa: E402
from lurkspec.pki import with_special, write_pki  # noqa: E402
from lurkspec.reference import served  # noqa: E402
from lurkspec.target import Target  # noqa: E402
from keyserver import LIBRARIES, KeyServer  # noqa: E402
from programs import FAULTS, OPTIMISED, Start  # noqa: E402
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


@pytest.fixture(scope="session")
def both_pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki")
    write_pki(folder, with_special(served(0)))
    return folder


@pytest.fixture
def start(both_pki: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start reference key servers of both protocols, options as in `Reference`; they must end cleanly."""
    with ExitStack() as stack:
        started: list[EmbeddedKeyServer] = []

        def begin(library: str, fault: str = "", **options: object) -> EmbeddedKeyServer:
            monkeypatch.setenv("LURKSPEC_BIN", str(FAULTS if fault else OPTIMISED))
            reference = Reference(library, fault, lurk=True, **options)  # type: ignore[arg-type]
            started.append(stack.enter_context(EmbeddedKeyServer(reference, both_pki)))
            return started[-1]

        yield begin
        assert [server.stop() for server in started] == [""] * len(started)
