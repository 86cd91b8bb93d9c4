"""Starts the whole system on this machine."""

import json
import shlex
from pathlib import Path

from rich.table import Table

from sandbox.system import Sandbox, watch
from ticketstream.choices import AddressFormat
from ticketstream.output import console, say
from ticketstream.stopping import Stopping


def run_sandbox(data: Path, output: AddressFormat, *, with_service: bool) -> None:
    """Start the parts, print their addresses, and watch the parts until the command is stopped.

    Args:
        data: the folder that everything is written to.
        output: how the addresses are written.
        with_service: whether to start the service too.

    Raises:
        PartDied: a part ended by itself.
        typer.Exit: always; with 130 after Ctrl-C.
    """
    stopping = Stopping()
    with Sandbox(data, with_service=with_service, announce=_announce, stopped=stopping.stop.is_set) as system:
        _show(system, output)
        watch(system, stopping.stop.is_set)
    stopping.end()


def _announce(part: str) -> None:
    console.print(f"sandbox: {part} …", style="dim", markup=False)


def _show(system: Sandbox, output: AddressFormat) -> None:
    addresses = system.addresses._asdict()
    match output:
        case AddressFormat.JSON:
            say(json.dumps(addresses))
        case AddressFormat.ENV:
            for name, value in system.environment().items():
                say(f"{name}={shlex.quote(value)}")
        case AddressFormat.TABLE:
            table = Table("part", "address")
            for name, value in addresses.items():
                table.add_row(name, value or "not started")
            console.print(table)
            console.print("Ctrl-C stops it all.")
