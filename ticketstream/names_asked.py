"""Names of categories in the other language: asked for on a terminal, and kept from one run to the next."""

from collections.abc import Sequence

from consumer.answer.taxonomy import Taxonomy
from projects.names.category_list import Named, refuse_shared
from projects.names.named_categories import labels_of, within
from projects.tickets.spellings import shown
from terminal.asking import Unanswered, ask, somebody_is_there
from terminal.output import tell
from terminal.safe_text import printable

_LANGUAGES = {"es": "Spanish", "en": "English"}
_STOP = "."


def with_other_names(named: Sequence[Named], language: str, current: Taxonomy | None) -> list[Named]:
    """The categories with names in the other language.

    A name that the project's taxonomy has already is kept. One that is nowhere is asked for on a terminal, and is equal
    otherwise.

    Args:
        named: as people gave them.
        language: of their first names, es or en.
        current: the project's taxonomy; None when there is none yet.
    """
    other = "en" if language == "es" else "es"
    known = current.names_in(other) if current else {}
    paths = {one.name: "/".join(filter(None, pair)) for pair, one in labels_of(named).items()}
    found = {one.name: one if one.other else _kept(one, known.get(paths[one.name], "")) for one in named}
    asked = [one for one in found.values() if not one.other and paths[one.name] not in known]
    if asked and somebody_is_there():
        found |= _asked(asked, _LANGUAGES[other])
        refuse_shared(list(found.values()))
    return list(found.values())


def _kept(one: Named, name: str) -> Named:
    return one if name in {"", one.name, within(one).name} else one._replace(other=name)


def _asked(named: Sequence[Named], language: str) -> dict[str, Named]:
    """What people typed; Enter, a dot and the end of the input leave names equal."""
    tell(
        f"What are the categories called in {language}? Enter leaves a name as it is, {_STOP} leaves all others as they"
        " are."
    )
    found: dict[str, Named] = {}
    for number, one in enumerate(named, 1):
        try:
            typed = shown(ask(f"{number} of {len(named)}: {printable(one.name)}"))
        except Unanswered:
            break
        if typed == _STOP:
            break
        if typed and typed != one.name:
            found[one.name] = one._replace(other=typed)
    return found
