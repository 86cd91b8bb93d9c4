"""A model that fails, in every way it can: tickets flow, and heal when it is back."""

from collections import Counter
from collections.abc import Iterator

import pytest

from schemas.codec import Decoder
from schemas.events import TicketCategorized
from tests.support.model_behaviour import answering, failing, hanging, refusing, resetting
from tests.support.model_server import ModelServer
from tests.support.service import fetched
from tests.support.waiting import until
from tests.support.world import World, a_ticket, tickets
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

DEADLINE_S = 2.0
FAULTS = {"resets": resetting, "500": failing, "hangs": hanging}


@pytest.fixture(scope="module")
def world(worlds: Worlds, model: ModelServer) -> Iterator[World]:
    made = worlds(
        ML_API_URL=model.url,
        ML_BATCH_SIZE="1",
        ML_MAX_CONCURRENCY="4",
        ML_DEADLINE=str(DEADLINE_S),
        ML_API_TIMEOUT="5",
    )
    with made.service() as service:
        made.http = service.address()
        yield made


def by_ticket(answers: list[TicketCategorized]) -> dict[str, list[TicketCategorized]]:
    """Answers of each ticket, in the order in which they were committed."""
    found: dict[str, list[TicketCategorized]] = {}
    for answer in answers:
        found.setdefault(answer["ticket_id"], []).append(answer)
    return found


def breaker_states(world: World) -> list[str]:
    return [state for _, state in sorted(world.rows("breakers", "since, state"))]


@pytest.mark.parametrize("fault", FAULTS)
def test_tickets_flow_and_heal(world: World, model: ModelServer, fault: str) -> None:
    """While the model fails, the rules answer within the deadline, never automatically; afterwards the model does."""
    created = tickets(f"outage-{fault}", 24)
    ids = {ticket["ticket_id"] for ticket in created}
    model.script = FAULTS[fault]
    world.publish(created)
    first = by_ticket(world.answers_to(ids))
    model.script = answering
    both = by_ticket(world.answers_to(ids, lambda answer: answer["revision"] == 1))

    for ticket_id in ids:
        provisional, final = both[ticket_id]
        assert [provisional] == first[ticket_id]
        assert (provisional["revision"], provisional["method"], provisional["provisional"]) == (0, "RULES", True)
        assert provisional["decision"] in {"SUGGEST", "REVIEW"}
        assert provisional["model_outcome"] in {"unavailable", "timeout", "breaker_open", "deadline"}
        assert provisional["timings"]["total_us"] < (DEADLINE_S + 0.5) * 1e6
        assert (final["revision"], final["provisional"]) == (1, False)
        assert final["method"] in {"MODEL", "CACHE"}
        assert provisional["source"] == final["source"]
    told = [
        tuple(record.header(name) for name in ("ts-revision", "ts-provisional", "ts-decision", "ts-category"))
        for record in world.committed(world.topics.categorized)
        if (record.key or b"").decode() in ids
    ]
    expected = [
        (str(answer["revision"]), str(answer["provisional"]).lower(), answer["decision"], answer["category"])
        for ticket_id in ids
        for answer in both[ticket_id]
    ]
    assert sorted(expected) == sorted(told)


def test_a_dead_model_is_hardly_asked(world: World, model: ModelServer) -> None:
    """A dead model gets at most a twentieth of the calls that it would get without the breaker."""
    created = tickets("dead", 800)
    asked_before = len(model.asked)
    model.script = resetting
    world.publish(created)
    world.answers_to({ticket["ticket_id"] for ticket in created})
    asked = len(model.asked) - asked_before
    model.script = answering
    healed = by_ticket(
        world.answers_to({ticket["ticket_id"] for ticket in created}, lambda answer: not answer["provisional"])
    )

    assert 0 < asked <= len(created) // 20
    assert {2} == {len(healed[ticket["ticket_id"]]) for ticket in created}


def test_the_breaker_is_on_record(world: World) -> None:
    """Every change of the breaker's state is telemetry, and a row of the view breakers."""
    until(lambda: breaker_states(world)[-1:] == ["closed"])
    states = breaker_states(world)
    decoder = Decoder("Operation")
    told = [decoder.decode(record.value, record.position) for record in world.committed(world.topics.telemetry)]

    assert states[0] == "open"
    assert {"open", "half_open", "closed"} == set(states)
    assert Counter(states) == Counter(each["outcome"] for each in told if each["kind"] == "BREAKER")
    assert "ticketstream_breaker_open 0.0" in fetched(f"{world.http}/metrics")[1]


@pytest.mark.parametrize(("word", "outcome"), [("refuse", "refused"), ("garble", "garbled")])
def test_what_the_model_cannot_take_is_answered_for_good(
    world: World, model: ModelServer, word: str, outcome: str
) -> None:
    """A ticket that the model refuses or garbles alone gets a final answer by the rules; its neighbours theirs."""
    model.script = refusing
    names = [f"{outcome}-{number}" for number in range(3)]
    world.publish([a_ticket(name, f"Please {word} my card payment" if name == names[1] else "") for name in names])
    answers = by_ticket(world.answers_to(names))
    model.script = answering
    queued = [record.key for record in world.committed(world.topics.recategorize)]

    assert [answers[name][0]["method"] for name in names] == ["MODEL", "RULES", "MODEL"]
    assert (outcome, False) == (answers[names[1]][0]["model_outcome"], answers[names[1]][0]["provisional"])
    assert names[1].encode() not in queued
