"""The ClickHouse door as a child process, for every test that needs a ClickHouse."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple


class DoorProcess(NamedTuple):
    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def door_process(data: Path, *options: str, errors: IO[str] | None = None) -> Iterator[DoorProcess]:
    """Start a door over `data` and end it, gently if it still runs; `errors` gets its standard error."""
    command = [sys.executable, "-m", "sandbox.clickhouse", "--data", str(data), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        try:
            assert process.stdout is not None
            yield DoorProcess(process, json.loads(process.stdout.readline())["port"])
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
