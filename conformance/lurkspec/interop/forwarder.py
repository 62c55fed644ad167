"""A TCP forwarder that is slow and counts, so that latency needs no help of the kernel and the round trips of
an exchange are measured, not guessed.

    python3 -m lurkspec.interop.forwarder --listen ADDRESS:PORT --to ADDRESS:PORT [--delay-ms N] [--back-ms N]

It says `ready ADDRESS:PORT`, does what is said on stdin, one command a line, and answers each with one JSON
object on stdout; the end of stdin, SIGTERM and SIGINT end it with exit status 0.

    count            what went over each connection so far (below)
    delay N [N]      milliseconds to `--to` and back, for what comes from now on
    hold, release    keep back what goes to the clients, and let it go
    cut              end every connection in order, FIN both ways, and wait for both ends to follow
    reset            end every connection at once
    refuse, accept   nobody listens any more; again

A connection is counted where its client is: `forth` and `back` are octets from and to the client, `flights`
how often the direction changed, `round_trips` how often octets came back after octets went forth. The kernel
answers a SYN at once, so the first octets of a connection wait for one round trip more: that of TCP, which
`round_trips` does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import inspect
import json
import signal
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_CHUNK = 65536
# Chunks under way in a direction; a sender of more waits.
_UNDER_WAY = 64
_CUT_SECONDS = 5.0


@dataclass
class Link:
    """One direction of a connection: from reading until delivery `delay` seconds later."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    queue: asyncio.Queue[tuple[float, bytes]] = field(default_factory=lambda: asyncio.Queue(_UNDER_WAY))


@dataclass
class Connection:
    peer: str
    forth: int = 0
    back: int = 0
    flights: int = 0
    round_trips: int = 0
    open: bool = True
    went: str = ""

    def count(self, way: str, octets: int) -> None:
        """At the client's end."""
        if self.went != way:
            self.flights += 1
            self.round_trips += way == "back"
            self.went = way
        setattr(self, way, getattr(self, way) + octets)

    def told(self) -> dict[str, Any]:
        names = ("peer", "forth", "back", "flights", "round_trips", "open")
        return {name: getattr(self, name) for name in names}


