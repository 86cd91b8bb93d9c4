"""librdkafka's own mock cluster, to answer single requests with errors that no real broker gives on demand.

It is no judge of delivery, since it shows aborted records to everybody: it only injects what `rdkafka_mock.h` offers.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

import confluent_kafka

_PRODUCER = 0
_MESSAGE_BYTES = 512
_BROKER = 1


class Api(IntEnum):
    """Requests that can be refused, by Kafka's numbers."""

    PRODUCE = 0
    FETCH = 1
    LIST_OFFSETS = 2
    METADATA = 3
    OFFSET_COMMIT = 8
    OFFSET_FETCH = 9
    FIND_COORDINATOR = 10
    HEARTBEAT = 12
    INIT_PRODUCER_ID = 22
    ADD_PARTITIONS_TO_TXN = 24
    END_TXN = 26
    TXN_OFFSET_COMMIT = 28


class MockCluster:
    """One mock broker.

    Attributes:
        address: for clients.
    """

    def __init__(self, library: ctypes.CDLL, cluster: int) -> None:
        self._library = library
        self._cluster = ctypes.c_void_p(cluster)
        library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        self.address = library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def make_topic(self, name: str) -> None:
        self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), 1, 1)

    def refuse_next(self, api: Api, code: int, times: int = 1) -> None:
        """Answer the next requests of this kind with the error of this number."""
        codes = (ctypes.c_int * times)(*[code] * times)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, ctypes.c_int16(api), ctypes.c_size_t(times), codes
        )

    def go_down(self) -> None:
        """Close every connection and take no new one."""
        self._library.rd_kafka_mock_broker_set_down(self._cluster, ctypes.c_int32(_BROKER))

    def go_down_for(self, seconds: float) -> None:
        """Close every connection, and take new ones again after this time."""
        self.go_down()
        threading.Timer(seconds, self.come_up).start()

    def come_up(self) -> None:
        self._library.rd_kafka_mock_broker_set_up(self._cluster, ctypes.c_int32(_BROKER))

    def refuse_no_more(self, api: Api) -> None:
        """Forget the errors that no request of this kind has met yet."""
        self._library.rd_kafka_mock_clear_request_errors(self._cluster, ctypes.c_int16(api))


@contextmanager
def mock_cluster() -> Iterator[MockCluster]:
    """A mock cluster until the end of the block."""
    library = _library()
    library.rd_kafka_new.restype = library.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
    message = ctypes.create_string_buffer(_MESSAGE_BYTES)
    handle = ctypes.c_void_p(library.rd_kafka_new(_PRODUCER, None, message, ctypes.c_size_t(_MESSAGE_BYTES)))
    cluster = library.rd_kafka_mock_cluster_new(handle, 1)
    try:
        yield MockCluster(library, cluster)
    finally:
        library.rd_kafka_mock_cluster_destroy(ctypes.c_void_p(cluster))
        library.rd_kafka_destroy(handle)


def _library() -> ctypes.CDLL:
    """The very library that the client has loaded."""
    package = Path(confluent_kafka.__file__).parent
    # Where wheels for Linux have it, and those for macOS.
    beside = (package.parent / "confluent_kafka.libs", package / ".dylibs")
    [found] = [file for folder in beside for file in folder.glob("librdkafka*")]
    return ctypes.CDLL(str(found))
