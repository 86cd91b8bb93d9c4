"""Which broker the tests talk to, and what they must know of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sandbox.system import Sandbox
from tests.support.apache_kafka import Apache


class Broker(NamedTuple):
    """A broker that all tests share.

    Attributes:
        address: for clients.
        complete: it does everything that `tests.support.broker_differences` names.
        copies: of every record.
    """

    address: str
    complete: bool
    copies: int = 1


@contextmanager
def broker(chosen: str, system: Sandbox, folder: Path) -> Iterator[Broker]:
    """The broker that was chosen: `sandbox`, `apache`, or the address of any cluster."""
    match chosen:
        case "sandbox":
            system.start_broker()
            yield Broker(system.addresses.kafka, complete=False)
        case "apache":
            with Apache(folder) as cluster:
                yield Broker(cluster.address, complete=True)
        case address:
            yield Broker(address, complete=True)
