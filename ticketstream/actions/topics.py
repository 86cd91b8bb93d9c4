"""Makes the service's topics."""

from consumer.config.settings import load_settings
from consumer.kafka import admin
from tickets.terminal.output import say


def create_topics(partitions: int, replication: int) -> None:
    """Make the topics that are missing, and print a line for each topic."""
    settings = load_settings()
    settings.require("kafka_bootstrap_servers")
    for topic in admin.create(settings, partitions, replication):
        say(f"{topic.name}: {'exists' if topic.existed else 'created'}, {topic.partitions} partitions")
