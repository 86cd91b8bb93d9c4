"""What several tests of the consumer share."""

import uuid
from collections.abc import Iterator

import pytest

from consumer.config.settings import Settings, Topics
from consumer.kafka import admin
from sandbox.system import Sandbox


@pytest.fixture(scope="session")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings for a real broker."""
    system = Sandbox(tmp_path_factory.mktemp("broker"), with_service=False)
    try:
        system.start_broker()
        yield system.settings()
    finally:
        system.stop()


@pytest.fixture
def settings(_broker: Settings) -> Settings:
    """Settings for a real broker, with topics that no other test uses."""
    prefix = uuid.uuid4().hex[:8]
    topics = Topics(**{suffix: f"{prefix}-{topic}" for suffix, topic in Topics().model_dump().items()})
    of_this_test = _broker.model_copy(update={"topics": topics})
    admin.create(of_this_test, 2, 1)
    return of_this_test
