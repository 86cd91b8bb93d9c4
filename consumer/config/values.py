"""Values as people write them, and what is said of those that are impossible. Pure."""

from collections.abc import Mapping
from types import NoneType
from typing import get_args

from pydantic import SecretStr, ValidationError

# Messages by pydantic's error types; pydantic's own messages speak of inputs and strings.
_MUST = {
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "literal_error": "must be {expected}",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must match {pattern}",
}
# Blanks are part of it.
_VERBATIM = frozenset({"audit_seed"})
_SWITCH = {"on", "off"}
_AS_SWITCH: Mapping[str, str] = {
    **dict.fromkeys(("true", "yes", "1", "enabled"), "on"),
    **dict.fromkeys(("false", "no", "0", "disabled"), "off"),
}


def as_meant(value: object, name: str, kind: object) -> object:
    """The value of a setting without blanks around it, and a choice in the case in which we write it.

    Args:
        value: as it was given.
        name: of the setting's field.
        kind: its type. Blanks may be part of a secret, and an empty text is no file.
    """
    verbatim = name in _VERBATIM or (kind is SecretStr and not name.endswith(("_url", "_urls")))
    if verbatim or not isinstance(value, str):
        return value
    value = value.strip()
    if not value and NoneType in get_args(kind):
        return None
    choices = {choice for choice in get_args(kind) if isinstance(choice, str)}
    lower = value.lower()
    if choices == _SWITCH:
        return _AS_SWITCH.get(lower, lower)
    return lower if lower in choices else value


def explain(error: ValidationError) -> str:
    """What is wrong with each value, by the setting's name; no value is shown."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        name = "_".join(str(part) for part in problem["loc"]).upper()
        must = _MUST.get(problem["type"])
        reason = must.format(**problem.get("ctx", {})) if must else problem["msg"].removeprefix("Value error, ")
        lines.append(f"{name} {reason}" if name else reason)
    return "; ".join(lines)
