"""The pages of remembered event ids on a real broker."""

from consumer.categorizer.repeats import PAGE_ENTRIES, Page, Repeats
from consumer.categorizer.repeats_topic import RepeatsTopic
from consumer.config.settings import Settings
from consumer.kafka import admin
from consumer.kafka.cluster import Cluster
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.records import TopicPartition
from consumer.kafka.transactions import Outcome, Transactions
from tests.consumer.categorizer.test_repeats import an_envelope
from tests.support.quick_waiting import until


def full(number: int) -> Page:
    return Page(number, bytes([number]) * 24 * PAGE_ENTRIES)


class Member:
    """One that commits pages with its offsets, as the categorizer does."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._in = GroupConsumer(Cluster(settings.kafka_bootstrap_servers), settings.kafka_group_id, name)
        self._out = Transactions(Cluster(settings.kafka_bootstrap_servers), name)
        assigned: list[TopicPartition] = []
        self._in.subscribe([settings.topics.created], Assignments(assigned.extend, lambda _: None, lambda _: None))
        until(lambda: self._in.poll(1, 0.05) or assigned)

    def commit(self, store: RepeatsTopic, partition: TopicPartition, pages: dict[int, Page]) -> Outcome:
        messages = [store.message(partition, place, page) for place, page in pages.items()]
        return self._out.commit(messages, {partition: 1}, self._in.group_metadata())

    def close(self) -> None:
        self._in.close()
        self._out.close()


def test_pages_come_back_by_partition_and_newest_in_each_place(settings: Settings) -> None:
    """A page replaces the one in its place; another partition's and another group's pages are theirs."""
    store = RepeatsTopic(settings)
    first, second = (settings.topics.created, 0), (settings.topics.created, 1)
    foreign = RepeatsTopic(settings.model_copy(update={"kafka_group_id": "other"}))
    empty = store.load([first, second])
    foreign.load([first])
    member = Member(settings, f"{settings.topics.created}-member")
    member.commit(store, first, {0: full(0), 1: full(1)})
    member.commit(store, second, {0: full(7)})
    member.commit(store, first, {0: full(2)})
    member.commit(foreign, first, {1: full(3)})
    found = store.load([first, second])
    member.close()

    assert empty == {first: [], second: []}
    assert {key: sorted(pages) for key, pages in found.items()} == {first: [full(1), full(2)], second: [full(7)]}


def test_a_missing_topic_is_made_compacted(settings: Settings) -> None:
    """An installation from before this memory gets its topic at the first ticket."""
    renamed = settings.topics.model_copy(update={"repeats": f"{settings.topics.repeats}-late"})
    late = settings.model_copy(update={"topics": renamed})
    repeats = Repeats(settings.topics.created, 1000, RepeatsTopic(late))
    repeats.prepare([(settings.topics.created, 0)])

    assert admin.partition_counts(late)[renamed.repeats] == admin.partition_counts(late)[renamed.created]
    assert not repeats.is_repeat(an_envelope("a", 1))
