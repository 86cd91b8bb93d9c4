"""Does one change of a folder of models again and again, each time killed a step later; a copy of the folder for each.

python killed_writer.py FOLDER RUNS add|promote|rollback VERSION
"""

import os
import shutil
import signal
import sys
from datetime import date
from pathlib import Path

from classifier.model import Model
from classifier.model_folder import ModelFolder
from classifier.tickets import LabelledTicket
from classifier.training import train

MOST_STEPS = 200
# What the operating system is asked for; Python tells an audit hook before it asks.
CALLS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"}


def main(folder: Path, runs: Path, work: str, version: str) -> None:
    """Make one copy for each step, until the work ends before it is killed."""
    runs.mkdir()
    texts = ["refund my order", "the app crashes", "money back", "it crashed again"]
    tickets = [LabelledTicket("", text, "a" if n % 2 else "b", None, "new", "train") for n, text in enumerate(texts)]
    new = train(tickets, trained_on=date(2026, 11, 22))
    for step in range(1, MOST_STEPS):
        run = runs / f"{step:03}"
        shutil.copytree(folder, run)
        child = os.fork()
        if child == 0:
            _die_at(step, run)
            _change(ModelFolder(run), work, version, new)
            os._exit(0)
        if os.WIFEXITED(os.waitpid(child, 0)[1]):
            return
    sys.exit("it never ended")


def _change(models: ModelFolder, work: str, version: str, new: Model) -> None:
    match work:
        case "add":
            models.add(new, {"seed_rows": 1}, ["a"])
        case "promote":
            models.promote(version, "why", "ana")
        case _:
            models.rollback("ana")


def _die_at(step: int, run: Path) -> None:
    left = step

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in CALLS and any(str(run) in str(argument) for argument in arguments):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
