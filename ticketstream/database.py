"""The ClickHouse database that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import AnalyticsError, Misconfigured
from consumer.config.clickhouse import clickhouse_of
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError, TicketstreamError


@contextmanager
def database() -> Iterator[Client]:
    """Connect to CLICKHOUSE_DATABASE at CLICKHOUSE_URL.

    Raises:
        ConfigurationError: a setting, the credentials or the database have to be changed first.
        TicketstreamError: ClickHouse does not answer or fails.
    """
    settings = load_settings()
    settings.require("clickhouse_url")
    try:
        with clickhouse_of(settings) as client:
            yield client
    except Misconfigured as error:
        raise ConfigurationError(str(error)) from None
    except AnalyticsError as error:
        raise TicketstreamError(str(error)) from None
