"""What is told of degradations, and to whom."""

import json
import logging
import threading
import time
from typing import TYPE_CHECKING, cast

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from consumer.errors import ConfigurationError
from consumer.guards.breaker import BreakerChange, BreakerState
from consumer.model.types import CallReport
from consumer.monitoring.alerts import Alerts, Writer, left_open
from consumer.monitoring.degradation import WINDOW_S, Kind, Measured, Turn
from consumer.monitoring.notifier import notifier_of
from consumer.monitoring.quality_watch import OPERATION, QualityWatch
from consumer.monitoring.service_watch import ServiceWatch
from schemas.codec import Decoder, Encoder
from schemas.identity import named
from schemas.position import Position
from tests.support.waiting import until

if TYPE_CHECKING:
    from analytics.clickhouse.client import Client
    from consumer.kafka.records import Message
    from schemas.events import Alert

TOPIC = "ticket-alerts"
MEASURED = Measured(6.5, 80)


class Told:
    """One process's alerts: what was written, decoded, and what people were told."""

    def __init__(self) -> None:
        self.people: list[Alert] = []
        self._messages: list[Message] = []
        encode = Encoder("Alert", "single-object", TOPIC).encode
        self.alerts = Alerts(Writer(self, encode, TOPIC, "host-0.0", "1.2.3"), self.people.append)

    def offer(self, message: "Message") -> bool:
        self._messages.append(message)
        return True

    @property
    def written(self) -> "list[Alert]":
        decoder = Decoder("Alert")
        return [cast("Alert", decoder.decode(each.value, Position(TOPIC, 0, 0, 0))) for each in self._messages]

    @property
    def states(self) -> list[tuple[str, str, str]]:
        return [(alert["state"], alert["kind"], alert["operation"]) for alert in self.written]


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_degradation_is_told_when_it_begins_and_when_it_ends(told: Told) -> None:
    """Both events are written and told with one id, which anyone can compute; nothing is told twice."""
    for turn in (Turn.BEGAN, Turn.BEGAN, None, Turn.ENDED, Turn.ENDED):
        told.alerts.turn(turn, Kind.P95, "model_call", MEASURED, 5.0)
    began, ended = told.written

    assert (began["state"], ended["state"]) == ("BEGAN", "ENDED")
    assert began["alert_id"] == ended["alert_id"] == named(f"p95|model_call|host-0.0|{began['began_at']}")
    assert (began["value"], began["threshold"], began["samples"], began["ended_at"]) == (6.5, 5.0, 80, None)
    assert cast("int", ended["ended_at"]) >= ended["began_at"] == began["began_at"]
    assert began["detail"] == "95 % of model_call take up to 6.5 s; 5 s are allowed"
    assert told.people == told.written


def test_an_end_without_a_beginning_is_not_told(told: Told) -> None:
    """A breaker that closes for the first time has never been open."""
    told.alerts.turn(Turn.ENDED, Kind.BREAKER_OPEN, "model", MEASURED, 5.0)

    assert told.written == []


def test_what_a_dead_process_left_open_is_ended_by_its_successor(told: Told) -> None:
    """But neither what it had ended itself, nor others' alerts, nor the successor's own."""
    earlier = {"began_at": 1_795_000_000_000, "ended_at": None}
    for operation in ("decode", "insert", "model_call"):
        told.alerts.turn(Turn.BEGAN, Kind.P95, operation, MEASURED, 5.0)
    told.alerts.turn(Turn.ENDED, Kind.P95, "insert", MEASURED, 5.0)
    decode, insert, own, insert_ended = told.written
    topic = [
        cast("Alert", {**decode, **earlier}),
        cast("Alert", {**insert, **earlier, "instance": "host-1.0"}),
        insert,
        insert_ended,
        own,
    ]
    told.alerts.end_what_was_left(topic)

    assert [alert["operation"] for alert in left_open(topic, "host-0.0")] == ["decode", "model_call"]
    assert told.states[4:] == [("ENDED", "p95", "decode")]
    assert told.written[-1]["detail"] == "the process that saw it was started again"


