"""The ClickHouse that the settings name."""

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.retention import Wanted
from consumer.config.routes import certificates_of
from consumer.config.settings import Settings


def clickhouse_of(settings: Settings, longest_s: int | None = None) -> Client:
    """Connect to CLICKHOUSE_DATABASE at CLICKHOUSE_URL.

    Args:
        settings: where CLICKHOUSE_URL is set.
        longest_s: after how many seconds ClickHouse ends a query, if the user may set that limit.

    Raises:
        analytics.clickhouse.errors.Unavailable: when nothing answers there, or TLS or a proxy fails.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    return connect(
        settings.clickhouse_url.get_secret_value(),
        settings.clickhouse_database,
        longest_s,
        certificates=certificates_of(settings, "clickhouse"),
        proxies=settings.proxies,
    )


def retention_of(settings: Settings) -> Wanted:
    """How long the settings want rows to be kept."""
    return Wanted(settings.retention_days, settings.texts_kept_days)
