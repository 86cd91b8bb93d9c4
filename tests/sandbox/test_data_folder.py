"""One sandbox at a time has a data folder, and a killed one gives it back when its parts have ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from consumer.errors import ConfigurationError
from sandbox.data_folder import DataFolder
from sandbox.parts import Interrupted
from tests.sandbox.conftest import Holding

TAKE = "from pathlib import Path\nfrom sandbox.data_folder import DataFolder\nfolder = DataFolder(Path({!r}))\n"
TAKE += "folder.take(lambda _: None, lambda: False)\n"
# It starts a part, which inherits a lock; its sandbox is then gone.
LEAVE = (
    "import os, subprocess, sys\n"
    "part = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(120)'],"
    " stdout=subprocess.DEVNULL, pass_fds=folder.for_parts)\n"
    "print(part.pid, flush=True)\nos.kill(os.getpid(), 9)\n"
)


def take(folder: Path, announced: list[str], *, stopped: bool = False) -> DataFolder:
    taken = DataFolder(folder)
    try:
        taken.take(announced.append, lambda: stopped)
    except BaseException:
        taken.release()
        raise
    return taken


def test_a_second_sandbox_is_refused_until_the_first_ends(tmp_path: Path, holding: Holding) -> None:
    """The message names the process, the folder and the mend; after the first, even one that was killed, it is free."""
    first = holding(TAKE.format(str(tmp_path)))
    with pytest.raises(ConfigurationError) as refused:
        take(tmp_path, [])
    first.kill()
    first.wait()
    take(tmp_path, []).release()

    assert str(refused.value) == (
        f"another sandbox (process {first.pid}) uses the folder {tmp_path}: stop it, or name another with --data"
    )


def test_other_folders_are_others(tmp_path: Path, holding: Holding) -> None:
    """Two sandboxes with a folder each do not see each other."""
    holding(TAKE.format(str(tmp_path / "one")))
    take(tmp_path / "two", []).release()


def test_the_parts_of_a_killed_sandbox_are_waited_for(tmp_path: Path) -> None:
    """The parts hold the folder until the last one has ended. A start that is stopped meanwhile does not wait."""
    program = TAKE.format(str(tmp_path)) + LEAVE
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=False)
    part = int(done.stdout)
    announced: list[str] = []
    try:
        with pytest.raises(Interrupted):
            take(tmp_path, announced, stopped=True)
    finally:
        os.kill(part, 9)
    take(tmp_path, []).release()

    assert announced == ["parts of an earlier sandbox stop"]


def test_fresh_removes_what_parts_have_written_and_nothing_else(tmp_path: Path) -> None:
    """Ports, the model and what people put there stay."""
    for name in ("kafka", "clickhouse", "state", "logs", "model", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    (tmp_path / "ports.json").touch()
    DataFolder(tmp_path).clear()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "model", "ports.json"]
