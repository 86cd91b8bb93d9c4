"""`ticketstream sandbox`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.choices import AddressFormat
from ticketstream.output import command

_DATA = Path(".sandbox")


@command
def sandbox(
    *,
    without_service: Annotated[
        bool, typer.Option("--without-service", help="Leave the service out, to run it yourself.")
    ] = False,
    data: Annotated[Path, typer.Option(help="The one folder that everything is written to.")] = _DATA,
    output: Annotated[
        AddressFormat, typer.Option("--format", help="json: one line when ready; env: settings for `ticketstream run`.")
    ] = AddressFormat.TABLE,
) -> None:
    """Start the whole system on this machine, on free ports, until Ctrl-C.

    A Kafka-compatible broker, the ClickHouse engine, the reference model and the service. It needs no Docker and
    no root. When a part dies, everything stops and the message says which.
    """
    from ticketstream.actions.sandbox import run_sandbox

    run_sandbox(data, output, with_service=not without_service)
