"""`ticketstream sandbox`."""

import json
import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sandbox.system import Sandbox, watch
from ticketstream.output import command, console, say
from ticketstream.stopping import Stopping

DEFAULT_DATA = Path(".sandbox")


class Format(StrEnum):
    """How the addresses are shown."""

    table = "table"
    json = "json"
    env = "env"


def register(app: typer.Typer) -> None:
    app.command("sandbox")(run_sandbox)


@command
def run_sandbox(
    *,
    without_service: Annotated[
        bool, typer.Option("--without-service", help="Leave the service out, to run it yourself.")
    ] = False,
    data: Annotated[Path, typer.Option(help="The one folder that everything is written to.")] = DEFAULT_DATA,
    output: Annotated[
        Format, typer.Option("--format", help="json: one line when ready; env: settings for `ticketstream run`.")
    ] = Format.table,
) -> None:
    """Start the whole system on this machine, on free ports, until Ctrl-C.

    A Kafka-compatible broker, the ClickHouse engine, the reference model and the service. It needs no Docker and
    no root. When a part dies, everything stops and the message says which.
    """
    stopping = Stopping()
    with Sandbox(data, with_service=not without_service, tell=_tell, stopped=stopping.stop.is_set) as system:
        _show(system, output)
        watch(system, stopping.stop.is_set)
    stopping.end()


def _tell(what: str) -> None:
    console.print(f"sandbox: {what} …", style="dim", markup=False)


def _show(system: Sandbox, output: Format) -> None:
    addresses = system.addresses._asdict()
    match output:
        case Format.json:
            say(json.dumps(addresses))
        case Format.env:
            for name, value in system.environment().items():
                say(f"{name}={shlex.quote(value)}")
        case Format.table:
            table = Table("part", "address")
            for name, value in addresses.items():
                table.add_row(name, value or "not started")
            console.print(table)
            console.print("Ctrl-C stops it all.")
