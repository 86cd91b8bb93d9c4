"""docs/COMMANDS.md, from the command lines themselves: `python -m tests.commands_page --write`."""

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

from terminal.exit_codes import MEANINGS
from tests.command_lines import ROOT, Command, our_commands

PAGE = ROOT / "docs" / "COMMANDS.md"
_HEAD = """\
# Commands

This page is made from the commands' own help by `python -m tests.commands_page --write`; `--help` behind a command says
the same. What commands print, and what they promise, is in [CONTRACT.md](CONTRACT.md#what-commands-print).

"""
_CODES = "| exit code | meaning |\n|---|---|\n"
_LINE = re.compile(r"^(?:Examples?: )?((?:\w+=\S+ )?(?:ticketstream|python -m) .*)$")


def page() -> str:
    """The whole page."""
    return _HEAD + exit_codes() + "".join(map(_section, our_commands().values()))


def exit_codes() -> str:
    """The table of exit codes, as the contract has it too."""
    return _CODES + "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANINGS.items())


def _section(command: Command) -> str:
    made = command.made
    context = made.context_class(made, info_name=command.name)
    usage = " ".join((command.name, *made.collect_usage_pieces(context)))
    return "\n".join(
        (f"\n## {command.name}\n", f"    {usage}\n", _said(inspect.cleandoc(made.help)), "", *_rows(made, context))
    )


def _said(text: str) -> str:
    """The help in paragraphs; examples, which have paragraphs of their own, become code."""
    paragraphs = [" ".join(each.split()) for each in re.split(r"\n\s*\n", text)]
    return "\n\n".join(_LINE.sub(r"    \1", each) for each in paragraphs)


def _rows(made: Any, context: Any) -> Iterator[str]:
    records = [found for each in made.params if (found := each.get_help_record(context)) is not None]
    if records:
        yield "| argument or option | meaning |\n|---|---|"
    for name, said in records:
        yield f"| `{_cell(name)}` | {_cell(said)} |"
    if records:
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
