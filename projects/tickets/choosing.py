"""What has to be decided about labelled tickets before anything can be learned from them. Pure, but for reading."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from classifier.tickets import FileUnusable
from projects.tickets.labelled import Labelled, read_all
from projects.tickets.spellings import Spelling, folded
from tickets.files.bad_lines import FileRefused
from tickets.files.names import LABELLED
from tickets.files.ticket_file import Choices, opened_tickets


def columns_without_category(path: Path, choices: Choices) -> list[str]:
    """The columns of a table in which none was found to hold the category; empty where one was, or is named.

    Raises:
        FileUnusable: the file cannot be read.
    """
    try:
        with opened_tickets(path, LABELLED, choices) as file:
            if file.form.table is None or file.used["category"] or "category" in choices.chosen:
                return []
            taken = {name for names in file.used.values() for name in names}
            return [name for name in dict.fromkeys(file.form.table.header) if name.strip() and name not in taken]
    except OSError as error:
        raise FileUnusable(f"{path}: cannot be read: {error.strerror or 'not a readable gzip file'}") from error
    except FileRefused as refused:
        raise FileUnusable(f"{path}: {refused}") from None


def still_fitting(files: Sequence[tuple[Path, Choices]], merge: Mapping[str, str]) -> dict[str, str]:
    """Of what was merged earlier, that whose labels still occur: people may have corrected the tickets since."""
    if not merge:
        return {}
    # Names are what is written most often; the other spellings of a label fold to the same.
    known = {folded(name) for name in read_all(files, {}).names.values()}
    return {old: new for old, new in merge.items() if {folded(old), folded(new)} <= known}


def undecided(labelled: Labelled, apart: Sequence[frozenset[str]]) -> list[Spelling]:
    """The near-equal spellings that nobody has decided about yet."""
    return [spelling for spelling in labelled.alike if frozenset(spelling.labels) not in apart]
