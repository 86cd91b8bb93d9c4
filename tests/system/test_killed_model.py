"""The reference model, killed and started again on its port."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sandbox.labelled import bench_tickets
from schemas.events import TicketCategorized, TicketCreated
from tests.support.world import World, a_ticket, bare_environment
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

NUMBER = 60


@contextmanager
def classifier(folder: Path, port: int = 0) -> Iterator[int]:
    """The reference model on this port, or on a free one; killed at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "classifier", "serve", "--model", str(folder), "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=bare_environment(),
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["port"]
        finally:
            process.kill()


def real_tickets(prefix: str) -> list[TicketCreated]:
    return [a_ticket(f"{prefix}-{n}", "Question", real.description) for n, real in enumerate(bench_tickets()[:NUMBER])]


def revisions(answers: list[TicketCategorized], prefix: str, revision: int) -> dict[str, TicketCategorized]:
    """The answers of one revision to tickets of one kind; one each, or this fails."""
    ours = [a for a in answers if a["ticket_id"].startswith(prefix) and a["revision"] == revision]
    found = {answer["ticket_id"]: answer for answer in ours}
    assert len(ours) == len(found)
    return found


@contextmanager
def service_beside_a_mortal_model(worlds: Worlds, folder: Path) -> Iterator[tuple[World, int]]:
    """A service that has answered some tickets with a model that is dead now; also the model's port."""
    with ExitStack() as stack:
        with classifier(folder) as port:
            world = worlds(ML_API_URL=f"http://127.0.0.1:{port}/", CACHE_MAX_SIZE="0")
            stack.enter_context(world.service("--role", "categorizer"))
            world.publish(real_tickets("before"))
            world.answers_to(f"before-{number}" for number in range(NUMBER))
        yield world, port


def test_a_killed_model_costs_quality_for_a_while_and_nothing_else(worlds: Worlds, model_folder: Path) -> None:
    """Tickets are answered by the rules while the model is dead, and once more by the model when it is back."""
    lost = real_tickets("lost")
    names = {ticket["ticket_id"] for ticket in lost}
    with service_beside_a_mortal_model(worlds, model_folder) as (world, port):
        world.publish(lost)
        world.answers_to(names)
        with classifier(model_folder, port):
            answers = world.answers_to(names, lambda answer: answer["revision"] == 1)
    before, provisional, final = (revisions(answers, *which) for which in (("before", 0), ("lost", 0), ("lost", 1)))

    assert names == set(provisional) == set(final)
    assert len(answers) == len(before) + len(provisional) + len(final)
    assert {("RULES", True)} == {(answer["method"], answer["provisional"]) for answer in provisional.values()}
    assert "AUTO" not in {answer["decision"] for answer in provisional.values()}
    assert max(answer["timings"]["total_us"] for answer in provisional.values()) < 2.5e6
    for name in names:
        healed, unharmed = final[name], before[name.replace("lost", "before")]
        assert provisional[name]["source"] == healed["source"]
        assert not healed["provisional"]
        assert (unharmed["method"], unharmed["category"], unharmed["subcategory"]) == (
            healed["method"],
            healed["category"],
            healed["subcategory"],
        )
