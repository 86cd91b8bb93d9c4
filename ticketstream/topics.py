"""`ticketstream topics create`."""

from typing import Annotated

import typer

from consumer.config.settings import load_settings
from consumer.kafka import admin
from ticketstream.output import command, say


def register(app: typer.Typer) -> None:
    topics = typer.Typer(no_args_is_help=True, help="The topics of the service.")
    topics.command("create")(create)
    app.add_typer(topics, name="topics")


@command
def create(
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of each topic that is missing.")] = 6,
    replication: Annotated[int, typer.Option(min=1, help="Replicas of each partition; 3 in production.")] = 1,
) -> None:
    """Make the topics that are missing; existing ones are left as they are."""
    settings = load_settings()
    settings.require("kafka_bootstrap_servers")
    for topic in admin.create(settings, partitions, replication):
        say(f"{topic.name}: {'exists' if topic.existed else 'created'}, {topic.partitions} partitions")
