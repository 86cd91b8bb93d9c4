"""One worker as the supervisor starts it, to be killed and frozen at one exact moment."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.system.world import World

Process = subprocess.Popen[bytes]


@contextmanager
def worker(world: World, role: str, **settings: str) -> Iterator[Process]:
    """Start it; the end of its standard input is its supervisor's death."""
    with (
        (world.folder / "worker.log").open("ab") as log,
        subprocess.Popen(
            [sys.executable, "-m", "consumer.worker", role, "0"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**world.environment, "INSTANCE_ID": "mortal", **settings},
            cwd=world.folder,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()
