"""People who correct answers, and how long the workers take to answer equal texts as the people say."""

import time
from collections.abc import Iterable, Iterator, KeysView
from itertools import count
from typing import TYPE_CHECKING

from consumer.answer.override_record import read_key
from consumer.answer.ticket_text import text_reader_of
from consumer.kafka.records import Record
from schemas.codec import Encoder
from schemas.events import TicketCategorized, TicketCreated
from tests.support.topics import Put, Reader
from tests.support.world import PARTITIONS, World, a_ticket

if TYPE_CHECKING:
    from schemas.events import TicketCorrected

CORRECTIONS = Encoder("TicketCorrected", "single-object", "ticket-corrected")
PROBE_EVERY_S = 0.2
# Within this time 99 of 100 equal texts are answered as corrected.
PROMISED_S = 5.0


def subject(number: int) -> str:
    """A text of its own for each number: digits would be masked."""
    return a_ticket(f"text-{number:04}")["subject"]


def fingerprint(world: World, text: str) -> str:
    return text_reader_of(world.settings)(text, "")[-1]


def put_tickets(world: World, created: Iterable[tuple[TicketCreated, int]]) -> None:
    """Put tickets into the partitions beside them."""
    world.put(Put(world.encoded(each), each["ticket_id"].encode(), None, number) for each, number in created)


class Told:
    """A service of three workers and a sink, and what people tell it."""

    def __init__(self, world: World, reader: Reader) -> None:
        self._world = world
        self._reader = reader
        self._read = 0
        self._answers: dict[str, TicketCategorized] = {}
        self._numbers = count()
        self._corrected_ms: dict[int, int] = {}

    def correct(self, texts: Iterable[int]) -> None:
        """People correct one answer to each of these texts."""
        answers = {text: self.probe([text])[0] for text in texts}
        events: list[TicketCorrected] = [
            {
                "event_id": f"correction-{answer['event_id']}",
                "ticket_id": answer["ticket_id"],
                # To confirm an answer makes no override.
                "category": "transfers" if answer["category"] != "transfers" else "cards",
                "subcategory": None,
                "judged_event_id": answer["event_id"],
                "origin": "AGENT",
                "corrected_by": f"person-{answer['event_id']}",
                "reason": None,
                "corrected_at": time.time_ns() // 1_000_000,
            }
            for answer in answers.values()
        ]
        self._corrected_ms |= dict.fromkeys(answers, time.time_ns() // 1_000_000)
        self._world.put_to(
            self._world.topics.corrected,
            [Put(CORRECTIONS.encode(event), event["ticket_id"].encode()) for event in events],
        )

    def probe(self, texts: Iterable[int]) -> list[TicketCategorized]:
        """One ticket of each text to each worker, and their answers, in that order."""
        probes = [
            (a_ticket(f"probe-{next(self._numbers)}", subject(text)), number)
            for text in texts
            for number in range(PARTITIONS)
        ]
        put_tickets(self._world, probes)
        ids = [ticket["ticket_id"] for ticket, _ in probes]
        self._reader.until(lambda records: self._take(records) >= set(ids))
        return [self._answers[each] for each in ids]

    def until_corrected(self, texts: Iterable[int]) -> list[float]:
        """Ask about these texts until every worker answers all of them by the correction; how long each took."""
        places = [(text, number) for text in texts for number in range(PARTITIONS)]
        took_s: dict[tuple[int, int], float] = {}
        give_up_s = time.monotonic() + 60
        while left := [text for text, number in places if (text, number) not in took_s]:
            assert time.monotonic() < give_up_s, f"{len(left)} places still answer otherwise"
            for answer, text in _by_text(self.probe(dict.fromkeys(left)), dict.fromkeys(left)):
                if answer["method"] == "OVERRIDE":
                    late_ms = answer["source"]["timestamp"] - self._corrected_ms[text]
                    took_s.setdefault((text, answer["source"]["partition"]), late_ms / 1000)
            # Not more tickets than people write: the sink stores all of these answers too.
            time.sleep(PROBE_EVERY_S)
        return list(took_s.values())

    def in_topic_s(self) -> list[float]:
        """How long after its correction the override of each text was written."""
        corrected_ms = {fingerprint(self._world, subject(text)): at_ms for text, at_ms in self._corrected_ms.items()}
        written_ms = {
            read_key(record.key or b"")[1]: record.position.timestamp_ms
            for record in reversed(self._world.committed(self._world.topics.overrides))
        }
        return [(written_ms[text] - at_ms) / 1000 for text, at_ms in corrected_ms.items()]

    def _take(self, records: list[Record]) -> KeysView[str]:
        for answer in self._world.decoded(records[self._read :]):
            self._answers[answer["ticket_id"]] = answer
        self._read = len(records)
        return self._answers.keys()


def _by_text(answers: list[TicketCategorized], texts: Iterable[int]) -> Iterator[tuple[TicketCategorized, int]]:
    return zip(answers, (text for text in texts for _ in range(PARTITIONS)), strict=True)


def p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * len(values))]
