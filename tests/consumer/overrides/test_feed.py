"""What a worker may expect of a feed of overrides: the topic on a real broker, and that of the simulation."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from consumer.answer.overrides import OverrideChange
from consumer.config.settings import Settings
from consumer.overrides.following import OverrideFeed
from consumer.overrides.topic import OverridesTopic
from tests.consumer.overrides.test_topic import SCOPE, an_override, transaction, write
from tests.sim.broker import Clock, SimBroker
from tests.sim.corrections import Corrections, SimFeed
from tests.support.rawlog import Fate
from tests.support.waiting import until

if TYPE_CHECKING:
    from confluent_kafka import Producer


class Writer(Protocol):
    """Writes an override of a text, or that nothing stands any more, in a transaction with this end."""

    def __call__(self, text: str, end: Fate, *, active: bool = True) -> Callable[[], None]:
        """Returns: what ends a transaction that is pending, with its commit."""
        ...


class Pair(NamedTuple):
    """A feed, and who writes what it reads."""

    feed: OverrideFeed
    writes: Writer


@pytest.fixture
def real(settings: Settings) -> Iterator[Pair]:
    feed = OverridesTopic(settings, SCOPE)
    open_ones: list[Producer] = []

    def writes(text: str, end: Fate, *, active: bool = True) -> Callable[[], None]:
        override = an_override(text, f"c-{len(open_ones)}-{text}", active=active)
        if end is Fate.COMMITTED:
            write(settings, override)
            return lambda: None
        with transaction(settings, override) as producer:
            open_ones.append(producer)
        if end is Fate.ABORTED:
            producer.abort_transaction(10)
        return lambda: producer.commit_transaction(10)

    yield Pair(feed, writes)
    feed.close()


@pytest.fixture
def simulated() -> Pair:
    clock = Clock()
    broker = SimBroker(2, clock)
    corrections = Corrections(broker, "overrides", SCOPE)

    def wait(seconds: float) -> None:
        clock.now_s += seconds
        broker.look_at_the_clock()

    def writes(text: str, end: Fate, *, active: bool = True) -> Callable[[], None]:
        corrections.write(text, "account" if active else None, end)
        return lambda: corrections.end(Fate.COMMITTED)

    return Pair(SimFeed(broker, "overrides", wait), writes)


@pytest.fixture(params=["real", "simulated"])
def pair(request: pytest.FixtureRequest) -> Pair:
    found: Pair = request.getfixturevalue(request.param)
    return found


def standing(changes: list[OverrideChange]) -> dict[str, bool]:
    return {text: override is not None for text, override in changes}


def more(feed: OverrideFeed, number: int) -> dict[str, bool]:
    found: list[OverrideChange] = []

    def enough() -> bool:
        found.extend(feed.more())
        return len(found) >= number

    with suppress(AssertionError):
        until(enough, 5)
    return standing(found)


def test_all_that_is_committed_is_loaded_once_and_the_rest_followed(pair: Pair) -> None:
    """Aborted records are never seen, the last record of a text counts, and nothing comes twice."""
    for text in ("a", "b", "c"):
        pair.writes(text, Fate.COMMITTED)
    pair.writes("b", Fate.COMMITTED, active=False)
    pair.writes("d", Fate.ABORTED)
    loaded = standing(list(pair.feed.load()))
    nothing = list(pair.feed.more())
    pair.writes("a", Fate.ABORTED, active=False)
    pair.writes("c", Fate.COMMITTED, active=False)
    pair.writes("e", Fate.COMMITTED)

    assert (loaded, nothing) == ({"a": True, "b": False, "c": True}, [])
    assert more(pair.feed, 2) == {"c": False, "e": True}


def test_a_transaction_that_is_open_is_seen_when_it_is_committed(pair: Pair) -> None:
    """And not before."""
    assert list(pair.feed.load()) == []
    commit = pair.writes("a", Fate.PENDING)
    before = [change for _ in range(10) for change in pair.feed.more()]
    commit()

    assert (before, more(pair.feed, 1)) == ([], {"a": True})


def test_a_start_waits_for_a_transaction_that_is_open_until_the_broker_ends_it(simulated: Pair) -> None:
    """Its writer died: after the transaction's time it is aborted, and what stands behind it is loaded.

    The sandbox's broker ends none by itself.
    """
    simulated.writes("a", Fate.PENDING)
    simulated.writes("b", Fate.COMMITTED)

    assert standing(list(simulated.feed.load())) == {"b": True}
