"""From what is on the wire to a verdict. Nothing else is looked at, and every judge can fail."""

from __future__ import annotations

from collections.abc import Mapping

from .case import Expectation, Shown, Variant, Verdict
from .channel import Ending, TcpChannel
from .dialects import ERRORS_WITH_200
from .exchange import MEDIA_TYPES, Exchange
from .lurk_exchange import LurkExchange
from .request import DENIED, ERRORS, MALFORMED, NOT_FOUND, UNSPECIFIED, Check
from .target import Target

# Statuses of the four errors over HTTP: A-67.
STATUSES = {MALFORMED: 400, DENIED: 403, NOT_FOUND: 404, UNSPECIFIED: 500}
_ENDED = (Ending.CLOSED, Ending.RESET, Ending.ALERT)


class Statements:
    """What can be said of any protocol."""

    target: Target

    def closed(self, label: str, channel: TcpChannel, within: float) -> Variant:
        """The peer ends the connection within so many seconds (FIN and RST alike)."""
        ended = channel.wait_closed(within)
        exchange = Exchange("", None, channel.ending, channel.transcript, alert=channel.alert)
        return Variant(
            label,
            Verdict.PASS if ended else Verdict.FAIL,
            Expectation(f"connection ended within {within:g} s"),
            channel.ending.value,
            (exchange,),
        )

    def check(
        self,
        label: str,
        holds: bool,
        expected: str,
        actual: str,
        *exchanges: Exchange | LurkExchange | Shown,
        lenient: bool = False,
    ) -> Variant:
        """Any other statement about the wire; with `lenient` its failure is a leniency, for SHOULD and
        MAY."""
        otherwise = Verdict.LENIENT if lenient else Verdict.FAIL
        return Variant(label, Verdict.PASS if holds else otherwise, Expectation(expected), actual, exchanges)

    def handshake_fails(self, label: str, attempt: Exchange | LurkExchange) -> Variant:
        """No application octet is processed: alert, close or reset before any answer (`attempt` comes from
        `t.attempt`).

        An answer, a refusing one included, is a fail: the handshake had let the peer in. Giving up on our
        side is an error.
        """
        expected = Expectation("the handshake fails or the connection ends before any answer")
        if attempt.ending is Ending.LOCAL:
            verdict = Verdict.ERROR
        else:
            ended = attempt.response is None and attempt.ending in _ENDED and not attempt.problem
            verdict = Verdict.PASS if ended else Verdict.FAIL
        return Variant(label, verdict, expected, attempt.summary, (attempt,))

    def measured(self, label: str, holds: bool, expected: str, figures: str) -> Variant:
        """A statement about figures, which are shown whatever they say."""
        verdict = Verdict.PASS if holds else Verdict.FAIL
        return Variant(label, verdict, Expectation(expected), figures, measured=True)

    def unsupported(self, label: str, reason: str) -> Variant:
        """The system under test (its answer, its target file) says that it does not do this."""
        return Variant(label, Verdict.UNSUPPORTED, Expectation("(not asked)"), reason)


