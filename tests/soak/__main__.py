"""`python -m tests.soak`: sends tickets through three workers while everything around them dies, and counts."""

import secrets
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Shown

from benchmarks import hardware
from benchmarks.report import Table
from tests.soak import plan
from tests.soak.parts import SoakFailed
from tests.soak.run import run
from tests.soak.verdicts import document, judged, missed, tables
from ticketstream.output import command

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)

BASIS = (
    "Tickets go through three workers (`ticketstream run --role categorizer`, each with its `INSTANCE_ID`) and a sink, "
    "people correct answers, a learner trains models of that, and workers, sink, learner, "
    "broker, ClickHouse and model are killed (SIGKILL), stopped (SIGSTOP) and slowed at random; the model also answers "
    "late, with 500, or not at all. In the second half one worker and the sink are spared, so that their memory can be "
    "watched; they still see everything else die. One ticket in ten has a text of its own, the others say one of "
    "500 things; four tickets share an id; between them come repeats, corrections and records that are no tickets. "
    "Kafka's settings are the service's defaults; the model's times are short (deadline 5 s, breaker 3 s), so that "
    "a run of minutes sees their ends."
)

REPEAT = """```sh
make soak ARGS="{}"
```

The seed gives the same faults at the same times and the same tickets; how the processes interleave is the machine's."""


@app.command()
@command
def soak(
    *,
    minutes: Annotated[
        float, typer.Option(min=2, help="How long; restarts of the broker and the last answers come on top.")
    ] = plan.FULL_MINUTES,
    tickets: Annotated[int, typer.Option(min=1000, help="How many, spread over that time.")] = 100_000,
    seed: Annotated[int | None, typer.Option(help="Repeats the plan of the run that printed it.")] = None,
    broker: Annotated[
        str, typer.Option(help="apache (killed too), sandbox (stopped only), or host:port (left alone).")
    ] = "apache",
    output: Annotated[Path | None, typer.Option(help="Write the result to this markdown file too.")] = None,
) -> None:
    """Send tickets through three workers while everything around them dies, and a learner too; count what is lost.

    Everything runs on free ports with its data in a temporary folder, which is kept when something did not hold.
    Let the machine do nothing else meanwhile. Exit code 1 means that a promise was broken.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    console = Console(highlight=False)
    described = hardware.describe()
    folder = Path(tempfile.mkdtemp(prefix="ticketstream-soak-"))
    console.print(f"seed {chosen}; everything is in {folder}", markup=False, soft_wrap=True)
    began_s = time.monotonic()
    try:
        found = run(
            broker, folder, minutes, tickets, chosen, lambda line: console.print(line, markup=False, soft_wrap=True)
        )
    except (AssertionError, SoakFailed) as error:
        raise SoakFailed(f"{error}; everything is kept in {folder}; seed {chosen}") from error
    for table in [judged(found), *tables(found)]:
        console.print(_shown(table))
    console.print(f"seed {chosen}, {(time.monotonic() - began_s) / 60:.1f} minutes in all", markup=False)
    if output is not None:
        arguments = f"--minutes {minutes:g} --tickets {tickets} --broker {broker} --seed {chosen}"
        output.write_text(document(BASIS, REPEAT.format(arguments), described, found), encoding="utf-8")
    if broken := missed(found):
        raise SoakFailed(f"did not hold: {'; '.join(broken)}. Everything is kept in {folder}; seed {chosen}")
    shutil.rmtree(folder)


def _shown(table: Table) -> Shown:
    shown = Shown(*table.columns)
    for row in table.rows:
        shown.add_row(*row)
    return shown


if __name__ == "__main__":
    app()
