"""The progress of a benchmark, on standard error; results go to standard output."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[int], None]


class Screen:
    """Progress bars while something runs, and a line when it has ended."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)

    def say(self, what: str) -> None:
        """A line that stays."""
        self._console.print(what, markup=False, style="dim")

    @contextmanager
    def bar(self, what: str, total: int) -> Iterator[Advance]:
        """A bar until the end of the block; the yielded function sets its position."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        shown = self._console.is_terminal
        with Progress(*columns, console=self._console, transient=True, disable=not shown) as progress:
            task = progress.add_task(what, total=total)
            yield lambda done: progress.update(task, completed=done)
