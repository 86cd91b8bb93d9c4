"""Wrong usage, said alike by every command line: a sentence about the value, and what was likely meant."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from typer.core import TyperGroup
from typer.exceptions import TyperException

from terminal.safe_text import printable, steady
from terminal.suggestions import meant

# Messages by pydantic's error types; pydantic's own speak of inputs and strings.
_PROBLEMS = {
    "int_parsing": "'{input}' is not a whole number",
    "int_from_float": "'{input}' is not a whole number",
    "int_parsing_size": "'{input}' is too large a number",
    "float_parsing": "'{input}' is not a number",
    "finite_number": "'{input}' is not a number",
    "greater_than_equal": "{input} is too small; give at least {ge}",
    "less_than_equal": "{input} is too large; give at most {le}",
}
_NO_CHOICE = re.compile(r"'(?P<given>.*)' is not one of ", re.DOTALL)


class Commands(TyperGroup):
    """A group of commands, for `typer.Typer(cls=Commands)`."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the options of the group itself."""
        return _plainly(lambda: super(Commands, self).make_context(*args, **extra))

    def invoke(self, ctx: Any) -> Any:
        """Read the arguments of the command, and run it."""
        return _plainly(lambda: super(Commands, self).invoke(ctx))


def _plainly(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except TyperException as error:
        sentence = _sentence(error)
        # Help, which is an error where a command was left out, has lines; what is said of a value has one.
        error.message = printable(sentence) if hasattr(error, "param") else steady(sentence)
        raise


def _sentence(error: TyperException) -> str:
    """What is wrong, with the value that was given, and the choices like it."""
    message = error.message.removeprefix("Value error, ")
    problem = _problem(error.__cause__)
    template = _PROBLEMS.get(problem.get("type", ""))
    if template:
        return f"{template.format(input=problem.get('input'), **problem.get('ctx', {}))}."
    refused = _NO_CHOICE.match(message)
    choices = getattr(getattr(getattr(error, "param", None), "type_descriptor", None), "choices", None)
    likely = meant(refused["given"], map(str, choices)) if refused and choices else []
    return f"{message} Did you mean {' or '.join(likely)}?" if likely else message


def _problem(cause: BaseException | None) -> Mapping[str, Any]:
    """The first problem that pydantic found, if it was pydantic."""
    problems = getattr(cause, "errors", None)
    found = problems() if callable(problems) else []
    return found[0] if found else {}
