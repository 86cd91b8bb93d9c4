"""The broker and the ClickHouse door run once for all tests here; the model is trained while the first tests run."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from sandbox.system import Sandbox
from tests.support.brokers import Broker, broker
from tests.support.model_behaviour import answering
from tests.support.model_server import ModelServer, serve
from tests.support.reference_model import reference_model
from tests.support.world import Shared, World

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tests.support.broker_differences import Gap

Worlds = Callable[..., World]


class Training(NamedTuple):
    """The sandbox whose model is being trained, and what to wait for."""

    system: Sandbox
    done: "Future[Path]"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that need the trained model come last; what the sandbox's broker cannot do is skipped with the reason."""
    items.sort(key=lambda item: isinstance(item, pytest.Function) and "real_model" in item.fixturenames)
    if config.getoption("--broker") == "sandbox":
        for item in items:
            for mark in item.iter_markers("needs"):
                gap: Gap = mark.args[0]
                item.add_marker(pytest.mark.skip(reason=f"needs Apache Kafka: {gap.value}"))


@pytest.fixture(scope="session")
def training(tmp_path_factory: pytest.TempPathFactory, reference_home: Path) -> Iterator[Training]:
    stopped = False
    system = Sandbox(
        tmp_path_factory.mktemp("parts"),
        model=reference_home / "model",
        with_service=False,
        stopped=lambda: stopped,
    )

    def trained() -> Path:
        folder, _ = reference_model(reference_home, lambda: stopped)
        system.start_model()
        return folder

    try:
        system.start_clickhouse()
        with ThreadPoolExecutor(1) as pool:
            yield Training(system, pool.submit(trained))
            stopped = True
    finally:
        system.stop()


@pytest.fixture(scope="session")
def kafka(
    training: Training, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    with broker(pytestconfig.getoption("--broker"), training.system, tmp_path_factory.mktemp("kafka")) as started:
        yield started


@pytest.fixture(scope="session")
def shared(training: Training, kafka: Broker) -> Shared:
    return Shared(kafka, training.system.addresses.clickhouse)


@pytest.fixture(scope="session")
def real_model(training: Training) -> str:
    """The address of the reference model."""
    training.done.result()
    return training.system.addresses.model


@pytest.fixture(scope="session")
def model_folder(training: Training) -> Path:
    """Where the trained model is kept."""
    return training.done.result()


@pytest.fixture(scope="session")
def worlds(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    """Makes a world with these settings."""

    def make(**settings: str) -> World:
        return World(shared, tmp_path_factory.mktemp("world"), settings)

    return make


@pytest.fixture(scope="session")
def ordinary(worlds: Worlds, real_model: str) -> Iterator[World]:
    """A world with the reference model and the whole service, for tests that leave it as healthy as it was."""
    made = worlds(ML_API_URL=real_model, ML_DEADLINE="10", AUDIT_SHARE="0.5")
    with made.service() as service:
        made.http = service.address()
        yield made


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    """A model that does what its script says; at first it answers."""
    with serve(answering) as server:
        yield server
