"""The folder of models as the page reads it, whole, torn and gone."""

import json
import os
from pathlib import Path

import pytest

from analytics.dashboard.models_folder import Gate, ModelsFolder, read_models
from tests.support import models_story
from tests.support.models_story import FIRST, HOSTILE, REFUSED, SERVED, event


def test_it_tells_versions_champion_and_history(tmp_path: Path) -> None:
    """The newest first, with what each learned from, who did what and why, and what the gate measured."""
    found = read_models(models_story.write(tmp_path))
    promoted = next(each for each in found.history if each.gate)

    assert (found.problem, found.champion, found.unread) == ("", SERVED, 0)
    assert [version.version for version in found.versions] == [REFUSED, SERVED, FIRST]
    assert found.versions[1].trained_at == "2026-11-22T10:00:00.000Z"
    assert (found.versions[1].seed_rows, found.versions[1].judged_rows) == (786, 1024)
    assert found.versions[1].left_out == {"contradictions": 3, "one_sided": 12, "for_gate": 40, "replaced": 7}
    assert [each.event for each in found.history] == [
        *("refused", "added", "promoted", "rolled_back", "promoted", "added", "promoted", "added")
    ]
    assert (promoted.version, promoted.before, promoted.by) == (SERVED, FIRST, "learner")
    assert promoted.gate == Gate(412, 0.8131, 0.8859, 0.0728, 0.0461)


def test_too_few_tickets_are_no_comparison(tmp_path: Path) -> None:
    """New judgements are counted from the last comparison, not from the last look."""
    found = read_models(models_story.write(tmp_path))

    assert found.history[0].gate is None
    assert found.last_gate is not None
    assert found.last_gate.isoformat() == "2026-11-22T10:00:02+00:00"
    assert ModelsFolder("").last_gate is None


def test_without_a_folder_it_says_why(tmp_path: Path) -> None:
    """No setting, no folder, a file in its place."""
    (tmp_path / "file").touch()

    assert read_models(None) == ModelsFolder("unset")
    assert read_models(tmp_path / "nowhere") == ModelsFolder("missing")
    assert read_models(tmp_path / "file") == ModelsFolder("missing")
    assert read_models(tmp_path) == ModelsFolder("")


@pytest.mark.parametrize("name", ["champion", "history.jsonl", "versions"])
def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    """It is not taken for an empty one."""
    (tmp_path / name).symlink_to(name)

    assert read_models(tmp_path) == ModelsFolder("unreadable")


GOOD = event("2026-11-22T10:00:00+00:00", "added", "good")


@pytest.mark.parametrize(
    "line",
    [
        GOOD[:40] + "\n",
        "null\n",
        "[1]\n",
        "\x00\x00\x00\n",
        "[" * 100_000 + "\n",
        '{"at": ' + "9" * 5000 + "}\n",
        event("yesterday", "added", "x"),
        event("2026-11-22T10:00:00", "added", "x"),
        event("0001-01-01T00:00:00+14:00", "added", "x"),
        event("2026-11-22T10:00:00+00:00", "of another version", "x"),
        json.dumps({"at": "2026-11-22T10:00:00+00:00", "event": "added", "version": 7}) + "\n",
    ],
    ids=["torn", "null", "list", "zeros", "deep", "long", "no time", "no zone", "first", "event", "version"],
)
def test_a_line_that_is_none_is_left_out_and_counted(tmp_path: Path, line: str) -> None:
    """Those around it are shown."""
    (tmp_path / "history.jsonl").write_text(GOOD + line + GOOD, encoding="utf-8")
    found = read_models(tmp_path)

    assert [each.version for each in found.history] == ["good", "good"]
    assert found.unread == 1


@pytest.mark.parametrize("end", range(1, len(GOOD) + 1, 9))
def test_a_history_may_end_anywhere(tmp_path: Path, end: int) -> None:
    """A writer that is at work, or was killed, leaves a part of a line."""
    (tmp_path / "history.jsonl").write_text(GOOD + GOOD[:end], encoding="utf-8")

    assert read_models(tmp_path).history[-1].version == "good"


def test_of_a_long_history_the_end_is_read(tmp_path: Path) -> None:
    """The first line that is read may have begun before: it is no torn one."""
    lines = [event("2026-11-22T10:00:00+00:00", "added", f"v{number}", reason="x" * 90) for number in range(20_000)]
    (tmp_path / "history.jsonl").write_text("".join(lines), encoding="utf-8")
    found = read_models(tmp_path)

    assert 1_000 < len(found.history) < 20_000
    assert found.history[0].version == "v19999"
    assert found.unread == 0


@pytest.mark.parametrize(
    "recipe",
    [
        "",
        "{",
        "[]",
        json.dumps({"trained_at": 5, "seed_rows": "many", "judged_rows": -1, "left_out": [3]}),
        json.dumps({"trained_at": "soon", "seed_rows": True, "judged_rows": 1.5, "left_out": {"x": "y"}}),
    ],
)
def test_a_version_with_a_damaged_recipe_is_there(tmp_path: Path, recipe: str) -> None:
    """What it learned from is not known."""
    (tmp_path / "versions" / "v1").mkdir(parents=True)
    (tmp_path / "versions" / "v1" / "recipe.json").write_text(recipe, encoding="utf-8")
    (tmp_path / "versions" / ".v2.partial").mkdir()
    (tmp_path / "versions" / "notes.txt").touch()

    assert read_models(tmp_path).versions == (("v1", None, None, None, {}),)


@pytest.mark.parametrize("number", [10**400, float("nan"), float("inf"), True, "0.9", None])
def test_a_gate_of_other_figures_is_none(tmp_path: Path, number: object) -> None:
    """The event is shown without them."""
    gate = {"champion": {**models_story.COMPARED["champion"], "bound": number}}
    line = json.dumps({"at": "2026-11-22T10:00:00+00:00", "event": "promoted", "version": "v", "gate": gate})
    (tmp_path / "history.jsonl").write_text(line + "\n", encoding="utf-8")
    (found,) = read_models(tmp_path).history

    assert found.gate is None


def test_every_text_can_be_sent(tmp_path: Path) -> None:
    """Half a character in JSON, bytes that are no UTF-8 in a name: all stay text, cut where it is long."""
    (tmp_path / "versions" / os.fsdecode(b"v\xff")).mkdir(parents=True)
    (tmp_path / "champion").write_bytes(b"\xff\xfe\n")
    line = event("2026-11-22T10:00:00+00:00", "added", "v", reason="x" * 5000, by=HOSTILE)
    (tmp_path / "history.jsonl").write_text(line.replace('"before": null', '"before": "\\ud800"'), encoding="utf-8")
    found = read_models(tmp_path)

    assert repr(found).encode()
    assert [str(version.version).encode() for version in found.versions] == [b"v?"]
    assert found.history[0].before == "?"
    assert found.history[0].by == HOSTILE
    assert len(found.history[0].reason or "") == 1_000
