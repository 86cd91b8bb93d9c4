"""What is said of a project that was made: its report, what was kept, and what to do next."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from consumer.answer.taxonomy import Taxonomy, from_document
from consumer.answer.taxonomy_file import parse
from projects.folder import TAXONOMY, Kept
from projects.labelled import Labelled
from projects.learning import Learned
from projects.relabelling import unknown
from projects.report_tables import sections
from terminal.output import say, say_json, tell
from terminal.safe_text import printable
from terminal.tables import Grid, laid_out
from tickets.files.plain_text import read_text

_SHOWN_WORDS = 8
_SHOWN_LABELS = 20


def show_learned(learned: Learned, *, as_json: bool) -> None:
    """Print the report of what was learned."""
    if as_json:
        say_json(learned.report.as_json())
    else:
        say(laid_out(*sections(learned.report)))


def show_named(taxonomy: Taxonomy, *, as_json: bool) -> None:
    """Print the categories that were named, with the words that point at them."""
    words = {category: _words_of(taxonomy, category) for category in taxonomy.subcategories}
    if as_json:
        categories = [
            {"label": label, "subcategories": list(taxonomy.subcategories[label]), "keywords": found}
            for label, found in words.items()
        ]
        say_json({"categories": categories, "default": taxonomy.default.category, "model": None})
        return
    rows = tuple(
        (label, taxonomy.names(label)[0], ", ".join(found[:_SHOWN_WORDS]) + (", …" if found[_SHOWN_WORDS:] else ""))
        for label, found in words.items()
    )
    say(
        laid_out(
            Grid(("label", "name", "words of the rules"), rows, "Categories", dispensable=("name",)),
            f"A ticket without any of these words becomes {taxonomy.default.category}. Nobody has measured the"
            " words: their"
            " answers are suggestions, never automatic.",
            "English and Spanish names are equal so far; taxonomy.toml holds both, under name.",
        )
    )


def _words_of(taxonomy: Taxonomy, category: str) -> list[str]:
    return [keyword.text for keyword in taxonomy.keywords if keyword.category == category]


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


def tell_next(folder: Path, model: str | None, *, as_json: bool) -> None:
    """Say what was made, and what to do next."""
    at = _quoted(folder)
    made = f"with the model {model}" if model else "with rules alone; there is no model yet"
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
            if model
            else "make a model, as soon as there are labelled tickets in tickets/",
        ),
    ]
    width = max(len(command) for command, _ in steps)
    lines += [f"  {command:{width}}  {why}" for command, why in steps]
    (tell if as_json else say)("\n".join(lines))


def _quoted(path: Path) -> str:
    return printable(shlex.quote(str(path)))
