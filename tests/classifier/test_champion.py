"""The server of a folder of models: it takes up the champion while calls go on."""

import gc
import itertools
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from classifier.champion import FIRST_RETRY_S, Champion
from classifier.model import CategoryLabel, Model
from classifier.model_folder import ModelFolder
from classifier.storage import ModelError
from tests.classifier.client import Reply, Served, batch, call, serving
from tests.classifier.conftest import model_of
from tests.support.waiting import until

CALLERS = 3
CHANGES = 10
TAKEN_UP_WITHIN_S = 1.0
NAMES = ("first", "second", "third")


@pytest.fixture(scope="module")
def three() -> Sequence[Model]:
    return [model_of(name) for name in NAMES]


@pytest.fixture
def folder(tmp_path: Path, three: Sequence[Model]) -> ModelFolder:
    """Three versions; the first one is the champion."""
    models = ModelFolder(tmp_path / "models")
    for model in three:
        models.add(model, {})
    models.promote(three[0].version, None, None)
    return models


@pytest.fixture
def served(folder: ModelFolder, tmp_path: Path) -> Iterator[Served]:
    with serving(folder.folder, tmp_path / "log", kind="--models") as process:
        yield process


class Watched(ModelFolder):
    """The folder itself, which tells before it reads a model."""

    def __init__(self, folder: Path, reads: Callable[[], None]) -> None:
        super().__init__(folder)
        self._reads = reads

    def load(self, version: str) -> Model:
        self._reads()
        return super().load(version)


class Traffic:
    """Calls without a pause from several threads, and what came back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ended = threading.Event()

    @contextmanager
    def flowing(self, replies: list[Reply]) -> Iterator[None]:
        """Until the block ends; a call that fails raises then."""
        with ThreadPoolExecutor(CALLERS) as threads:
            callers = [threads.submit(self._call, replies) for _ in range(CALLERS)]
            try:
                yield
            finally:
                self._ended.set()
            for caller in callers:
                caller.result()

    def _call(self, replies: list[Reply]) -> None:
        while not self._ended.is_set():
            replies.append(call(self._url, batch("refund my order", "the app crashes", "broken", top_k=2)))


def test_ten_promotions_and_rollbacks_fail_no_call_and_mix_no_answer(
    folder: ModelFolder, served: Served, three: Sequence[Model]
) -> None:
    """Under traffic without a pause: each reply is 200, and all its labels are those of the model that it names.

    Each change is answered by the new champion within a second.
    """
    replies: list[Reply] = []
    took = []
    with Traffic(served.url).flowing(replies):
        for change in range(CHANGES):
            folder.promote(three[1 + change % 2].version, None, None)
            took.append(_until_served(served, three[1 + change % 2].version))
            folder.rollback(None)
            took.append(_until_served(served, three[0].version))

    assert {reply.status for reply in replies} == {200}
    assert [mixed for reply in replies if (mixed := _mixed(reply.body))] == []
    assert {reply.body["model"] for reply in replies} == {model.version for model in three}
    # Going back takes no loading, and holds the promise of a second; the machine may be busy for a promotion.
    assert sorted(took[1::2])[CHANGES // 2] < TAKEN_UP_WITHIN_S


def test_health_names_the_version_and_since_when(folder: ModelFolder, served: Served, three: Sequence[Model]) -> None:
    """The moment changes with the model and not before."""
    before = call(f"{served.url}healthz").body
    time.sleep(0.01)
    again = call(f"{served.url}healthz").body
    folder.promote(three[1].version, None, None)
    _until_served(served, three[1].version)
    after = call(f"{served.url}healthz").body

    assert before == again
    assert (before["model"], after["model"]) == (three[0].version, three[1].version)
    assert after["since"] > before["since"]


def test_a_champion_that_cannot_be_loaded_is_logged_and_the_old_one_goes_on(
    folder: ModelFolder, served: Served, three: Sequence[Model]
) -> None:
    """The log and /healthz name it; when its files are whole, it is taken up without another change."""
    bad = folder.folder / "versions" / three[1].version
    kept = shutil.copytree(bad, folder.folder / "kept")
    next(bad.glob("*.npz")).write_bytes(b"torn")
    (folder.folder / "champion").write_text(f"{three[1].version}\n")

    until(lambda: call(f"{served.url}healthz").body.get("not_loaded") == three[1].version)
    assert _model_of(served) == three[0].version
    assert "champion.not_loaded" in served.log.read_text()

    shutil.copytree(kept, bad, dirs_exist_ok=True)
    until(lambda: _model_of(served) == three[1].version)
    assert "not_loaded" not in call(f"{served.url}healthz").body


def test_a_restart_beside_a_damaged_champion_serves_the_one_before(
    folder: ModelFolder, tmp_path: Path, three: Sequence[Model]
) -> None:
    """An outage of the model would be worse than an older one."""
    folder.promote(three[1].version, None, None)
    shutil.rmtree(folder.folder / "versions" / three[1].version)

    with serving(folder.folder, tmp_path / "log", kind="--models") as process:
        assert process.ready["model"] == three[0].version
        assert call(f"{process.url}healthz").body["not_loaded"] == three[1].version


def test_of_models_there_are_never_more_than_two(folder: ModelFolder, three: Sequence[Model]) -> None:
    """Through a cycle of three champions: the third is read only after the first was let go of."""
    # Those of the fixture are no part of the server.
    own = {id(model) for model in gc.get_objects() if isinstance(model, Model)}
    beside_a_new_one: list[int] = []
    champion = Champion(Watched(folder.folder, lambda: beside_a_new_one.append(_models_beside(own))))
    for step, model in enumerate(itertools.islice(itertools.cycle([three[1], three[2], three[0]]), 7)):
        folder.promote(model.version, None, None)
        champion.look(float(step))
        assert champion.now.model.version == model.version
        assert _models_beside(own) == 2
    assert beside_a_new_one == [0, *[1] * 7]


def test_a_model_has_answered_before_it_is_asked(folder: ModelFolder, three: Sequence[Model]) -> None:
    """What its first call builds takes time: the call is the server's own. Going back to a model needs none."""
    calls: list[str] = []

    class Told(Model):
        def predict(self, tickets: Sequence[tuple[str, str]], top_k: int) -> list[list[CategoryLabel]]:
            calls.append(self.version)
            return super().predict(tickets, top_k)

    class Telling(ModelFolder):
        def load(self, version: str) -> Model:
            read = super().load(version)
            return Told(**{each.name: getattr(read, each.name) for each in fields(read)})

    telling = Telling(folder.folder)
    champion = Champion(telling)
    folder.promote(three[1].version, None, None)
    champion.look(0.0)
    folder.rollback(None)
    champion.look(1.0)

    assert champion.now.model.version == three[0].version
    assert calls == [three[0].version, three[1].version]


