"""Tickets through the real service and the real model: what comes out, and what each event says of itself."""

import json
import time
import uuid
from pathlib import Path
from typing import NamedTuple

import pytest

from consumer.kafka.records import Headers, Record
from schemas.events import TicketCategorized
from tests.support.topics import Put
from tests.support.world import World, a_ticket, place

pytestmark = [pytest.mark.delivery, pytest.mark.long]

NAMESPACE = uuid.UUID("e8f6d491-b4b9-40c9-81f4-fe636d874cfb")
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
CASES = Path(__file__).parents[1] / "tickets/text/cases"
QUOTED = (
    '<div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 2, 2026 at 10:02 AM Help &lt;help@bank.example&gt; '
    "wrote:</div><blockquote>Your transfer was cancelled. You may delete your account.</blockquote></div>"
)
TEXTS = [
    ("Problema con pago", "No puedo pagar mi factura"),
    ("Lost card", "I lost my card yesterday, please block it"),
    ("Exchange rate", "Which exchange rate do you use for euros?"),
    ("Top up", "My top up is still pending after two hours"),
    ("PIN", "How do I change my PIN?"),
    ("Refund", "When will I get my refund from the shop?"),
    ("Verify", "Why do you need to verify my identity?"),
    ("Transfer", "My transfer to a friend has not arrived yet"),
]


OURS = ("ts-category", "ts-decision", "ts-provisional", "ts-revision")


class Seen(NamedTuple):
    """What was on the topics after every ticket was answered."""

    began_us: int
    created: dict[str, Record]
    events: dict[str, Record]
    audit: list[Record]
    answers: dict[str, TicketCategorized]


def _without_ours(record: Record) -> Headers:
    return [header for header in record.headers if header[0] not in OURS]


@pytest.fixture(scope="module")
def seen(ordinary: World) -> Seen:
    """Every text once as single-object Avro and, with other ids, once as JSON."""
    world, began_us = ordinary, time.time_ns() // 1000
    avro = [a_ticket(f"avro-{number}", *text) for number, text in enumerate(TEXTS)]
    world.publish(avro)
    world.answers_to(each["ticket_id"] for each in avro)
    plain = {f"json-{number}": text for number, text in enumerate(TEXTS)}
    world.put(
        Put(
            json.dumps({"ticket_id": ticket_id, "subject": subject, "description": description}).encode(),
            ticket_id.encode(),
            [("traceparent", TRACE.encode()), ("secret", b"x")],
        )
        for ticket_id, (subject, description) in plain.items()
    )
    ours = {*plain, *(each["ticket_id"] for each in avro)}
    world.answers_to(ours)
    created, events, audit = (
        [record for record in world.committed(topic) if (record.key or b"").decode() in ours]
        for topic in (world.topics.created, world.topics.categorized, world.topics.audit)
    )
    assert len(ours) == len(events)
    return Seen(
        began_us,
        {(record.key or b"").decode(): record for record in created},
        {(record.key or b"").decode(): record for record in events},
        audit,
        {answer["ticket_id"]: answer for answer in world.decoded(events)},
    )


def test_every_ticket_has_one_committed_answer(ordinary: World, seen: Seen) -> None:
    """Tickets in single-object and in JSON framing are answered once each, in the committed view."""
    places = sorted(place(answer) for answer in ordinary.answers() if answer["ticket_id"] in seen.created)

    assert sorted((*record.position[1:3], 0) for record in seen.created.values()) == places
    assert 2 * len(TEXTS) == len(places)


@pytest.mark.parametrize("ticket_id", ["avro-0", "json-0"])
def test_the_first_ticket_of_all_is_a_payment_issue(seen: Seen, ticket_id: str) -> None:
    """The ticket about a payment that does not work is answered billing/payment_issue by the model."""
    answer = seen.answers[ticket_id]

    assert (answer["category"], answer["subcategory"]) == ("billing", "payment_issue")
    assert answer["provisional"] is False


def test_events_are_named_by_the_place_of_their_ticket(ordinary: World, seen: Seen) -> None:
    """The event_id is the uuid5 of the source's position and the revision, so that readers can compute it."""
    for ticket_id, answer in seen.answers.items():
        topic, partition, offset, timestamp_ms = seen.created[ticket_id].position

        assert {"topic": topic, "partition": partition, "offset": offset, "timestamp": timestamp_ms} == answer["source"]
        assert str(uuid.uuid5(NAMESPACE, f"{topic}|{partition}|{offset}|0")) == answer["event_id"]
        assert ordinary.topics.created == topic


def test_the_input_names_its_event_or_its_place_does(seen: Seen) -> None:
    """A ticket that brings an event_id keeps it, and one without gets one from its record's place."""
    assert seen.answers["avro-1"]["ticket_event_id"] == "created-avro-1"
    assert seen.answers["avro-1"]["channel"] == "test"
    assert uuid.UUID(seen.answers["json-1"]["ticket_event_id"]).version == 5
    assert seen.created["json-1"].position.timestamp_ms == seen.answers["json-1"]["created_at"]


