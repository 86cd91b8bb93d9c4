"""A cluster with TLS, logins and certificates: the service works on it, and says which of its settings is wrong."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from subprocess import CompletedProcess
from typing import NamedTuple

import pytest

from tests.support.brokers import Broker
from tests.support.ports import lasting_ports
from tests.support.secured_kafka import Secured
from tests.support.world import Shared, World, tickets

pytestmark = pytest.mark.timeout(300)

WRONG = "canary-of-a-password"
TLS = "KAFKA_SECURITY_PROTOCOL", "SSL"


@pytest.fixture
def world(secured: Secured, tmp_path: Path) -> World:
    return World(Shared(Broker(secured.cluster.address, complete=True), "http://127.0.0.1:1"), tmp_path, {})


DOORS: Mapping[str, Callable[[Secured], dict[str, str]]] = {
    "SASL_SSL PLAIN": lambda secured: secured.login(),
    "mTLS": lambda secured: secured.mutual(),
    "SASL_SSL SCRAM-SHA-256": lambda secured: secured.login("SCRAM-SHA-256"),
    "SASL_SSL SCRAM-SHA-512": lambda secured: secured.login("SCRAM-SHA-512"),
}
# One of each kind; the others are other mechanisms.
_MARKS = {name: pytest.mark.matrix if "SCRAM" in name else pytest.mark.clusters for name in DOORS}


@pytest.mark.parametrize("door", [pytest.param(name, marks=_MARKS[name]) for name in DOORS])
def test_tickets_are_answered(secured: Secured, world: World, door: str) -> None:
    """Topics are made, doctor finds nothing, and the service answers; all of it over this door."""
    settings = DOORS[door](secured)
    created = tickets(f"through-{len(door)}", 5)
    made = world.command("topics", "create", **settings)
    looked = world.command("doctor", **settings)
    with world.service("--role", "categorizer", **settings) as service:
        world.publish(created)
        answers = world.answers_to(ticket["ticket_id"] for ticket in created)
        corrected = world.command("correct", created[0]["ticket_id"], "billing", **settings)

        assert not service.events("worker.")

    assert (made.returncode, corrected.returncode) == (0, 0), made.stderr + corrected.stderr
    assert "ok       topics: all exist" in looked.stdout, looked.stdout
    assert len(answers) == len(created)


class Mistake(NamedTuple):
    """A wrong setting, and words of the one sentence that tells it and its mend."""

    name: str
    settings: Callable[[Secured], Mapping[str, str]]
    says: tuple[str, ...]


def without(settings: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in settings.items() if name not in names}


def tls(secured: Secured, listener: str) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": secured.cluster.further[listener],
        "KAFKA_SECURITY_PROTOCOL": "SSL",
        "KAFKA_SSL_CA_LOCATION": str(secured.authority.file),
    }


def strange(secured: Secured) -> dict[str, str]:
    issued = secured.stranger.issue("strange", common_name="strange")
    return secured.mutual(
        KAFKA_SSL_CERTIFICATE_LOCATION=str(issued.certificate), KAFKA_SSL_KEY_LOCATION=str(issued.key)
    )


def closed(_: Secured) -> dict[str, str]:
    [port] = lasting_ports(1)
    return {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{port}"}


MISTAKES = [
    Mistake(
        "wrong password",
        lambda secured: secured.login(KAFKA_SASL_PASSWORD=WRONG),
        ("refuses the login", "Invalid username or password", "KAFKA_SASL_PASSWORD"),
    ),
    Mistake(
        "wrong password, SCRAM",
        lambda secured: secured.login("SCRAM-SHA-512", KAFKA_SASL_PASSWORD=WRONG),
        ("refuses the login", "invalid credentials", "SCRAM-SHA-512", "KAFKA_SASL_PASSWORD"),
    ),
    Mistake(
        "mechanism that the brokers do not take",
        lambda secured: secured.login("SCRAM-SHA-1"),
        ("does not take the mechanism", "KAFKA_SASL_MECHANISM", "PLAIN", "SCRAM-SHA-256"),
    ),
    Mistake(
        "mechanism that this client does not know",
        lambda secured: secured.login("GSSAPI"),
        ("GSSAPI", "KAFKA_SASL_MECHANISM"),
    ),
    Mistake(
        "OAUTHBEARER without a way to a token",
        lambda secured: secured.login("OAUTHBEARER"),
        ("OAUTHBEARER has no token", "KAFKA_SASL_OAUTHBEARER_METHOD"),
    ),
    Mistake(
        "no authority",
        lambda secured: without(secured.login(), "KAFKA_SSL_CA_LOCATION"),
        ("authority that is not known here", "set KAFKA_SSL_CA_LOCATION to the file of the authority"),
    ),
    Mistake(
        "another authority",
        lambda secured: secured.login(KAFKA_SSL_CA_LOCATION=str(secured.stranger.file)),
        ("authority that is not known here", "KAFKA_SSL_CA_LOCATION", "not of another one"),
    ),
    Mistake(
        "no file of the authority",
        lambda secured: secured.login(KAFKA_SSL_CA_LOCATION="/nowhere/authority.pem"),
        ("KAFKA_SSL_CA_LOCATION", "failed"),
    ),
    Mistake("certificate whose time is over", lambda secured: tls(secured, "ENDED"), ("has expired", "renew it")),
    Mistake(
        "certificate for another host",
        lambda secured: tls(secured, "OTHER_HOST"),
        ("is for another host", "KAFKA_BOOTSTRAP_SERVERS"),
    ),
    Mistake(
        "no client's certificate",
        lambda secured: tls(secured, "MUTUAL"),
        ("wants the client's certificate", "KAFKA_SSL_CERTIFICATE_LOCATION", "KAFKA_SSL_KEY_LOCATION"),
    ),
    Mistake(
        "client's certificate of a stranger",
        strange,
        ("refuses the client's certificate", "KAFKA_SSL_CERTIFICATE_LOCATION"),
    ),
    Mistake(
        "no TLS to a port with TLS",
        lambda secured: {"KAFKA_BOOTSTRAP_SERVERS": secured.cluster.further["SASL_SSL"]},
        ("may speak TLS", "KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL"),
    ),
    Mistake(
        "TLS to a port without",
        lambda secured: {**tls(secured, "MUTUAL"), "KAFKA_BOOTSTRAP_SERVERS": secured.cluster.address},
        ("does not speak TLS", "KAFKA_SECURITY_PROTOCOL=PLAINTEXT"),
    ),
    Mistake(
        "no login where one is wanted",
        lambda secured: {"KAFKA_BOOTSTRAP_SERVERS": secured.cluster.guarded},
        ("may want a login", "KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT"),
    ),
    Mistake(
        "login where none is taken",
        lambda secured: secured.login(
            KAFKA_SECURITY_PROTOCOL="SASL_PLAINTEXT", KAFKA_BOOTSTRAP_SERVERS=secured.cluster.address
        ),
        ("takes no login", "KAFKA_SECURITY_PROTOCOL=PLAINTEXT"),
    ),
    Mistake(
        "unknown host",
        lambda _: {"KAFKA_BOOTSTRAP_SERVERS": "broker.invalid:9092"},
        ("Failed to resolve 'broker.invalid:9092'", "KAFKA_BOOTSTRAP_SERVERS"),
    ),
    Mistake("closed port", closed, ("nothing listens at", "KAFKA_BOOTSTRAP_SERVERS")),
]
COMMANDS = [
    ("doctor",),
    ("run", "--role", "categorizer"),
    ("tail", "ticket-created"),
    ("correct", "T-1", "billing"),
    ("topics", "create"),
    ("dlq", "list"),
    ("dlq", "acknowledge"),
    ("rebuild",),
]


def told(world: World, secured: Secured, mistake: Mistake, command: tuple[str, ...]) -> CompletedProcess[str]:
    return world.command(*command, **mistake.settings(secured))


@pytest.mark.clusters
def test_each_mistake_has_a_sentence_of_its_own(secured: Secured, world: World) -> None:
    """It names the setting and the mend, and no secret. Each is made with one of the commands."""
    pairs = list(zip(MISTAKES, cycle(COMMANDS), strict=False))
    with ThreadPoolExecutor(9) as pool:
        ends = list(pool.map(lambda pair: told(world, secured, *pair), pairs))

    for (mistake, command), end in zip(pairs, ends, strict=True):
        check(mistake, command, end)
    said = [re.sub(r"\d+", "N", last_line(end)) for end in ends]
    assert len(set(said)) == len(said)


@pytest.mark.matrix
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_every_command_tells_every_mistake(secured: Secured, world: World, mistake: Mistake) -> None:
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda command: told(world, secured, mistake, command), COMMANDS))

    for command, end in zip(COMMANDS, ends, strict=True):
        check(mistake, command, end)


def check(mistake: Mistake, command: tuple[str, ...], end: CompletedProcess[str]) -> None:
    said = end.stdout + end.stderr
    assert end.returncode in {1, 2}, (mistake.name, command, said)
    missing = [words for words in mistake.says if words not in said]
    assert not missing, (mistake.name, command, said)
    assert "Traceback" not in said
    assert WRONG not in said


def last_line(end: CompletedProcess[str]) -> str:
    """The sentence: of doctor the line about the topics, of other commands the last one."""
    topics = [line for line in end.stdout.splitlines() if "topics: " in line]
    return (topics or end.stderr.splitlines())[-1]
