"""python3 -m lurkspec.interop.proxy --config FILE     (docs/deployments.md)

Says `ready ADDRESS:PORT`, ends with 0 on SIGTERM or SIGINT. A bad configuration is one line and exit 2.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import signal
import ssl
import sys
from pathlib import Path
from typing import Any

from .lurk_front import LurkFront
from .rights import identify
from .settings import SKI, ConfigurationError, Settings, audit_line, load
from .ski_front import SkiFront
from .upstream import Connector, HttpUpstream, LurkUpstream

_ENDS = (OSError, ssl.SSLError, EOFError, TimeoutError)


class Proxy:
    def __init__(self, settings: Settings):
        self.settings = settings
        connector = Connector(settings.upstream, settings.limits)
        self.front: SkiFront | LurkFront
        if settings.protocol == SKI:
            self.front = SkiFront(HttpUpstream(connector), settings.limits, self.audit)
        else:
            self.front = LurkFront(LurkUpstream(connector), settings.limits, self.audit)
        self._connections: set[asyncio.Task[None]] = set()
        # Unbuffered, so that a line is there before the answer leaves.
        self._log = open(settings.audit_log, "ab", buffering=0)  # noqa: SIM115

    def audit(self, **members: Any) -> None:
        """The owner's log knows the proxy alone; which edge it was stands here."""
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        self._log.write(audit_line(time=now, event="request", **members).encode())

    async def run(self) -> None:
        settings = self.settings
        server = await asyncio.start_server(
            self._accepted,
            settings.host,
            settings.port,
            ssl=settings.context(),
            ssl_handshake_timeout=settings.limits.handshake_ms / 1000,
            limit=max(settings.limits.header_octets, 4096),
        )
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        host, port = server.sockets[0].getsockname()[:2]
        print(f"ready {host}:{port}", flush=True)
        await stop.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= self.settings.limits.connections:
            writer.transport.abort()
            return
        self._connections.add(task)
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        try:
            await self.front.serve(reader, writer, identify(certificate, self.settings.edges))
        except (*_ENDS, asyncio.CancelledError):
            pass  # edges that go away, are too slow, or are sent away
        finally:
            self._connections.discard(task)
            with contextlib.suppress(*_ENDS):
                writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="proxy", description="A proxying key server.")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    try:
        proxy = Proxy(load(parser.parse_args().config))
    except (ConfigurationError, OSError, ssl.SSLError) as error:
        sys.stderr.write(f"proxy: {' '.join(str(error).split())}\n")
        sys.exit(2)
    asyncio.run(proxy.run())


if __name__ == "__main__":
    main()
