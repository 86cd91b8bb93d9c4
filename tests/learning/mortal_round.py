"""A round that dies at a named moment: `python -m tests.learning.mortal_round URL FOLDER POINT`."""

import datetime as dt
import os
import signal
import sys
from pathlib import Path

from analytics.clickhouse.client import connect
from classifier.model_folder import ModelFolder
from classifier.training import train
from consumer import crash_points
from learning.retraining import Training
from learning.rounds import ended, gathered
from tests.learning.rounds import sources


def main() -> None:
    url, folder, point = sys.argv[1], Path(sys.argv[2]), sys.argv[3]

    def reached(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    crash_points.reached = reached
    with connect(url, "ticketstream") as client:
        data = gathered(client, sources(folder))
    now = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
    ended(ModelFolder(folder / "models"), data, Training(train, None), now=now, by="learner")


if __name__ == "__main__":
    main()
