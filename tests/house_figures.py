"""Measure the house: `python -m tests.house_figures` prints its figures, and ends with 1 where one is missed."""

import ast
import io
import math
import re
import statistics
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.test_imports import MAY_IMPORT, order_faults

ROOT = Path(__file__).parents[1]
PRODUCT = (
    "network",
    "schemas",
    "serving",
    "terminal",
    "tickets",
    "analytics",
    "consumer",
    "classifier",
    "learning",
    "sandbox",
    "ticketstream",
)
LOOPS = ("consumer/categorizer/loop.py", "consumer/sink/loop.py")

MODULES_PER_FOLDER = 20
MODULE_LINES = 300
CLASS_LINES = 170
FUNCTION_LINES = 50
MEDIAN_FUNCTION_LINES = 5
P95_FUNCTION_LINES = 21
LOOP_PARAMETERS = 8
# As many as commit cebf9fa had, before the code was moved into folders: tidying must not silence a checker.
TYPE_IGNORES = 29
NOQAS = 56

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Sources:
    """The project's Python files: texts and syntax trees, by their paths from the root."""

    texts: Mapping[str, str]
    trees: Mapping[str, ast.Module]

    @classmethod
    def parsed(cls, texts: Mapping[str, str]) -> "Sources":
        return cls(texts, {path: ast.parse(text, path) for path, text in texts.items()})

    def product(self) -> Iterator[tuple[str, ast.Module]]:
        """Yield the modules that are shipped, without tests and benchmarks."""
        return ((path, tree) for path, tree in self.trees.items() if path.partition("/")[0] in PRODUCT)


@dataclass(frozen=True, slots=True)
class Measured:
    """The size of one module, class, function, …"""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the house, its limit, the largest thing of its kind, and all that are over the limit."""

    name: str
    value: float
    limit: float
    largest: str = ""
    over: tuple[str, ...] = ()

    @property
    def missed(self) -> bool:
        return self.value > self.limit


def read(root: Path) -> Sources:
    """Read every Python file of the project."""
    files = [file for folder in (*MAY_IMPORT, "docs") for file in sorted((root / folder).rglob("*.py"))]
    return Sources.parsed({file.relative_to(root).as_posix(): file.read_text("utf-8") for file in files})


def figures(sources: Sources, wrong_arrows: list[str]) -> list[Figure]:
    """Measure everything that has a limit."""
    functions = list(function_lines(sources))
    sizes = sorted(function.size for function in functions) or [0]
    return [
        largest("modules in a folder of consumer/, projects/", folder_modules(sources), MODULES_PER_FOLDER),
        largest("lines of a module", module_lines(sources), MODULE_LINES),
        largest("lines of a class", class_lines(sources), CLASS_LINES),
        largest("lines of a function, without its docstring", functions, FUNCTION_LINES),
        Figure("the same, median", statistics.median(sizes), MEDIAN_FUNCTION_LINES),
        Figure("the same, 95th percentile", percentile(sizes, 0.95), P95_FUNCTION_LINES),
        largest("parameters of a loop's constructor", loop_parameters(sources), LOOP_PARAMETERS),
        Figure("imports against the order", len(wrong_arrows), 0, over=tuple(wrong_arrows)),
        total("`type: ignore` comments", comments(sources, r"type:\s*ignore\b"), TYPE_IGNORES),
        total("`noqa` comments", comments(sources, r"\bnoqa\b"), NOQAS),
    ]


def largest(name: str, measured: Iterable[Measured], limit: int) -> Figure:
    """Make a figure of the largest size; everything above the limit is named."""
    by_size = sorted(measured, key=lambda item: item.size, reverse=True)
    over = tuple(f"{item.name}: {item.size}" for item in by_size if item.size > limit)
    first = by_size[0] if by_size else Measured("", 0)
    return Figure(name, first.size, limit, first.name, over)


def total(name: str, measured: Iterable[Measured], limit: int) -> Figure:
    """Make a figure of the sum; when it is over the limit every file is named, as any may hold the new one."""
    files = list(measured)
    count = sum(file.size for file in files)
    over = tuple(f"{file.name}: {file.size}" for file in files) if count > limit else ()
    return Figure(name, count, limit, over=over)


def percentile(ordered: list[int], share: float) -> int:
    """Take the nearest rank: the smallest value with at least this share of all at or below it."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def folder_modules(sources: Sources) -> Iterator[Measured]:
    """Count the modules directly in each folder of consumer/ and projects/."""
    paths = [Path(path) for path in sources.texts if path.startswith(("consumer/", "projects/"))]
    modules = [path.parent.as_posix() for path in paths if path.stem != "__init__"]
    return (Measured(f"{folder}/", modules.count(folder)) for folder in sorted(set(modules)))


