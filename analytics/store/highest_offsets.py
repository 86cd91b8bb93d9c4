"""The highest offsets in ClickHouse, which show that a topic was deleted and created again. Nothing resumes there."""

from analytics.clickhouse.client import Client
from analytics.store.rows import TABLES, StoredEvent


def highest_offsets(client: Client, event: StoredEvent, topic: str) -> dict[int, int]:
    """Return the highest offset of a topic that ClickHouse holds, by partition. Partitions without rows are left out.

    Reads three narrow columns of the event's table.

    Args:
        client: of a database that has the tables.
        event: what the topic holds.
        topic: its name.

    Raises:
        analytics.clickhouse.errors.Unavailable: when it may work later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    query = """
        SELECT record_partition AS partition, max(record_offset) AS highest
        FROM {table:Identifier} WHERE record_topic = {topic:String} GROUP BY partition
    """
    found = client.rows(query, {"table": TABLES[event], "topic": topic})
    return {row["partition"]: row["highest"] for row in found}
