"""The named moments at which a process may die, in the simulation."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.sim.line import Killed

SOURCES = Path(__file__).parents[2] / "consumer"


class Moments:
    """Stands for `crash_points.reached`: the process that comes to the moment that is set dies there."""

    def __init__(self) -> None:
        self.hits = 0
        self._name = ""

    def set(self, name: str, hits: int) -> None:
        """The next process that comes to this moment for the `hits`th time dies."""
        self._name, self.hits = name, hits

    def clear(self) -> None:
        self.set("", 0)

    def __call__(self, name: str) -> None:
        if name == self._name and self.hits > 0:
            self.hits -= 1
            if self.hits == 0:
                raise Killed


def moments_of(*folders: str) -> list[str]:
    """Every moment that the modules of these folders of `consumer` name."""
    files = [file for folder in folders for file in sorted((SOURCES / folder).glob("*.py"))]
    return [name for file in files for name in _named(file)]


def _named(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="crash_points"), attr="reached"), args=[argument]):
                yield str(ast.literal_eval(argument))
