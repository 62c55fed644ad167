"""From LURK messages to verdicts: the error that the text names is a pass, any other refusal is lenient."""

from __future__ import annotations

from .case import Expectation, Variant, Verdict
from .channel import Ending
from .codecs import lurk
from .dialects import ECHOED_DESIGNATION
from .judge import Statements
from .lurk_exchange import Check, LurkExchange, status_name

_ENDED = (Ending.CLOSED, Ending.RESET, Ending.ALERT)


class LurkJudge(Statements):
    """The judging half of the LURK context; each method makes one `Variant`."""

    def succeeded(self, label: str, exchange: LurkExchange, verify: Check | None = None) -> Variant:
        """Success with the header of the request and a payload that the request's check finds right."""
        expected = Expectation("success with the right payload")
        check = verify or (exchange.request.check if exchange.request else None)
        if check is None:
            raise ValueError("succeeded() needs a request with a check, or verify=")
        if not exchange.succeeded:
            return Variant(label, Verdict.FAIL, expected, exchange.summary, (exchange,))
        wrong = header_fault(exchange) or check(exchange.payload)
        actual = f"{exchange.summary}: {wrong}" if wrong else exchange.summary
        return Variant(label, Verdict.FAIL if wrong else Verdict.PASS, expected, actual, (exchange,))

    def refused(
        self, label: str, exchange: LurkExchange, status: lurk.Status, also: tuple[lurk.Status, ...] = ()
    ) -> Variant:
        """An error of tls12 itself: designation, type and id of the request, `status` or one of `also`."""
        return self._error(label, exchange, lurk.Designation.TLS12, (status, *also))

    def base_refused(
        self,
        label: str,
        exchange: LurkExchange,
        status: lurk.BaseStatus,
        close: bool = False,
        also: tuple[lurk.BaseStatus, ...] = (),
    ) -> Variant:
        """A header-level error (lurk-01 §5.3, A-05): designation lurk, version 1, type and id of the request.
        With `close` the end of the connection will do as well."""
        own = exchange.sent is not None and ECHOED_DESIGNATION in self.target.dialects
        designation = exchange.sent.designation if own and exchange.sent else lurk.Designation.LURK
        return self._error(label, exchange, designation, (status, *also), close)

    def served(self, label: str, exchange: LurkExchange) -> Variant:
        return self.succeeded(label, exchange)

    def kept_out(self, label: str, exchange: LurkExchange) -> Variant:
        """Kept out before or at the first request: the handshake fails, or a peer that is no edge gets
        undefined_error and the end."""
        if exchange.answer is None:
            return self.handshake_fails(label, exchange)
        return self.base_refused(label, exchange, lurk.BaseStatus.UNDEFINED_ERROR, close=True)

    def cut_off(self, label: str, exchange: LurkExchange) -> Variant:
        """A message that ended too early: invalid_format, or the end of the connection."""
        return self.base_refused(label, exchange, lurk.BaseStatus.INVALID_FORMAT, close=True)

    def turned_away(self, label: str, exchange: LurkExchange) -> Variant:
        """A limit is reached: temporary_failure, or the end of the connection."""
        return self.base_refused(label, exchange, lurk.BaseStatus.TEMPORARY_FAILURE, close=True)

    def same(self, label: str, exchange: LurkExchange, control: LurkExchange) -> Variant:
        """Indistinguishable from `control`: header but for the id, and length of the payload."""
        alike = exchange.shape == control.shape
        expected = Expectation(f"indistinguishable from: {control.summary}")
        return Variant(
            label, Verdict.PASS if alike else Verdict.FAIL, expected, exchange.summary, (exchange, control)
        )

    def _error(
        self,
        label: str,
        exchange: LurkExchange,
        designation: int,
        statuses: tuple[int, ...],
        close: bool = False,
    ) -> Variant:
        names = [status_name(lurk.Message(designation, 0, status=status)) for status in statuses]
        text = f"designation {int(designation)}, status {' or '.join(names)}" + (
            " or the end" if close else ""
        )
        verdict = self._error_verdict(exchange, designation, statuses, close)
        return Variant(label, verdict, Expectation(text), exchange.summary, (exchange,))

    @staticmethod
    def _error_verdict(
        exchange: LurkExchange, designation: int, statuses: tuple[int, ...], close: bool
    ) -> Verdict:
        """Silence and the end of the connection are allowed by lurk-01 §5.3 ("MAY discard"), hence
        lenient.
        """
        answer = exchange.answer
        if answer is None:
            ended = exchange.ending in _ENDED and not exchange.problem
            if ended and close:
                return Verdict.PASS
            return Verdict.LENIENT if ended or exchange.ending is Ending.TIMEOUT else Verdict.FAIL
        if answer.status in (lurk.REQUEST, lurk.SUCCESS):
            return Verdict.FAIL
        exact = (
            answer.designation == designation
            and answer.status in statuses
            and len(answer.payload) in (0, lurk.STATE_LEN)
            and not header_fault(exchange, designation)
        )
        return Verdict.PASS if exact else Verdict.LENIENT


def header_fault(exchange: LurkExchange, designation: int | None = None) -> str:
    """What an answer's header does not copy from the request as lurk-01 §5.2 and §5.3 say, "" if all is
    right.
    """
    sent, answer = exchange.sent, exchange.answer
    if sent is None or answer is None:
        return ""
    own = sent.designation if designation is None else designation
    version = 1 if own == lurk.Designation.LURK else sent.version
    wrong = {
        "designation": answer.designation != own,
        "version": answer.version != version,
        "type": answer.type != sent.type,
        "id": answer.id != sent.id,
    }
    return ", ".join(f"{name} differs" for name, differs in wrong.items() if differs)
