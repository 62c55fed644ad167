"""Whether an implementation says no by itself: it is asked for a capability that nobody can know."""

from __future__ import annotations

import secrets
from pathlib import Path

from . import environment
from .contract import WEB_NAME, key_prefix
from .lab import CANARIES, Lab
from .manifest import Implementation
from .party import Party, Verdict
from .results import Canary, Outcome, Role

# An adapter may have to compile a client first.
_SECONDS = 300.0
_NOWHERE = "127.0.0.1:1"


def ask(lab: Lab, one: Implementation) -> Canary:
    """It must say 127, and the capability's name in its reason: a shell that does not find a program says 127
    too."""
    name = f"canary-{secrets.token_hex(8)}"
    logs = lab.out / CANARIES / one.role.value / one.name
    told = environment.common(one.role, "canary", [name], one.over[0], lab.certs_for(one.role), logs)
    party = Party(one.label, one.argv(), told | _own(one, logs), logs)
    try:
        party.start()
        if one.role is Role.CLIENT:
            party.finish(lab.timeout or _SECONDS)
        else:
            party.ready(lab.timeout or _SECONDS)
        return Canary(one.name, one.role, Outcome.ERROR, f"takes the unknown capability {name}")
    except Verdict as verdict:
        return Canary(one.name, one.role, *_judged(verdict, name))
    finally:
        party.end()


def _own(one: Implementation, logs: Path) -> dict[str, str]:
    key = f"{key_prefix(one.over[0])}ecdsa"
    if one.role is Role.KEYSERVER:
        return environment.keyserver([key])
    if one.role is Role.EDGE:
        return environment.edge([key], [_NOWHERE], logs)
    return environment.client(_NOWHERE, WEB_NAME, logs)


def _judged(verdict: Verdict, name: str) -> tuple[Outcome, str]:
    if verdict.outcome is not Outcome.UNSUPPORTED:
        return Outcome.ERROR, f"does not decline the unknown capability {name}: {verdict.reason}"
    if name not in verdict.reason:
        return Outcome.ERROR, f"exit code 127 without the name of the capability: {verdict.reason}"
    return Outcome.PASS, verdict.reason
