"""Records that are no tickets, sent through the real service: set aside with their reason, without delaying others."""

import json
import os
import time
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import pytest

from consumer.kafka.records import Headers, Record
from schemas.position import Position
from tests.support.topics import Put
from tests.support.world import World, a_ticket
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

HEADERS: Headers = [("trace", b"\x00\xff"), ("empty", b""), ("nothing", None), ("trace", b"twice")]
LARGE = json.dumps({"ticket_id": "large", "subject": "Large", "description": "x" * 900_000}).encode()
BAD = {
    "random bytes": ("bad_framing", os.urandom(64).replace(b"\x00", b"\x01").replace(b"{", b"!")),
    "an empty value": ("bad_framing", b""),
    "a tombstone": ("tombstone", None),
    "900 KB": ("too_large", LARGE),
    "a field of the wrong type": ("invalid_field", b'{"ticket_id": [5], "subject": "A", "description": "B"}'),
    "no JSON": ("bad_framing", b'{"ticket_id": "T-1", '),
    "an unknown fingerprint": ("unknown_schema", b"\xc3\x01" + b"12345678" + b"rest"),
    "a schema id without a registry": ("unknown_schema", b"\x00\x00\x00\x00\x07rest"),
}


class Sent(NamedTuple):
    """A bad record as it was put, and its dead letter."""

    put: Put
    at: Position
    letter: Record


@pytest.fixture(scope="module")
def ordinary(worlds: Worlds, real_model: str) -> Iterator[World]:
    """A world in which no other test has set anything aside."""
    made = worlds(ML_API_URL=real_model, ML_DEADLINE="10")
    with made.service() as service:
        made.http = service.address()
        yield made


@pytest.fixture(scope="module")
def sent(ordinary: World) -> dict[str, Sent]:
    """Each bad record, with a good ticket behind it in its partition."""
    puts = {name: Put(value, f"key {name}".encode(), HEADERS, 0) for name, (_, value) in BAD.items()}
    positions = ordinary.put(puts.values())
    ordinary.publish([a_ticket(f"behind-{number}") for number in range(9)])
    ordinary.answers_to(f"behind-{number}" for number in range(9))
    letters = {
        (record.header("ts-topic"), record.header("ts-offset")): record
        for record in ordinary.committed(ordinary.topics.dead_letter)
    }
    return {
        name: Sent(put, at, letters[at.topic, str(at.offset)])
        for (name, put), at in zip(puts.items(), positions, strict=True)
    }


@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_is_kept_byte_for_byte(sent: dict[str, Sent], name: str) -> None:
    """What is no ticket is in the dead-letter topic with its reason and with value, key and headers as they came."""
    put, _, letter = sent[name]

    assert BAD[name][0] == letter.header("ts-reason")
    assert (put.value, put.key) == (letter.value, letter.key)
    assert letter.headers[: len(HEADERS)] == HEADERS


@pytest.mark.parametrize("name", BAD)
def test_a_dead_letter_says_where_it_comes_from(ordinary: World, sent: dict[str, Sent], name: str) -> None:
    """The headers of a dead letter are each there once, and name the place, the group and the time."""
    _, at, letter = sent[name]
    ours = [(header, text) for header, text in letter.headers if header.startswith("ts-")]
    found = {header: (text if isinstance(text, str) else (text or b"").decode()) for header, text in ours}
    failed_at = datetime.fromisoformat(found.pop("ts-failed-at"))
    detail, version = found.pop("ts-detail"), found.pop("ts-service-version")
    place = {"topic": at.topic, "partition": str(at.partition), "offset": str(at.offset)}

    assert len(ours) == len({header for header, _ in ours})
    assert {
        "ts-reason": BAD[name][0],
        "ts-group": ordinary.settings.kafka_group_id,
        "ts-timestamp": str(at.timestamp_ms),
        "ts-replays": "0",
        **{f"ts-{part}": text for part, text in place.items()},
        **{f"ts-origin-{part}": text for part, text in place.items()},
    } == found
    assert 0 <= time.time() - failed_at.timestamp() < 60
    assert detail
    assert version


def test_nothing_else_is_set_aside(ordinary: World, sent: dict[str, Sent]) -> None:
    """Every bad record makes one dead letter, and good tickets none."""
    letters = [
        record
        for record in ordinary.committed(ordinary.topics.dead_letter)
        if record.header("ts-topic") == ordinary.topics.created
    ]

    assert sorted(each.at.offset for each in sent.values()) == sorted(int(r.header("ts-offset") or -1) for r in letters)


def test_the_service_counts_its_dead_letters(ordinary: World, sent: dict[str, Sent]) -> None:
    """The metrics say how many records were set aside, by reason."""
    reasons = [BAD[name][0] for name in sent]
    page = ordinary.page("/metrics")

    for reason in set(reasons):
        assert f'ticketstream_dead_letters_total{{reason="{reason}"}} {float(reasons.count(reason))}' in page