def test_a_process_watches_its_operations_and_its_breaker(told: Told) -> None:
    """Slow and failing calls begin their alerts at the next look; an open breaker does at once."""
    watch = ServiceWatch(told.alerts, p95_s=5.0, failure_rate=0.1, breaker_threshold=5)
    for _ in range(60):
        watch.call_ended(CallReport("id", "timeout", 3, 1_795_000_000_000_000, 9_000_000, 32, "read"))
    now = time.monotonic()
    watch.add("end_to_end", {0.1: 1000}, 0, now)
    watch.breaker_changed(BreakerChange("model", BreakerState.OPEN, 1, 5))
    before_the_look = told.states
    watch.look(now)
    watch.look(now + 2)
    watch.breaker_changed(BreakerChange("model", BreakerState.HALF_OPEN, 2, 5))
    watch.breaker_changed(BreakerChange("model", BreakerState.CLOSED, 3, 0))

    assert before_the_look == [("BEGAN", "breaker_open", "model")]
    assert told.states[1:] == [
        ("BEGAN", "p95", "model_call"),
        ("BEGAN", "failure_rate", "model_call"),
        ("ENDED", "breaker_open", "model"),
    ]


def test_people_are_told_through_apprise(told: Told, httpserver: HTTPServer) -> None:
    """By a thread that nobody waits for; a server that hangs, refuses or is away costs only its message."""
    asked: list[dict[str, str]] = []
    hang = threading.Event()

    def answer(request: Request) -> Response:
        asked.append(json.loads(request.data))
        hang.wait(20)
        return Response(status=500)

    httpserver.expect_request("/alerts").respond_with_handler(answer)
    notifier = notifier_of(f"json://127.0.0.1:{httpserver.port}/alerts, json://127.0.0.1:1/nobody")
    assert notifier is not None
    told.alerts.turn(Turn.BEGAN, Kind.FAILURE_RATE, "model_call", Measured(0.25, 80), 0.1)
    for _ in range(200):
        notifier.tell(told.written[0])
    until(lambda: asked)
    hang.set()
    until(lambda: len(asked) > 1)
    notifier.close()

    assert asked[0]["title"] == "ticketstream: failure_rate of model_call began"
    assert asked[0]["message"] == "25.0% of model_call fail; 10.0% are allowed (host-0.0)"


def test_nobody_is_told_without_addresses_and_wrong_ones_are_refused_in_silence() -> None:
    """An address holds a password: which of them is wrong is said by its number."""
    with pytest.raises(ConfigurationError, match="ALERT_URLS: address 2 of 2") as refused:
        notifier_of("json://127.0.0.1:1/ nonsense://user:hunter2@example")

    assert "hunter2" not in str(refused.value)
    assert notifier_of(" , ") is None


@pytest.mark.parametrize("address", ["ana:hunter2@mail.example.com", "slack://hunter2secret", "tgram://hunter2/x"])
def test_apprise_itself_does_not_repeat_an_address(address: str, caplog: pytest.LogCaptureFixture) -> None:
    """Its own lines quote what it does not understand."""
    with caplog.at_level(logging.DEBUG), pytest.raises(ConfigurationError):
        notifier_of(address)

    assert "hunter2" not in caplog.text


def test_who_no_longer_watches_ends_what_it_began(told: Told) -> None:
    """The partition that decides it went to another process: nothing would ever end the alert here."""
    watch = QualityWatch(_nobody, told.alerts, lambda: False, {Kind.ACCURACY_DROP: 0.05})
    of_accuracy = watch._watches[Kind.ACCURACY_DROP]
    now = time.monotonic()
    bad = Measured(0.2, 100)
    told.alerts.turn(of_accuracy.judge(bad, now), Kind.ACCURACY_DROP, OPERATION, bad, 0.05)
    watch.stand_by(now + 1)
    soon = told.states
    watch.stand_by(now + WINDOW_S + 1)

    assert soon == [("BEGAN", "accuracy_drop", OPERATION)]
    assert told.states[1:] == [("ENDED", "accuracy_drop", OPERATION)]
    assert told.written[-1]["detail"] == "nothing is measured here any more"


def _nobody() -> "Client":
    raise AssertionError("who stands by asks nothing")
