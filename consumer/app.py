"""Where a worker begins: from the name of its role to the loop that runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pkgutil import resolve_name

from consumer.config.settings import Settings
from consumer.errors import Fenced
from consumer.kafka import admin
from consumer.kafka.cluster import WorkerIdentity, sink_group

Loop = Callable[[Settings, WorkerIdentity, threading.Event], None]
Role = Callable[[Settings, int, threading.Event], None]
"""Runs one worker, by its number, until it is stopped. It raises TicketstreamError when it cannot go on; the error's
exit code says whether a restart can mend that."""

# By name: a worker loads the code of its own role alone.
_LOOPS = {
    "categorizer": "consumer.categorizer.build:run_categorizer",
    "sink": "consumer.sink.build:run_sink",
}


def loaded(role: str) -> Role:
    """Load the code of a role, and of no other.

    Raises:
        KeyError: there is no such role.
    """
    loop: Loop = resolve_name(_LOOPS[role])
    return partial(_run, loop, is_sink=role == "sink")


def _run(loop: Loop, settings: Settings, index: int, stop: threading.Event, *, is_sink: bool) -> None:
    settings.require("kafka_bootstrap_servers")
    identity = WorkerIdentity(settings.instance_id, str(index))
    group, member = (
        (sink_group(settings), identity.sink_member) if is_sink else (settings.kafka_group_id, identity.member)
    )
    with _naming_the_other(settings, group, member):
        loop(settings, identity, stop)


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
