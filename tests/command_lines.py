"""Command lines as the documents write them, and the tree of our commands to compare them with."""

import functools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import typer
from typer.main import get_command

from classifier.command_line import app as classifier_app
from ticketstream.__main__ import app

ROOT = Path(__file__).parents[1]
PROGRAMS = {"ticketstream": app, "python -m classifier": classifier_app}
PAGES = sorted(
    {ROOT / "README.md", ROOT / "README.es.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"}
    | {*ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md"), *ROOT.glob("schemas/*.md")}
)
# The program stands where a shell looks for one: a path, variables and a container before it do not count. Elsewhere
# its name is that of a group or of a database.
_STARTS = re.compile(
    r"^(?:\$ )?(?:\w+=\S* )*(?:docker compose .* |exec )?(?:\S*/)?((?:ticketstream|python3? -m \w[\w.]*|make)(?: .*)?)$"
)
_SHELL = {"|", "||", "&&", ";", "#", ">", ">>", "<", "2>&1", "&", "\\"}
_PLACEHOLDER = re.compile(r"[\[\]…<>|$]|\b[A-Z]{2,}\b")


class Spoken(NamedTuple):
    """One command line of a document.

    Attributes:
        place: the file.
        words: the program and what follows, up to where the shell takes over.
        exact: whether it has no placeholder and no choice.
        in_block: whether it stands in a block, and so may be typed as it is.
    """

    place: str
    words: tuple[str, ...]
    exact: bool
    in_block: bool

    @property
    def program(self) -> str:
        """Of `python -m NAME` all three words."""
        return " ".join(self.words[:3]) if self.words[0] == "python" else self.words[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        """What follows the program."""
        return self.words[3 if self.words[0] == "python" else 1 :]


def spoken_in(path: Path) -> Iterator[Spoken]:
    """Each command line of a Markdown file: those in blocks, and those between backticks."""
    place = str(path.relative_to(ROOT))
    for code, in_block in _code(path.read_text(encoding="utf-8")):
        # Each piece between operators of the shell may hold a program of its own.
        for piece in _pieces(code):
            if found := _STARTS.search(piece.strip()):
                words = _words(found[1])
                exact = not any(map(_PLACEHOLDER.search, words))
                yield Spoken(place, tuple(words), exact, in_block)


def _code(text: str) -> Iterator[tuple[str, bool]]:
    fence = re.compile(r"^( *)```[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
    for block in fence.finditer(text):
        yield from ((line, True) for line in re.sub(r"\\\n\s*", " ", block[2]).splitlines())
    rest = fence.sub("", text)
    yield from ((line, True) for line in re.findall(r"^ {4,}(\S.*)$", rest, re.MULTILINE))
    for span in re.findall(r"`([^`]+)`", rest):
        yield " ".join(span.split()), False


def _pieces(line: str) -> Iterator[str]:
    depth, kept = 0, ""
    for token in re.findall(r"""(?:"[^"]*"|'[^']*'|\S)+|\s+""", line):
        if depth == 0 and token in _SHELL:
            yield kept
            kept = ""
            continue
        depth += token.count("[") - token.count("]")
        kept += token
    yield kept


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line.strip())
    except ValueError:
        words = line.split()
    return ["python" if word == "python3" else word for word in words[:1]] + words[1:]


class Command(NamedTuple):
    """One command of ours: the words that name it, with the program first, and what typer made of it."""

    name: str
    made: Any

    @property
    def options(self) -> set[str]:
        """Every option, in each of its spellings."""
        written = (name for each in self.made.params for name in (*each.opts, *each.secondary_opts))
        return {name for name in written if name.startswith("-")} | {"--help"}


@functools.cache
def our_commands() -> dict[str, Command]:
    """Every command, by its name: `ticketstream dlq list`."""
    return {each.name: each for name, made in PROGRAMS.items() for each in _below(name, get_command(made))}


def _below(name: str, made: Any) -> Iterator[Command]:
    inner = getattr(made, "commands", None)
    if inner is None:
        yield Command(name, made)
        return
    for word, each in inner.items():
        yield from _below(f"{name} {word}", each)


def is_group(spoken: Spoken) -> bool:
    """Whether a line names the program or a group, alone or with a choice of its commands: `models list|show`."""
    group, *words = spoken.arguments[:2] or ("--help",)
    if group in {"--help", "--version"}:
        return True
    name = f"{spoken.program} {group}"
    inner = {each.rpartition(" ")[2] for each in our_commands() if each.startswith(f"{name} ")}
    return bool(inner) and all({*word.split("|")} <= inner for word in words)


def command_of(spoken: Spoken) -> tuple[Command | None, tuple[str, ...]]:
    """The command that a line names, and the rest of the line; None where it names none of ours."""
    ours = our_commands()
    for length in (2, 1):
        name = " ".join((spoken.program, *spoken.arguments[:length]))
        if name in ours:
            return ours[name], spoken.arguments[length:]
    return None, spoken.arguments


def refused(command: Command, arguments: tuple[str, ...]) -> str:
    """Why the command would not take these arguments; empty when it would. Files need not be there."""
    try:
        command.made.make_context(command.name, list(arguments))
    except typer.Exit:
        return ""
    except Exception as error:
        message = getattr(error, "message", None)
        if message is None:
            raise
        return "" if "does not exist" in message else str(message)
    return ""