def test_keys_and_partitions_are_those_of_the_tickets(seen: Seen) -> None:
    """An event has its ticket's key byte for byte, and stands in the partition of the same number."""
    for ticket_id, created in seen.created.items():
        event = seen.events[ticket_id]

        assert (created.key, created.position.partition) == (event.key, event.position.partition)


def test_the_trace_is_passed_on_and_nothing_else(seen: Seen) -> None:
    """Of the input's headers the event carries the trace context only."""
    assert [("traceparent", TRACE.encode())] == _without_ours(seen.events["json-2"])
    assert _without_ours(seen.events["avro-2"]) == []


def test_answers_can_be_filtered_by_their_headers(seen: Seen) -> None:
    """Category, decision, revision and provisional are in the headers of every answer, as in its event."""
    for ticket_id, answer in seen.answers.items():
        said = {name: seen.events[ticket_id].header(name) for name in OURS}
        provisional = "true" if answer["provisional"] else "false"

        assert list(said.values()) == [answer["category"], answer["decision"], provisional, str(answer["revision"])]


def test_timings_add_up(seen: Seen) -> None:
    """The stages of a ticket's way lie within its total, and the total within the time that the test took."""
    now_us = time.time_ns() // 1000
    for answer in seen.answers.values():
        timings = answer["timings"]
        stages = sum(timings[stage] for stage in ("decode_us", "lookup_us", "queue_us", "model_us", "rules_us"))

        assert timings["decode_us"] > 0
        assert stages + timings["wait_us"] <= timings["total_us"]
        assert seen.began_us <= timings["received_at"] <= timings["received_at"] + timings["total_us"] <= now_us
        assert abs(timings["received_at"] + timings["total_us"] - 1000 * answer["categorized_at"]) < 50_000


def test_repeated_texts_come_from_the_cache(seen: Seen) -> None:
    """A text that was answered before is answered from the cache, with no call of its own."""
    for number in range(len(TEXTS)):
        first, second = seen.answers[f"avro-{number}"], seen.answers[f"json-{number}"]

        assert first["method"] in {"MODEL", "RULES"}
        assert first["model_outcome"] == "answered"
        assert first["model_call_id"] is not None
        assert first["attempts"] == 1
        assert (second["model_outcome"], second["model_call_id"], second["attempts"]) == ("not_asked", None, 0)
        assert first["fingerprint"] == second["fingerprint"]
        assert (first["category"], first["subcategory"]) == (second["category"], second["subcategory"])


def test_an_answer_says_what_it_was_made_with(ordinary: World, seen: Seen) -> None:
    """Thresholds, policy, taxonomy and model are stamped on every event, and the decision follows from them."""
    for answer in seen.answers.values():
        auto, suggest = answer["threshold_auto"], answer["threshold_suggest"]
        sure = "AUTO" if answer["confidence"] >= auto else "SUGGEST" if answer["confidence"] >= suggest else "REVIEW"
        rules = "SUGGEST" if sure == "AUTO" else sure

        assert (ordinary.settings.min_confidence, ordinary.settings.min_confidence / 2) == (auto, suggest)
        assert (rules if answer["method"] == "RULES" else sure) == answer["decision"]
        assert answer["policy"]
        assert answer["taxonomy"]
        assert answer["service_version"]
        assert answer["explanation"]
        assert (answer["model"] or "").startswith("banking77")
        assert answer["fingerprint"].startswith("v2:")


def test_the_audit_sample_is_copied_byte_for_byte(seen: Seen) -> None:
    """Answers drawn for people to judge say with which probability, and are on the audit topic as they are."""
    sampled = {name for name, answer in seen.answers.items() if answer["audit_probability"]}
    expected = {(seen.events[name].key, seen.events[name].value) for name in sampled}

    assert {0.0, 0.5} == {answer["audit_probability"] for answer in seen.answers.values()}
    assert expected == {(record.key, record.value) for record in seen.audit}
    assert len(sampled) == len(seen.audit)


def test_a_mail_is_answered_as_the_question_in_it(ordinary: World) -> None:
    """A signature below, or HTML and a quoted message around: category, confidence, decision and fingerprint stay."""
    texts = {
        "mail-bare": (CASES / "signature.txt").read_text("utf-8").partition("\n\n")[0],
        "mail-signed": (CASES / "signature.txt").read_text("utf-8"),
    }
    texts["mail-html"] = f"<p>{texts['mail-bare']}</p>{QUOTED}"
    ordinary.publish([a_ticket(ticket_id, "My card", text) for ticket_id, text in texts.items()])
    ordinary.answers_to(texts)
    answers = {answer["ticket_id"]: answer for answer in ordinary.answers() if answer["ticket_id"] in texts}

    same = {
        (a["category"], a["subcategory"], a["confidence"], a["decision"], a["fingerprint"]) for a in answers.values()
    }
    assert [(category, sub, decision) for category, sub, _, decision, _ in same] == [("cards", "card_arrival", "AUTO")]
    assert {ticket_id: len(text) - len(texts["mail-bare"]) for ticket_id, text in texts.items()} == {
        ticket_id: answer["text_removed_chars"] for ticket_id, answer in answers.items()
    }
