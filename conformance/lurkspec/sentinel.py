"""The good exchange around every case, and what the peer itself says that it can do."""

from __future__ import annotations

import time

from .channel import ChannelError
from .context import Context
from .dialects import SENT
from .exchange import Exchange
from .lurk_context import LurkContext
from .session import Unsupported
from .target import Target


def _lurk_once(target: Target) -> str:
    with LurkContext(target, seed=str(time.monotonic_ns())) as t:
        exchange = t.ask(t.ecdhe(), fresh=True)
        return (
            exchange.request.check(exchange.payload)
            if exchange.succeeded and exchange.request
            else exchange.summary
        )


def _ski_once(target: Target) -> str:
    with Context(target, seed=str(time.monotonic_ns())) as t:
        request = t.ecdhe_request()
        exchange = t.post(request, t.formats[0], fresh=True)
        if exchange.output is None:
            return exchange.summary
        return request.check(exchange.output)


_ONCE = {"ski": _ski_once, "lurk": _lurk_once}


def sentinel(target: Target, protocol: str) -> str:
    """Make a good ECDHE exchange on a fresh connection; "" or what is wrong. One that fails is repeated for
    the target's `wait`, so that a server which still clears up after a case about limits is not called
    dead."""
    limit, pause = time.monotonic() + target.wait, 0.02
    while True:
        try:
            problem = _ONCE[protocol](target)
        except ChannelError as error:
            problem = str(error)
        if not problem or time.monotonic() + pause > limit:
            return problem
        time.sleep(pause)
        pause *= 2


def dialect_hint(target: Target, protocol: str) -> str:
    """What might be the matter with a target that serves no good request: it is served in another dialect."""
    for name in SENT[protocol]:
        other = target.speaking(target.dialects ^ {name})
        try:
            served = not _ONCE[protocol](other)
        except (ChannelError, Unsupported):
            continue
        if served:
            return f"it is served {'without' if name in target.dialects else 'with'} --dialect {name}"
    return ""


def discovered(target: Target) -> frozenset[str]:
    """The abilities of the target file as far as the peer agrees: /ping and /capabilities are additions that
    a peer may lack (A-63)."""
    abilities = set(target.abilities)
    if not target.ski:
        return frozenset(abilities)
    with Context(target) as t:
        if _get(t, "/ping").status == 204:
            abilities.add("ping")
        capabilities = _get(t, "/capabilities").members
        if capabilities and isinstance(capabilities.get("protocols"), list):
            abilities.add("capabilities")
            if "TLS 1.3" not in capabilities["protocols"]:
                abilities.discard("tls13")
    return frozenset(abilities)


def _get(t: Context, path: str) -> Exchange:
    return t.get(path, t.formats[0])
