"""The folder of models: versions, champion and history, also after crashes."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.model import Model
from classifier.model_folder import ModelFolder
from classifier.model_history import HistoryEvent, champions, read_events
from classifier.storage import ModelError
from classifier.writer_lock import FolderBusy, one_writer
from tests.classifier.conftest import model_of

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def three() -> Sequence[Model]:
    return [model_of("first"), model_of("second"), model_of("third")]


@pytest.fixture
def folder(tmp_path: Path, three: Sequence[Model]) -> ModelFolder:
    """Three versions, none of them the champion."""
    models = ModelFolder(tmp_path / "models")
    for hour, model in enumerate(three):
        models.add(model, {"trained_at": (NOON + timedelta(hours=hour)).isoformat(), "seed_rows": hour}, by="learner")
    return models


def test_a_version_is_read_as_it_was_written(folder: ModelFolder, three: Sequence[Model]) -> None:
    """Versions stand in the order of their training, with recipe and the tickets that they were trained on."""
    folder.add(model_of("fourth"), {"trained_at": "2027"}, ["b", "a", "b"])

    found = folder.versions()

    assert [version.name for version in found[:3]] == [model.version for model in three]
    assert [version.recipe["seed_rows"] for version in found[:3]] == [0, 1, 2]
    assert folder.trained_on(found[3].name) == {"a", "b"}
    loaded = folder.load(three[1].version)
    assert loaded.version == three[1].version
    assert loaded.predict([("", "refund")], 2) == three[1].predict([("", "refund")], 2)


def test_the_champion_is_the_one_that_was_promoted_last(folder: ModelFolder, three: Sequence[Model]) -> None:
    """The history says who made it so, why, what was before, and what the gate said."""
    before = folder.champion()
    folder.promote(three[0].version, "the first", "ana", now=NOON)
    folder.promote(three[2].version, None, None, {"verdict": "promote"}, NOON)

    assert before is None
    assert folder.champion() == three[2].version
    assert folder.history()[-2:] == [
        HistoryEvent(NOON, "promoted", three[0].version, None, "the first", "ana", None),
        HistoryEvent(NOON, "promoted", three[2].version, three[0].version, None, None, {"verdict": "promote"}),
    ]


def test_a_rollback_goes_one_champion_back_each_time(folder: ModelFolder, three: Sequence[Model]) -> None:
    """Three champions, two rollbacks; a third one has nowhere to go, and the champion stays."""
    for model in three:
        folder.promote(model.version, None, None, now=NOON)

    assert folder.rollback("ana", NOON) == three[1].version
    assert folder.rollback("ana", NOON) == three[0].version
    with pytest.raises(ModelError, match="no champion before"):
        folder.rollback("ana", NOON)
    assert folder.champion() == three[0].version


def test_after_a_rollback_a_promotion_stands_on_what_is_served(folder: ModelFolder, three: Sequence[Model]) -> None:
    """The model that was rolled back is not what the next rollback goes to."""
    folder.promote(three[0].version, None, None)
    folder.promote(three[1].version, None, None)
    folder.rollback(None)
    folder.promote(three[2].version, None, None)

    assert folder.rollback(None) == three[0].version


@pytest.mark.parametrize("name", ["model.json", "weights"])
@pytest.mark.parametrize("damage", ["gone", "torn", "another"])
def test_a_damaged_version_is_refused_by_name(
    folder: ModelFolder, three: Sequence[Model], name: str, damage: str
) -> None:
    """Promotion and rollback name the version and leave the champion; the history says that it was refused."""
    bad, good = three[0].version, three[1].version
    folder.promote(bad, None, None)
    folder.promote(good, None, None)
    _damage(next(path for path in _files(folder, bad) if path.name.startswith(name)), damage)

    for change in (lambda: folder.promote(bad, None, "ana"), lambda: folder.rollback("ana")):
        with pytest.raises(ModelError, match=bad):
            change()
        assert folder.champion() == good
        assert (folder.history()[-1].event, folder.history()[-1].version) == ("refused", bad)


def test_a_damaged_version_is_written_anew(folder: ModelFolder, three: Sequence[Model]) -> None:
    """The same training again mends it."""
    _damage(next(path for path in _files(folder, three[0].version) if path.suffix == ".npz"), "torn")

    folder.add(three[0], {"trained_at": "2027"})

    assert folder.load(three[0].version).version == three[0].version
    assert sum(event.event == "added" for event in folder.history()) == 3


@pytest.mark.parametrize("version", ["nobody-2026-11-30-00000000", "../first", "/etc/passwd", ".", "..", ""])
def test_what_is_no_version_is_refused(folder: ModelFolder, version: str) -> None:
    """The message names those that there are; nothing is written about it."""
    events = len(folder.history())

    with pytest.raises(ModelError, match=r"it has: first-.*, second-"):
        folder.promote(version, None, None)
    assert (folder.champion(), len(folder.history())) == (None, events)


def test_a_folder_without_models_says_so(tmp_path: Path) -> None:
    """Nothing is made by asking."""
    empty = ModelFolder(tmp_path / "none")

    assert (empty.versions(), empty.champion(), empty.history()) == ([], None, [])
    with pytest.raises(ModelError, match="holds no models"):
        empty.promote("a", None, None)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("content", [b"", b"\n", b"a b\n", b"\xff\xfe", b"../x\n", b"a\nb\n"])
def test_a_damaged_champion_file_is_named_and_mended_by_a_promotion(
    folder: ModelFolder, three: Sequence[Model], content: bytes
) -> None:
    """Reading raises with the file's name; a promotion replaces it."""
    folder.promote(three[0].version, None, None)
    (folder.folder / "champion").write_bytes(content)

    with pytest.raises(ModelError, match="champion"):
        folder.champion()
    folder.promote(three[1].version, None, None)
    assert folder.champion() == three[1].version


