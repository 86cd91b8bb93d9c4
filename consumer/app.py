"""Where a worker begins: from the name of its role to the loop that runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from consumer.categorizer.build import run_categorizer
from consumer.config.settings import Settings
from consumer.errors import Fenced
from consumer.kafka import admin
from consumer.kafka.cluster import WorkerIdentity
from consumer.sink.build import run_sink
from consumer.sink.topics import sink_group


def run_role(role: str, settings: Settings, index: int, stop: threading.Event) -> None:
    """Run one worker until it is stopped.

    Raises:
        TicketstreamError: it cannot go on; its exit code says whether a restart can mend it.
    """
    settings.require("kafka_bootstrap_servers")
    identity = WorkerIdentity(settings.instance_id, str(index))
    match role:
        case "categorizer":
            with _naming_the_other(settings, settings.kafka_group_id, identity.member):
                run_categorizer(settings, identity, stop)
        case "sink":
            with _naming_the_other(settings, sink_group(settings), identity.sink_member):
                run_sink(settings, identity, stop)
        case _:
            raise ValueError(role)


@contextmanager
def _naming_the_other(settings: Settings, group: str, member: str) -> Iterator[None]:
    """Add to Fenced where the process is that has this worker's place now, if the group knows."""
    try:
        yield
    except Fenced as fenced:
        # This worker has left the group by now, so a member of its name is the other process.
        hosts = sorted({other.host for other in admin.members(settings, group) if other.client_id == member})
        if not hosts:
            raise
        raise Fenced(f"{fenced}; the other is at {', '.join(hosts)}") from fenced
