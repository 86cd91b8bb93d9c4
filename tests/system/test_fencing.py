"""Members that are out of the group without knowing it: what they still send is refused, and they come back clean."""

import os
import signal
import threading
from itertools import count

import pytest

from tests.support.broker_differences import Gap
from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.waiting import until
from tests.support.world import Shared, World, tickets
from tests.system.conftest import Worlds
from tests.system.proxy import Api, Proxy, Trap, proxy_before
from tests.system.worker import worker

pytestmark = [pytest.mark.delivery, pytest.mark.long]

BURST = 40
TIMEOUT_MS = 6000
BEFORE = False


@pytest.fixture
def world(worlds: Worlds, model: ModelServer) -> World:
    return worlds(ML_API_URL=model.url, KAFKA_PRODUCER_TRANSACTION_TIMEOUT_MS=str(TIMEOUT_MS))


def behind(proxy: Proxy, instance: str) -> dict[str, str]:
    return {"KAFKA_BOOTSTRAP_SERVERS": proxy.address, "INSTANCE_ID": instance}


@pytest.mark.needs(Gap.GENERATION_FENCING)
@pytest.mark.parametrize("api", [Api.TXN_OFFSET_COMMIT, Api.END_TXN])
def test_a_frozen_members_transaction_is_refused(world: World, shared: Shared, api: Api) -> None:
    """Frozen past its session and its transaction's time, it finds its tickets answered by another, and works on."""
    released = threading.Event()
    with proxy_before(shared.kafka) as proxy, worker(world, "categorizer", **behind(proxy, "frozen")) as frozen:
        proxy.set_trap(Trap(api, BEFORE, frozen.pid, signal.SIGSTOP, released))
        burst = tickets("first", BURST)
        world.publish(burst)
        assert proxy.sprung.wait(20)
        with worker(world, "categorizer", INSTANCE_ID="heir") as heir:
            world.answers_to((ticket["ticket_id"] for ticket in burst), timeout_s=40)
            released.set()
            os.kill(frozen.pid, signal.SIGCONT)
            heir.kill()
            heir.wait()
        later = tickets("later", BURST)
        world.publish(later)
        world.answers_to((ticket["ticket_id"] for ticket in later), timeout_s=40)
        alive = frozen.poll() is None

    assert wrongs(world) == []
    assert alive


@pytest.mark.needs(Gap.TRANSACTION_TIMEOUT)
def test_an_orphaned_transaction_holds_nobody_up_for_long(world: World, shared: Shared) -> None:
    """A worker that dies within its transaction and never comes back: the broker ends it, another answers."""
    with proxy_before(shared.kafka) as proxy, worker(world, "categorizer", **behind(proxy, "orphan")) as orphan:
        proxy.set_trap(Trap(Api.END_TXN, BEFORE, orphan.pid))
        burst = tickets("orphaned", BURST)
        world.publish(burst)
        assert proxy.sprung.wait(20)
        assert orphan.wait(10) < 0
    with worker(world, "categorizer", INSTANCE_ID="heir"):
        world.answers_to((ticket["ticket_id"] for ticket in burst), timeout_s=40)

    assert wrongs(world) == []


@pytest.mark.needs(Gap.COOPERATIVE)
def test_cooperative_members_keep_what_need_not_move(world: World) -> None:
    """Members come and die while tickets flow: nobody gives up everything, and every ticket is answered once."""
    number = count()

    def flows() -> None:
        burst = tickets(f"burst-{next(number)}", BURST)
        world.publish(burst)
        world.answers_to((ticket["ticket_id"] for ticket in burst), timeout_s=40)

    with world.service("--role", "categorizer", INSTANCE_ID="first") as first:
        flows()
        with world.service("--role", "categorizer", INSTANCE_ID="second") as second:
            until(lambda: any(event["partitions"] for event in second.events("partitions.assigned")))
            flows()
            with world.service("--role", "categorizer", INSTANCE_ID="third") as third:
                until(lambda: any(event["partitions"] for event in third.events("partitions.assigned")))
                flows()
                third.kill()
            flows()
        flows()
        given_up = [set(event["partitions"]) for event in first.events("partitions.revoked")]
        held = {partition for event in first.events("partitions.assigned") for partition in event["partitions"]}

    assert wrongs(world) == []
    assert given_up
    assert all(revoked < held for revoked in given_up[:-1])
