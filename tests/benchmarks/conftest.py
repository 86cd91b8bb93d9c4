from collections.abc import Iterator

import pytest

from benchmarks.processes import Machine, machine
from benchmarks.screen import Screen


@pytest.fixture(scope="package")
def here() -> Iterator[Machine]:
    """A broker and a folder, for all tests of this package."""
    with machine() as found:
        yield found


@pytest.fixture
def screen() -> Screen:
    return Screen()
