"""The training of a project's models, with its progress."""

from datetime import date

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from projects.learning import Learned, learn
from projects.tickets.labelled import Labelled
from projects.training import training
from terminal.output import console, tell


def learn_with_progress(labelled: Labelled, name: str, today: date, *, without_embedding: bool) -> Learned:
    """What `projects.learning.learn` makes of the tickets, with its progress on standard error.

    Args:
        labelled: The tickets.
        name: First part of the model's version.
        today: The day in it.
        without_embedding: Whether to leave the embedding out where it runs, too.

    Raises:
        DataError: Nothing can be learned from them.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading", total=None)

        def on_embedded(done: int, of: int) -> None:
            progress.update(task, description=f"embedding {done:,} of {of:,} texts")

        return learn(
            labelled,
            today=today,
            name=name,
            on_progress=lambda done, steps, what: progress.update(task, completed=done, total=steps, description=what),
            train=training(on_embedded, _tell_why_not, without_embedding=without_embedding),
        )


def _tell_why_not(why: str) -> None:
    tell(f"trains without an embedding, for texts in the tickets' own languages only: {why}")
