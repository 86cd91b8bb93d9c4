"""How far the demo's tickets have come, on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sandbox.demo import Watchers
from terminal.output import console


@contextmanager
def bars_of(tickets: int) -> Iterator[Watchers]:
    """Show two bars while tickets are published and answered."""
    columns = (TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        published = bars.add_task("published", total=tickets)
        answered = bars.add_task("categorized", total=tickets)
        yield Watchers(
            lambda number: bars.update(published, completed=number),
            lambda number: bars.update(answered, completed=number),
        )
