"""The rights that doctor looks for are those that `deploy/acl.sh` grants."""

import shlex
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from consumer.commands.doctor_rights import missing
from consumer.commands.rights import Resource, Right, RoleName, grant, rights_of
from consumer.config.settings import settings_of
from tests.support.world import bare_environment

ACL_SH = Path(__file__).parents[3] / "deploy" / "acl.sh"
OPTIONS = ("--bootstrap-server", "broker:9092", "--principal", "User:ana", "--print")
KINDS: dict[str, Resource] = {"--topic": "topic", "--group": "group", "--transactional-id": "transactional-id"}
NAMES: dict[str, dict[str, str]] = {
    "defaults": {},
    "everything": {
        "CLICKHOUSE_URL": "http://clickhouse:8123",
        "TEXTS_KEPT_DAYS": "7",
        "KAFKA_GROUP_ID": "desk",
        "TOPIC_CREATED": "desk-tickets",
        "TOPIC_MARKS": "desk-marks",
    },
    "without overrides": {"CLICKHOUSE_URL": "http://clickhouse:8123", "OVERRIDES": "off"},
}


def granted(role: str, names: dict[str, str]) -> set[Right]:
    """What the script would grant."""
    done = subprocess.run(
        [ACL_SH, *OPTIONS, "--role", role], env={**bare_environment(), **names}, check=True, text=True,
        capture_output=True, timeout=60,
    )  # fmt: skip
    return {right for line in done.stdout.splitlines() for right in of_command(shlex.split(line))}


def of_command(words: list[str]) -> set[Right]:
    operation = words[words.index("--operation") + 1].upper()
    return {Right(KINDS[option], name, operation) for option, name in pairwise(words) if option in KINDS}


@pytest.mark.parametrize("case", NAMES)
@pytest.mark.parametrize("role", ["categorizer", "sink", "all"])
def test_the_script_grants_what_doctor_looks_for_and_no_more(role: RoleName, case: str) -> None:
    names = NAMES[case]
    if role == "all" and case == "defaults":
        # Doctor leaves out the sink where there is no ClickHouse; the script is asked for it.
        names = {**names, "CLICKHOUSE_URL": "http://clickhouse:8123"}

    assert granted(role, names) == set(rights_of(settings_of(names), role))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--principal", "User:ana"], "--bootstrap-server is missing"),
        (["--bootstrap-server", "b:1", "--principal", "ana"], "begin with User:"),
        (["--bootstrap-server", "b:1", "--principal", "User:ana", "--role", "owner"], "is not categorizer"),
        (["--grant"], "unknown option --grant"),
    ],
    ids=["no server", "no principal", "no role", "no option"],
)
def test_wrong_usage_of_the_script_is_said(options: list[str], says: str) -> None:
    done = subprocess.run(
        [ACL_SH, *options], env=bare_environment(), check=False, text=True, capture_output=True, timeout=60
    )

    assert (done.returncode, says in done.stderr) == (2, True)


def test_a_right_is_missing_where_the_cluster_tells_operations_without_it() -> None:
    """Nothing is missing where the cluster does not tell."""
    rights = rights_of(settings_of({}), "categorizer")
    topics = {right.name: frozenset({"READ", "WRITE", "DESCRIBE"}) for right in rights if right.resource == "topic"}
    lacking = {**topics, "ticket-audit": frozenset({"DESCRIBE"}), "ticket-created": frozenset[str]()}
    silent = {**topics, "ticket-audit": None}

    assert list(missing(rights, topics, {"ticketstream": None})) == []
    assert list(missing(rights, silent, {})) == []
    assert set(missing(rights, lacking, {"ticketstream": frozenset({"DESCRIBE"})})) == {
        Right("topic", "ticket-audit", "WRITE"),
        Right("topic", "ticket-created", "READ"),
        Right("group", "ticketstream", "READ"),
    }


def test_the_command_has_the_login_and_can_be_pasted() -> None:
    names = {
        "KAFKA_BOOTSTRAP_SERVERS": "broker:9093",
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_USERNAME": "ana maria",
    }
    command = grant(settings_of(names), [Right("transactional-id", "desk.", "WRITE")])

    assert shlex.split(command) == [
        "kafka-acls", "--bootstrap-server", "broker:9093", "--command-config", "admin.properties", "--add",
        "--allow-principal", "User:ana maria", "--operation", "Write", "--transactional-id", "desk.",
        "--resource-pattern-type", "prefixed",
    ]  # fmt: skip
