"""Starts the ClickHouse engine of a sandbox, also after its data was damaged by a loss of power."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.parts import PartDied
from sandbox.running import Running

READY_S = 60.0
PART = "clickhouse"


def serve(parts: Running, port: int, folder: Path, warn: Callable[[str], None]) -> str:
    """Start the engine and return its address; data that it cannot open is set aside.

    Args:
        parts: of the sandbox.
        port: of this machine.
        folder: of the data, which no other engine uses.
        warn: called when data is set aside; the topics hold the same events.

    Raises:
        PartDied: it does not start.
    """
    had_data = (folder / "metadata").exists()
    try:
        return _served(parts, port, folder)
    except PartDied as died:
        if not had_data or died.code is None:
            raise
    parts.stop(PART)
    aside = folder.with_name(f"{folder.name}.damaged")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    address = _served(parts, port, folder)
    warn(f"ClickHouse could not open its data, which is in {aside} now")
    return address


def _served(parts: Running, port: int, folder: Path) -> str:
    part = parts.start(PART, [sys.executable, "-m", "sandbox.clickhouse", "--data", str(folder), "--port", str(port)])
    part.wait_until(lambda: part.json_line("port"), READY_S)
    return f"http://127.0.0.1:{port}"
