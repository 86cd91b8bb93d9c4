"""`ticketstream demo`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.choices import Format
from ticketstream.needs import classifier_needed
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
    tickets: Annotated[
        int | None, typer.Option(min=100, help="How many tickets at most; all there are, or 3,000 with --learning.")
    ] = None,
    *,
    learning: Annotated[
        bool, typer.Option("--learning", help="Watch a weak model learn from what people say, in about three minutes.")
    ] = False,
    ends: Annotated[bool, typer.Option("--exit", help="End after the reports, on a terminal too.")] = False,
) -> None:
    """Watch real tickets go through the whole system on this machine.

    Starts broker, ClickHouse engine, model and service. Publishes 2,604 real questions of bank customers and some
    Spanish tickets. People, simulated from the gold labels, correct every wrong answer. Then come the reports.

    With --learning the model knows a tenth of the questions at first. What people correct is right when the same text
    comes again. A second model learns from people, is compared with the first one on audited tickets, takes its place
    while tickets come in, and is rolled back once. Each step is told with what was measured.

    On a terminal it goes on until Ctrl-C, and says what to try meanwhile.
    """
    if learning:
        with classifier_needed():
            from ticketstream.actions.learning_demo import show_learning_demo

            show_learning_demo(rate, data, tickets, output, ends=ends)
        return
    from ticketstream.actions.demo import show_demo

    show_demo(rate, data, tickets, output, ends=ends)
