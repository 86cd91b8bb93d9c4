"""`ticketstream demo`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.choices import Format
from ticketstream.output import command
from ticketstream.rates import per_second

_DATA = Path(".sandbox")


@command
def demo(
    rate: Annotated[
        float, typer.Option(min=0, callback=per_second, help="Tickets a second; 0: as fast as possible.")
    ] = 200,
    data: Annotated[
        Path, typer.Option(help="Folder for the model and the logs; the demo's own part is made anew.")
    ] = _DATA,
    output: Annotated[
        Format, typer.Option("--format", help="json ends with one line on standard output.")
    ] = Format.TABLE,
    *,
    ends: Annotated[bool, typer.Option("--exit", help="End after the reports, on a terminal too.")] = False,
) -> None:
    """Watch real tickets go through the whole system on this machine.

    Starts broker, ClickHouse engine, model and service. Publishes 2,604 real questions of bank customers and some
    Spanish tickets. People, simulated from the gold labels, correct every wrong answer. Then come the reports.

    On a terminal it goes on until Ctrl-C, and says what to try meanwhile.
    """
    from ticketstream.actions.demo import show_demo

    show_demo(rate, data, output, ends=ends)
