"""All edges of a run, as the runner wants its subject."""

from __future__ import annotations

import itertools

from ..abilities import ABILITIES
from ..case import Case, Profile
from ..hooks import Hooks
from .context import EdgeContext
from .site import Site


class EdgeLab:
    """What is judged: one edge of somebody's, or the reference edge in all its configurations."""

    noun = "edge"

    def __init__(self, sites: list[Site], url: str):
        self.sites = sites
        self.url = url

    @property
    def spoken(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(site.target.protocol for site in self.sites))

    def hint(self) -> str:
        return ""

    def arranged(self, cases: list[Case]) -> list[Case]:
        """Protocols by turns, for each has edges of its own."""
        turns = [[c for c in cases if c.protocol == protocol] for protocol in self.spoken]
        return [c for turn in itertools.zip_longest(*turns) for c in turn if c is not None]

    def sentinel(self, protocol: str) -> str:
        """A good handshake with each edge that speaks it. One that another case is at is left to that
        case."""
        for site in self.sites:
            if site.target.protocol != protocol or not site.lock.acquire(blocking=False):
                continue
            try:
                problem = site.sentinel()
            finally:
                site.lock.release()
            if problem:
                return f"{site.name}: {problem}"
        return ""

    def discover(self) -> None:
        """An edge is asked nothing: its target file tells."""

    def lacking(self, ability: str, protocol: str) -> str:
        """Why an edge of this protocol has no such ability, "" when one has."""
        sites = [site for site in self.sites if site.target.protocol == protocol]
        if any(ability in site.target.abilities for site in sites):
            return ""
        own = next((site.target.refusals[ability] for site in sites if ability in site.target.refusals), "")
        return own or f"the target does not have {ABILITIES[ability]}"

    def context(self, protocol: str, seed: str, profile: Profile, hooks: Hooks) -> EdgeContext:
        return EdgeContext([s for s in self.sites if s.target.protocol == protocol], seed, profile)