class Judge(Statements):
    """The judging half of the test context of SKI; each method makes one `Variant`."""

    def refused(
        self, label: str, exchange: Exchange, error: str, also: tuple[str, ...] = (), silence: bool = False
    ) -> Variant:
        """The request is answered with `error` (or one of `also`, where a ruling lets both stand).

        pass: status and error object as specified. lenient: refused otherwise (other error or status, no
        error object; closed without an answer where `silence` allows it). fail: anything like an output,
        success, or no answer.
        """
        errors = (error, *also)
        in_200 = ERRORS_WITH_200 in self.target.dialects
        statuses = dict.fromkeys(STATUSES, 200) if in_200 else STATUSES
        expected = Expectation(" or ".join(f'{statuses[e]} "{e}"' for e in errors), errors)
        verdict, why = _judge_refusal(exchange, errors, silence, statuses)
        return Variant(label, verdict, expected, _actual(exchange, why), (exchange,))

    def http_refused(
        self, label: str, exchange: Exchange, statuses: tuple[int, ...], close: bool = False
    ) -> Variant:
        """HTTP itself refuses: one of `statuses`, or with `close` the end of the connection. Another 4xx or
        5xx is lenient."""
        text = "status " + ", ".join(map(str, statuses)) + (" or connection closed" if close else "")
        expected = Expectation(text, statuses=statuses)
        if exchange.response is None:
            return Variant(
                label,
                Verdict.PASS
                if close and exchange.ending in _ENDED and not exchange.problem
                else Verdict.FAIL,
                expected,
                exchange.summary,
                (exchange,),
            )
        if exchange.released or exchange.response.status < 400:
            verdict = Verdict.FAIL
        else:
            verdict = Verdict.PASS if exchange.response.status in statuses else Verdict.LENIENT
        return Variant(label, verdict, expected, exchange.summary, (exchange,))

    def served(self, label: str, exchange: Exchange, verify: Check | None = None) -> Variant:
        """The request is served with an output that the request's own check (or `verify`) finds right.

        lenient: right output with another 2xx status, another Content-Type than the question's, or further
        members.
        """
        expected = Expectation("200 with the right output", statuses=(200,))
        check = verify or (exchange.request.check if exchange.request else None)
        if check is None:
            raise ValueError("served() needs a request with a check, or verify=")
        verdict, why = _judge_service(exchange, check)
        return Variant(label, verdict, expected, _actual(exchange, why), (exchange,))

    def same(self, label: str, exchange: Exchange, control: Exchange) -> Variant:
        """Indistinguishable from `control`: status, headers but Date, length, members, error text (contents
        of outputs may differ)."""
        expected = Expectation(f"indistinguishable from: {control.summary}")
        same = exchange.shape == control.shape and exchange.ending == control.ending
        why = "" if same else _difference(exchange, control)
        return Variant(
            label,
            Verdict.PASS if same else Verdict.FAIL,
            expected,
            _actual(exchange, why),
            (exchange, control),
        )

    def kept_out(self, label: str, exchange: Exchange) -> Variant:
        """Kept out before or at the first request: the handshake fails, or the edge has no right to
        anything."""
        if exchange.response is None:
            return self.handshake_fails(label, exchange)
        return self.refused(label, exchange, DENIED, also=(NOT_FOUND,))

    def cut_off(self, label: str, exchange: Exchange) -> Variant:
        """A request that ended too early: 400, 408, or the end of the connection."""
        return self.http_refused(label, exchange, (400, 408), close=True)

    def turned_away(self, label: str, exchange: Exchange) -> Variant:
        """A limit is reached: 429, 503, or the end of the connection."""
        return self.http_refused(label, exchange, (429, 503), close=True)


def _actual(exchange: Exchange, why: str) -> str:
    return f"{exchange.summary}: {why}" if why else exchange.summary


def _judge_refusal(
    exchange: Exchange, errors: tuple[str, ...], silence: bool, statuses: Mapping[str, int]
) -> tuple[Verdict, str]:
    response = exchange.response
    if response is None:
        quiet = silence and exchange.ending in _ENDED and not exchange.problem
        return (Verdict.LENIENT if quiet else Verdict.FAIL), "no answer"
    if exchange.released:
        return Verdict.FAIL, "an output or a success was sent"
    if response.status < 400 and not (response.status == 200 and exchange.error in ERRORS):
        return Verdict.FAIL, "not a refusal"
    if exchange.error not in errors:
        return Verdict.LENIENT, "refused with another answer than the specified one"
    if response.status != statuses[exchange.error]:
        return Verdict.LENIENT, "right error object, other status"
    if exchange.members != {"error": exchange.error}:
        return Verdict.LENIENT, "the error object has further members"
    if exchange.format and response.media_type != MEDIA_TYPES[exchange.format]:
        return Verdict.LENIENT, "the answer has another format than the question"
    return Verdict.PASS, ""


def _judge_service(exchange: Exchange, check: Check) -> tuple[Verdict, str]:
    response = exchange.response
    if response is None or exchange.output is None:
        return Verdict.FAIL, "no output"
    if not 200 <= response.status < 300:
        return Verdict.FAIL, "an output with a status that is not success"
    problem = check(exchange.output)
    if problem:
        return Verdict.FAIL, problem
    if exchange.members is not None and "error" in exchange.members:
        return Verdict.FAIL, "output and error together (SKI §5.2)"
    if response.status != 200:
        return Verdict.LENIENT, "status is not 200"
    if exchange.members is not None and set(exchange.members) != {"output"}:
        return Verdict.LENIENT, "further members"
    if exchange.format and response.media_type != MEDIA_TYPES[exchange.format]:
        return Verdict.LENIENT, "the answer has another format than the question"
    return Verdict.PASS, ""


def _difference(exchange: Exchange, control: Exchange) -> str:
    names = ("status", "reason", "headers", "length of the body", "members", "error", "length of output")
    if exchange.response is None or control.response is None:
        return f"control: {control.summary}"
    differing = [n for n, one, two in zip(names, exchange.shape, control.shape) if one != two]
    return "differs in " + ", ".join(differing or ["how the connection ended"])
