"""What the sink decides from a real ClickHouse: the same in every order, and the same again."""

import random
from collections.abc import Collection, Iterator, Sequence
from itertools import permutations
from typing import Any

import pytest

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from analytics.store.judged_fingerprints import note_removed
from analytics.store.prepared import prepared
from analytics.store.rows import Row
from consumer.answer.override_record import Override, decode, key_of
from consumer.kafka.records import Message
from consumer.sink.overrides import Company, Overrides
from consumer.sink.row_store import ClickHouseRows
from tests.support.clickhouse_process import door_process
from tests.support.emptying import empty_tables
from tests.support.stored_events import NOON_MS, categorized, corrected

COMPANY = Company("ticket-overrides", "tickets", 180, lambda category, subcategory: (category, subcategory))
DAY_MS = 86_400_000
TEXTS = {letter: "v2:" + letter * 32 for letter in "abcdef"}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with door_process(tmp_path_factory.mktemp("overrides")) as door, connect(door.url, "overrides") as connected:
        migrate(connected)
        yield connected


@pytest.fixture
def client(stored: Client) -> Client:
    empty_tables(stored)
    return stored


class Sink:
    """A worker: stores rows, and decides what follows."""

    def __init__(self, client: Client) -> None:
        self._rows = ClickHouseRows(client)
        self._overrides = Overrides(client, COMPANY, lambda: NOON_MS + DAY_MS)

    def store(self, *rows: Row) -> Sequence[Message]:
        """The records that follow."""
        self._rows.insert(prepared(rows))
        return self._overrides.after(self._rows.take_judged())


def answer(number: int, text: str, category: str = "account", **changed: Any) -> Row:
    return categorized(f"T-{number}", number, fingerprint=TEXTS[text], category=category, **changed)


def said(number: int, category: str, by: str | None = "ana", offset: int = 0, **changed: Any) -> Row:
    at_ms = NOON_MS + 1000 + offset
    return corrected(
        f"T-{number}", category, offset or number, corrected_by=by, subcategory=None, **({"at_ms": at_ms} | changed)
    )


def read(messages: Collection[Message]) -> dict[str, tuple[str, str, int] | str | None]:
    """By text: category, state and people of an active one, the reason of a retired one, None for a tombstone."""
    letters = {key_of("tickets", text): letter for letter, text in TEXTS.items()}
    found: dict[str, tuple[str, str, int] | str | None] = {}
    for message in messages:
        override = decode(message.value) if message.value else None
        assert override is None or (override.key == message.key and message.topic == "ticket-overrides")
        found[letters[message.key or b""]] = shown(override)
    return found


def shown(override: Override | None) -> tuple[str, str, int] | str | None:
    if override is None:
        return None
    return (override.category, "active", override.people) if override.is_active else override.reason


@pytest.mark.parametrize("is_late", [False, True], ids=["correction-later", "answer-later"])
def test_an_override_follows_whichever_is_stored_later(client: Client, *, is_late: bool) -> None:
    """The other one comes in a batch of its own, and of that nothing follows."""
    first, second = (said(1, "billing"), answer(1, "a")) if is_late else (answer(1, "a"), said(1, "billing"))
    sink = Sink(client)

    assert read(sink.store(first, answer(2, "b"))) == {}
    assert read(sink.store(second)) == {"a": ("billing", "active", 1)}


def test_a_batch_without_corrections_asks_nothing_more(client: Client) -> None:
    asked: list[str] = []

    class Counting(Overrides):
        def of(self, tickets: Collection[str]) -> Iterator[Message]:
            asked.extend(tickets)
            return super().of(tickets)

    rows = ClickHouseRows(client)
    overrides = Counting(client, COMPANY)
    rows.insert(prepared([answer(number, "a") for number in range(20)]))

    assert overrides.after(rows.take_judged()) == []
    assert asked == []


def test_who_stores_the_same_again_writes_the_same_again(client: Client) -> None:
    """A process that died between storing and committing: the next one reads the same records, in other batches."""
    rows = [answer(1, "a"), answer(2, "a"), said(1, "billing"), said(2, "billing", "ben")]
    first = Sink(client).store(*rows)
    sink = Sink(client)
    again = [sink.store(*rows[:2]), sink.store(*rows[2:])]

    assert read(first) == {"a": ("billing", "active", 2)}
    assert again[0] == again[1] == first


