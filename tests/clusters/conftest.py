"""A secured cluster takes seconds to start, so one serves all tests that need one."""

from collections.abc import Iterator

import pytest

from tests.support.secured_kafka import Secured, secured_kafka


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_kafka(tmp_path_factory.mktemp("secured")) as started:
        yield started
