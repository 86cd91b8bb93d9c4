"""The sandbox's broker as a process of its own."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import broker


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    port = broker.free_port()
    with subprocess.Popen(broker.command(port, tmp_path), stdin=subprocess.PIPE) as process:
        try:
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