def test_a_batch_that_knows_less_is_mended(client: Client) -> None:
    """Another worker stored a contradiction between this one's look and its commit, and committed before it."""
    sink, other = Sink(client), Sink(client)
    sink.store(answer(1, "a"), answer(2, "a"))
    early = sink.store(said(1, "billing"))
    later = other.store(said(2, "cards", "ben"))
    seconds_look = sink.store(answer(9, "f"))

    assert read(early) == {"a": ("billing", "active", 1)}
    assert read(later) == read(seconds_look) == {"a": "contradicted"}
    assert read(sink.store(answer(10, "f"))) == {}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_in_any_order_the_last_record_is_the_same(client: Client, order: tuple[int, ...]) -> None:
    """Each batch from another worker."""
    batches = [
        [answer(1, "a"), said(1, "billing")],
        [answer(2, "a"), said(2, "billing", "ben")],
        [answer(3, "a", "billing", method="CACHE"), said(3, "billing", None)],
    ]
    last = [Sink(client).store(*batches[number]) for number in order][-1]

    assert read(last) == {"a": ("billing", "active", 2)}


def test_who_turns_out_to_be_one_sided_loses_what_stood_on_them_alone(client: Client) -> None:
    """And gets it back when others of their corrections show that they are not."""
    sink = Sink(client)
    for number in range(9):
        sink.store(answer(number, "abcdef"[number % 5]), said(number, "billing", "ana", at_ms=NOON_MS + number))
    sink.store(answer(20, "b"), said(20, "billing", "ben"))
    turned = sink.store(answer(9, "f"), said(9, "billing"))
    back = [sink.store(answer(30 + n, "f"), said(30 + n, "cards", "ana", at_ms=NOON_MS + n)) for n in range(7)][-1]

    assert read(turned) == {
        **dict.fromkeys("acdef", "one_sided"),
        "b": ("billing", "active", 2),
    }
    assert {letter: found for letter, found in read(back).items() if letter in "acde"} == dict.fromkeys(
        "acde", ("billing", "active", 1)
    )


def test_a_judgement_that_moves_leaves_a_tombstone(client: Client) -> None:
    """The answer that was looked at comes last."""
    sink = Sink(client)
    named = categorized("T-1", 2, fingerprint=TEXTS["b"], category="account")
    sink.store(categorized("T-1", 1, fingerprint=TEXTS["a"], category="account"))
    first = sink.store(said(1, "billing", judged_event_id=named.event["event_id"]))

    assert read(first) == {"a": ("billing", "active", 1)}
    assert read(sink.store(named)) == {"a": None, "b": ("billing", "active", 1)}


def test_confirmations_alone_write_nothing(client: Client) -> None:
    assert read(Sink(client).store(answer(1, "a"), said(1, "account"))) == {}


def test_a_removed_override_comes_back_with_a_newer_correction_alone(client: Client) -> None:
    sink = Sink(client)
    sink.store(answer(1, "a"), answer(2, "a"), said(1, "billing"))
    note_removed(client, {key_of("tickets", TEXTS["a"]): NOON_MS + 5000})

    assert read(sink.store(said(2, "billing", "ben"))) == {"a": "removed"}
    assert read(sink.store(said(2, "cards", "ben", 77, at_ms=NOON_MS + 6000))) == {"a": ("cards", "active", 1)}


def test_what_is_too_old_does_not_count(client: Client) -> None:
    old: dict[str, Any] = {"at_ms": NOON_MS - 200 * DAY_MS}

    assert read(Sink(client).store(answer(1, "a", **old), said(1, "billing", **old))) == {"a": "expired"}


def test_many_judgements_in_one_batch_are_all_decided(client: Client) -> None:
    """More tickets than one statement may name."""
    random_ = random.Random(1)
    ids = [f"{number}-{'x' * 150}" for number in range(400)]
    texts = {ticket: f"v2:{random_.getrandbits(128):032x}" for ticket in ids}
    rows = [
        row
        for number, ticket in enumerate(ids)
        for row in (
            categorized(ticket, number, fingerprint=texts[ticket], category="account"),
            corrected(ticket, "billing" if number % 2 else "cards", number, corrected_by="ana", at_ms=NOON_MS + 1),
        )
    ]

    assert {message.key for message in Sink(client).store(*rows)} == {
        key_of("tickets", text) for text in texts.values()
    }
