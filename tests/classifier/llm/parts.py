"""What the tests of the LLM adapter are put together from."""

import itertools
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from classifier.llm import prompt
from classifier.llm.asking import Asker
from classifier.llm.chat.endpoint import Endpoint
from classifier.llm.choices import LabelPair, choices_of
from classifier.llm.types import Meter, Refusal, Usage
from tests.llm_server import KEY, LlmServer

CHOICES = choices_of(
    [
        LabelPair("billing", "refund", {"en": "Billing: refund", "es": "Facturas: reembolso"}),
        LabelPair("billing", "invoice", {"en": "Billing: invoice", "es": "Facturas: factura"}),
        LabelPair("delivery", None, {"en": "Delivery", "es": "Entregas"}),
        LabelPair("account", "password", {"en": "Account: password", "es": "Cuenta: contraseña"}),
    ]
)
CODES = [choice.code for choice in CHOICES]
PREFIX = prompt.prefix(CHOICES)
PRICE_INPUT, PRICE_OUTPUT = 2e-6, 8e-6


class MemoryMeter:
    """A meter that forgets everything when it ends. Thread-safe.

    Attributes:
        spent: What was settled.
        outcomes: Of the calls, in their order.
        refusal: Is given in place of reservations, while it is there.
    """

    def __init__(self) -> None:
        self.spent: list[Usage] = []
        self.outcomes: list[str] = []
        self.refusal: Refusal | None = None
        self._open: dict[int, Usage] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def reserve(
        self, prompt_tokens_at_most: int, now: datetime, output_tokens_at_most: int | None = None
    ) -> int | Refusal:
        assert now.tzinfo is not None
        with self._lock:
            if self.refusal is not None:
                return self.refusal
            number = next(self._numbers)
            self._open[number] = Usage(prompt_tokens_at_most, 0, output_tokens_at_most or 0)
            return number

    def settle(
        self, reservation: int, usage: Usage | None, outcome: str, headers: Mapping[str, str], now: datetime
    ) -> Usage:
        assert all(name == name.lower() for name in headers)
        assert now.tzinfo is not None
        with self._lock:
            estimate = self._open.pop(reservation)
            if usage is None:
                free = outcome == "unreachable" or (outcome.startswith("http_4") and outcome != "http_400")
                usage = Usage() if free else estimate
            assert usage.input_tokens <= estimate.input_tokens
            assert usage.output_tokens <= estimate.output_tokens
            counted = usage._replace(cost=usage.input_tokens * PRICE_INPUT + usage.output_tokens * PRICE_OUTPUT)
            self.spent.append(counted)
            self.outcomes.append(outcome)
            return counted

    @property
    def total(self) -> Usage:
        return Usage(*(sum(column) for column in zip(*self.spent, strict=True))) if self.spent else Usage()

    @property
    def is_all_settled(self) -> bool:
        return not self._open


def asker(server: LlmServer, meter: Meter | None = None, **given: Any) -> Asker:
    """An asker about CHOICES at this server."""
    endpoint = Endpoint(server.url, KEY)
    return Asker(endpoint, "tiny-1", CHOICES, PREFIX, meter or MemoryMeter(), **given)


def in_s(seconds: float) -> float:
    """A deadline on the asker's clock."""
    return time.monotonic() + seconds
