"""Whose fault the end of a process is: a record's, or that of anything else.

A takeover marker says that records are being handled: decoded, answered, or written down as a row or a dead letter. It
must condemn a record that kills every process which handles it, and never one that only stood first while something
else failed. So there are three kinds of ends:

1. An error was raised while a record was handled (`handling_records`), and it is none of those by which our parts say
   that Kafka, ClickHouse, the registry or a setting is to blame. A record is to blame: the markers stay.
2. Any other error: the cluster refuses a request, a callback or an observer fails, our own code fails between records.
   The markers are taken back at once, before anything else that can fail, and nothing is committed on the way out.
3. The process is gone without an error (a signal, `os._exit`, a crash of a library). Nobody can tell why, so a marker
   that stands counts. Therefore none stands while a process leaves: the markers are taken back while the member is
   still in its group, and only then are clients closed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from analytics.clickhouse.errors import AnalyticsError
from consumer.errors import TicketstreamError
from schemas.codec import RegistryUnavailable


class CrashedOnRecord(Exception):
    """A record made the code that handles it fail as nobody has foreseen; it counts like a crash of the process."""


@contextmanager
def handling_records() -> Iterator[None]:
    """What is done within is done with records and nothing else: no request to Kafka or ClickHouse.

    Raises:
        CrashedOnRecord: something unforeseen was raised.
    """
    try:
        yield
    except (TicketstreamError, AnalyticsError, RegistryUnavailable):
        raise
    except Exception as error:
        raise CrashedOnRecord(f"a record could not be handled: {type(error).__name__}") from error
