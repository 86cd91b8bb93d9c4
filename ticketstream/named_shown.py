"""What is said of a project that was made of names alone."""

import shlex
from pathlib import Path

from consumer.answer.taxonomy import Taxonomy
from projects.names.named_model import NamedModel
from terminal.output import say, say_json, tell
from terminal.safe_text import printable
from terminal.tables import Grid, laid_out
from ticketstream import project_shown

_SHOWN_WORDS = 8
TICKETS_OF_CATEGORY = 20
"""So many labelled tickets of each category are worth more than its name."""

_OF_RULES = (
    "The rules give a ticket without any of these words to {default}. Nobody has measured the words: their answers are"
    " suggestions, never automatic."
)
_OF_MODEL = (
    "The model {model} compares tickets with names, sentences and words, in Spanish, English and other languages. It"
    " has seen no labelled ticket: nobody knows how often it is right. So no confidence is above {ceiling:g}, and"
    " policy.toml lets no answer be automatic."
)
_OF_NAMES = (
    "English and Spanish names of {which} are equal so far. Give both as NAME | NAME and make the project again, or"
    " change them in taxonomy.toml, under name."
)
_HOW_ON = (
    "How to measure it: publish tickets, say of each answer what is right (also where it is right already), then"
    " `ticketstream report accuracy`.\n"
    "How to make it better: label about {each} tickets of each category ({all:,} in all), put the file into {tickets},"
    " then `ticketstream train`. It measures the new model on tickets that were held out."
)


def show(taxonomy: Taxonomy, made: NamedModel, *, as_json: bool) -> None:
    """Print the categories that were named, with the words that point at them, and what the model can do."""
    words = {category: _words_of(taxonomy, category) for category in taxonomy.subcategories}
    if as_json:
        categories = [
            {"label": label, "subcategories": list(taxonomy.subcategories[label]), "keywords": found}
            for label, found in words.items()
        ]
        more = {"model": _version(made), "measured": False, "without_model": made.why_not or None}
        say_json({"categories": categories, "default": taxonomy.default.category, **more})
        return
    rows = tuple(
        (
            label,
            *(taxonomy.names(label, language=language)[0] for language in ("es", "en")),
            ", ".join(found[:_SHOWN_WORDS]) + (", …" if found[_SHOWN_WORDS:] else ""),
        )
        for label, found in words.items()
    )
    headers = ("label", "Spanish name", "English name", "words of the rules")
    say(
        laid_out(
            Grid(headers, rows, "Categories", dispensable=headers[1:3]),
            _OF_RULES.format(default=taxonomy.default.category),
            _of_model(made),
            *_of_names(taxonomy),
        )
    )


def _version(made: NamedModel) -> str | None:
    return made.model.version if made.model else None


def _of_model(made: NamedModel) -> str:
    if made.model is None:
        return f"There is no model: {made.why_not}. The rules answer alone."
    return _OF_MODEL.format(model=made.model.version, ceiling=made.model.ceiling)


def _of_names(taxonomy: Taxonomy) -> tuple[str, ...]:
    equal = sum(
        taxonomy.names(label, language="es") == taxonomy.names(label, language="en") for label in taxonomy.subcategories
    )
    if not equal:
        return ()
    which = "all categories" if equal == len(taxonomy.subcategories) else f"{equal} categories"
    return (_OF_NAMES.format(which=which),)


def _words_of(taxonomy: Taxonomy, category: str) -> list[str]:
    return [keyword.text for keyword in taxonomy.keywords if keyword.category == category]


def tell_next(folder: Path, categories: int, made: NamedModel, *, as_json: bool) -> None:
    """Say how to measure the project and how to make it better, and what to do next."""
    project_shown.tell_next(folder, _version(made), measured=False, as_json=as_json)
    text = _HOW_ON.format(
        each=TICKETS_OF_CATEGORY,
        all=TICKETS_OF_CATEGORY * categories,
        tickets=printable(shlex.quote(str(folder / "tickets"))),
    )
    (tell if as_json else say)(text)
