"""Lines of results in a file: what was measured stays, whatever ends the run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Lines:
    """A file of JSON lines that grows; None keeps them in memory."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._all: list[dict[str, Any]] = []
        if file and file.exists():
            self._all = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._all)

    def add(self, fields: dict[str, Any]) -> None:
        """Append one line."""
        self._all.append(fields)
        if self._file:
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(fields) + "\n")
