"""Which alerts a degradation sends, and to whom."""

import json
import logging
import threading
import time
from typing import TYPE_CHECKING, cast

import pytest
from apprise import Apprise
from prometheus_client import REGISTRY
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from consumer.answer.foreign_labels import Speech
from consumer.errors import ConfigurationError
from consumer.guards.breaker import BreakerChange, BreakerState
from consumer.model.types import CallReport
from consumer.monitoring.alerts import Alerts, AlertWriter, left_open
from consumer.monitoring.degradation import WINDOW_S, Kind, Measurement, Transition
from consumer.monitoring.notifier import channels_of, notifier_of
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
MEASURED = Measurement(6.5, 80)


class SentAlerts:
    """The alerts of one process: those written to the topic, decoded, and those sent to people."""

    def __init__(self) -> None:
        self.people: list[Alert] = []
        self._messages: list[Message] = []
        encode = Encoder("Alert", "single-object", TOPIC).encode
        self.alerts = Alerts(AlertWriter(self, encode, TOPIC, "host-0.0", "1.2.3"), self.people.append)

    def hear(self, now: float) -> None:
        pass

    def offer(self, message: "Message") -> bool:
        self._messages.append(message)
        return True

    @property
    def written(self) -> "list[Alert]":
        decoder = Decoder("Alert")
        return [cast("Alert", decoder.decode(message.value, Position(TOPIC, 0, 0, 0))) for message in self._messages]

    @property
    def states(self) -> list[tuple[str, str, str]]:
        return [(alert["state"], alert["kind"], alert["operation"]) for alert in self.written]


def _counted() -> tuple[float, float]:
    """The open alerts about slowness, and all that began."""
    names = ("ticketstream_alerts_open", "ticketstream_alerts_total")
    now_open, began = (REGISTRY.get_sample_value(name, {"kind": "p95"}) or 0.0 for name in names)
    return now_open, began


@pytest.fixture
def sent() -> SentAlerts:
    return SentAlerts()


def test_a_degradation_sends_one_alert_when_it_begins_and_one_when_it_ends(sent: SentAlerts) -> None:
    """Both have the same id, which can be computed; both are written and sent to people, and none is sent twice."""
    counted = _counted()
    shown = []
    for turn in (Transition.BEGAN, Transition.BEGAN, None, Transition.ENDED, Transition.ENDED):
        sent.alerts.report(turn, Kind.P95, "model_call", MEASURED, 5.0)
        shown.append(_counted())
    began, ended = sent.written

    assert (began["state"], ended["state"]) == ("BEGAN", "ENDED")
    assert began["alert_id"] == ended["alert_id"] == named(f"p95|model_call|host-0.0|{began['began_at']}")
    assert (began["value"], began["threshold"], began["samples"], began["ended_at"]) == (6.5, 5.0, 80, None)
    assert cast("int", ended["ended_at"]) >= ended["began_at"] == began["began_at"]
    assert began["detail"] == "95 % of model_call take up to 6.5 s; 5 s are allowed"
    assert sent.people == sent.written
    assert [(open_now - counted[0], total - counted[1]) for open_now, total in shown] == [(1, 1)] * 3 + [(0, 1)] * 2


def test_foreign_labels_are_an_alert_until_they_fit(sent: SentAlerts) -> None:
    """It names the setting and the labels; one model after the other that is foreign is one alert each."""
    watch = ServiceWatch(sent.alerts, p95_s=5.0, failure_rate=0.1, breaker_threshold=5)
    began = Speech(foreign=True, replies=20, labels=("shipping", "returns"), model="m-1", taxonomy="t-1")
    for speech in (began, began._replace(foreign=False, replies=1), began, began._replace(foreign=False, replies=0)):
        watch.speech_changed(speech)
    first, well, second, gone = sent.written

    assert sent.states == [(state, "foreign_labels", "model") for state in ("BEGAN", "ENDED", "BEGAN", "ENDED")]
    assert "TAXONOMY_FILE" in first["detail"]
    assert "shipping, returns" in first["detail"]
    assert (first["value"], first["threshold"], first["samples"]) == (20.0, 20.0, 20)
    assert (well["detail"], gone["detail"]) == ("well again", "nothing is measured here any more")
    assert first["alert_id"] == well["alert_id"]
    assert second["alert_id"] == gone["alert_id"]


def test_an_end_without_a_beginning_sends_nothing(sent: SentAlerts) -> None:
    """A breaker that closes for the first time has never been open."""
    sent.alerts.report(Transition.ENDED, Kind.BREAKER_OPEN, "model", MEASURED, 5.0)

    assert sent.written == []


def test_the_next_process_ends_alerts_that_a_dead_one_left_open(sent: SentAlerts) -> None:
    """It leaves alone alerts that had ended, alerts of other instances, and its own."""
    earlier = {"began_at": 1_795_000_000_000, "ended_at": None}
    for operation in ("decode", "insert", "model_call"):
        sent.alerts.report(Transition.BEGAN, Kind.P95, operation, MEASURED, 5.0)
    sent.alerts.report(Transition.ENDED, Kind.P95, "insert", MEASURED, 5.0)
    decode, insert, own, insert_ended = sent.written
    topic = [
        cast("Alert", {**decode, **earlier}),
        cast("Alert", {**insert, **earlier, "instance": "host-1.0"}),
        insert,
        insert_ended,
        own,
    ]
    sent.alerts.end_abandoned(topic)

    assert [alert["operation"] for alert in left_open(topic, "host-0.0")] == ["decode", "model_call"]
    assert sent.states[4:] == [("ENDED", "p95", "decode")]
    assert sent.written[-1]["detail"] == "the process that saw it was started again"


