"""Who judged: when two names are one person, and when a person needs a second one. Pure."""

import unicodedata
from typing import Final

# Longer names are nobody's: a statement has to carry them.
MOST_NAME_CHARACTERS: Final = 256
# Names that were typed and not verified begin with it.
TYPED: Final = "typed:"
# A person who has corrected so often, and to one label in more than this share of it, needs a second person.
MANY_CORRECTIONS: Final = 10
ONE_SIDED_SHARE: Final = 0.6


def person(corrected_by: str | None) -> str | None:
    """Who that is: one name, however its capitals and blanks are written.

    None for a name that is missing or too long, or was typed: that may be anybody, so all of them are one.
    """
    if corrected_by is not None and len(corrected_by) > MOST_NAME_CHARACTERS:
        return None
    name = " ".join(unicodedata.normalize("NFKC", corrected_by or "").split()).casefold()
    return None if not name or name.startswith(TYPED) else name
