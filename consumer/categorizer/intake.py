"""From polled records to envelopes; some records have to wait."""

import time
from typing import NamedTuple

import structlog

from consumer.bad_records.blame import handling_records
from consumer.bad_records.quarantine import Quarantine
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.ticket_reader import TicketReader
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.records import Record
from schemas.codec import RegistryUnavailable

log = structlog.get_logger()


class TakenIn(NamedTuple):
    """What was taken in of one poll.

    Attributes:
        envelopes: in the order of the records.
        registry_answers: whether the schema registry could be asked; if not, the rest is read again.
    """

    envelopes: list[Envelope]
    registry_answers: bool


class Intake:
    """Takes records in, and gives back those that have to wait. Not thread-safe.

    Args:
        consumer: to which records are given back.
        quarantine: lets records in, one by one while some are suspect.
        reader: makes envelopes of records.

    Attributes:
        topics: what is read.
    """

    def __init__(self, consumer: GroupConsumer, quarantine: Quarantine, reader: TicketReader) -> None:
        self.topics = list(reader.topics)
        self._consumer = consumer
        self._quarantine = quarantine
        self._reader = reader

    def take(self, records: list[Record], now: float, *, busy: bool) -> TakenIn:
        """Make envelopes of the records that are let in.

        Args:
            records: as they were polled.
            now: monotonic time.
            busy: other records are not committed yet.

        Raises:
            BrokerTrouble: a takeover marker or the memory of repeats could not be read or written.
        """
        received_us = time.time_ns() // 1000
        first_offsets = {record.partition: record.position.offset for record in reversed(records)}
        admitted, later = self._quarantine.let_in(records, first_offsets.keys(), now, busy=busy)
        self._reader.prepare(first_offsets)
        envelopes, unread = self._read(admitted, now, received_us)
        self._consumer.give_back(unread + later)
        return TakenIn(envelopes, registry_answers=not unread)

    def _read(self, records: list[Record], now: float, received_us: int) -> tuple[list[Envelope], list[Record]]:
        """Read as many as the registry allows; the envelopes, and the rest."""
        read = self._read_suspect if self._quarantine.one_by_one else self._reader.read
        envelopes: list[Envelope] = []
        try:
            with handling_records():
                envelopes.extend(read(record, now, received_us) for record in records)
        except RegistryUnavailable as error:
            log.warning("registry.unavailable", detail=str(error))
            self._quarantine.clear_markers()
        return envelopes, records[len(envelopes) :]

    def _read_suspect(self, record: Record, now: float, received_us: int) -> Envelope:
        letter = self._quarantine.condemned(record)
        if letter is not None:
            return self._reader.unread(record, letter, now, received_us)
        return self._reader.read(record, now, received_us)
