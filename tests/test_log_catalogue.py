"""The catalogue of the log's events, the code, and docs/LOGS.md say the same."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from serving.log_events.catalogue import CATALOGUE, sameness
from tests.logs_page import PAGE, page

ROOT = Path(__file__).parents[1]
TOPS = (
    "analytics", "classifier", "consumer", "learning", "network", "projects", "sandbox", "schemas", "serving",
    "terminal", "tickets", "ticketstream",
)  # fmt: skip
METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
# structlog's own arguments, and what they become.
RENAMED = {"exc_info": "exception"}
# Lines that are made events on their way, not by a call.
NOT_CALLED = {"library.said", "python.warned"}
BY_NAME = {event.name: event for event in CATALOGUE}


class Called(NamedTuple):
    """One call of the log; `open_ended` when some of its keys stand in a dictionary."""

    place: str
    events: tuple[str, ...]
    level: str
    keys: frozenset[str]
    open_ended: bool


def _constants(node: ast.expr, parameters: dict[str, ast.expr]) -> tuple[str, ...]:
    """The events that an argument can be: a text, one of two, or a parameter whose type lists them."""
    match node:
        case ast.Constant(value=str() as event):
            return (event,)
        case ast.IfExp(body=body, orelse=otherwise):
            return _constants(body, {}) + _constants(otherwise, {})
        case ast.Name(id=name) if name in parameters:
            constants = (each.value for each in ast.walk(parameters[name]) if isinstance(each, ast.Constant))
            return tuple(each for each in constants if isinstance(each, str))
    return ()


def _functions(tree: ast.Module) -> Iterator[tuple[ast.AST, dict[str, ast.expr]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, {each.arg: each.annotation for each in node.args.args if each.annotation is not None}


def _called_in(path: Path) -> dict[str, Called]:
    found: dict[str, Called] = {}
    for function, parameters in _functions(ast.parse(path.read_text(encoding="utf-8"))):
        for node in ast.walk(function):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=method)) if method in METHODS:
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    event = node.args[1 if method == "log" else 0]
                    keys = {RENAMED.get(each.arg, each.arg) for each in node.keywords if each.arg is not None}
                    if method == "exception":
                        keys.add("exception")
                    level = {"exception": "error", "log": "any"}.get(method, method)
                    open_ended = any(each.arg is None for each in node.keywords)
                    found[place] = Called(place, _constants(event, parameters), level, frozenset(keys), open_ended)
    return found


@pytest.fixture(scope="module")
def modules() -> list[Path]:
    """The modules that have a log."""
    paths = [path for top in TOPS for path in sorted((ROOT / top).rglob("*.py"))]
    return [path for path in paths if "get_logger(" in path.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def calls(modules: list[Path]) -> list[Called]:
    return [called for path in modules for called in _called_in(path).values()]


def test_every_call_names_an_event_of_the_catalogue(calls: list[Called]) -> None:
    """With its level, and with no key that the catalogue does not say."""
    wrong = [
        (called.place, event)
        for called in calls
        for event in called.events or ("?",)
        if event not in BY_NAME
        or called.level not in BY_NAME[event].levels
        or not called.keys <= set(BY_NAME[event].keys)
    ]

    assert len(calls) > 90
    assert wrong == []


def test_every_event_of_the_catalogue_is_written_somewhere(calls: list[Called]) -> None:
    """With each of its levels and keys, and no event twice."""
    levels: dict[str, set[str]] = defaultdict(set)
    keys: dict[str, set[str]] = defaultdict(set)
    open_ended: set[str] = set()
    for called in calls:
        for event in called.events:
            levels[event].add(called.level)
            keys[event] |= called.keys
            open_ended |= {event} if called.open_ended else set()
    said = [event for event in CATALOGUE if event.name not in NOT_CALLED]

    assert len(BY_NAME) == len(CATALOGUE)
    assert [event.name for event in said if levels[event.name] != set(event.levels)] == []
    assert [e.name for e in said if e.name not in open_ended and keys[e.name] != set(e.keys)] == []


def test_what_makes_lines_equal_are_keys_of_the_event() -> None:
    """A misspelt key would make all lines of the event equal."""
    assert [event.name for event in CATALOGUE if not set(event.one_of or ()) <= set(event.keys)] == []


def test_every_log_of_ours_is_called_log(modules: list[Path]) -> None:
    """Otherwise the tests above would not see its calls."""
    others = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign)
        and "get_logger(" in ast.unparse(node.value)
        and [ast.unparse(target) for target in node.targets] != ["log"]
    ]

    assert others == []


def test_the_log_is_only_called(modules: list[Path]) -> None:
    """A method under another name, or an event made of pieces, would be a line that the tests above do not see."""
    others = []
    for path in modules:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        others += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "log"
            and node.attr in METHODS
            and id(node) not in called
        ]

    assert others == []


def test_the_page_is_that_of_the_catalogue() -> None:
    """`python -m tests.logs_page --write` makes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        ("it was refused: 127.0.0.1:40123", "it was refused: 127.0.0.1:51877", True),
        ("no answer within 2.5 s", "no answer within 10 s", True),
        ("object at 0x7f12ab", "object at 0x7f99cd", True),
        ("the registry answered 401", "the registry answered 404", False),
        ("it was refused", "no answer within 10 s", False),
    ],
)
def test_a_reason_stays_the_same_while_its_numbers_change(first: str, second: str, *, equal: bool) -> None:
    """Another reason is told at once: ports, places in memory and times are no reason, a status is one."""
    lines = [{"event": "registry.unavailable", "detail": detail} for detail in (first, second)]

    assert (sameness(lines[0]) == sameness(lines[1])) is equal
