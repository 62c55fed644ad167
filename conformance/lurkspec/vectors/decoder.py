"""Somebody else's decoder: a command that gets one question a line and answers each with a line
(docs/vectors.md). What it does wrong is a result, never an end of the run."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from .question import Answer

_LINE_LIMIT = 1 << 20
_RESULTS = ("valid", "invalid", "unsupported")


class NoAnswer(Exception):
    """The text is the reason."""


class CannotStart(Exception):
    """The command is not there."""


class Decoder:
    """Started when it is first asked, and again after it has crashed or has been ended."""

    def __init__(self, command: Sequence[str], seconds: float):
        self.command = list(command)
        self.seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._read = b""

    def __enter__(self) -> Decoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def ask(self, question: dict[str, Any]) -> Answer:
        process = self._start()
        try:
            line = self._exchange(process, json.dumps(question, separators=(",", ":")).encode() + b"\n")
            return _parse(line, question["id"])
        except NoAnswer:
            self._stop()
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            try:
                self._process = subprocess.Popen(
                    self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
            except OSError as error:
                raise CannotStart(f"{self.command[0]}: {error.strerror or error}") from None
            for stream in (self._process.stdin, self._process.stdout):
                assert stream is not None
                os.set_blocking(stream.fileno(), False)
            self._read = b""
        return self._process

    def _exchange(self, process: subprocess.Popen[bytes], question: bytes) -> bytes:
        """Writes and reads by turns, so that neither side's full pipe stops the other."""
        assert process.stdin is not None and process.stdout is not None
        deadline = time.monotonic() + self.seconds
        if self._read:
            raise NoAnswer("more than one line for the question before")
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(process.stdin, selectors.EVENT_WRITE)
            while b"\n" not in self._read:
                left = deadline - time.monotonic()
                ready = selector.select(left) if left > 0 else []
                if not ready:
                    raise NoAnswer(f"no answer within {self.seconds:g} s")
                for key, _ in ready:
                    if key.fileobj is process.stdout:
                        self._receive(process)
                    else:
                        question = _send(process, question)
                        if not question:
                            selector.unregister(process.stdin)
        line, _, self._read = self._read.partition(b"\n")
        return line

    def _receive(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        chunk = process.stdout.read(65536)
        if chunk == b"":
            try:
                code = process.wait(self.seconds)
            except subprocess.TimeoutExpired:
                raise NoAnswer("closed its output") from None
            raise NoAnswer(f"ended with {code} instead of an answer")
        self._read += chunk or b""
        if len(self._read) > _LINE_LIMIT:
            raise NoAnswer(f"a line of more than {_LINE_LIMIT} octets")

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            try:
                stream.close()
            except OSError:
                pass
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _send(process: subprocess.Popen[bytes], octets: bytes) -> bytes:
    """What is left to be sent. A decoder that has gone is noticed when it is read from."""
    assert process.stdin is not None
    try:
        return octets[os.write(process.stdin.fileno(), octets) :]
    except BlockingIOError:
        return octets
    except OSError:
        return b""


def _parse(line: bytes, id: str) -> Answer:
    try:
        document = json.loads(line)
    except ValueError:
        raise NoAnswer("a line that is not JSON") from None
    if not isinstance(document, dict) or document.get("id") != id:
        raise NoAnswer("a line that does not answer the question: its id differs")
    result, status, output = document.get("result"), document.get("status", ""), document.get("output", {})
    if result not in _RESULTS or not isinstance(status, str) or not isinstance(output, dict):
        raise NoAnswer("an answer without a result, or with members of a wrong kind")
    return Answer(result, status, output)