def test_a_process_watches_its_operations_and_its_breaker(sent: SentAlerts) -> None:
    """Slow and failing calls begin their alerts at the next look; an open breaker does at once."""
    watch = ServiceWatch(sent.alerts, p95_s=5.0, failure_rate=0.1, breaker_threshold=5)
    for _ in range(60):
        watch.call_ended(CallReport("id", "timeout", 3, 1_795_000_000_000_000, 9_000_000, 32, "read"))
    now = time.monotonic()
    watch.add("end_to_end", {0.1: 1000}, 0, now)
    watch.breaker_changed(BreakerChange("model", BreakerState.OPEN, 1, 5))
    before_the_look = sent.states
    watch.look(now)
    watch.look(now + 2)
    watch.breaker_changed(BreakerChange("model", BreakerState.HALF_OPEN, 2, 5))
    watch.breaker_changed(BreakerChange("model", BreakerState.CLOSED, 3, 0))

    assert before_the_look == [("BEGAN", "breaker_open", "model")]
    assert sent.states[1:] == [
        ("BEGAN", "p95", "model_call"),
        ("BEGAN", "failure_rate", "model_call"),
        ("ENDED", "breaker_open", "model"),
    ]


def test_alerts_reach_people_through_apprise(sent: SentAlerts, httpserver: HTTPServer) -> None:
    """They are sent from their own thread; a server that hangs, refuses or is down costs only its own message."""
    asked: list[dict[str, str]] = []
    hang = threading.Event()

    def answer(request: Request) -> Response:
        asked.append(json.loads(request.data))
        hang.wait(20)
        return Response(status=500)

    httpserver.expect_request("/alerts").respond_with_handler(answer)
    notifier = notifier_of(f"json://127.0.0.1:{httpserver.port}/alerts, json://127.0.0.1:1/nobody")
    assert notifier is not None
    sent.alerts.report(Transition.BEGAN, Kind.FAILURE_RATE, "model_call", Measurement(0.25, 80), 0.1)
    for _ in range(200):
        notifier.notify(sent.written[0])
    until(lambda: asked)
    hang.set()
    until(lambda: len(asked) > 1)
    notifier.close()

    assert asked[0]["title"] == "ticketstream: failure_rate of model_call began"
    assert asked[0]["message"] == "25.0% of model_call fail; 10.0% are allowed (host-0.0)"


def test_no_addresses_mean_no_notifier_and_a_wrong_one_is_refused_without_showing_it() -> None:
    """An address holds a password: the message shows the number of the wrong one."""
    with pytest.raises(ConfigurationError, match="ALERT_URLS: address 2 of 2") as refused:
        notifier_of("json://127.0.0.1:1/ nonsense://user:hunter2@example")

    assert "hunter2" not in str(refused.value)
    assert notifier_of(" , ") is None


@pytest.mark.parametrize(
    ("urls", "number"),
    [
        ("mailto://u:p@mail.example.com?to=a@x.com,b@x.com", 1),
        ("mailto://u:p@mail.example.com?to=a@x.com,b@x.com, json://127.0.0.1:1/", 2),
        ("json://127.0.0.1:1/a b/,json://127.0.0.1:2/", 2),
        ("\n json://127.0.0.1:1/\njson://127.0.0.1:2/ ;json://127.0.0.1:3/\n", 3),
    ],
)
def test_addresses_are_split_as_apprise_splits_them(urls: str, number: int) -> None:
    """A comma or a blank within an address does not end it; one before the next address does, and so does a line."""
    channels: object = channels_of(urls)

    assert isinstance(channels, Apprise)
    assert len(channels) == number


def test_what_stands_before_the_first_address_is_refused() -> None:
    """Apprise leaves it out, and nobody would be told."""
    with pytest.raises(ConfigurationError, match="ALERT_URLS: address 1 of 2"):
        channels_of("ana@example.com, json://127.0.0.1:1/")


@pytest.mark.parametrize("address", ["ana:hunter2@mail.example.com", "slack://hunter2secret", "tgram://hunter2/x"])
def test_apprise_itself_does_not_repeat_an_address(address: str, caplog: pytest.LogCaptureFixture) -> None:
    """Apprise's own log lines quote an address that it does not understand."""
    with caplog.at_level(logging.DEBUG), pytest.raises(ConfigurationError):
        notifier_of(address)

    assert "hunter2" not in caplog.text


def test_a_process_that_stops_watching_ends_its_alerts(sent: SentAlerts) -> None:
    """The partition that decides who watches has moved: nothing else would end the alert."""
    watch = QualityWatch(_no_connection, sent.alerts, lambda: False, {Kind.ACCURACY_DROP: 0.05})
    now = time.monotonic()
    watch.judge(Kind.ACCURACY_DROP, Measurement(0.2, 100), now)
    watch.stand_by(now + 1)
    soon = sent.states
    watch.stand_by(now + WINDOW_S + 1)

    assert soon == [("BEGAN", "accuracy_drop", OPERATION)]
    assert sent.states[1:] == [("ENDED", "accuracy_drop", OPERATION)]
    assert sent.written[-1]["detail"] == "nothing is measured here any more"


def _no_connection() -> "Client":
    raise AssertionError("a process that stands by asks ClickHouse nothing")
