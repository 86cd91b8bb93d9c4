"""Broker and ClickHouse of a sandbox after a hard end, when one of them may have lost what the other has.

The broker writes its data once a second. The sink refuses to mix what comes next with rows of records that are lost. It
goes on where its group had come to, whatever ClickHouse has lost. In a sandbox the topics decide: ClickHouse is filled
from them.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from analytics.clickhouse.client import Client
from analytics.clickhouse.migrate import migrate
from analytics.store.forgotten import enter, listed
from analytics.store.highest_offsets import highest_offsets
from analytics.store.rollups import roll_up
from consumer.commands.rebuild import rebuild
from consumer.config.settings import Settings
from consumer.kafka import admin

if TYPE_CHECKING:
    from analytics.store.rows import StoredEvent


def forget_lost_records(settings: Settings, client: Client, announce: Callable[[str], None]) -> None:
    """Fill ClickHouse again from the topics where it holds records that the broker has lost, or nothing at all.

    Args:
        settings: where both are; the sink does not run.
        client: of a database that has the tables.
        announce: called when it is done.

    Raises:
        BrokerTrouble: the topics cannot be read.
        analytics.clickhouse.errors.AnalyticsError: ClickHouse did not take something.
    """
    topics: Final[dict[str, StoredEvent]] = {
        settings.topics.categorized: "TicketCategorized",
        settings.topics.corrected: "TicketCorrected",
    }
    stored = {topic: highest_offsets(client, event, topic) for topic, event in topics.items()}
    ends = {topic: admin.end_offsets(settings, topic) for topic in topics}
    if not any(_lost(stored[topic], ends[topic]) for topic in topics) and (any(stored.values()) or _empty(ends)):
        return
    announce("what was killed had lost records: ClickHouse is filled again from the topics")
    # What was forgotten stays forgotten.
    gone = listed(client)
    client.outside(f"DROP DATABASE {settings.clickhouse_database}")
    migrate(client)
    enter(client, gone)
    rebuild(settings, client, None, lambda *_: None)
    for _ in roll_up(client):
        pass


def _lost(stored: Mapping[int, int], ends: Mapping[int, int]) -> bool:
    """Whether ClickHouse holds records beyond the ends of a topic's partitions."""
    return any(offset >= ends.get(partition, 0) for partition, offset in stored.items())


def _empty(ends: Mapping[str, Mapping[int, int]]) -> bool:
    return not any(end for of_topic in ends.values() for end in of_topic.values())
