"""`ticketstream llm serve` as a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO, NamedTuple

from tests.llm_server import KEY
from tests.support.world import bare_environment

START_S = 60.0
STOP_S = 15.0
MODEL = "tiny-1"


class LlmProcess(NamedTuple):
    """Where it answers.

    Attributes:
        output: Everything that it has written to standard error.
    """

    process: subprocess.Popen[str]
    url: str
    model: str
    output: Path


def llm_environment(address: str, folder: Path, **settings: str) -> dict[str, str]:
    """The settings with which an LLM at this address is asked; state and ledger are in the folder."""
    ours = {"LLM_API_URL": address, "LLM_API_KEY": KEY, "LLM_MODEL": MODEL, "STATE_DIR": str(folder / "state")}
    return {**bare_environment(), **ours, **settings}


@contextmanager
def llm_process(address: str, folder: Path, *options: str, **settings: str) -> Iterator[LlmProcess]:
    """Serve until the end of the block; killed there if it still runs."""
    output = folder / f"llm-{len(list(folder.glob('llm-*.log')))}.log"
    with (
        output.open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "ticketstream", "llm", "serve", *options],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=llm_environment(address, folder, **settings),
            cwd=folder,
        ) as process,
    ):
        alarm = Timer(START_S, process.kill)
        alarm.start()
        try:
            ready = _ready(process.stdout)
            alarm.cancel()
            yield LlmProcess(process, str(ready["url"]), str(ready["model"]), output)
        finally:
            alarm.cancel()
            process.kill()


def _ready(printed: IO[str] | None) -> dict[str, object]:
    assert printed is not None
    line = printed.readline()
    assert line, "it ended before it was ready"
    return dict(json.loads(line))
