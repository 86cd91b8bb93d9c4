"""With what `deploy/acl.sh` grants, and nothing else, everything works; doctor names each right that is missing."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclBindingFilter, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from consumer.commands.doctor_rights import examine_rights
from consumer.config.settings import settings_of
from sandbox.system import Sandbox
from tests.support.apache_kafka import USERS, kafka_acls
from tests.support.brokers import Broker
from tests.support.secured_kafka import Secured
from tests.support.waiting import until
from tests.support.world import Shared, World, bare_environment, tickets

pytestmark = [pytest.mark.clusters, pytest.mark.timeout(300)]

ACL_SH = Path(__file__).parents[2] / "deploy" / "acl.sh"
TIMEOUT_S = 30.0
# Other tests of this cluster use the first ones.
USERS_HERE = iter(USERS[32:])
# The client's types forbid what its documentation says of filters.
EVERY: Any = None
KINDS = {ResourceType.TOPIC: "topic", ResourceType.GROUP: "group", ResourceType.TRANSACTIONAL_ID: "transactional ids"}


class Guest(NamedTuple):
    """Somebody whom the cluster knows and allows nothing.

    Attributes:
        principal: as the brokers call them.
        login: settings with which a service says who it is.
    """

    principal: str
    login: dict[str, str]


def by_password(secured: Secured) -> Guest:
    user = next(USERS_HERE)
    return Guest(f"User:{user}", secured.login(KAFKA_SASL_USERNAME=user))


def by_certificate(secured: Secured) -> Guest:
    name = next(USERS_HERE)
    shown = secured.authority.issue(name, common_name=name)
    files = {"KAFKA_SSL_CERTIFICATE_LOCATION": str(shown.certificate), "KAFKA_SSL_KEY_LOCATION": str(shown.key)}
    return Guest(f"User:CN={name}", secured.mutual(**files))


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    system = Sandbox(tmp_path_factory.mktemp("parts"), with_service=False)
    try:
        system.start_clickhouse()
        yield system.addresses.clickhouse
    finally:
        system.stop()


@pytest.fixture
def world(secured: Secured, clickhouse: str, tmp_path: Path) -> World:
    """Its topics are there, made by somebody who may."""
    return World(Shared(Broker(secured.cluster.address, complete=True), clickhouse), tmp_path, {"TEXTS_KEPT_DAYS": "7"})


def grant(secured: Secured, world: World, principal: str, *roles: str) -> None:
    """Let the script grant what these roles need, as an operator would."""
    environment = {**bare_environment(), **world.environment, "KAFKA_ACLS": str(kafka_acls(world.folder))}
    for role in roles:
        options = ("--bootstrap-server", secured.cluster.address, "--principal", principal, "--role", role)
        subprocess.run([ACL_SH, *options], env=environment, check=True, capture_output=True, timeout=120)


def looked(world: World, role: str, login: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """What doctor found, by the parts."""
    found = json.loads(world.command("doctor", "--role", role, "--format", "json", **login).stdout)["findings"]
    return {part: [each for each in found if each["part"] == part] for part in ("topics", "rights")}


def check_end_to_end(world: World, logins: Mapping[str, Mapping[str, str]]) -> None:
    """Tickets are answered and stored, and so is what a person says of one; nobody was refused anything."""
    created = tickets("least", 5)
    with ExitStack() as stack:
        services = [stack.enter_context(world.service("--role", role, **login)) for role, login in logins.items()]
        world.publish(created)
        world.answers_to(ticket["ticket_id"] for ticket in created)
        until(lambda: world.stored() == len(created))
        said = world.command("correct", created[0]["ticket_id"], "billing", **next(iter(logins.values())))
        until(lambda: said.returncode or world.rows("corrections", "ticket_id"))
        wrong = [event for service in services for event in service.events("") if event.get("level") == "error"]
        refused = [event for service in services for event in service.events("topic.refused")]

    assert said.returncode == 0, said.stderr
    assert (wrong, refused) == ([], [])


def test_a_certificate_with_the_least_rights(secured: Secured, world: World) -> None:
    """One service that does everything, over mTLS; and doctor has nothing to say."""
    guest = by_certificate(secured)
    grant(secured, world, guest.principal, "all", "doctor")
    found = looked(world, "all", guest.login)

    assert [each["state"] for part in found.values() for each in part] == ["ok", "ok"], found
    check_end_to_end(world, {"all": guest.login})


def test_roles_apart_with_the_least_rights_of_each(secured: Secured, world: World) -> None:
    """A categorizer and a sink with a password of its own each, over SASL_SSL."""
    roles = ("categorizer", "sink")
    guests = {role: by_password(secured) for role in roles}
    for role, guest in guests.items():
        grant(secured, world, guest.principal, role)
    found = {role: looked(world, role, guest.login) for role, guest in guests.items()}

    for role in roles:
        assert [each["state"] for each in found[role]["rights"]] == ["ok"], found
        # They may not read properties of topics, and that is said.
        assert ["DESCRIBE_CONFIGS" in each["detail"] for each in found[role]["topics"]] == [True], found
    check_end_to_end(world, {role: guest.login for role, guest in guests.items()})


def test_each_right_that_is_taken_away_is_named(secured: Secured, world: World) -> None:
    """That one and no other, with the command that grants it."""
    guest = by_password(secured)
    grant(secured, world, guest.principal, "all")
    # Without TLS, which has nothing to do with rights and takes its time.
    plain = {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_BOOTSTRAP_SERVERS": secured.cluster.guarded}
    settings = settings_of({**world.environment, **guest.login, **plain})
    admin = AdminClient({"bootstrap.servers": secured.cluster.address, "log_level": 2})
    given = granted(admin, guest.principal)

    def alone() -> list[str]:
        """What is missing, while that is one thing."""
        found = [f"{each.detail} {each.command}" for each in examine_rights(settings, "all") if each.state != "ok"]
        return found if len(found) == 1 else []

    assert len(given) > 20
    for binding in given:
        results(admin.delete_acls([as_filter(binding)], request_timeout=TIMEOUT_S))
        until(partial(is_named, binding, alone))
        # The brokers learn of changes in their order: the next one is not seen before this one.
        results(admin.create_acls([binding], request_timeout=TIMEOUT_S))


def is_named(binding: AclBinding, alone: Callable[[], list[str]]) -> bool:
    """Whether the only finding names this right, and the command that grants it."""
    operation, kind = AclOperation(binding.operation).name, KINDS[ResourceType(binding.restype)]
    said = "".join(alone())
    command = said.partition(" kafka-acls ")[2]
    granting = f"--add --allow-principal {binding.principal} --operation {operation.title()} "
    return f"ACL: {operation} on {kind} " in said and granting in command and binding.name in command.split()


def granted(admin: AdminClient, principal: str) -> list[AclBinding]:
    asked = AclBindingFilter(
        ResourceType.ANY, EVERY, ResourcePatternType.ANY, principal, EVERY, AclOperation.ANY, AclPermissionType.ANY
    )
    found = admin.describe_acls(asked, request_timeout=TIMEOUT_S).result(TIMEOUT_S)
    return list(found)


def as_filter(binding: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        binding.restype, binding.name, binding.resource_pattern_type, binding.principal, binding.host,
        binding.operation, binding.permission_type,
    )  # fmt: skip


def results(futures: Mapping[Any, Any]) -> None:
    for future in futures.values():
        future.result(TIMEOUT_S)
