"""Labels that people say are one."""

from collections.abc import Iterable, Mapping, Sequence

from classifier.tickets import FileUnusable
from projects.tickets.spellings import folded, shown
from terminal.suggestions import did_you_mean

Keys = dict[str, str]
"""By what `folded` makes of a label that goes: the same of the label that it becomes."""


def merged_keys(merge: Mapping[str, str], levels: Sequence[Iterable[str]]) -> list[Keys]:
    """What becomes of the labels of each level.

    Args:
        merge: The spelling that stays, by the one that goes.
        levels: The labels of the file as written: the categories, the subcategories.

    Raises:
        FileUnusable: A label does not occur, becomes two, or becomes one that goes itself.
    """
    known = [{folded(name): shown(name) for name in names} for names in levels]
    names = {key: name for level in reversed(known) for key, name in level.items()}
    pairs: Keys = {}
    for old, new in merge.items():
        _refuse_unknown(old, new, known, names)
        if pairs.setdefault(folded(old), folded(new)) != folded(new):
            raise FileUnusable(
                f"--merge: {shown(old)!r} becomes {names[pairs[folded(old)]]!r} and {shown(new)!r}; keep one of them"
            )
    # Spellings of one label need no merging; the one that stays is its name.
    pairs = {old: new for old, new in pairs.items() if old != new}
    for old, new in pairs.items():
        if new in pairs:
            raise FileUnusable(_chained(names, pairs, old))
    return [{old: new for old, new in pairs.items() if old in level and new in level} for level in known]


def chosen_names(merge: Mapping[str, str]) -> dict[str, str]:
    """The names that people chose, by what `folded` makes of them."""
    return {folded(new): shown(new) for new in merge.values()}


def _refuse_unknown(old: str, new: str, known: Sequence[Keys], names: Keys) -> None:
    said = _said(old, new)
    for label in (old, new):
        if folded(label) not in names:
            like = did_you_mean(shown(label), names.values())
            raise FileUnusable(f"--merge {said}: no ticket has the label {shown(label)!r}{like}")
    if not any(folded(old) in level and folded(new) in level for level in known):
        raise FileUnusable(f"--merge {said}: one is a category and the other a subcategory; name two of the same level")
    if shown(old) == shown(new):
        raise FileUnusable(f"--merge {said}: a label cannot become itself; name another, or leave it out")


def _chained(names: Keys, pairs: Keys, old: str) -> str:
    way = [old]
    while way[-1] in pairs and pairs[way[-1]] not in way:
        way.append(pairs[way[-1]])
    listed = ", ".join(names[key] for key in way)
    if way[-1] in pairs:
        return f"--merge: {listed} become each other in a circle; leave out the label that shall stay"
    return (
        f"--merge: {names[old]} becomes a label that goes itself ({listed}); write {_said(names[old], names[way[-1]])}"
    )


def _said(old: str, new: str) -> str:
    return f"'{shown(old)}={shown(new)}'"
