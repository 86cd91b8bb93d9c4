"""Makes the service's topics."""

import typer

from consumer.config.settings import load_settings
from consumer.kafka import admin
from consumer.kafka.topic_making import TopicMade
from consumer.logs import defused
from ticketstream.output import say


def create_topics(partitions: int, replication: int) -> None:
    """Make the topics that are missing, and print a line for each topic.

    Raises:
        typer.Exit: with 1, when a topic could not be made or cannot be used.
    """
    settings = load_settings()
    settings.require("kafka_bootstrap_servers")
    made = admin.create(settings, partitions, replication)
    for topic in made:
        say(f"{topic.name}: {defused(_state(topic))}")
        for name, reason in topic.left_out.items():
            say(f"{topic.name}: {name} was left out, and has the cluster's own value: {defused(reason)}")
    if any(topic.problem for topic in made):
        raise typer.Exit(1)


def _state(topic: TopicMade) -> str:
    if topic.problem:
        return topic.problem
    partitions = "" if topic.partitions is None else f", {topic.partitions} partitions"
    return f"{'exists' if topic.existed else 'created'}{partitions}"
