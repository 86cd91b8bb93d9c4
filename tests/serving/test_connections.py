"""Which connections are closed, and when."""

import resource
import subprocess
import sys

import pytest

from serving.connections import (
    BODY_S,
    FRESH_S,
    HEADERS_S,
    READING_S,
    SLOWEST_BYTES_PER_S,
    Stage,
    Waiting,
    first_to_close,
    overdue,
)

NOW_S = 1000.0


@pytest.mark.parametrize(
    ("stage", "allowed_s"), [(Stage.HEADERS, HEADERS_S), (Stage.BODY, BODY_S), (Stage.READING, READING_S)]
)
def test_a_peer_has_its_time_and_no_more(stage: Stage, allowed_s: float) -> None:
    """To the moment; bytes that trickle in or out earn almost nothing."""
    assert not overdue(Waiting(stage, NOW_S, 0), NOW_S + allowed_s)
    assert overdue(Waiting(stage, NOW_S, 60), NOW_S + allowed_s + 0.01)


@pytest.mark.parametrize("stage", [Stage.BODY, Stage.READING])
def test_a_peer_that_moves_much_has_longer(stage: Stage) -> None:
    """A large body over a slow line is no attack."""
    assert not overdue(Waiting(stage, NOW_S, 600 * SLOWEST_BYTES_PER_S), NOW_S + 600)


def test_headers_cannot_be_drawn_out() -> None:
    """However much of them has come."""
    assert overdue(Waiting(Stage.HEADERS, NOW_S, 10_000_000), NOW_S + HEADERS_S + 0.01)


def test_what_waits_for_us_may_wait() -> None:
    """A question to ClickHouse has a limit of its own."""
    assert not overdue(Waiting(Stage.OURS, NOW_S), NOW_S + 1e9)


def test_the_oldest_silent_one_makes_room_first() -> None:
    """Then slow ones, then new ones, whose request may be under way, and last those that wait for us."""
    kinds = [
        Waiting(Stage.OURS, NOW_S - 500),
        Waiting(Stage.HEADERS, NOW_S - FRESH_S / 2),
        Waiting(Stage.READING, NOW_S - 20),
        Waiting(Stage.BODY, NOW_S - 30),
        Waiting(Stage.HEADERS, NOW_S - 5),
        Waiting(Stage.HEADERS, NOW_S - 7),
    ]
    order = []
    held = list(kinds)
    while held:
        order.append(kinds.index(held.pop(first_to_close(held, NOW_S))))

    assert order == [5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(("limit", "most"), [(20, 8), (256, 64), (1024, 256), (20_000, 512)])
def test_the_bound_is_a_part_of_the_limit_of_descriptors(limit: int, most: int) -> None:
    """A quarter, so that there is room for starting a process."""
    script = "from serving.connections import most_connections; print(most_connections())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert int(done.stdout) == most
