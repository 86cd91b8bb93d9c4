"""Labelled tickets in the words of a taxonomy that exists already: people may have renamed and joined its labels."""

from collections.abc import Mapping
from itertools import product

from classifier.model import Label
from consumer.answer.taxonomy import Taxonomy
from projects.files.label_changes import pair_of, path_of
from projects.tickets.labelled import Labelled

Labels = Mapping[Label, Label]
"""Labels in use and earlier ones, each with the one in use."""


def labels_of(taxonomy: Taxonomy) -> Labels:
    """The labels that a taxonomy knows."""
    in_use = [(category, part) for category, parts in taxonomy.subcategories.items() for part in (None, *parts)]
    return {**{pair: pair for pair in in_use}, **{pair_of(old): pair_of(new) for old, new in taxonomy.renamed.items()}}


def today(known: Labels, categories: tuple[str, ...], subcategories: tuple[str | None, ...]) -> Label | None:
    """The label in use for one of these spellings, the best first; None for an unknown category.

    An unknown subcategory of a known category is left as it is in its first spelling.
    """
    for pair in product(categories, subcategories):
        if pair in known:
            return known[pair]
    found = next((known[category, None] for category in categories if (category, None) in known), None)
    return found and (found[0], subcategories[0])


def relabelled(labelled: Labelled, taxonomy: Taxonomy) -> Labelled:
    """The tickets with the labels that the taxonomy uses today; labels that it does not know stay."""
    known = labels_of(taxonomy)
    labels = dict.fromkeys((*labelled.names, *(example.label for example in labelled.examples)))
    now = {label: _today(label, labelled.names, known) for label in labels}
    examples = tuple(
        example._replace(category=now[example.label][0], subcategory=now[example.label][1])
        for example in labelled.examples
    )
    # A label that no ticket had is called as the taxonomy calls it.
    in_use = [part for example in examples for part in ((example.category, None), example.label)]
    given = {pair: _name(taxonomy, pair) for pair in in_use if pair in known}
    # Where labels have become one, the name of the one that is called so today counts.
    names = {**given, **{now[label]: name for label, name in labelled.names.items()}}
    names |= {label: name for label, name in labelled.names.items() if now[label] == label}
    return labelled._replace(examples=examples, names=names)


def _name(taxonomy: Taxonomy, pair: Label) -> str:
    category, subcategory = taxonomy.names(*pair, taxonomy.languages[0])
    return category if subcategory is None else subcategory


def unknown(labelled: Labelled, taxonomy: Taxonomy) -> list[str]:
    """The labels of the tickets that the taxonomy does not know, as `category` or `category/subcategory`."""
    known = labels_of(taxonomy)
    return sorted({path_of(example.label) for example in labelled.examples if example.label not in known})


def _today(label: Label, names: Mapping[Label, str], known: Labels) -> Label:
    category, subcategory = label
    subcategories = (None,) if subcategory is None else (subcategory, names.get(label, subcategory))
    return today(known, (names.get((category, None), category), category), subcategories) or label
