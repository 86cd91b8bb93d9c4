"""The demo: real tickets through the whole system, judged by simulated people, counted by ClickHouse."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from analytics.clickhouse.client import Client
from consumer.commands.publish import Publisher
from consumer.commands.tail import Tail
from consumer.config.clickhouse import clickhouse_of
from consumer.config.settings import Settings
from consumer.errors import TicketstreamError
from consumer.kafka import admin
from sandbox.figures import Figures, figures
from sandbox.labelled import Labelled
from sandbox.people import is_right, verdict
from sandbox.system import Sandbox
from schemas.events import TicketCategorized

# Without progress for this long something is broken, and a longer wait would hide it.
STALLED_S = 60.0
LANGUAGE = "en"


class DemoFailed(TicketstreamError):
    """The demo failed; the message says how far it came."""


class Watchers(NamedTuple):
    """Called with the number of tickets published so far, and of tickets answered so far."""

    published: Callable[[int], None]
    answered: Callable[[int], None]


class Judged(NamedTuple):
    """The answers by ticket_id, and how many judgements people published."""

    answers: dict[str, TicketCategorized]
    corrected: int
    verdicts: int


class Outcome(NamedTuple):
    """The figures from ClickHouse, the accuracies that the gold labels give, and the answers by ticket_id."""

    figures: Figures
    gold_accuracy: float
    gold_accuracy_subcategory: float
    answers: Mapping[str, TicketCategorized]


def run(system: Sandbox, tickets: Sequence[Labelled], rate_per_s: float, watchers: Watchers) -> Outcome:
    """Publish the tickets, let people judge the answers, and wait until all of it is in ClickHouse.

    Raises:
        DemoFailed: there was no progress for a minute, or the figures differ from those of the gold labels.
        PartDied: a part of the sandbox ended.
    """
    settings = system.settings()
    with clickhouse_of(settings) as client:
        judged = fill(system, tickets, rate_per_s, watchers, client)
        found = figures(
            client,
            published=len(tickets),
            dead_letters=_dead_letters(settings),
            corrected=judged.corrected,
            language=LANGUAGE,
        )
    return _checked(found, judged, {ticket.ticket_id: ticket for ticket in tickets})


def fill(system: Sandbox, tickets: Sequence[Labelled], rate_per_s: float, watchers: Watchers, client: Client) -> Judged:
    """Publish the tickets, let people judge the answers, and wait until all of it is in ClickHouse.

    A second time it repeats nothing: events keep their ids.

    Raises:
        DemoFailed: there was no progress for a minute.
        PartDied: a part of the sandbox ended.
    """
    settings = system.settings()
    failures: list[str] = []
    publishing = threading.Thread(
        target=_publish, args=(settings, tickets, rate_per_s, watchers.published, failures), daemon=True
    )
    publishing.start()
    judged = _judge(system, settings, {ticket.ticket_id: ticket for ticket in tickets}, watchers.answered)
    publishing.join()
    if failures:
        raise DemoFailed(f"the broker did not take every ticket: {failures[0]}")
    wait_for_rows(system, client, len(judged.answers), judged.verdicts)
    return judged


def _publish(
    settings: Settings,
    tickets: Sequence[Labelled],
    rate_per_s: float,
    advance: Callable[[int], None],
    failures: list[str],
) -> None:
    publisher = Publisher(settings)
    began_s = time.monotonic()
    for number, ticket in enumerate(tickets):
        if rate_per_s:
            time.sleep(max(0.0, began_s + number / rate_per_s - time.monotonic()))
        publisher.ticket(ticket.created(time.time_ns() // 1_000_000))
        advance(number + 1)
    failures.extend(publisher.finish())


def _judge(system: Sandbox, settings: Settings, gold: Mapping[str, Labelled], advance: Callable[[int], None]) -> Judged:
    """Read the answers as a downstream service would, and publish what people say about them."""
    people = Publisher(settings)
    answers: dict[str, TicketCategorized] = {}
    corrected = verdicts = 0
    tail = Tail(settings, settings.topics.categorized)
    moved_s = time.monotonic()
    try:
        for record in tail.waiting():
            if record is None:
                system.check()
                if time.monotonic() - moved_s > STALLED_S:
                    raise DemoFailed(f"{len(answers)} of {len(gold)} tickets were answered, then nothing more came")
                continue
            moved_s = time.monotonic()
            answer = cast("TicketCategorized", tail.shown(record)["value"])
            if answer["provisional"] or answer["ticket_id"] in answers or answer["ticket_id"] not in gold:
                continue
            answers[answer["ticket_id"]] = answer
            ticket = gold[answer["ticket_id"]]
            correction = verdict(answer, ticket, time.time_ns() // 1_000_000)
            if correction is not None:
                people.correction(correction)
                verdicts += 1
                corrected += not is_right(answer, ticket)
            advance(len(answers))
            if len(answers) == len(gold):
                break
    finally:
        tail.close()
    if failures := people.finish():
        raise DemoFailed(f"the broker did not take every correction: {failures[0]}")
    return Judged(answers, corrected, verdicts)


def wait_for_rows(system: Sandbox, client: Client, answers: int, verdicts: int) -> None:
    """Wait until ClickHouse holds all that was answered and said.

    Args:
        system: runs.
        client: of its database.
        answers: tickets that have one.
        verdicts: judgements of people.

    Raises:
        DemoFailed: there was no progress for a minute.
        PartDied: a part of the sandbox ended.
    """
    moved_s, before = time.monotonic(), (-1, -1, -1)
    while True:
        system.check()
        found = _stored(client)
        if found[0] >= answers and found[1] >= verdicts and found == before:
            return
        if found != before:
            moved_s, before = time.monotonic(), found
        elif time.monotonic() - moved_s > STALLED_S:
            raise DemoFailed(f"ClickHouse holds {found[0]} of {answers} answers and {found[1]} of {verdicts} verdicts")
        # Longer than the sink collects rows: when two looks are equal, no rows are under way.
        time.sleep(0.75)


def _stored(client: Client) -> tuple[int, int, int]:
    counts = client.rows(
        "SELECT (SELECT uniqExact(ticket_id) FROM categorizations) AS answers,"
        " (SELECT count() FROM corrections) AS verdicts,"
        " (SELECT count() FROM operations WHERE operation = 'model_call') AS calls"
    )[0]
    return counts["answers"], counts["verdicts"], counts["calls"]


def _dead_letters(settings: Settings) -> int:
    return sum(admin.end_offsets(settings, settings.topics.dead_letter).values())


def _checked(found: Figures, judged: Judged, gold: Mapping[str, Labelled]) -> Outcome:
    counted = [(answer, gold[ticket_id]) for ticket_id, answer in judged.answers.items() if gold[ticket_id].counted]
    category = sum(answer["category"] == ticket.category for answer, ticket in counted) / len(counted)
    both = sum(is_right(answer, ticket) for answer, ticket in counted) / len(counted)
    if abs(found.accuracy - category) > 1e-9 or abs(found.accuracy_subcategory - both) > 1e-9:
        raise DemoFailed(
            f"ClickHouse says accuracy {found.accuracy} and {found.accuracy_subcategory}, "
            f"the gold labels say {category} and {both}"
        )
    return Outcome(found, category, both, judged.answers)
