"""What ends a benchmark."""

from consumer.errors import TicketstreamError


class BenchmarkFailed(TicketstreamError):
    """The run measured nothing that may be shown; the message says why."""
