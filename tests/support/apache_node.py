"""`python -m tests.support.apache_node FOLDER`: Apache Kafka until SIGTERM, for the benchmarks; prints its address."""

import json
import signal
import sys
from pathlib import Path

from tests.support.apache_kafka import Apache

ENDS = {signal.SIGTERM, signal.SIGINT}


def main(folder: Path) -> None:
    """Run one node."""
    with Apache(folder) as cluster:
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        sys.stdout.write(json.dumps({"address": cluster.address}) + "\n")
        sys.stdout.flush()
        signal.sigwait(ENDS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
