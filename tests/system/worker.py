"""One worker as the supervisor starts it, to be killed and frozen at one exact moment."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.world import World

ROOT = Path(__file__).parents[2]

Process = subprocess.Popen[bytes]


@contextmanager
def worker(world: World, role: str, *module: str, **settings: str) -> Iterator[Process]:
    """Start it, or what stands in for its module; the end of its standard input is its supervisor's death."""
    with (
        (world.folder / "worker.log").open("ab") as log,
        subprocess.Popen(
            [sys.executable, "-m", *(module or ("consumer.service.worker",)), role, "0"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**world.environment, "PYTHONPATH": str(ROOT), "INSTANCE_ID": "mortal", **settings},
            cwd=world.folder,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()
