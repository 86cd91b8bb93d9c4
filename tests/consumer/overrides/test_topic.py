"""The topic of overrides on a real broker: what a worker reads of it, at its start and afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
import structlog
from confluent_kafka import Producer

from consumer.answer.override_record import Override, encode
from consumer.answer.overrides import OverrideChange
from consumer.answer.taxonomy import load_taxonomy
from consumer.config.settings import Settings
from consumer.kafka import admin
from consumer.kafka.topic_reader import every
from consumer.overrides.following import FOLLOW_EVERY_S
from consumer.overrides.topic import OverridesTopic, overrides_of
from tests.support.topics import Put, put
from tests.support.waiting import until

SCOPE = "acme"


def an_override(text: str, name: str = "c-1", scope: str = SCOPE, *, active: bool = True) -> Override:
    return Override(
        scope=scope,
        fingerprint=text,
        category="billing",
        subcategory=None,
        people=1,
        state="active" if active else "retired",
        reason=None if active else "contradicted",
        correction_id=name,
        corrected_at=1_795_982_400_000,
    )


def write(settings: Settings, *overrides: Override) -> None:
    records = [Put(encode(each), each.key) for each in overrides]
    put(settings.kafka_bootstrap_servers, settings.topics.overrides, records)


@contextmanager
def transaction(settings: Settings, override: Override) -> Iterator[Producer]:
    """An override in a transaction that is open."""
    producer = Producer(
        {
            "bootstrap.servers": settings.kafka_bootstrap_servers,
            "transactional.id": f"{settings.topics.overrides}-{override.correction_id}",
            "transaction.timeout.ms": 10_000,
        }
    )
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce(settings.topics.overrides, encode(override), override.key)
    assert producer.flush(10) == 0
    yield producer


def more(topic: OverridesTopic, number: int = 1) -> list[OverrideChange]:
    found: list[OverrideChange] = []

    def enough() -> bool:
        found.extend(topic.more())
        return len(found) >= number

    until(enough)
    return found


def named(changes: list[OverrideChange]) -> dict[str, str | None]:
    """By text the correction that stands."""
    return {text: override.correction_id if override else None for text, override in changes}


@pytest.fixture
def topic(settings: Settings) -> Iterator[OverridesTopic]:
    made = OverridesTopic(settings, SCOPE)
    yield made
    made.close()


def test_everything_is_there_at_the_start_and_the_rest_comes(settings: Settings, topic: OverridesTopic) -> None:
    """Of all partitions; a record of before the start comes once."""
    write(settings, *(an_override(f"text-{number}") for number in range(20)))
    loaded = list(topic.load())
    nothing = topic.more()
    write(settings, an_override("text-0", "c-2"), an_override("text-1", active=False), an_override("text-20"))
    came = more(topic, 3)

    assert named(loaded) == {f"text-{number}": "c-1" for number in range(20)}
    assert nothing == []
    assert named(came) == {"text-0": "c-2", "text-1": None, "text-20": "c-1"}


def test_a_missing_topic_is_made_compacted(settings: Settings) -> None:
    """An installation from before overrides gets its topic at the start of a worker."""
    late = settings.model_copy(
        update={"topics": settings.topics.model_copy(update={"overrides": f"{settings.topics.overrides}-late"})}
    )
    topic = OverridesTopic(late, SCOPE)
    loaded = list(topic.load())
    write(late, an_override("text"))
    came = more(topic)
    topic.close()
    counts = admin.partition_counts(late)
    properties = admin.describe(late, [late.topics.overrides])[late.topics.overrides].properties

    assert (loaded, named(came)) == ([], {"text": "c-1"})
    assert counts[late.topics.overrides] == counts[late.topics.created]
    # The sandbox's broker does not tell.
    assert properties is None or properties.get("cleanup.policy", "compact") == "compact"


def test_records_of_aborted_transactions_are_never_seen(settings: Settings, topic: OverridesTopic) -> None:
    """Neither at the start nor later, though they stand in the log."""
    with transaction(settings, an_override("text", "aborted-before")) as before:
        before.abort_transaction(10)
    loaded = list(topic.load())
    with transaction(settings, an_override("text", "aborted-later")) as later:
        later.abort_transaction(10)
    write(settings, an_override("text", "committed"))
    came = more(topic)
    there = [record.value or b"" for record in every(settings, settings.topics.overrides)]

    assert (loaded, named(came)) == ([], {"text": "committed"})
    assert sum(b"aborted" in value for value in there) == 2


def test_a_start_waits_for_a_transaction_that_is_open(settings: Settings, topic: OverridesTopic) -> None:
    """What stands before the end of the log counts, also what is committed only while it is read."""
    with transaction(settings, an_override("text", "under-way")) as producer:
        loading = topic.load()
        write(settings, an_override("text", "behind"))
        producer.commit_transaction(10)
        loaded = list(loading)

    assert named([*loaded, *([] if "behind" in str(loaded) else more(topic))]) == {"text": "behind"}
    assert "under-way" in str(loaded)


def test_what_is_under_way_is_not_seen_until_it_is_committed(settings: Settings, topic: OverridesTopic) -> None:
    """While a worker runs, nothing waits for it."""
    list(topic.load())
    with transaction(settings, an_override("text", "under-way")) as producer:
        before = [topic.more() for _ in range(20)]
        producer.commit_transaction(10)
    came = more(topic)

    assert before == [[]] * 20
    assert named(came) == {"text": "under-way"}


def test_other_scopes_are_passed_over(settings: Settings, topic: OverridesTopic) -> None:
    """Also those that begin alike."""
    write(settings, *(an_override("text", scope=scope) for scope in ("acme-2", "acm", "other")))
    write(settings, an_override("text", "mine"))

    assert [change.override.correction_id for change in topic.load() if change.override] == ["mine"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"{",
        encode(an_override("text")).replace(b'"v":1', b'"v":2'),
        encode(an_override("other")),
    ],
    ids=["tombstone", "empty", "cut", "newer", "of another text"],
)
def test_what_cannot_be_read_takes_away_what_stood(
    settings: Settings, topic: OverridesTopic, value: bytes | None
) -> None:
    """Once in the log, with its place and without its content; a tombstone is no fault."""
    key = an_override("text").key
    with structlog.testing.capture_logs() as logs:
        put(settings.kafka_bootstrap_servers, settings.topics.overrides, [Put(value, key)])
        changes = list(topic.load())
    said = [entry for entry in logs if entry["event"] == "override.unreadable"]

    assert changes == [OverrideChange("text", None)]
    assert [(entry["topic"], entry["offset"]) for entry in said] == (
        [] if value is None else [(settings.topics.overrides, 0)]
    )


def test_overrides_that_are_off_ask_nobody(settings: Settings) -> None:
    """No broker is needed, and nothing stands."""
    nowhere = settings.model_copy(update={"overrides": "off", "kafka_bootstrap_servers": "127.0.0.1:1"})
    followed = overrides_of(nowhere, load_taxonomy())
    followed.load()

    assert (followed.follow(0.0), len(followed)) == ([], 0)


def test_the_topic_is_asked_twenty_times_a_second_at_most(settings: Settings) -> None:
    """What is new counts from then on, and its text is named, so that tickets that wait are answered."""
    ours = settings.model_copy(update={"kafka_group_id": SCOPE})
    followed = overrides_of(ours, load_taxonomy())
    write(ours, an_override("old"))
    followed.load()
    write(ours, an_override("new"))
    seconds = count(1)
    found = until(lambda: followed.follow(float(next(seconds))))
    last = next(seconds)
    before = followed.follow(float(last))
    write(ours, an_override("newer"))
    at_once = [followed.follow(last + FOLLOW_EVERY_S * part / 100) for part in range(99)]

    assert (found, before, at_once, len(followed)) == (["new"], [], [[]] * 99, 2)
    assert followed.memory.standing("new", 1_795_982_400_000) is not None
    followed.close()
