"""Phrases without case and accents, as the rules for mail compare them."""

import re

_WITHOUT_ACCENTS = str.maketrans("áéíóúüñàèçãêôõ’´", "aeiouunaecaeoo''")
_GAPS = re.compile(r"\s+")


def folded(line: str) -> str:
    """The line in small letters, without the accents of Spanish and its neighbours; as long as before."""
    return line.lower().translate(_WITHOUT_ACCENTS)


def phrases(text: str) -> tuple[str, ...]:
    """Each line of a text as a phrase."""
    return tuple(_GAPS.sub(" ", folded(line.strip())) for line in text.splitlines() if line.strip())
