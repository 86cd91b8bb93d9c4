"""The command line of every contestant."""

import argparse
from pathlib import Path
from typing import NamedTuple

from benchmarks.contestants.work import KEYS

TRANSACTION_RECORDS = 500
# Long enough that with a backlog every transaction has 500 records.
TRANSACTION_S = 1.0
PRODUCER = {"linger.ms": 5, "compression.type": "none", "partitioner": "murmur2_random"}


class Options(NamedTuple):
    """Input, output and answers of a contestant."""

    kafka: str
    group: str
    topic: str
    output: str
    answers: Path
    key: str
    service_version: str


def options(description: str) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=description)
    for name in ("kafka", "group", "topic", "output", "service-version"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--key", choices=sorted(KEYS), required=True)
    return Options(**vars(parser.parse_args()))


def arguments(given: Options) -> list[str]:
    """The command line that `options` reads."""
    return [f"--{name.replace('_', '-')}={value}" for name, value in given._asdict().items()]
