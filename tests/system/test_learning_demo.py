"""The demo that learns, as `ticketstream demo --learning` runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from classifier.model_folder import ModelFolder
from tests.support.world import bare_environment


def demo(folder: Path, *options: str, timeout_s: float = 1200) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ticketstream", "demo", "--rate", "0", "--data", "data", *options],
        env=bare_environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )


@pytest.mark.long
@pytest.mark.timeout(1300)
def test_people_teach_a_model_that_takes_over_and_is_rolled_back(tmp_path: Path) -> None:
    """With as few tickets as the gate can do with; every figure is one that was measured, not one that is hoped for."""
    ended = demo(tmp_path, "--learning", "--tickets", "1400", "--format", "json")

    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    first, again, changes = found["first"], found["again"], found["changes"]
    assert first["published"] == 1400
    assert first["judged"] >= first["drawn"] >= 600
    # Corrected texts come again and are right; one person suggests, two decide.
    assert again["wrong"] >= 5
    assert again["right"] == again["suggested"] == again["wrong"]
    assert again["automatic"] == again["seconded"] == 5
    # The challenger learned from people, and was compared on tickets that no model learned from.
    assert found["round"]["recipe"]["judged_rows"] >= 300
    assert found["round"]["gate"]["champion"]["n"] >= 300
    assert found["round"]["promoted"]
    # Nobody noticed but by better answers.
    assert changes["calls"]["calls"] > 0
    assert (changes["calls"]["failed"], changes["provisional"]) == (0, 0)
    assert changes["later"]["accuracy"] > first["before"]["accuracy_low"]
    versions = [changes[name]["version"] for name in ("promoted", "rolled_back", "again")]
    assert versions == [found["round"]["version"], found["first_version"], found["round"]["version"]]
    folder = ModelFolder(tmp_path / "data" / "learning" / "models")
    assert folder.champion() == found["round"]["version"]
    assert [event.event for event in folder.history()] == [
        *("added", "promoted", "added", "promoted", "rolled_back", "promoted")
    ]
    for sentence in ("AUDIT_SHARE is 0.5", "Rolled back by hand", "Promoted again by hand"):
        assert sentence in ended.stderr


@pytest.mark.long
@pytest.mark.timeout(1300)
def test_with_too_few_judgements_the_champion_stays_and_that_is_told(tmp_path: Path) -> None:
    """The demo claims no success that it did not have."""
    ended = demo(tmp_path, "--learning", "--tickets", "200")

    assert ended.returncode == 0, ended.stderr
    assert "The gate keeps the champion" in ended.stdout
    assert "Judgements that are missing" in ended.stdout
    assert "Promoted again" not in ended.stdout
    assert "/models" in ended.stdout
    folder = ModelFolder(tmp_path / "data" / "learning" / "models")
    assert [event.event for event in folder.history()] == ["added", "promoted", "added", "refused"]
