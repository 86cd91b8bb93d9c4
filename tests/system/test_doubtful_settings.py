"""Names and values of the environment that are likely a mistake, as the service and its commands tell them."""

import pytest

from tests.support.world import a_ticket
from tests.system.conftest import Worlds

pytestmark = pytest.mark.long
CANARY = "canary-7f3a"


def test_names_that_nobody_reads_are_told_once_and_change_nothing(worlds: Worlds) -> None:
    """From the environment and from `.env`, by name with the likely one, by the service and by the doctor."""
    world = worlds(
        LOG_LEVEL=" INFO ", ML_API_TIMEOUT=" 1 ", ML_BATCHSIZE=CANARY, KAFKA_HOME=CANARY, KAFKA_SASL_USERNAM=CANARY
    )
    (world.folder / ".env").write_text(f"TOPIC_CREATE={CANARY}\nHTTP_PROXY=\nML_PORT_80_TCP=tcp://10.0.0.1:80\n")
    with world.service("--role", "categorizer") as service:
        world.publish([a_ticket("told")])
        world.answers_to(["told"])
        told = [event["detail"] for event in service.events("setting.doubtful")]
        output = service.output()
    doctor = world.command("doctor").stdout

    assert [sentence.partition(" is no ")[0] for sentence in told[:-1]] == [
        "ML_BATCHSIZE",
        "TOPIC_CREATE",
        "KAFKA_SASL_USERNAM",
    ]
    assert told[-1].endswith(": KAFKA_HOME")
    assert all(f"settings: {sentence}" in doctor for sentence in told)
    assert CANARY not in output + doctor


def test_a_misspelt_topic_is_told_before_topics_are_made(worlds: Worlds) -> None:
    """The topics that are made are not those that were meant."""
    made = worlds().command("topics", "create", TOPIC_CREATE=CANARY)

    assert made.returncode == 0
    assert "did you mean TOPIC_CREATED?" in made.stderr
    assert CANARY not in made.stdout + made.stderr


@pytest.mark.parametrize("name", ["KAFKA_LINGER_MS", "KAFKA_SESSION_TIMEOUT_MS"])
def test_a_wrong_value_of_a_property_ends_the_service_by_its_setting(worlds: Worlds, name: str) -> None:
    """It is not started again: a restart would end the same way."""
    world = worlds()
    with world.service("--role", "categorizer", **{name: "soon"}) as service:
        code = service.wait(40)
        output = service.output()

    assert code == 2
    assert f"see {name}" in output
