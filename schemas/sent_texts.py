"""Texts as publishers write them: any scalar is a text.

`true` and `false` are texts of these letters. A number is a text of its digits: `12` is "12", `12.0` is "12", `1.5` is
"1.5". In maps, such as attributes, a null is left out.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from schemas.errors import FieldError
from schemas.json_shape import Convert, string

WANTED: Final = "must be text, a number, true or false"
_EXACT_BELOW: Final = 1e16
"""From here on a double stands for many whole numbers, and is written with an exponent."""
MAX_NAME_CHARACTERS: Final = 64


def to_text(value: Any) -> str:
    """Return a scalar as text.

    Raises:
        FieldError: It is no scalar, no finite number, or holds half of a surrogate pair.
    """
    match value:
        case str():
            return string(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if not isfinite(value):
            raise FieldError("must be a finite number")
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < _EXACT_BELOW else repr(value)
        case _:
            raise FieldError(WANTED)


def map_of(inner: Convert) -> Convert:
    """Return the conversion of maps whose values are converted by `inner`; its errors name the key."""

    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise FieldError("must be an object")
        found = {}
        for key, element in value.items():
            if element is not None:
                try:
                    found[string(key)] = inner(element)
                except FieldError as error:
                    raise error.within(_shown(key)) from None
        return found

    return convert


def _shown(key: str) -> str:
    """Return a key for an error's text. A publisher may write anything into it."""
    return "".join(letter if letter.isprintable() else "?" for letter in key[:MAX_NAME_CHARACTERS])
