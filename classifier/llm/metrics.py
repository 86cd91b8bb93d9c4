"""The metrics of the LLM server, and what of its calls is logged."""

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from classifier.llm.asking import Asked, CallMade
from classifier.llm.chat.failures import Failure, sentence_of
from classifier.llm.chat.takes import Takes

log = structlog.get_logger("llm")


class Metrics:
    """In a registry of their own: one process may serve several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "ticketstream_llm_calls", "Calls to the endpoint, by how they ended.", ["outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "ticketstream_llm_call_seconds",
            "How long one call to the endpoint took.",
            buckets=(0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60),
            registry=self.registry,
        )
        self._tokens = Counter(
            "ticketstream_llm_tokens",
            "Tokens that the endpoint counted; cached ones are input too.",
            ["kind"],
            registry=self.registry,
        )
        self._cost = Counter(
            "ticketstream_llm_cost", "What all calls cost, in the currency of the prices.", registry=self.registry
        )
        self._tickets = Counter(
            "ticketstream_llm_tickets",
            "Tickets, by the status with which they were answered.",
            ["status"],
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "ticketstream_llm_in_flight", "Tickets that wait for the endpoint.", registry=self.registry
        )
        self._form = Gauge(
            "ticketstream_llm_form",
            "1 for the way in which the endpoint is asked.",
            ["form", "logprobs"],
            registry=self.registry,
        )
        self.on_step(Takes(), first=True)

    def on_call(self, call: CallMade) -> None:
        """Count a call, and log one that failed; no text of a ticket or of the endpoint is logged."""
        self._calls.labels(call.outcome).inc()
        self._seconds.observe(call.duration_s)
        for kind, tokens in zip(("input", "cached", "output"), call.usage[:3], strict=True):
            self._tokens.labels(kind).inc(tokens)
        self._cost.inc(call.usage.cost)
        if call.outcome != "answered":
            log.warning("llm.call_failed", outcome=call.outcome, code=call.code, detail=call.detail)

    def on_step(self, takes: Takes, *, first: bool = False) -> None:
        """Note how the endpoint is asked from now on."""
        if not first:
            log.info("llm.asks_otherwise", **{**takes._asdict(), "mend": "nothing to do: the endpoint takes no more"})
        self._form.clear()
        self._form.labels(takes.form, str(bool(takes.top_logprobs)).lower()).set(1)

    def on_ticket(self, outcome: Asked | Failure) -> None:
        """Count a ticket by the status with which it is answered, and log a failure with its mend."""
        if isinstance(outcome, Asked):
            self._tickets.labels("200").inc()
            return
        self._tickets.labels(str(outcome.status)).inc()
        log.warning("llm.ticket_failed", status=outcome.status, code=outcome.code, detail=sentence_of(outcome.code))
