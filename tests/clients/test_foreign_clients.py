"""kcat and curl see what the contract says: `make test-clients`."""

import json
import shutil
import subprocess

import pytest

from tests.support.readme import command_of
from tests.support.waiting import until
from tests.support.world import World
from tests.system.conftest import Worlds

pytestmark = pytest.mark.clients


@pytest.fixture(autouse=True)
def _installed() -> None:
    missing = [program for program in ("kcat", "curl") if shutil.which(program) is None]
    if missing:
        pytest.fail(f"{' and '.join(missing)} not found; on Debian: apt-get install {' '.join(missing)}")


@pytest.fixture(scope="module")
def world(worlds: Worlds, real_model: str) -> World:
    names = {"TOPIC_CREATED": "ticket-created", "TOPIC_CATEGORIZED": "ticket-categorized"}
    return worlds(ML_API_URL=real_model, EVENT_FORMAT="json", CLICKHOUSE_DATABASE="ticketstream", **names)


def shell(world: World, command: str) -> str:
    return subprocess.run(
        ["/bin/sh", "-c", command], env=world.environment, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_kcat_publishes_json_and_reads_the_answer_as_text_and_curl_asks_clickhouse(world: World) -> None:
    """The README's kcat line is answered in JSON with headers to filter by, and its curl line counts the answer."""
    broker = world.kafka
    with world.service():
        shell(world, command_of("kcat"))
        read = f"kcat -b {broker} -C -t ticket-categorized -X isolation.level=read_committed -e -q"
        answer = json.loads(until(lambda: shell(world, read)).splitlines()[0])
        headers = shell(world, f"{read} -f '%h\n'").splitlines()[0]
        # Until the sink has stored the answer there is no row, and at first no table.
        counted = until(lambda: found if "billing" in (found := shell(world, command_of("curl"))) else "")

    assert (answer["ticket_id"], answer["category"], answer["subcategory"]) == ("TKT-124", "billing", "payment_issue")
    assert headers == f"ts-category=billing,ts-decision={answer['decision']},ts-provisional=false,ts-revision=0"
    assert counted == "billing\t1\t1\n"
