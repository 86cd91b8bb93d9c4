"""The reader of raw logs, against what clients see: it would be no oracle if it were wrong itself."""

import pytest
from confluent_kafka import Producer

from tests.support.rawlog import Fate, RawLog
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import World
from tests.system.conftest import Worlds

pytestmark = pytest.mark.delivery


@pytest.fixture(scope="module")
def world(worlds: Worlds) -> World:
    return worlds()


def test_it_sees_what_became_of_every_transaction(world: World) -> None:
    """Committed, aborted and open ones, and what was written outside of any; keys, values and headers as they are."""
    topic = world.topics.audit
    world_put = [Put(b"plain", b"k", [("a", b"1"), ("b", b"")], 0), Put(None, None, None, 0)]
    producers = {}
    for name in ("commits", "aborts", "hangs"):
        producer = producers[name] = Producer({"bootstrap.servers": world.kafka, "transactional.id": f"{topic}-{name}"})
        producer.init_transactions(20)
        producer.begin_transaction()
        producer.produce(topic, name.encode(), partition=0)
        producer.flush(20)
    producers["aborts"].abort_transaction(20)
    producers["commits"].commit_transaction(20)
    world.put_to(topic, world_put)
    with RawLog(world.kafka) as raw:

        def fates() -> dict[bytes | None, Fate]:
            return {entry.value: entry.fate for entry in raw.entries(topic, 0)}

        until(lambda: Fate.COMMITTED in fates().values())
        seen = fates()
        entries = raw.entries(topic, 0)
        empty = raw.entries(topic, 1)
    producers["hangs"].abort_transaction(20)

    assert seen == {
        b"commits": Fate.COMMITTED,
        b"aborts": Fate.ABORTED,
        b"hangs": Fate.PENDING,
        b"plain": Fate.COMMITTED,
        None: Fate.COMMITTED,
    }
    assert [entry.headers for entry in entries if entry.key == b"k"] == [{"a": b"1", "b": b""}]
    assert sorted(entry.offset for entry in entries) == [entry.offset for entry in entries]
    assert empty == []
