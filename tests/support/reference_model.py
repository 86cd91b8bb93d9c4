"""The reference model, trained by the sandbox once for all processes of a test run."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from sandbox.system import Sandbox


class Reference(NamedTuple):
    """Where the trained model is, and how long its training took."""

    folder: Path
    train_s: float


@pytest.fixture(scope="session")
def reference_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    home = (own if worker_id == "master" else own.parent) / "reference"
    home.mkdir(exist_ok=True)
    return home


def reference_model(home: Path, stopped: Callable[[], bool] = lambda: False) -> Reference:
    """Train the model, or wait for the process that does."""
    took = home / "train_s"
    with _alone(home / "lock"):
        began_s = time.monotonic()
        folder = Sandbox(home, stopped=stopped).trained_model()
        if not took.exists():
            took.write_text(str(time.monotonic() - began_s), encoding="utf-8")
        return Reference(folder, float(took.read_text(encoding="utf-8")))


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
