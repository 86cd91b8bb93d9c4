"""The error that ends a benchmark."""

from consumer.errors import TicketstreamError


class BenchmarkFailed(TicketstreamError):
    """The run has no result that may be shown; the message says why."""