def module_lines(sources: Sources) -> Iterator[Measured]:
    """Count the lines of each module, blank ones and comments too."""
    return (Measured(path, len(sources.texts[path].splitlines())) for path, _ in sources.product())


def class_lines(sources: Sources) -> Iterator[Measured]:
    """Count the lines of each class from `class` to the end of its body."""
    for path, tree in sources.product():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield Measured(f"{path} {node.name}", lines_of(node))


def function_lines(sources: Sources) -> Iterator[Measured]:
    """Count the lines of each function and method from `def` to the end of its body, less the docstring."""
    for path, tree in sources.product():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield Measured(f"{path} {node.name}", lines_of(node) - docstring_lines(node))


def lines_of(node: ast.stmt | ast.expr) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def docstring_lines(function: Function) -> int:
    """Count the lines of the docstring; 0 without one."""
    match function.body[0]:
        case ast.Expr(value=ast.Constant(value=str()) as text):
            return lines_of(text)
    return 0


def loop_parameters(sources: Sources) -> Iterator[Measured]:
    """Count the constructor's parameters of each class in the modules of the loops, without `self`."""
    for path in LOOPS:
        for node in ast.walk(sources.trees.get(path, ast.Module([], []))):
            if isinstance(node, ast.ClassDef):
                yield Measured(f"{path} {node.name}", constructor_parameters(node))


def constructor_parameters(node: ast.ClassDef) -> int:
    """Count the parameters of `__init__`, or the fields when a decorator or a base class writes it."""
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            arguments = statement.args
            named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            return len(named) - 1 + sum(rest is not None for rest in (arguments.vararg, arguments.kwarg))
    return sum(isinstance(statement, ast.AnnAssign) for statement in node.body)


def comments(sources: Sources, pattern: str) -> Iterator[Measured]:
    """Count the comments that hold the pattern, in tests and benchmarks too; strings do not count."""
    for path, text in sources.texts.items():
        if not re.search(pattern, text):
            continue
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        count = sum(token.type == tokenize.COMMENT and bool(re.search(pattern, token.string)) for token in tokens)
        if count:
            yield Measured(path, count)


def table(measured: list[Figure]) -> Table:
    """Show each figure beside its limit."""
    shown = Table("figure", "value", "at most", "largest", "")
    for figure in measured:
        verdict = "[red]missed[/]" if figure.missed else "[green]held[/]"
        shown.add_row(figure.name, f"{figure.value:g}", f"{figure.limit:g}", figure.largest, verdict)
    return shown


def main(console: Console | None = None) -> int:
    """Print the figures, then everything that is over a limit."""
    console = console or Console()
    measured = figures(read(ROOT), order_faults(ROOT))
    console.print(table(measured))
    for figure in measured:
        if figure.missed:
            console.print(f"{figure.name}: {figure.value:g}, at most {figure.limit:g}", style="red", soft_wrap=True)
        for line in figure.over:
            console.print(f"  {line}", soft_wrap=True, highlight=False, markup=False)
    return int(any(figure.missed for figure in measured))


if __name__ == "__main__":
    sys.exit(main())
