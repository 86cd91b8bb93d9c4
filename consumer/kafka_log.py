"""What librdkafka logs itself, among our own lines, and whether one of them tells of a lost connection."""

import logging

import structlog

log = structlog.get_logger()

# The facility under which librdkafka tells that a connection failed or was closed.
_CONNECTION_FAILED = "FAIL"


class ClientLog:
    """Given to a client as its `logger`; it is called from within the client's `poll`.

    Attributes:
        failures: how many connections have failed by now, as far as polls have told.
    """

    def __init__(self) -> None:
        self.failures = 0

    def log(self, level: int, _format: str, facility: str, client: str, text: str) -> None:
        """Take one line; librdkafka's client library calls it like this."""
        if facility == _CONNECTION_FAILED:
            self.failures += 1
        say = log.error if level >= logging.ERROR else log.warning if level >= logging.WARNING else log.info
        say("librdkafka.said", facility=facility, client=client, detail=text)