class Forwarder:
    def __init__(self, listen: tuple[str, int], to: tuple[str, int], forth: float, back: float):
        self._to = to
        self.delays = {"forth": forth, "back": back}
        self._connections: list[Connection] = []
        self._running: dict[asyncio.Task[None], tuple[asyncio.StreamWriter, ...]] = {}
        self._let_go = asyncio.Event()
        self._let_go.set()
        self._server: asyncio.Server | None = None
        # Keeps the port while nobody listens.
        self._holder = _bound(listen)
        self.address = self._holder.getsockname()[:2]

    # Commands

    def count(self) -> dict[str, Any]:
        return {"connections": [connection.told() for connection in self._connections]}

    def delay(self, forth: str, back: str = "") -> dict[str, Any]:
        self.delays = {"forth": float(forth) / 1000, "back": float(back or forth) / 1000}
        return {"delay": self.delays}

    def hold(self) -> dict[str, Any]:
        self._let_go.clear()
        return {"held": True}

    def release(self) -> dict[str, Any]:
        self._let_go.set()
        return {"held": False}

    async def cut(self) -> dict[str, Any]:
        tasks = dict(self._running)
        for writers in tasks.values():
            for writer in writers:
                with contextlib.suppress(OSError):
                    writer.write_eof()
        if tasks:
            await asyncio.wait(tasks, timeout=_CUT_SECONDS)
        slow = sum(not task.done() for task in tasks)
        await self.reset()
        return {"cut": len(tasks), "slow": slow}

    async def reset(self) -> dict[str, Any]:
        tasks = dict(self._running)
        for task, writers in tasks.items():
            for writer in writers:
                _abort(writer)
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        return {"reset": len(tasks)}

    async def refuse(self) -> dict[str, Any]:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        return {"listens": False}

    async def accept(self) -> dict[str, Any]:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, sock=_bound(self.address))
        return {"listens": True}

    async def obey(self, line: str) -> dict[str, Any]:
        """One command; a bad one is answered with what is wrong."""
        name, *arguments = line.split() or [""]
        at_once: tuple[Callable[..., Any], ...] = (self.count, self.delay, self.hold, self.release)
        later: tuple[Callable[..., Any], ...] = (self.cut, self.reset, self.refuse, self.accept)
        commands: dict[str, Callable[..., Any]] = {c.__name__: c for c in (*at_once, *later)}
        try:
            done = commands[name](*arguments)
        except KeyError:
            return {"error": f"{name!r} is none of {', '.join(commands)}"}
        except (TypeError, ValueError) as error:
            return {"error": f"{name}: {error}"}
        answer: dict[str, Any] = await done if inspect.isawaitable(done) else done
        return answer

    # Connections

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connection = Connection("%s:%s" % writer.get_extra_info("peername")[:2])
        self._connections.append(connection)
        self._running[task] = (writer,)
        writers = [writer]
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._to)
            writers.append(far_writer)
            self._running[task] = (writer, far_writer)
            for each in writers:
                each.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            forth, back = Link(reader, far_writer), Link(far_reader, writer)
            await asyncio.gather(
                self._read(forth, "forth", connection, asyncio.get_running_loop().time()),
                self._write(forth, "forth", connection),
                self._read(back, "back", connection, 0.0),
                self._write(back, "back", connection),
            )
        except OSError:
            for each in writers:
                _abort(each)
        except asyncio.CancelledError:
            pass  # by `reset`
        finally:
            connection.open = False
            del self._running[task]
            for each in writers:
                each.close()

    async def _read(self, link: Link, way: str, connection: Connection, begin: float) -> None:
        """Until the end of its direction, which is passed on like octets."""
        clock = asyncio.get_running_loop().time
        octets = b"begin"
        while octets:
            octets = await link.reader.read(_CHUNK)
            if octets and way == "forth":
                connection.count(way, len(octets))
            earliest = begin + sum(self.delays.values()) if begin else 0.0
            await link.queue.put((max(clock(), earliest) + self.delays[way], octets))

    async def _write(self, link: Link, way: str, connection: Connection) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due, octets = await link.queue.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if way == "back":
                await self._let_go.wait()
            if not octets:
                with contextlib.suppress(OSError):
                    link.writer.write_eof()
                return
            if way == "back":
                connection.count(way, len(octets))
            link.writer.write(octets)
            await link.writer.drain()


def _bound(address: tuple[str, int]) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        made.setsockopt(socket.SOL_SOCKET, option, 1)
    made.bind(address)
    return made


def _abort(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN, and nothing that is still to be sent."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
    writer.transport.abort()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not ADDRESS:PORT")
    return host.strip("[]"), int(port)


async def run(options: argparse.Namespace) -> None:
    forth = options.delay_ms / 1000
    back = forth if options.back_ms is None else options.back_ms / 1000
    forwarder = Forwarder(options.listen, options.to, forth, back)
    await forwarder.accept()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    host, port = forwarder.address
    print(f"ready {f'[{host}]' if ':' in host else host}:{port}", flush=True)

    async def obey() -> None:
        while line := await commands.readline():
            print(json.dumps(await forwarder.obey(line.decode("utf-8", "replace"))), flush=True)

    waiting = [asyncio.create_task(obey()), asyncio.create_task(stop.wait())]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await forwarder.refuse()
    await forwarder.reset()


def main() -> None:
    parser = argparse.ArgumentParser(prog="forwarder", description="A TCP forwarder that is slow and counts.")
    parser.add_argument("--listen", type=_address, required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--to", type=_address, required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--delay-ms", type=float, default=0.0, metavar="N", help="one way, to --to")
    parser.add_argument("--back-ms", type=float, metavar="N", help="the other way, if it is another delay")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
