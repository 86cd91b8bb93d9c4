"""Forms that tickets use of a word in a category's name: plural and singular, and the verb of a noun such as envío.

No dictionary stands behind them: a form that no language has is found in no ticket. All words are folded, as
`consumer.answer.words` folds them.
"""

_VOWELS = frozenset("aeiou")
_SHORTEST_STEM = 3


def forms(word: str, language: str, *, verbs: bool) -> list[str]:
    """The word and its forms, itself first.

    Args:
        word: folded.
        language: es or en.
        verbs: whether also forms of the verb that a noun may come from.
    """
    found = _spanish(word, verbs=verbs) if language == "es" else _english(word, verbs=verbs)
    return list(dict.fromkeys([word, *(form for form in found if len(form) >= _SHORTEST_STEM)]))


def _spanish(word: str, *, verbs: bool) -> list[str]:
    single = _spanish_singular(word)
    found = [single, f"{single}s" if single[-1] in _VOWELS else f"{single}es"]
    if not verbs:
        return found
    if single.endswith("cion"):
        stem = single.removesuffix("cion")
        found += [stem, f"{stem}s", f"{stem}r", f"{stem}do", f"{stem}da"] if stem.endswith("a") else []
        found += [f"{stem[:-1]}ver"] if stem.endswith("lu") else []
    elif single.endswith("miento"):
        found += [f"{single.removesuffix('miento')}r"]
    elif single.endswith("o") and len(single) > _SHORTEST_STEM:
        found += [f"{single[:-1]}{ending}" for ending in ("ar", "ado", "ada")]
    return found


def _spanish_singular(word: str) -> str:
    if len(word) <= _SHORTEST_STEM or not word.endswith("s") or word.endswith("sis"):
        return word
    if word.endswith("ces"):
        return f"{word[:-3]}z"
    if word.endswith(("iones", "ores", "ades", "ales", "eles", "iles", "enes", "ines")):
        return word[:-2]
    return word[:-1] if word[-2] in _VOWELS else word


def _english(word: str, *, verbs: bool) -> list[str]:
    if word.endswith("ing") and len(word) > _SHORTEST_STEM + 3 and verbs:
        stem = _undoubled(word.removesuffix("ing"))
        whole = f"{stem}e" if stem.endswith(("c", "v", "g", "z", "at", "as")) else stem
        past = f"{whole}d" if whole.endswith("e") else f"{word.removesuffix('ing')}ed"
        return [whole, f"{whole}s", past]
    single = _english_singular(word)
    found = [single, f"{single[:-1]}ies" if single.endswith("y") and single[-2:-1] not in _VOWELS else _plural(single)]
    if single.endswith("ment") and verbs:
        found += [single.removesuffix("ment")]
    return found


def _plural(single: str) -> str:
    return f"{single}es" if single.endswith(("s", "x", "ch", "sh")) else f"{single}s"


def _undoubled(stem: str) -> str:
    doubled = stem[-1:] == stem[-2:-1] and stem[-1:] not in {"l", "s", "z"}
    return stem[:-1] if doubled else stem


def _english_singular(word: str) -> str:
    if len(word) <= _SHORTEST_STEM or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("xes", "ches", "shes", "sses")) else word[:-1]
