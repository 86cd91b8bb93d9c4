"""An LLM as the model of a sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from consumer.errors import ConfigurationError
from sandbox.data_folder import DataFolder
from sandbox.models import LlmModel
from sandbox.parts import PartDied
from sandbox.ports import Ports
from sandbox.project import project_in
from sandbox.running import Running
from tests.classifier.client import batch, call
from tests.llm_server import KEY, serve
from tests.support.llm_process import llm_environment


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Running]:
    folder = DataFolder(tmp_path / "data")
    folder.take(lambda _: None, lambda: False)
    running = Running(folder, lambda: False)
    yield running
    running.stop_all(lambda _: None)
    folder.release()


@pytest.fixture
def port(tmp_path: Path) -> int:
    return Ports(tmp_path / "ports.json", lambda _: None).of("model")


def test_it_answers_at_the_sandboxs_port_and_is_asked_about_one_ticket_a_call(
    parts: Running, port: int, tmp_path: Path
) -> None:
    """Its log is a part's, and holds no key."""
    with serve(["AA"], choose=lambda _, codes: str(codes[0])) as server:
        model = LlmModel(llm_environment(server.url, tmp_path))
        address = model.start(parts, port, lambda _: None)
        reply = call(address, batch("I lost my card"))
        parts.check()
        logged = (parts.logs / "model.log").read_text()

    assert address == f"http://127.0.0.1:{port}/"
    assert (reply.status, reply.body["predictions"][0]["labels"][0]["category"]) == (200, "cards")
    assert model.needs == {"ML_BATCH_SIZE": "1"}
    assert LlmModel({"ML_BATCH_SIZE": "4"}).needs == {"ML_BATCH_SIZE": "4"}
    assert KEY not in logged


def test_settings_that_are_missing_are_named(parts: Running, port: int, tmp_path: Path) -> None:
    """The sandbox ends with the sentence of the part."""
    with pytest.raises(ConfigurationError, match=r"LLM_API_URL is not set") as refused:
        LlmModel(llm_environment("", tmp_path)).start(parts, port, lambda _: None)

    assert not isinstance(refused.value, PartDied)


def test_a_project_needs_no_model_of_its_own(tmp_path: Path) -> None:
    """Its tickets are for training; an LLM needs none."""
    (tmp_path / "taxonomy.toml").touch()
    (tmp_path / "tickets").mkdir()
    (tmp_path / "tickets" / "export.csv").touch()

    assert project_in(tmp_path, without_model=True).model is None
    with pytest.raises(ConfigurationError):
        project_in(tmp_path)
