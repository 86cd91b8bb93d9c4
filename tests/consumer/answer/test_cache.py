"""The cache of the model's answers."""

from consumer.answer.cache import Answer, AnswerCache, Entry
from consumer.answer.policy import Policy, Thresholds
from consumer.model.types import Label
from tests.support.consumer_parts import BASIS, BILLING

TTL_S = 100.0


class Clock:
    """A clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Maker:
    """Makes answers, and counts them."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, entry: Entry) -> Answer:
        self.made += 1
        return Answer(repr(entry.labels).encode(), "CACHE", provisional=False, headers=[])


def test_what_the_model_said_is_found_until_it_is_too_old() -> None:
    """An entry lives for its time to live, not a second longer."""
    clock = Clock()
    cache = AnswerCache(10, TTL_S, clock)
    cache.put("v2:a", BILLING, "m-1")
    entry = cache.get("v2:a")
    clock.now = TTL_S - 1
    late = cache.get("v2:a")
    clock.now = TTL_S

    assert entry is not None
    assert (entry.labels, entry.model) == (BILLING, "m-1")
    assert late is entry
    assert cache.get("v2:a") is None
    assert cache.get("v2:b") is None


def test_it_holds_no_more_than_its_size() -> None:
    """The least recently used entry is removed."""
    cache = AnswerCache(2, TTL_S, Clock())
    for fingerprint in ("v2:a", "v2:b"):
        cache.put(fingerprint, BILLING, "m-1")
    cache.get("v2:a")
    cache.put("v2:c", BILLING, "m-1")

    assert len(cache) == 2
    assert cache.get("v2:b") is None
    assert cache.get("v2:a") is not None


def test_zero_entries_turn_it_off() -> None:
    """Nothing is kept and nothing is found."""
    cache = AnswerCache(0, TTL_S, Clock())
    cache.put("v2:a", BILLING, "m-1")

    assert not cache.enabled
    assert len(cache) == 0
    assert cache.get("v2:a") is None


def test_another_model_makes_all_that_the_earlier_said_forgotten() -> None:
    """After the first reply of a new model, the old model's labels are gone."""
    cache = AnswerCache(10, TTL_S, Clock())
    cache.put("v2:a", BILLING, "m-1")
    cache.put("v2:b", BILLING, "m-2")

    assert cache.get("v2:a") is None
    assert cache.get("v2:b") is not None


def test_an_answer_is_encoded_once_while_nothing_changes() -> None:
    """Hits reuse the encoded answer until taxonomy, rules or policy change."""
    cache, make = AnswerCache(10, TTL_S, Clock()), Maker()
    entry = Entry(BILLING, "m-1", TTL_S)
    stricter = BASIS._replace(policy=Policy("p-2", Thresholds(0.9, 0.5)))
    first = cache.hit(entry, BASIS, make)
    second = cache.hit(entry, BASIS, make)
    made_before = make.made
    third = cache.hit(entry, stricter, make)

    assert first is second
    assert first == third
    assert (made_before, make.made) == (1, 2)


def test_a_new_answer_of_the_model_replaces_the_encoded_one() -> None:
    """New labels for a text replace the answer that was encoded from the earlier ones."""
    cache, make = AnswerCache(10, TTL_S, Clock()), Maker()
    answers = []
    for labels in (BILLING, (Label("cards", 0.9),)):
        cache.put("v2:a", labels, "m-1")
        entry = cache.get("v2:a")
        assert entry is not None
        answers.append(cache.hit(entry, BASIS, make))

    assert answers[0] != answers[1]
