"""Apache Kafka as the broker of a benchmark, where `make test-kafka` has fetched it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import READY_S, Machine

APACHE = "Apache Kafka"
FETCH = "`make test-kafka` fetches Apache Kafka."
_JARS = Path(__file__).parents[1] / ".kafka" / "lib"


def is_fetched() -> bool:
    """Whether it can be run."""
    return _JARS.is_dir()


@contextmanager
def on_apache(machine: Machine) -> Iterator[Machine]:
    """The machine with Apache Kafka in place of its own broker, which idles meanwhile."""
    command = [sys.executable, "-m", "tests.support.apache_node", str(machine.folder / "apache")]
    with machine.part("apache", command) as part:
        # Another broker's machine gives its parts the same names, and ClickHouse would find the rows of the first one.
        folder = machine.folder / "on-apache"
        folder.mkdir()
        yield Machine(folder, part.wait_until(lambda: part.json_line("address"), READY_S)["address"], APACHE)


@contextmanager
def for_backlogs(machine: Machine) -> Iterator[Machine]:
    """The machine with a broker that answers a fetch with what was asked for: Apache Kafka, where it is fetched.

    The sandbox's broker answers each fetch with all that waits, and what the client did not ask for is left out behind
    it. So a backlog costs the square of its length, on processors that the sink needs.
    """
    if is_fetched():
        with on_apache(machine) as apache:
            yield apache
    else:
        yield machine
