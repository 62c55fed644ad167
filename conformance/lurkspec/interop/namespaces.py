"""Network namespaces joined by pairs of veth: hosts of a laboratory on one kernel.

Each node is a namespace, each link a veth pair of its own with two addresses that nothing else has. A node
reaches its neighbours alone: nobody forwards, no link leads to the namespace of the machine, and there is no
default route, so nothing leaves. The names hold the process that made them; what such a process left behind
when it was killed is removed by the next one.

    python3 -m lurkspec.interop.namespaces     removes what was left behind, and says what
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_PREFIX = "lurkspec"
_NAME = re.compile(_PREFIX + r"-([0-9]+)-([0-9]+)-[a-z0-9-]+")
_WAIT = 20.0
# Of 198.18.0.0/15, which RFC 2544 keeps for laboratories; four addresses a link.
_FIRST = (198 << 24) + (18 << 16)
_MOST_LINKS = 1 << 15


class NoNamespaces(Exception):
    """They cannot be made here; the text is one line that says why."""


@dataclass(frozen=True)
class Namespace:
    """One node. `addresses` are by neighbour: this node's end of the link to it."""

    node: str
    name: str
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> tuple[str, ...]:
        """What a command is to begin with to run in it, as the same process."""
        return ("ip", "netns", "exec", self.name)


class Namespaces:
    """Context manager: nodes by name while inside. Raises NoNamespaces."""

    def __init__(self, nodes: Sequence[str], links: Sequence[tuple[str, str]]):
        stem = f"{_PREFIX}-{os.getpid()}-{_start_ticks(os.getpid())}"
        self.nodes = {node: Namespace(node, f"{stem}-{next(_serial)}-{node}") for node in nodes}
        self._links = links

    def __getitem__(self, node: str) -> Namespace:
        return self.nodes[node]

    def __enter__(self) -> Self:
        if why := lacking():
            raise NoNamespaces(why)
        remove_stale()
        try:
            for node in self.nodes.values():
                _ip("netns", "add", node.name)
                _ip("-n", node.name, "link", "set", "lo", "up")
            for number, (one, other) in enumerate(self._links):
                self._join(number, self.nodes[one], self.nodes[other])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes.values():
            remove(node.name)

    def _join(self, number: int, one: Namespace, other: Namespace) -> None:
        if number >= _MOST_LINKS:
            raise NoNamespaces("more links than addresses")
        device = f"link{number}"
        _ip(
            *("link", "add", device, "netns", one.name, "type", "veth"),
            *("peer", "name", device, "netns", other.name),
        )
        for place, (here, there) in enumerate(((one, other), (other, one)), 1):
            address = ".".join(str(octet) for octet in (_FIRST + 4 * number + place).to_bytes(4, "big"))
            here.addresses[there.node] = address
            # Nobody else has the address, and a link that waits for that is not ready at once.
            _ip("-n", here.name, "address", "add", f"{address}/30", "dev", device)
            _ip("-n", here.name, "link", "set", device, "up")


_serial = iter(range(1 << 30))


def lacking() -> str:
    """Why there can be no namespaces, one line; "" when there can."""
    if not sys.platform.startswith("linux"):
        return "network namespaces are of Linux"
    if shutil.which("ip") is None:
        return "ip is not there: it comes with the package iproute2"
    if os.geteuid() != 0:
        return "network namespaces need root"
    probe = f"{_PREFIX}-{os.getpid()}-{_start_ticks(os.getpid())}-{next(_serial)}-probe"
    try:
        _ip("netns", "add", probe)
        _ip("-n", probe, "link", "set", "lo", "up")  # needs mounts too, which a chroot may not have
    except NoNamespaces as error:
        return f"root may not use network namespaces here: {str(error).replace(probe, 'NAME')}"
    finally:
        remove(probe)
    return ""


def remove(name: str) -> None:
    """The namespace with what runs in it and its ends of links. Nothing when it is not there."""
    listed = subprocess.run(
        ["ip", "netns", "pids", name], capture_output=True, text=True, timeout=_WAIT, check=False
    )
    for pid in listed.stdout.split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    _gone(listed.stdout.split())
    with contextlib.suppress(NoNamespaces):
        _ip("netns", "delete", name)


def names() -> list[str]:
    """All namespaces of ours, of this process and of others."""
    listed = subprocess.run(
        ["ip", "netns", "list"], capture_output=True, text=True, timeout=_WAIT, check=True
    )
    return [name for line in listed.stdout.splitlines() if _NAME.fullmatch(name := line.split()[0])]


def remove_stale() -> list[str]:
    """Those whose process is gone: one of that number that began at that time."""
    stale = []
    for name in names():
        match = _NAME.fullmatch(name)
        assert match is not None
        if _start_ticks(int(match[1])) != int(match[2]):
            remove(name)
            stale.append(name)
    return stale


def _start_ticks(pid: int) -> int:
    """When the process began, in ticks since the machine did; -1 when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return -1
    # The second field, in parentheses, may hold anything.
    return int(stat.rpartition(")")[2].split()[19])


def _gone(pids: list[str]) -> None:
    limit = time.monotonic() + _WAIT
    while any(_runs(pid) for pid in pids) and time.monotonic() < limit:
        time.sleep(0.005)


def _runs(pid: str) -> bool:
    """A zombie is no user of a namespace."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def _ip(*arguments: str) -> None:
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=_WAIT, check=False)
    except subprocess.TimeoutExpired:
        raise NoNamespaces(f"ip {' '.join(arguments)} does not end") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise NoNamespaces(f"ip {' '.join(arguments)}: {said[0]}")


if __name__ == "__main__":
    if os.geteuid() != 0 or shutil.which("ip") is None:
        sys.exit("network namespaces need root and the package iproute2")
    print("\n".join(remove_stale()) or "nothing was left behind")
