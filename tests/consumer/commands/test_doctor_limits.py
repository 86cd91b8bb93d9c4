"""What doctor says of times, of the clock, and of the disk."""

from pathlib import Path

import pytest

from consumer.commands.doctor_limits import examine_clock, examine_state_dir, examine_times
from consumer.config.settings import settings_of

LIMITS = {"group.min.session.timeout.ms": 6_000, "group.max.session.timeout.ms": 30_000}


@pytest.mark.parametrize(
    ("names", "limits", "state", "says"),
    [
        ({}, LIMITS, "", ""),
        ({"KAFKA_SESSION_TIMEOUT_MS": "45000"}, LIMITS, "failed", "is above group.max.session.timeout.ms=30000"),
        ({"KAFKA_SESSION_TIMEOUT_MS": "45000"}, {}, "", ""),
        (
            {"KAFKA_SESSION_TIMEOUT_MS": "5000", "KAFKA_HEARTBEAT_INTERVAL_MS": "1000"},
            LIMITS,
            "failed",
            "is below group.min.session.timeout.ms=6000",
        ),
        ({"KAFKA_HEARTBEAT_INTERVAL_MS": "4000"}, LIMITS, "warning", "more than a third"),
    ],
    ids=["well", "above", "not told", "below", "heartbeats"],
)
def test_times_that_do_not_fit(names: dict[str, str], limits: dict[str, int], state: str, says: str) -> None:
    """Each with the settings to change."""
    found = list(examine_times(settings_of(names), limits))

    assert [finding.state for finding in found] == ([state] if state else [])
    assert all(says in finding.detail and "KAFKA_SESSION_TIMEOUT_MS" in finding.detail for finding in found)


def test_a_folder_that_is_made_later_is_judged_by_where_it_will_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    [later] = examine_state_dir(tmp_path / "not" / "yet")
    [impossible] = examine_state_dir(tmp_path / "file" / "state")

    assert (later.state, "MiB left" in later.detail) == ("ok", True)
    assert (impossible.state, "STATE_DIR=" in impossible.detail) == ("failed", True)


@pytest.mark.parametrize(
    ("now_s", "says"),
    [(1004.0, ""), (1060.0, "60 s ahead of ClickHouse"), (940.0, "60 s behind ClickHouse")],
    ids=["near", "ahead", "behind"],
)
def test_clocks_that_are_apart_are_said(now_s: float, says: str) -> None:
    found = list(examine_clock(1000.0, now_s))

    assert [finding.state for finding in found] == (["warning"] if says else [])
    assert all(says in finding.detail for finding in found)
