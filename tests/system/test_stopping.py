"""How `ticketstream run` ends: by signals, by wrong settings, and by another process in its place."""

import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.model_behaviour import answering, hanging, slow
from tests.support.model_server import ModelServer
from tests.support.processes import takes_signal
from tests.support.waiting import until
from tests.support.world import EAGER, World, a_ticket, place, tickets
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

WRONG = {
    "ML_DEADLINE": "-1",
    "KAFKA_BOOTSTRAP_SERVERS": "",
    "KAFKA_ACKS": "1",
    "KAFKA_FETCH_MAX_BYTES": "many",
    "TOPIC_CREATED": "there-is-no-such-topic",
    "ML_API_URL": "http://169.254.169.254/latest/meta-data",
}

# Seconds after the interpreter itself is loaded.
MOMENTS_S = (0.0, 0.4, 0.7, 1.0, 1.4, 1.9, 2.5, 3.2, 4.5)


@pytest.fixture(scope="module")
def world(worlds: Worlds, model: ModelServer) -> World:
    return worlds(ML_API_URL=model.url, ML_BATCH_SIZE="4", ML_DEADLINE="60", ML_API_TIMEOUT="60")


def test_sigterm_gives_back_what_is_in_flight(world: World, model: ModelServer) -> None:
    """SIGTERM ends the service with 0 within 10 s even while the model hangs, and the next one loses nothing."""
    created = tickets("flying", 60)
    model.script = hanging
    with world.service("--role", "categorizer") as service:
        world.publish(created[:30])
        until(lambda: model.asked)
        service.signal(signal.SIGTERM)
        code = service.wait(10)
    left = world.answers()
    model.script = slow(0.3)
    with world.service() as service:
        asked = len(model.asked)
        world.publish(created[30:])
        until(lambda: len(model.asked) > asked)
        service.signal(signal.SIGINT)
        interrupted = service.wait(10)
    model.script = answering
    with world.service("--role", "categorizer"):
        answers = world.answers_to(ticket["ticket_id"] for ticket in created)

    assert (code, interrupted) == (0, 130)
    assert left == []
    assert {1} == set(Counter(place(answer) for answer in answers).values())
    assert len(created) == len(answers)
    assert {False} == {answer["provisional"] for answer in answers}


def test_sigterm_while_it_starts(worlds: Worlds, model: ModelServer) -> None:
    """At whatever moment, with workers that are being loaded, join their group or read their first records."""
    # A group of its own: its static members keep their places when they have ended.
    world = worlds(ML_API_URL=model.url)

    def end(delay_s: float) -> int:
        with world.service(INSTANCE_ID=f"early-{delay_s:g}".replace(".", "-")) as service:
            until(lambda: takes_signal(service.supervisor, signal.SIGTERM))
            time.sleep(delay_s)
            service.signal(signal.SIGTERM)
            return service.wait(20)

    with ThreadPoolExecutor(3) as pool:
        codes = dict(zip(MOMENTS_S, pool.map(end, MOMENTS_S), strict=True))

    assert codes == dict.fromkeys(MOMENTS_S, 0)


def test_a_second_process_does_not_take_a_held_place(world: World) -> None:
    """A second service with the same INSTANCE_ID is refused with exit code 3, and the first goes on."""
    with world.service("--role", "categorizer", INSTANCE_ID="mine") as first:
        first.wait_until_ready()
        with world.service("--role", "categorizer", INSTANCE_ID="mine") as second:
            refused = second.wait()
            said = second.output()
        world.publish([a_ticket("after-refusal")])
        world.answers_to(["after-refusal"])

        assert refused == 3
        assert "INSTANCE_ID=mine" in said
        assert first.workers()


def test_the_older_of_two_in_one_place_is_fenced(worlds: Worlds, model: ModelServer) -> None:
    """With the same INSTANCE_ID on another host the newer goes on; the older ends with 3 and names its host."""
    # A group of its own: the sandbox's broker may wait for static members that other tests have stopped.
    world = worlds(ML_API_URL=model.url, ML_BATCH_SIZE="4", ML_DEADLINE="60", ML_API_TIMEOUT="60")
    created = tickets("fenced", 30)
    # So that each of them has some of the tickets: who does nothing is not found out.
    # No static members: the sandbox's broker does not always let the newer in when the older leaves at that moment.
    twin = {"INSTANCE_ID": "twin", "KAFKA_GROUP_INSTANCE_ID": "", **EAGER}
    with world.service("--role", "categorizer", **twin) as older:
        older.wait_until_ready()
        elsewhere = {**twin, "STATE_DIR": str(world.folder / "other-host")}
        with world.service("--role", "categorizer", **elsewhere) as newer:
            until(lambda: newer.events("partitions.assigned"))
            world.publish(created)
            answers = world.answers_to(ticket["ticket_id"] for ticket in created)
            code = older.wait()
            said = older.output()

    assert code == 3
    assert "the other is at 127.0.0.1" in said
    assert {1} == set(Counter(place(answer) for answer in answers).values())


def test_wrong_settings_end_it_at_once(world: World) -> None:
    """An impossible setting ends the service with 2 and a message that names it."""

    def attempt(name: str) -> tuple[str, int, str]:
        done = world.command("run", **{name: WRONG[name]})
        return name, done.returncode, done.stderr

    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(attempt, WRONG))

    assert dict.fromkeys(WRONG, 2) == {name: code for name, code, _ in ends}
    for name, _, said in ends:
        assert name in said or name.lower().replace("_", ".").removeprefix("kafka.") in said
        assert "Traceback" not in said
