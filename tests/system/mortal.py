"""A worker that dies at a named moment: `python -m tests.system.mortal POINT HIT ROLE INDEX`.

It is the service as it is, killed with SIGKILL when it comes to the point for the HITth time.
"""

import os
import signal
import sys
from itertools import count
from pathlib import Path

from consumer import crash_points
from consumer.kafka import transactions as kafka_out
from consumer.service import worker

EPITAPH = Path("died-at")


def main() -> int:
    point, hit = sys.argv.pop(1), int(sys.argv.pop(1))
    hits = count(1)

    def reached(name: str) -> None:
        if name == point and next(hits) == hit:
            EPITAPH.write_text(f"{name} {hit}", encoding="utf-8")
            os.kill(os.getpid(), signal.SIGKILL)

    crash_points.reached = reached
    if point == "init":
        # Every transaction is held to be suspicious: a worker takes its place anew after each.
        kafka_out.SUSPICIOUS_AFTER_S = 0.0
    return worker.main()


if __name__ == "__main__":
    sys.exit(main())
