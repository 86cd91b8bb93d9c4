"""`ticketstream doctor`."""

from typing import Annotated

import typer

from ticketstream.choices import Format, Role
from ticketstream.needs import classifier_needed
from ticketstream.output import command


@command
def doctor(
    role: Annotated[Role, typer.Option(help="Check what `ticketstream run` of this role needs.")] = Role.ALL,
    output: Annotated[Format, typer.Option("--format", help="json is one document.")] = Format.TABLE,
) -> None:
    """Check settings, taxonomy, topics, rights, schema registry, ClickHouse and the model.

    Each finding says how to mend what is wrong; for a right that is missing on Kafka, with the command that grants it.
    The exit code is 1 when a finding has failed. Warnings alone end with 0: the service runs in spite of them.
    """
    from ticketstream.actions.doctor import check_everything

    with classifier_needed():
        check_everything(role, output)
