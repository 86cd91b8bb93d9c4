"""Makes the service's topics."""

import structlog

from consumer.config.settings import load_settings, unread_names
from consumer.config.sources import process_environment
from consumer.kafka import admin
from ticketstream.output import say

log = structlog.get_logger()


def create_topics(partitions: int, replication: int) -> None:
    """Make the topics that are missing, and print a line for each topic."""
    settings = load_settings()
    for unknown in unread_names(process_environment()):
        # A topic of another name would be made.
        log.warning("setting.doubtful", detail=str(unknown))
    settings.require("kafka_bootstrap_servers")
    for topic in admin.create(settings, partitions, replication):
        say(f"{topic.name}: {'exists' if topic.existed else 'created'}, {topic.partitions} partitions")
