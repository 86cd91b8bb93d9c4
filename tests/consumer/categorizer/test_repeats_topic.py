"""The pages of remembered event ids on a real broker."""

from consumer.categorizer.envelope import Done, Repeat
from consumer.categorizer.repeats import PAGE_ENTRIES, Page, Repeats
from consumer.categorizer.repeats_topic import RepeatsTopic
from consumer.config.settings import Settings
from consumer.kafka import admin
from consumer.kafka.cluster import Cluster
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.records import Message, TopicPartition
from consumer.kafka.transactions import Outcome, Transactions
from tests.consumer.categorizer.test_repeats import an_envelope, judged
from tests.support.waiting import until


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

    def put(self, store: RepeatsTopic, partition: TopicPartition, pages: dict[int, Page]) -> Outcome:
        return self.commit([store.message(partition, place, page) for place, page in pages.items()], {partition: 1})

    def commit(self, messages: list[Message], offsets: dict[TopicPartition, int]) -> Outcome:
        return self._out.commit(messages, offsets, self._in.group_metadata())

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
    member.put(store, first, {0: full(0), 1: full(1)})
    member.put(store, second, {0: full(7)})
    member.put(store, first, {0: full(2)})
    member.put(foreign, first, {1: full(3)})
    found = store.load([first, second])
    member.close()

    assert empty == {first: [], second: []}
    assert {key: sorted(pages) for key, pages in found.items()} == {first: [full(1), full(2)], second: [full(7)]}


def test_a_missing_topic_is_made_compacted(settings: Settings) -> None:
    """An installation from before this memory gets its topic at the first ticket."""
    renamed = settings.topics.model_copy(update={"repeats": f"{settings.topics.repeats}-late"})
    late = settings.model_copy(update={"topics": renamed})
    repeats = Repeats(settings.topics.created, 1000, RepeatsTopic(late))
    repeats.prepare({(settings.topics.created, 0): 0})

    assert admin.partition_counts(late)[renamed.repeats] == admin.partition_counts(late)[renamed.created]
    assert repeats.judge(an_envelope("a", 1, topic=settings.topics.created)) is None


def test_what_overtook_is_found_by_its_pages_and_by_the_next_owner(settings: Settings) -> None:
    """Its offset tells nothing, as it was committed before; the pages tell both whether it was answered."""
    topic = settings.topics.created
    repeats = Repeats(topic, 1000, RepeatsTopic(settings))
    ahead, coming = an_envelope("a", 6, topic=topic), an_envelope("b", 7, topic=topic)
    repeats.prepare({ahead.partition: 5})
    for envelope in (ahead, coming):
        repeats.judge(envelope)
    messages = repeats.messages([ahead])
    before = repeats.has(ahead)
    member = Member(settings, f"{topic}-member")
    outcome = member.commit(messages, {ahead.partition: 5})
    member.close()
    after = Repeats(topic, 1000, RepeatsTopic(settings))
    after.prepare({ahead.partition: 5})
    again = [judged(after, an_envelope(event_id, offset, topic=topic)) for event_id, offset in (("a", 6), ("b", 7))]

    assert (outcome, before) == (Outcome.COMMITTED, False)
    assert [repeats.has(envelope) for envelope in (ahead, coming)] == [True, False]
    assert again == [Done, None]
    assert judged(after, an_envelope("a", 8, topic=topic)) == Repeat
