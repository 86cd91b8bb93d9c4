"""Commands, options, exit codes and targets of make: the documents and the code have the same ones."""

import ast
import re
from collections.abc import Iterator

import pytest
import yaml

from terminal.exit_codes import ExitCode
from tests.command_lines import (
    PAGES,
    PROGRAMS,
    ROOT,
    Spoken,
    command_of,
    is_group,
    our_commands,
    refused,
    spoken_in,
)
from tests.commands_page import PAGE, exit_codes, page

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))
CODE = ("classifier", "consumer", "learning", "projects", "sandbox", "serving", "terminal", "ticketstream")
_ENDS = {"exit", "_exit", "SystemExit", "Exit"}


@pytest.fixture(scope="module")
def spoken() -> list[Spoken]:
    """Every command line of every page."""
    return [each for path in PAGES for each in spoken_in(path)]


def test_the_page_of_commands_is_made_of_their_help() -> None:
    """`python -m tests.commands_page --write` makes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_command_of_the_pages_exists(spoken: list[Spoken]) -> None:
    """A command line names a command of ours, or a group of commands."""
    ours = [each for each in spoken if each.program in PROGRAMS and each.arguments]
    strange = [
        each
        for each in ours
        # The arrows are the order of the packages.
        if command_of(each)[0] is None and not is_group(each) and "▸" not in each.arguments
    ]

    assert len(ours) > 200
    assert strange == []


def test_every_option_of_the_pages_exists(spoken: list[Spoken]) -> None:
    """Also in lines that only show what may be given: each `--option` is one of the command's."""
    wrong = [
        (each.place, command.name, option)
        for each in spoken
        for command, rest in [command_of(each)]
        if command is not None
        for option in re.findall(r"(?<![\w-])--?[a-z][\w-]*", " ".join(rest))
        if option not in command.options
    ]

    assert wrong == []


def test_what_the_pages_tell_to_type_is_taken(spoken: list[Spoken]) -> None:
    """A line without placeholders is parsed by the command itself, with its choices, limits and arguments.

    Between backticks a line may leave arguments out, or only name an option.
    """
    told = [each for each in spoken if each.exact and (each.in_block or any(map(_is_option, each.arguments)))]
    tried = [(each, command, rest) for each in told for command, rest in [command_of(each)] if command is not None]
    refusals = [
        (each.place, " ".join(each.words), why)
        for each, command, rest in tried
        if (why := refused(command, rest)) and (each.in_block or not why.endswith("requires an argument."))
    ]

    assert len(tried) > 100
    assert refusals == []


def test_every_command_is_explained_beside_the_page_of_commands(spoken: list[Spoken]) -> None:
    """What a command is for stands in a page that was written by hand."""
    named = {command.name for each in spoken if each.place != "docs/COMMANDS.md" and (command := command_of(each)[0])}

    assert our_commands().keys() - named == set()


def test_modules_of_the_pages_can_be_run(spoken: list[Spoken]) -> None:
    """`python -m NAME` is a module of ours that has a main part."""
    modules = {each.words[2] for each in spoken if each.program.startswith("python -m ") and len(each.words) > 2}
    foreign = {"venv", "pip", "karapace", "http.server"}

    assert [name for name in sorted(modules - foreign) if not _is_runnable(name)] == []


def test_targets_of_make(spoken: list[Spoken]) -> None:
    """Each that a page names exists, and each that is there has its line in `make help`."""
    named = {word for each in spoken if each.program == "make" for word in each.arguments[:1] if word[:1].islower()}
    phony = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split())
    helped = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))

    assert named - phony == set()
    assert phony == helped


def test_command_lines_of_containers_are_taken() -> None:
    """What docker-compose.yml starts of ours."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    lines = [" ".join(each["command"]) for each in services.values() if "build" in each]
    found = [
        command_of(Spoken("docker-compose.yml", tuple(words), exact=True, in_block=True))
        for line in lines
        for words in map(str.split, re.findall(r"(?:ticketstream|python -m classifier)\b[^;&|}]*", line))
    ]

    assert len(found) >= len(lines)
    assert [(command, refused(command, rest)) for command, rest in found if command and refused(command, rest)] == []
    assert [rest for command, rest in found if command is None] == []


def test_exit_codes_of_the_contract_are_those_of_the_code() -> None:
    """One table, in the contract and on the page of commands."""
    contract = (ROOT / "docs" / "CONTRACT.md").read_text(encoding="utf-8").split("## Exit codes")[1]

    assert re.findall(r"^\| (\d+) \| (.*) \|$", contract, re.MULTILINE) == re.findall(
        r"^\| (\d+) \| (.*) \|$", exit_codes(), re.MULTILINE
    )


@pytest.mark.parametrize("package", CODE)
def test_every_exit_code_is_of_the_catalogue(package: str) -> None:
    """No number stands where a process ends: neither in a call, nor as the code of an error."""
    numbers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in _endings(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert numbers == []


def test_the_catalogue_has_no_code_that_nothing_ends_with() -> None:
    """Each is used where a process ends. tests/system/test_exit_codes.py reaches each."""
    code = "".join(path.read_text(encoding="utf-8") for package in CODE for path in (ROOT / package).rglob("*.py"))

    assert [each for each in ExitCode if not re.search(rf"ExitCode\.{each.name}\b(?!:)", code)] == []


def _is_option(word: str) -> bool:
    return word.startswith("-")


def _is_runnable(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    file = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    return file.is_file() and ("__main__" in file.name or '__name__ == "__main__"' in file.read_text(encoding="utf-8"))


def _endings(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Where a number is an exit code: `sys.exit(1)`, `typer.Exit(1)`, `exit_code = 1`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr=name) | ast.Name(id=name),
                args=[ast.Constant(value=int())],
            ) if name in _ENDS:
                yield node
            case ast.Assign(targets=[ast.Name(id="exit_code")], value=ast.Constant()):
                yield node
