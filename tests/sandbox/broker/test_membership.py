"""Groups on the sandbox's broker whose members die, or join when the broker forgets them."""

import subprocess
import sys
import time
from contextlib import ExitStack, closing

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from sandbox.membership import HEARTBEAT, JOIN, LEAVE, SYNC, AbsentMembers, Member, MemberConnection, leave_request
from tests.support.waiting import until

TOPIC = "in"
PARTITIONS = 4
# The least that the broker takes.
SESSION_MS = 6000
# Where the broker's own wait for members ends, and it loses those that come.
LATER_S = (0.305, 0.306, 0.307, 0.308, 0.309, 0.310, 0.311, 0.312)
MORTAL = """
import sys, time
from tests.sandbox.broker.test_membership import member
consumer = member(sys.argv[1], "mortal")
while not consumer.assignment():
    consumer.poll(0.05)
print("joined", flush=True)
while True:
    consumer.poll(0.05)
"""
IDS = Member(b"group", b"rdkafka-1")
CALLED = b"\0\x07rdkafka"
# As librdkafka and Java's client ask: before and after lengths became varints.
JOINS = {
    5: CALLED + b"\0\x05group\0\0\x03\xe8\0\x04\x93\xe0\0\x09rdkafka-1\xff\xff\0\x08consumer",
    9: CALLED + b"\0\x06group\0\0\x03\xe8\0\x04\x93\xe0\x0ardkafka-1\0\x09consumer",
}
HEARTBEATS = {
    3: CALLED + b"\0\x05group\0\0\0\x01\0\x09rdkafka-1\xff\xff",
    4: CALLED + b"\0\x06group\0\0\0\x01\x0ardkafka-1\0\0",
}


def member(address: str, group: str) -> Consumer:
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": group,
            "partition.assignment.strategy": "range",
            "session.timeout.ms": SESSION_MS,
            "heartbeat.interval.ms": 200,
            "log_level": 2,
        }
    )
    consumer.subscribe([TOPIC])
    return consumer


def request(api: int, version: int, body: bytes, correlation: bytes = b"\0\0\0\x07") -> bytes:
    return api.to_bytes(2, "big") + version.to_bytes(2, "big") + correlation + body


@pytest.fixture
def cluster(address: str) -> str:
    """A broker with a topic."""
    admin = AdminClient({"bootstrap.servers": address, "log_level": 2})
    until(lambda: admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].exception(10) is None)
    return address


def test_the_successor_of_a_dead_member_gets_its_partitions(cluster: str) -> None:
    """It gets them when the session of the dead member is over; the broker alone would keep the dead one for ever."""
    with subprocess.Popen([sys.executable, "-c", MORTAL, cluster], stdout=subprocess.PIPE) as mortal:
        assert mortal.stdout is not None
        assert mortal.stdout.readline() == b"joined\n"
        mortal.kill()
    with closing(member(cluster, "mortal")) as heir:
        until(lambda: heir.poll(0.05) or len(heir.assignment()) == PARTITIONS)


def test_members_that_the_broker_forgets_join_again(cluster: str) -> None:
    with ExitStack() as stack:
        members: dict[float, list[Consumer]] = {later_s: [] for later_s in LATER_S}

        def join(later_s: float) -> None:
            members[later_s].append(stack.enter_context(closing(member(cluster, str(later_s)))))

        for later_s in LATER_S:
            join(later_s)
            began_s = time.monotonic()
            # One group after the other, so that the second member comes when it is meant to.
            while time.monotonic() - began_s < later_s:
                members[later_s][0].poll(0)
            join(later_s)

        def settled() -> bool:
            for pair in members.values():
                for consumer in pair:
                    consumer.poll(0)
            return all(len(consumer.assignment()) == PARTITIONS // 2 for pair in members.values() for consumer in pair)

        until(settled)


@pytest.mark.parametrize("ask", [pytest.param(JOINS, id="join"), pytest.param(HEARTBEATS, id="heartbeat")])
def test_a_connection_is_known_by_its_member(ask: dict[int, bytes]) -> None:
    api = JOIN if ask is JOINS else HEARTBEAT
    for version, body in ask.items():
        connection = MemberConnection()
        connection.ask(request(api, version, body), 0.0)

        assert connection.member == IDS
        assert connection.session_s == (1.0 if api == JOIN else 0.0)


def test_a_static_member_is_left_alone() -> None:
    """A successor under its name replaces it at once, so no member waits for the dead one."""
    static = MemberConnection()
    static.ask(request(JOIN, 5, JOINS[5].replace(b"\xff\xff", b"\0\x05place")), 0.0)

    assert static.member is None


def test_a_member_that_left_is_not_waited_for() -> None:
    connection, absent = MemberConnection(), AbsentMembers()
    connection.ask(request(JOIN, 5, JOINS[5]), 0.0)
    connection.ask(leave_request(IDS)[4:], 1.0)
    absent.gone(connection, 2.0)

    assert absent.overdue(1000.0) == []


@pytest.mark.parametrize(
    ("returns", "overdue"), [pytest.param(True, [], id="came back"), pytest.param(False, [IDS], id="stayed away")]
)
def test_a_session_ends_when_the_member_stays_away(*, returns: bool, overdue: list[Member]) -> None:
    """It ends once, and not before the session timeout."""
    before, after, absent = MemberConnection(), MemberConnection(), AbsentMembers()
    before.ask(request(JOIN, 5, JOINS[5]), 0.0)
    absent.gone(before, 10.0)
    assert absent.overdue(10.9) == []
    if returns:
        after.ask(request(SYNC, 3, HEARTBEATS[3]), 10.9)
        absent.back(after)

    assert absent.overdue(11.0) == overdue
    assert absent.overdue(12.0) == []


def test_a_session_is_as_long_on_the_next_connection() -> None:
    first, second, absent = MemberConnection(), MemberConnection(), AbsentMembers()
    first.ask(request(JOIN, 5, JOINS[5]), 0.0)
    absent.gone(first, 10.0)
    second.ask(request(HEARTBEAT, 3, HEARTBEATS[3]), 10.5)
    absent.back(second)
    absent.gone(second, 20.0)

    assert absent.overdue(20.9) == []
    assert absent.overdue(21.0) == [IDS]


def test_a_join_without_an_answer_is_forgotten() -> None:
    connection = MemberConnection()
    connection.ask(request(JOIN, 5, JOINS[5]), 100.0)
    assert not connection.forgotten(105.0)
    assert connection.forgotten(105.1)

    connection.answered(b"\0\0\0\x06")
    assert connection.forgotten(105.1)
    connection.answered(b"\0\0\0\x07")
    assert not connection.forgotten(1000.0)


@pytest.mark.parametrize("api", [JOIN, HEARTBEAT, SYNC, LEAVE])
def test_broken_requests_pass(api: int) -> None:
    """A request that is cut off anywhere is passed on: the broker refuses it."""
    whole = request(api, 9, JOINS[9])
    for size in range(len(whole)):
        MemberConnection().ask(whole[:size], 0.0)
