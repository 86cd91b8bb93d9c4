"""What a broker that was killed has lost: it writes its data once a second, and ClickHouse may hold more than it knows.

The sink refuses to mix what comes next with such rows. In a sandbox the topics decide: ClickHouse is filled from them.
"""

from collections.abc import Callable
from typing import Final

from analytics.clickhouse.client import Client
from analytics.clickhouse.migrate import migrate
from analytics.store.highest_offsets import highest_offsets
from analytics.store.rollups import roll_up
from analytics.store.rows import StoredEvent
from consumer.commands.rebuild import rebuild
from consumer.config.settings import Settings
from consumer.kafka import admin


def forget_lost_records(settings: Settings, client: Client, announce: Callable[[str], None]) -> None:
    """Fill ClickHouse again from the topics where it holds records that the broker has lost.

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
    if not any(_lost(settings, client, topic, event) for topic, event in topics.items()):
        return
    announce("ClickHouse is filled again: the broker lost its last records when it was killed")
    client.outside(f"DROP DATABASE {settings.clickhouse_database}")
    migrate(client)
    rebuild(settings, client, None, lambda *_: None)
    for _ in roll_up(client):
        pass


def _lost(settings: Settings, client: Client, topic: str, event: StoredEvent) -> bool:
    stored = highest_offsets(client, event, topic)
    ends = admin.end_offsets(settings, topic) if stored else {}
    return any(offset >= ends.get(partition, 0) for partition, offset in stored.items())
