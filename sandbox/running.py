"""The parts of a sandbox that run."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from consumer.config.sources import process_environment
from sandbox.data_folder import DataFolder
from sandbox.parts import Part


class Running(dict[str, Part]):
    """The parts by their names, in the order of their starts.

    Args:
        folder: theirs; they hold its lock and write their logs there.
        given_up: whether to wait for none any longer.
    """

    def __init__(self, folder: DataFolder, given_up: Callable[[], bool]) -> None:
        super().__init__()
        self._folder = folder
        self._given_up = given_up

    @property
    def logs(self) -> Path:
        """The folder of their output."""
        return self._folder.path / "logs"

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Part:
        """Start a part, in our own environment if no other is given."""
        self.logs.mkdir(exist_ok=True)
        names = environment or process_environment()
        part = self[name] = Part(name, command, self.logs, names, self._given_up, self._folder.for_parts)
        return part

    def check(self, but: Collection[str] = ()) -> None:
        """Check that all run, but these.

        Raises:
            PartDied: a part ended by itself.
        """
        for name, part in self.items():
            if name not in but:
                part.check()

    def stop(self, name: str) -> None:
        """Stop one; `check` no longer looks at it."""
        self.pop(name).stop()

    def stop_all(self, announce: Callable[[str], None]) -> None:
        """Stop them, the last one first."""
        while self:
            name, part = self.popitem()
            announce(f"{name} stops")
            part.stop()