def test_going_back_reads_no_file(folder: ModelFolder, three: Sequence[Model]) -> None:
    """The model before is still in memory: its files may even be gone."""
    champion = Champion(folder)
    before = champion.now.model
    folder.promote(three[1].version, None, None)
    champion.look(0.0)
    folder.rollback(None)
    shutil.rmtree(folder.folder / "versions" / three[0].version)

    champion.look(1.0)

    assert champion.now.model is before


def test_a_champion_that_stays_away_is_tried_less_and_less_often(folder: ModelFolder, three: Sequence[Model]) -> None:
    """Reading a damaged model four times a second would take the time of the calls."""
    reads: list[float] = []
    now_s = 0.0
    champion = Champion(Watched(folder.folder, lambda: reads.append(now_s)))
    reads.clear()
    shutil.rmtree(folder.folder / "versions" / three[1].version)
    (folder.folder / "champion").write_text(f"{three[1].version}\n")
    while now_s < 200:
        champion.look(now_s)
        now_s += 0.25

    gaps = [later - earlier for earlier, later in itertools.pairwise(reads)]
    assert gaps[:3] == [FIRST_RETRY_S, 2.0, 4.0]
    assert max(gaps) <= 60.25
    assert len(reads) < 12


@pytest.mark.parametrize("content", [b"", b"..\n", b"\xff"])
def test_a_damaged_champion_file_changes_nothing(folder: ModelFolder, three: Sequence[Model], content: bytes) -> None:
    """Neither does one that is gone."""
    champion = Champion(folder)
    (folder.folder / "champion").write_bytes(content)
    champion.look(0.0)
    (folder.folder / "champion").unlink()
    champion.look(1.0)

    assert champion.now.model.version == three[0].version


def test_a_folder_without_a_champion_names_the_next_step(tmp_path: Path, three: Sequence[Model]) -> None:
    """The command that promotes one."""
    ModelFolder(tmp_path).add(three[0], {})

    with pytest.raises(ModelError, match="ticketstream models promote"):
        Champion(ModelFolder(tmp_path))


def _until_served(served: Served, version: str) -> float:
    began_s = time.monotonic()
    until(lambda: _model_of(served) == version)
    return time.monotonic() - began_s


def _model_of(served: Served) -> str:
    return str(call(served.url, batch("refund")).body["model"])


def _mixed(answer: dict[str, Any]) -> str | None:
    """The answer, if one of its labels is not of the model that it names."""
    name = answer["model"].partition("-")[0]
    labels = [label["category"] for prediction in answer["predictions"] for label in prediction["labels"]]
    return None if len(labels) == 6 and all(label.startswith(f"{name}_") for label in labels) else json.dumps(answer)


def _models_beside(own: set[int]) -> int:
    return sum(isinstance(found, Model) and id(found) not in own for found in gc.get_objects())
