"""Starts the whole system on this machine."""

import json
import shlex
from pathlib import Path

from sandbox.system import Sandbox, watch
from terminal.output import say, tell
from terminal.tables import Grid, laid_out
from ticketstream.choices import AddressFormat
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
    stopped = stopping.stop.is_set
    with Sandbox(data, with_service=with_service, embedding=True, announce=_announce, stopped=stopped) as system:
        _show(system, output)
        watch(system, stopping.stop.is_set)
    stopping.end()


def _announce(part: str) -> None:
    tell(f"sandbox: {part} …", "dim")


def _show(system: Sandbox, output: AddressFormat) -> None:
    addresses = system.addresses._asdict()
    match output:
        case AddressFormat.JSON:
            say(json.dumps(addresses))
        case AddressFormat.ENV:
            for name, value in system.environment().items():
                say(f"{name}={shlex.quote(value)}")
        case AddressFormat.TABLE:
            rows = tuple((name, value or "not started") for name, value in addresses.items())
            tell(laid_out(Grid(("part", "address"), rows), "Ctrl-C stops it all."))
