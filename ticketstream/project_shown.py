"""What is said of a project that was made: its report, what was kept, and what to do next."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from consumer.answer.taxonomy import from_document
from consumer.answer.taxonomy_file import parse
from projects.accuracy.report_tables import sections
from projects.files.folder import TAXONOMY, Kept
from projects.learning import Learned
from projects.tickets.labelled import Labelled
from projects.tickets.relabelling import unknown
from terminal.output import say, say_json, tell
from terminal.safe_text import printable
from terminal.tables import laid_out
from tickets.files.plain_text import read_text

_SHOWN_LABELS = 20


def show_learned(learned: Learned, *, as_json: bool) -> None:
    """Print the report of what was learned."""
    if as_json:
        say_json(learned.report.as_json())
    else:
        say(laid_out(*sections(learned.report)))


def tell_kept(folder: Path, kept: Sequence[Kept]) -> None:
    """Say which files people had changed, and where the new ones are."""
    for name, beside in kept:
        old, new = (printable(str(folder / part)) for part in (name, beside))
        tell(f"{old} was changed by you, and stays. The new one is {new}.")


def tell_unknown(folder: Path, kept: Sequence[Kept], labelled: Labelled) -> None:
    """Say which labels of the tickets the taxonomy that stays does not know."""
    if TAXONOMY not in {name for name, _ in kept}:
        return
    missing = unknown(labelled, from_document(parse(read_text(folder / TAXONOMY), TAXONOMY)))
    if missing:
        beside = next(beside for name, beside in kept if name == TAXONOMY)
        named = printable(", ".join(missing[:_SHOWN_LABELS]))
        tell(
            f"{printable(str(folder / TAXONOMY))} does not know {named}, which the model answers with: add them to it,"
            f" or take the new one: mv {_quoted(folder / beside)} {_quoted(folder / TAXONOMY)}"
        )


def tell_again(folder: Path) -> None:
    """Say when what was made anew is used."""
    tell(
        f"What runs with the model or {printable(str(folder / TAXONOMY))}, such as `ticketstream sandbox`, takes them"
        " up when it is started again."
    )


def tell_next(folder: Path, model: str | None, *, measured: bool = True, as_json: bool) -> None:
    """Say what was made, and what to do next; a model that knows only names is not measured."""
    at = _quoted(folder)
    made = f"with the model {model}" if model else "with rules alone; there is no model yet"
    made += "" if measured or not model else ", which nobody has measured"
    lines = [f"{'The project' if at == '.' else printable(str(folder))} is ready, {made}. What to do next:"]
    steps = [
        (f"ticketstream sandbox --project {at}", "see it work on this machine: broker, database, model and page"),
        *(
            []
            if folder.resolve() == Path.cwd()
            else [(f"cd {at}", "in a second terminal; the other commands belong there")]
        ),
        ("ticketstream publish export.csv", "publish tickets (--dry-run shows them first)"),
        ("ticketstream correct TICKET_ID CATEGORY", "say where an answer is wrong"),
        (
            "ticketstream train",
            "train again, with more labelled tickets in tickets/"
            if model and measured
            else "make a model of labelled tickets, as soon as there are some in tickets/"
            if model
            else "make a model, as soon as there are labelled tickets in tickets/",
        ),
    ]
    width = max(len(command) for command, _ in steps)
    lines += [f"  {command:{width}}  {why}" for command, why in steps]
    (tell if as_json else say)("\n".join(lines))


def _quoted(path: Path) -> str:
    return printable(shlex.quote(str(path)))
