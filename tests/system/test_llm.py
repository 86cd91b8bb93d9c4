"""An LLM as the model of the whole service: faults, budget, breaker and healing."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from classifier.llm.ledger import DayRow, Ledger
from consumer.answer.taxonomy import load_taxonomy
from schemas.events import TicketCategorized, TicketCreated
from tests.llm_server import Delay, Faults, LlmServer, serve
from tests.support.llm_process import llm_process
from tests.support.waiting import until
from tests.support.world import World, a_ticket
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

TAXONOMY = load_taxonomy()
PAIRS = {(category, part) for category, parts in TAXONOMY.subcategories.items() for part in parts or (None,)}
# Two letters each, as for any number of choices from 27 to 676.
CODES = [first + second for first, second in itertools.product("ABC", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")][: len(PAIRS)]
PRICES = {"LLM_PRICE_INPUT": "0.15", "LLM_PRICE_OUTPUT": "0.6", "LLM_PRICE_CACHED": "0.075"}
FAULTS = Faults(
    limited=0.10, broken=0.05, garbage=0.02, refusal=0.01, empty=0.01, without_logprobs=0.1, without_schema=0.01
)
NUMBER = 2000
WORDS = ("card", "money", "login", "refund", "delay", "broken", "twice", "wrong", "late", "app", "rate", "fee")


class Stage(NamedTuple):
    """A service whose model is an LLM at a server of the tests."""

    world: World
    endpoint: LlmServer
    folder: Path

    def ledger(self) -> DayRow:
        (day,) = Ledger(self.folder / "state" / "llm-ledger.sqlite").days()
        return day


@pytest.fixture
def endpoint() -> Iterator[LlmServer]:
    with serve(CODES, delay=Delay(0.005, 0.05)) as server:
        yield server


def a_world(worlds: Worlds, url: str, **settings: str) -> World:
    names = {"ML_BATCH_SIZE": "1", "ML_MAX_CONCURRENCY": "32", "ML_DEADLINE": "10", "CACHE_MAX_SIZE": "0"}
    return worlds(ML_API_URL=url, **{**names, **settings})


def real_texts(prefix: str, number: int) -> list[TicketCreated]:
    """Tickets whose texts differ in words, which the fingerprint does not mask."""
    texts = itertools.islice(itertools.permutations(WORDS, 4), number)
    return [a_ticket(f"{prefix}-{place}", "Help", " ".join(words)) for place, words in enumerate(texts)]


def latest(answers: Iterable[TicketCategorized]) -> dict[str, TicketCategorized]:
    return {answer["ticket_id"]: answer for answer in sorted(answers, key=lambda answer: answer["revision"])}


def test_two_thousand_tickets_through_a_faulty_endpoint(worlds: Worlds, endpoint: LlmServer, tmp_path: Path) -> None:
    """None is lost, none is outside of the taxonomy, and the ledger is what the endpoint counted."""
    endpoint.faults = FAULTS
    created = real_texts("faulty", NUMBER)
    names = {ticket["ticket_id"] for ticket in created}
    with llm_process(endpoint.url, tmp_path, **PRICES) as llm:
        stage = Stage(a_world(worlds, llm.url), endpoint, tmp_path)
        with stage.world.service("--role", "categorizer"):
            stage.world.publish(created)
            answers = stage.world.answers_to(names, lambda answer: not answer["provisional"], 180.0)
        # Calls under way when the service stopped are settled as the server ends.
        llm.process.terminate()
        llm.process.wait()
        endpoint_counted = endpoint.counted
    final = latest(answers)
    day = stage.ledger()

    assert set(final) == names
    assert Counter(answer["method"] for answer in final.values())["MODEL"] > 0.99 * NUMBER
    assert {
        (answer["category"], answer["subcategory"]) for answer in final.values() if answer["method"] == "MODEL"
    } <= PAIRS
    assert {answer["category"] for answer in final.values()} <= set(TAXONOMY.subcategories)
    assert endpoint.problems == []
    assert (day.calls, day.input_tokens, day.cached_tokens, day.output_tokens) == (
        len(endpoint.bodies),
        *endpoint_counted[1:],
    )
    assert day.cost_nano == sum(endpoint_counted[place] * nano for place, nano in ((1, 150), (2, -75), (3, 600)))
    assert Counter(endpoint.statuses)[429] > 100


def test_an_endpoint_that_denies_opens_the_breaker_and_all_heals(
    worlds: Worlds, endpoint: LlmServer, tmp_path: Path
) -> None:
    """As with any model: provisional answers of the rules, hardly a call meanwhile, then those of the LLM."""
    endpoint.denied = 401
    created = real_texts("denied", 200)
    names = {ticket["ticket_id"] for ticket in created}
    with llm_process(endpoint.url, tmp_path, **PRICES) as llm:
        world = a_world(worlds, llm.url)
        with world.service("--role", "categorizer"):
            world.publish(created)
            first = latest(world.answers_to(names))
            asked = len(endpoint.bodies)
            endpoint.denied = 0
            healed = latest(world.answers_to(names, lambda answer: not answer["provisional"], 60.0))

    assert {answer["provisional"] for answer in first.values()} == {True}
    assert {answer["decision"] for answer in first.values()} <= {"SUGGEST", "REVIEW"}
    assert asked < 60
    assert {answer["method"] for answer in healed.values()} == {"MODEL"}


def test_a_spent_budget_is_healed_when_there_is_a_new_one(worlds: Worlds, endpoint: LlmServer, tmp_path: Path) -> None:
    """Over a SIGKILL of the server, no more is spent than was allowed; then the tickets get the LLM's answers."""
    budget = 0.02
    created = real_texts("budget", 200)
    names = {ticket["ticket_id"] for ticket in created}
    with llm_process(endpoint.url, tmp_path, LLM_BUDGET_PER_DAY=str(budget), **PRICES) as llm:
        port = llm.url.rpartition(":")[2].strip("/")
        world = a_world(worlds, llm.url)
        service = world.service("--role", "categorizer")
        with service:
            world.publish(created)
            until(lambda: endpoint.counted.answered > 5)
            llm.process.kill()
            llm.process.wait()
            with llm_process(endpoint.url, tmp_path, "--port", port, LLM_BUDGET_PER_DAY=str(budget), **PRICES):
                provisional = latest(world.answers_to(names))
                day = Stage(world, endpoint, tmp_path).ledger()
            with llm_process(endpoint.url, tmp_path, "--port", port, LLM_BUDGET_PER_DAY="10", **PRICES):
                healed = latest(world.answers_to(names, lambda answer: not answer["provisional"], 60.0))

    assert (day.cost_nano + day.estimated_nano) / 1e9 <= budget
    assert any(answer["provisional"] for answer in provisional.values())
    assert {answer["method"] for answer in healed.values()} == {"MODEL"}
