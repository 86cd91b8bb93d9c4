"""`ticketstream topics`."""

from typing import Annotated

import typer

from ticketstream.output import command


@command
def create(
    partitions: Annotated[int, typer.Option(min=1, max=100_000, help="Partitions of each topic that is missing.")] = 6,
    replication: Annotated[int, typer.Option(min=1, max=1000, help="Replicas of each partition; 3 in production.")] = 1,
) -> None:
    """Make the topics that are missing; existing ones are left as they are."""
    from ticketstream.actions.topics import create_topics

    create_topics(partitions, replication)
