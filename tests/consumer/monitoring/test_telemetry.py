"""Which events telemetry sends of calls, breakers and transactions."""

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from consumer.guards.breaker import BreakerChange, BreakerState
from consumer.model.types import CallReport
from consumer.model.usage import Usage
from consumer.monitoring.telemetry import Telemetry
from schemas.codec import Decoder, Encoder
from schemas.position import Position
from tests.support.event_examples import KeptSchemas
from tests.support.offered import Offered

if TYPE_CHECKING:
    from schemas.events import Operation

TOPIC = "ticket-telemetry"
CALL_ID = uuid.UUID("5f0c6f0e2a9b4b3f8f3e0d8f2b7f9a10").hex
BEGAN_US = 1_763_842_000_123_456


def _events(offered: Offered) -> "list[Operation]":
    decoder = Decoder("Operation")
    return [decoder.decode(message.value, Position(TOPIC, 0, 0, 0)) for message in offered.messages]  # type: ignore[misc]


def _telemetry(offered: Offered) -> Telemetry:
    encode = Encoder("Operation", "single-object", TOPIC).encode
    return Telemetry(offered, encode, topic=TOPIC, instance="host-0.1", service_version="1.2.3")


def test_a_call_to_the_model_is_an_operation() -> None:
    """It carries the id that its tickets name, its tries and its time, under the instance's key."""
    offered = Offered()
    _telemetry(offered).call_ended(CallReport(CALL_ID, "unavailable", 3, BEGAN_US, 48_000, 32, "http_503"))

    assert _events(offered) == [
        {
            "kind": "TIMING",
            "event_id": str(uuid.UUID(CALL_ID)),
            "operation": "model_call",
            "outcome": "unavailable",
            "started_at": BEGAN_US,
            "duration_us": 48_000,
            "attempts": 3,
            "ticket_id": None,
            "instance": "host-0.1",
            "detail": {"tickets": "32", "reason": "http_503"},
            "service_version": "1.2.3",
            "input_tokens": None,
            "cached_tokens": None,
            "output_tokens": None,
            "cost": None,
        }
    ]
    assert (offered.messages[0].topic, offered.messages[0].key) == (TOPIC, b"host-0.1")


def test_a_call_says_what_it_cost() -> None:
    """Tokens and price of all its tries, where the model tells them; zeros are what it told."""
    offered = Offered()
    report = CallReport(CALL_ID, "answered", 2, BEGAN_US, 48_000, 32)
    _telemetry(offered).call_ended(replace(report, usage=Usage(692, 0, 2, 0.00012)))

    (event,) = _events(offered)

    assert [event[name] for name in ("input_tokens", "cached_tokens", "output_tokens", "cost")] == [692, 0, 2, 0.00012]


def test_a_breakers_new_state_is_sent_with_the_failures_that_led_to_it() -> None:
    """Kind BREAKER, the name as operation and the state as outcome."""
    offered = Offered()
    _telemetry(offered).breaker_changed(BreakerChange("model", BreakerState.OPEN, BEGAN_US, 5))
    (event,) = _events(offered)

    assert (event["kind"], event["operation"], event["outcome"], event["started_at"], event["attempts"]) == (
        "BREAKER", "model", "open", BEGAN_US, 5,
    )  # fmt: skip


def test_other_operations_have_ids_of_their_own() -> None:
    """Two equal timings are two events."""
    offered = Offered()
    telemetry = _telemetry(offered)
    for _ in range(2):
        telemetry.timed("transaction", "committed", BEGAN_US, 5_000, {"records": "500"})
    first, second = _events(offered)

    assert (first["operation"], first["duration_us"], first["detail"]) == ("transaction", 5_000, {"records": "500"})
    assert first["event_id"] != second["event_id"]


def test_what_cannot_be_handed_over_at_once_is_dropped_and_counted() -> None:
    """A full queue of the client delays nobody and raises nothing."""
    offered = Offered()
    offered.full = True
    telemetry = _telemetry(offered)
    telemetry.timed("transaction", "committed", BEGAN_US, 1)

    assert (telemetry.dropped, offered.messages) == (1, [])


def test_closing_logs_how_many_events_were_dropped() -> None:
    """One line at the end, and none when nothing was dropped."""
    offered = Offered()
    lossless, lossy = _telemetry(offered), _telemetry(offered)
    lossless.timed("transaction", "ok", BEGAN_US, 1)
    offered.full = True
    for _ in range(3):
        lossy.timed("transaction", "ok", BEGAN_US, 1)
    with capture_logs() as lines:
        lossless.close()
        lossy.close()

    assert lines == [{"event": "telemetry.dropped", "log_level": "warning", "events": 3}]


def test_a_registry_that_is_down_costs_telemetry_only() -> None:
    """The reported call was answered: an error of its report would lose its answers."""
    registry, offered = KeptSchemas(), Offered()
    registry.up = False
    encode = Encoder("Operation", "confluent", TOPIC, registry).encode
    telemetry = Telemetry(offered, encode, topic=TOPIC, instance="host-0.1", service_version="1.2.3")
    telemetry.call_ended(CallReport(CALL_ID, "answered", 1, BEGAN_US, 48_000, 32))
    registry.up = True
    telemetry.call_ended(CallReport(CALL_ID, "answered", 1, BEGAN_US, 48_000, 32))

    assert (telemetry.dropped, len(offered.messages)) == (1, 1)


def test_closing_gives_what_was_offered_a_moment() -> None:
    """Stopping waits for telemetry, but not long."""
    offered = Offered()
    _telemetry(offered).close()

    assert len(offered.flushed_for_s) == 1
    assert offered.flushed_for_s[0] <= 2
