"""The test context of cases about edges."""

from __future__ import annotations

import random
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from ..case import Expectation, Profile, Variant, Verdict
from ..codecs import hello as h
from ..judge import Statements
from ..session import Unsupported
from .keyserver import Script
from .site import Site
from .visit import RSA, Visit

T = TypeVar("T")
_ABORTED = Expectation("a fatal alert, no ServerKeyExchange, and a good handshake afterwards")
_SERVED = Expectation("a handshake through the key server, asked as the wire says")
_GONE = "not asked: the edge has not recovered from what came before"
WRONG_SECRET_ALERTS = ("BAD_RECORD_MAC", "DECRYPT_ERROR")


class EdgeContext(Statements):
    """One per case run; sites come one after the other, each for the case alone."""

    def __init__(self, sites: list[Site], seed: str, profile: Profile):
        self.rng = random.Random(seed)
        self.profile = profile
        # Cases begin with different edges, so that side by side they wait less for each other.
        turn = zlib.crc32(seed.encode()) % len(sites) if sites else 0
        self._sites = sites[turn:] + sites[:turn]
        self._held: Site | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._release()
        if self._folder is not None:
            self._folder.cleanup()

    def _release(self) -> None:
        site, self._held = self._held, None
        if site is not None:
            site.honest()
            site.lock.release()

    def sites(self, *needs: str) -> Iterator[Site]:
        """Each edge that has these abilities, held while the loop is at it, its key servers honest and the
        first one asked. One that audits is for cases about that, unless there is no other."""
        chosen = [site for site in self._sites if set(needs) <= site.target.abilities]
        if "edge-audit" not in needs:
            chosen = [site for site in chosen if not site.target.audit] or chosen
        if not chosen:
            raise Unsupported(f"no edge has {', '.join(needs)}")
        for site in chosen:
            site.lock.acquire()
            self._held = site
            site.honest()
            site.at_first()
            yield site
            self._release()

    def site(self, *needs: str) -> Site:
        """One such edge, for the rest of the case."""
        return next(self.sites(*needs))

    @property
    def folder(self) -> Path:
        """A private folder that goes with the context."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="lurkspec-case-")
        return Path(self._folder.name)

    def concurrently(self, calls: Sequence[Callable[[], T]], threads: int = 16) -> list[T]:
        with ThreadPoolExecutor(min(threads, len(calls))) as pool:
            return [f.result() for f in [pool.submit(c) for c in calls]]

    # Judges

    def served(self, label: str, site: Site, visit: Visit | None = None) -> Variant:
        """The handshake is complete, and the key server was asked once, for exactly what is on the wire."""
        visit = visit or site.visit()
        problem = site.fault(visit)
        verdict = Verdict.FAIL if problem else Verdict.PASS
        return Variant(f"{site.name} {label}", verdict, _SERVED, problem or visit.summary, (visit,))

    def spoilt(self, label: str, site: Site, script: Script, exchange: str = "", **how: Any) -> Variant:
        """The key server answers by `script`: an exchange with a signature is aborted, static RSA fails at
        Finished; afterwards a good handshake is served."""
        exchange = exchange or site.signed[0]
        if site.gone:
            return Variant(f"{site.name} {label} {exchange}", Verdict.FAIL, _ABORTED, _GONE)
        site.play(script)
        visit = site.visit(exchange, **how)
        site.play(None)
        if exchange == RSA:
            return self.fails_at_finished(f"{label} {exchange}", site, visit)
        return self.aborted(f"{label} {exchange}", site, visit)

    def aborted(self, label: str, site: Site, visit: Visit, recovers: bool = True) -> Variant:
        """pass: a fatal alert. lenient: the connection ends without one. fail: a complete handshake, a
        ServerKeyExchange, silence, or no good handshake afterwards."""
        verdict, why = Verdict.PASS, ""
        if visit.ok or h.SERVER_KEY_EXCHANGE in visit.flight and visit.exchange != RSA:
            verdict, why = Verdict.FAIL, "the client got what was not verified"
        elif "deadline" in visit.ending:
            verdict, why = Verdict.FAIL, "the client is left waiting"
        elif not visit.alert:
            verdict, why = Verdict.LENIENT, "no alert"
        return self._after(label, site, visit, verdict, why, _ABORTED, recovers)

    def fails_at_finished(self, label: str, site: Site, visit: Visit) -> Variant:
        """SKI §5.1.1: the edge goes on with a random secret, so that the client's Finished does not
        verify."""
        verdict, why = Verdict.PASS, ""
        if visit.ok:
            verdict, why = Verdict.FAIL, "the handshake is complete"
        elif not any(alert in visit.alert for alert in WRONG_SECRET_ALERTS):
            verdict, why = Verdict.FAIL, "not what a wrong secret looks like"
        expected = Expectation("the alert of a wrong Finished, and a good handshake afterwards")
        return self._after(label, site, visit, verdict, why, expected)

    def _after(
        self,
        label: str,
        site: Site,
        visit: Visit,
        verdict: Verdict,
        why: str,
        expected: Expectation,
        recovers: bool = True,
    ) -> Variant:
        """The good handshake after a bad one."""
        visits: tuple[Visit, ...] = (visit,)
        if recovers and verdict is not Verdict.FAIL:
            good = site.visit(visit.exchange)
            problem = site.fault(good, repeated=True)
            if problem:
                # A key server that failed may be left alone for a while.
                problem = site.sentinel() if not good.ok else problem
            if problem:
                verdict, why, visits = Verdict.FAIL, f"afterwards: {problem}", (visit, good)
        actual = f"{visit.summary}: {why}" if why else visit.summary
        return Variant(f"{site.name} {label}", verdict, expected, actual, visits)
