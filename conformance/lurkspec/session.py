"""What every test context has: target, keys and edges, connections, hooks, randomness."""

from __future__ import annotations

import functools
import random
import ssl
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from .case import Profile
from .certificates import ClientCertificate, issue_client
from .channel import ChannelError, Identity, TcpChannel, TlsChannel, client_context
from .hooks import Hooks
from .keys import ECDHE_USAGE, RSA_USAGE, Key
from .target import Edge, Target

T = TypeVar("T")


@functools.lru_cache(maxsize=64)
def _plain_context(ca: Path, identity: Identity | None) -> ssl.SSLContext:
    """One for all connections that ask for nothing special: to read the files takes as long as a handshake.
    Nobody changes it."""
    return client_context(ca, identity)


class Unsupported(Exception):
    """The system under test says that it lacks what the case needs."""


class Session:
    """One per case run. Connections to the server are kept and closed with the session."""

    def __init__(
        self, target: Target, seed: str = "", profile: Profile = Profile.DEFAULT, hooks: Hooks | None = None
    ):
        self.target = target
        self.seed = seed
        self.rng = random.Random(seed)
        self.profile = profile
        self.hooks = hooks or Hooks(target)
        self._kept: dict[str, TlsChannel] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for channel in self._kept.values():
            channel.close()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def address(self) -> tuple[str, int]:
        """Where connections go."""
        return self.target.address

    # What the target has

    def edge(self, name: str) -> Edge:
        if name not in self.target.edges:
            raise Unsupported(f"the target file has no [edges.{name}]")
        return self.target.edges[name]

    def key(self, type: str | None = None, edge: str = "a", usage: str = ECDHE_USAGE) -> Key:
        """The first signing key of that type for that edge."""
        keys = self.target.select(usage, edge, type)
        if not keys:
            raise Unsupported(f"the target file has no {type or ''} key of usage {usage} for edge {edge}")
        return keys[0]

    def rsa_key(self, edge: str = "a") -> Key:
        """The first decryption key for that edge."""
        return self.key(None, edge, RSA_USAGE)

    def foreign_key(self, usage: str = ECDHE_USAGE) -> Key:
        """A key that edge b may use and edge a may not."""
        keys = self.target.foreign(usage)
        if not keys:
            raise Unsupported(f"the target file has no key of usage {usage} for edge b alone")
        return keys[0]

    def restricted_key(self) -> Key:
        """A key for which `grants["b"]` names fewer protocols than `grants["a"]`."""
        if not self.target.restricted:
            raise Unsupported("the target file has no key with fewer protocols for edge b")
        return self.target.restricted[0]

    def limit(self, name: str) -> int:
        """A limit of the server: octets, counts, or milliseconds as its name says."""
        value = getattr(self.target.limits, name)
        if value is None:
            raise Unsupported(f"the target file does not tell limits.{name}")
        return int(value)

    # Connections

    def dial(self, wait: float | None = None, source: str | None = None) -> TcpChannel:
        """A TCP connection without TLS."""
        return TcpChannel(self.address, self._wait(wait), source)

    def connect(
        self,
        edge: str | Identity | None = "a",
        *,
        context: ssl.SSLContext | None = None,
        server_name: str | None = "",
        handshake: bool = True,
        session: ssl.SSLSession | None = None,
        wait: float | None = None,
        source: str | None = None,
    ) -> TlsChannel:
        """A new TLS connection; raises ChannelError. `edge` None sends no certificate, `server_name` None no
        SNI."""
        if context is None and server_name is not None:
            context = _plain_context(self.target.ca, self._identity(edge))
        elif context is None:
            context = self.tls_context(edge)
        if server_name is None:
            context.check_hostname = False
        name = self.target.server_name if server_name == "" else server_name
        channel = TlsChannel(self.address, self._wait(wait), context, name, session, source)
        if handshake:
            try:
                channel.handshake()
            except ChannelError:
                channel.close()
                raise
        return channel

    def tls_context(
        self,
        edge: str | Identity | None = "a",
        *,
        minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
        maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        ciphers: str | None = None,
        alpn: tuple[str, ...] = (),
    ) -> ssl.SSLContext:
        """A fresh client context to change at will; "@SECLEVEL=0" in `ciphers` lets weak things be
        offered."""
        identity = self._identity(edge)
        return client_context(
            self.target.ca, identity, minimum=minimum, maximum=maximum, ciphers=ciphers, alpn=alpn
        )

    def _identity(self, edge: str | Identity | None) -> Identity | None:
        return self.edge(edge).identity if isinstance(edge, str) else edge

    def issue(self, **faults: Any) -> Identity:
        """A client certificate made for this case from the target's CA, see `ClientCertificate` for what can
        be wrong with it."""
        if self.target.ca_key is None:
            raise Unsupported("the target file does not give channel.ca_key")
        identity = faults.pop("identity", self.edge("a").name)
        wanted = ClientCertificate(identity=identity, **faults)
        return issue_client(self.target.ca, self.target.ca_key, self.folder, wanted)

    @property
    def folder(self) -> Path:
        """A private folder that goes with the context."""
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="lurkspec-case-")
            return Path(self._folder.name)

    def concurrently(self, calls: Sequence[Callable[[], T]], threads: int = 16) -> list[T]:
        """Results of calls that run at the same time."""
        with ThreadPoolExecutor(min(threads, len(calls))) as pool:
            return [f.result() for f in [pool.submit(c) for c in calls]]

    def _wait(self, wait: float | None) -> float:
        return self.target.wait if wait is None else wait