def test_a_torn_line_of_the_history_is_read_over(folder: ModelFolder, three: Sequence[Model]) -> None:
    """Cut at every byte of the last line: the events before it stay, and the next event is readable."""
    folder.promote(three[0].version, "because", "ana", now=NOON)
    path = folder.folder / "history.jsonl"
    whole = path.read_bytes()
    first = whole.rstrip(b"\n").rfind(b"\n") + 1
    wanted = read_events(path)

    for cut in range(first, len(whole), 7):
        path.write_bytes(whole[:cut])
        assert read_events(path) == wanted[:-1]
        folder.promote(three[1].version, None, None, now=NOON)
        assert [event.version for event in folder.history()[-1:]] == [three[1].version]
        path.write_bytes(whole)


def test_lines_of_a_later_version_are_read_over(tmp_path: Path) -> None:
    """An unknown event, a number, a list and a time without a zone count as nothing."""
    path = tmp_path / "history.jsonl"
    good = {"at": NOON.isoformat(), "event": "promoted", "version": "a", "new_field": 1}
    lines = [{**good, "event": "moved"}, 3, [], {**good, "at": "2026-11-30T12:00:00"}, {**good, "version": 1}, good]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert read_events(path) == [HistoryEvent(NOON, "promoted", "a")]


def test_two_writers_wait_for_each_other(folder: ModelFolder, three: Sequence[Model]) -> None:
    """Ten promotions from two threads all stand in the history, each with the champion before it."""

    def promote() -> None:
        for model in three:
            ModelFolder(folder.folder).promote(model.version, None, None)

    threads = [threading.Thread(target=promote) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    promoted = [event for event in folder.history() if event.event == "promoted"]
    assert len(promoted) == 6
    assert [event.before for event in promoted] == [None, *(event.version for event in promoted[:-1])]


def test_a_writer_that_stays_is_told_of(tmp_path: Path) -> None:
    """Another process that holds the folder for too long is an error, and no hang."""
    with one_writer(tmp_path), pytest.raises(FolderBusy, match="another process"), one_writer(tmp_path, wait_s=0.1):
        pass


@pytest.mark.parametrize("work", ["add", "promote", "rollback"])
def test_a_process_killed_at_any_step_leaves_a_whole_folder(
    folder: ModelFolder, three: Sequence[Model], tmp_path: Path, work: str
) -> None:
    """Killed before each of its calls of the file system: every version loads, the champion is one of the two.

    The next change goes on from there, and the history knows every champion.
    """
    folder.promote(three[0].version, None, None)
    folder.promote(three[1].version, None, None)
    may_serve = {"add": {three[1].version}, "promote": {three[1].version, three[2].version}}
    script = Path(__file__).with_name("killed_writer.py")

    done = subprocess.run(
        [sys.executable, str(script), str(folder.folder), str(tmp_path / "runs"), work, three[2].version],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    runs = sorted((tmp_path / "runs").iterdir())
    assert len(runs) > 5
    for run in runs:
        found = ModelFolder(run)
        served = found.champion()
        assert served in may_serve.get(work, {three[0].version, three[1].version})
        for version in found.versions():
            assert found.load(version.name).version == version.name
        found.promote(three[2].version, None, None)
        known = champions(found.history())
        assert known[-1] == three[2].version
        assert served in known


def _files(folder: ModelFolder, version: str) -> list[Path]:
    return list((folder.folder / "versions" / version).iterdir())


def _damage(path: Path, damage: str) -> None:
    match damage:
        case "gone":
            path.unlink()
        case "torn":
            path.write_bytes(path.read_bytes()[:-20])
        case _:
            path.write_bytes(os.urandom(200))
