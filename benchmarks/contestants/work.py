"""From the bytes of a ticket to the bytes of its event, as a competent engineer would write it without this project.

The same function serves the bare loop and Quix Streams, in whose environment only `schemas` and
`consumer.answer.fingerprint` of this project can be imported: they need fastavro and cachetools.
"""

import json
import time
import uuid
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from fastavro import schemaless_reader, schemaless_writer

from consumer.answer.fingerprint import fingerprint
from schemas.catalog import current, fingerprint_of
from schemas.framing import single_object_header
from schemas.identity import NAMESPACE

Key = Callable[[str, str], Any]

KEYS: dict[str, Key] = {
    # The key of the project's cache: similar tickets share an answer.
    "fingerprint": lambda subject, description: fingerprint(subject, description, None),
    # Much cheaper, but a hit only if a ticket is repeated letter by letter.
    "text": lambda subject, description: (subject, description),
}


def save_answers(path: Path, answers: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Write the model's answers: subject, description and the event's fields `category` to `explanation`."""
    path.write_text(json.dumps(answers), encoding="utf-8")


class Work:
    """Decode, look up, build, encode.

    Args:
        answers: A file of `save_answers`: the warm cache.
        key: A name of `KEYS`: the key of the cache.
        service_version: For every event.
    """

    def __init__(self, answers: Path, key: str, service_version: str) -> None:
        self._key = KEYS[key]
        self._answers: dict[Any, dict[str, Any]] = {
            self._key(subject, description): fields
            for subject, description, fields in json.loads(answers.read_text(encoding="utf-8"))
        }
        self._service_version = service_version
        self._input = current("TicketCreated")
        self._output = current("TicketCategorized")
        self._input_header = single_object_header(fingerprint_of(self._input))
        self._output_header = single_object_header(fingerprint_of(self._output))

    def event(
        self, value: bytes, topic: str, partition: int, offset: int, timestamp_ms: int, received_ns: int
    ) -> bytes:
        """The encoded event that answers this record.

        Raises:
            ValueError: The record has a different framing.
            KeyError: The cache has no answer for it.
        """
        began_ns = time.perf_counter_ns()
        if not value.startswith(self._input_header):
            raise ValueError("not a ticket in single-object framing")
        ticket: Any = schemaless_reader(BytesIO(value[len(self._input_header) :]), self._input, None)
        decoded_ns = time.perf_counter_ns()
        answer = self._answers[self._key(ticket["subject"], ticket["description"])]
        found_ns = time.perf_counter_ns()
        now_ns = time.time_ns()
        event = {
            "event_id": str(uuid.uuid5(NAMESPACE, f"{topic}|{partition}|{offset}|0")),
            "ticket_event_id": ticket["event_id"],
            "ticket_id": ticket["ticket_id"],
            "revision": 0,
            "language": ticket["language"],
            "channel": ticket["channel"],
            **answer,
            "source": {"topic": topic, "partition": partition, "offset": offset, "timestamp": timestamp_ms},
            "timings": {
                "received_at": received_ns // 1000,
                "decode_us": (decoded_ns - began_ns) // 1000,
                "lookup_us": (found_ns - decoded_ns) // 1000,
                "queue_us": 0,
                "model_us": 0,
                "rules_us": 0,
                "wait_us": 0,
                "total_us": (now_ns - received_ns) // 1000,
            },
            "model_outcome": "not_asked",
            "model_call_id": None,
            "attempts": 0,
            "audit_probability": 0.0,
            "service_version": self._service_version,
            "created_at": ticket["created_at"],
            "categorized_at": now_ns // 1_000_000,
            "text_removed_chars": 0,
        }
        encoded = BytesIO()
        encoded.write(self._output_header)
        schemaless_writer(encoded, self._output, event)
        return encoded.getvalue()
