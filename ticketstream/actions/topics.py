"""Makes the service's topics."""

import structlog
import typer

from consumer.config.settings import load_settings, unread_names
from consumer.config.sources import process_environment
from consumer.kafka import admin
from consumer.kafka.topic_making import TopicMade
from terminal.exit_codes import ExitCode
from terminal.output import say
from terminal.safe_text import defused

log = structlog.get_logger()


def create_topics(partitions: int, replication: int) -> None:
    """Make the topics that are missing, and print a line for each topic.

    Raises:
        typer.Exit: with 1, when a topic could not be made or cannot be used.
    """
    settings = load_settings()
    for unknown in unread_names(process_environment()):
        # A topic of another name would be made.
        log.warning("setting.doubtful", detail=str(unknown))
    settings.require("kafka_bootstrap_servers")
    made = admin.create(settings, partitions, replication)
    for topic in made:
        say(f"{topic.name}: {defused(_state(topic))}")
        for name, reason in topic.left_out.items():
            say(f"{topic.name}: {name} was left out, and has the cluster's own value: {defused(reason)}")
    if any(topic.problem for topic in made):
        raise typer.Exit(ExitCode.FAILED)


def _state(topic: TopicMade) -> str:
    if topic.problem:
        return topic.problem
    partitions = "" if topic.partitions is None else f", {topic.partitions} partitions"
    return f"{'exists' if topic.existed else 'created'}{partitions}"
