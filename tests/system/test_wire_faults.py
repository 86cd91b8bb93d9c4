"""Single frames between the categorizer and the broker that are lost, late, or the last of their line."""

import threading
from collections.abc import Callable

import pytest

from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.waiting import until
from tests.support.world import Shared, tickets
from tests.system.conftest import Worlds
from tests.system.proxy import Api, Trap, proxy_before
from tests.system.test_crash_points import through
from tests.system.worker import worker

pytestmark = [pytest.mark.delivery, pytest.mark.long, pytest.mark.exhaustive, pytest.mark.timeout(300)]

BURST = 40
LATE_S = 2.0
# None waits longer for an answer; a consumer's own bound must be above its fetches', and the answer to a join may come
# as late as the last member that is given time to poll.
IMPATIENT = {
    "KAFKA_PRODUCER_SOCKET_TIMEOUT_MS": "1500",
    "KAFKA_CONSUMER_SOCKET_TIMEOUT_MS": "3000",
    "KAFKA_CONSUMER_MAX_POLL_INTERVAL_MS": "12000",
}
# These come when a worker starts, all others when it works.
AT_START = (Api.FIND_COORDINATOR, Api.JOIN_GROUP, Api.SYNC_GROUP, Api.INIT_PRODUCER_ID)
APIS = (
    Api.PRODUCE,
    *AT_START,
    Api.HEARTBEAT,
    Api.ADD_PARTITIONS_TO_TXN,
    Api.ADD_OFFSETS_TO_TXN,
    Api.END_TXN,
    Api.TXN_OFFSET_COMMIT,
)


def cut(api: Api, *, answered: bool) -> Trap:
    return Trap(api, answered)


def lost(api: Api, *, answered: bool) -> Trap:
    return Trap(api, answered, dropped=True)


def late(api: Api, *, answered: bool) -> Trap:
    return Trap(api, answered, held=threading.Event(), held_s=LATE_S)


@pytest.mark.parametrize("frame", ["request", "answer"])
@pytest.mark.parametrize("fault", [cut, lost, late])
@pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)
def test_a_frame_that_goes_wrong_changes_nothing(
    api: Api,
    fault: Callable[..., Trap],
    frame: str,
    worlds: Worlds,
    shared: Shared,
    model: ModelServer,
) -> None:
    """Each ticket is answered once, by the same worker or by the next, whatever became of one request or answer."""
    with proxy_before(shared.kafka) as proxy:
        world = worlds(ML_API_URL=model.url, AUDIT_SHARE="0.5", **IMPATIENT, **through(proxy))
        trap = fault(api, answered=frame == "answer")
        if api in AT_START:
            proxy.set_trap(trap)
        with worker(world, "categorizer"):
            if api not in AT_START:
                first = tickets("first", BURST)
                world.publish(first)
                world.answers_to((ticket["ticket_id"] for ticket in first), timeout_s=60)
                proxy.set_trap(trap)
            created = tickets("burst", BURST)
            world.publish(created)
            until(proxy.sprung.is_set, 60)
            world.answers_to((ticket["ticket_id"] for ticket in created), timeout_s=60)
        with worker(world, "categorizer"):
            later = tickets("later", BURST)
            world.publish(later)
            world.answers_to((ticket["ticket_id"] for ticket in later), timeout_s=60)

    assert wrongs(world) == []
