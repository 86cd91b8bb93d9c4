"""What holds for every test."""

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog

from network.proxies import NAMES
from tests.support.reference_model import reference_home

__all__ = ["reference_home"]

# A busy machine may take a second for what otherwise takes a millisecond: time is judged by pytest's own limit.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_configure() -> None:
    # Who starts the tests in the background may have them ignore Ctrl-C, and with them every process that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The servers of the tests are on this machine, where no proxy of the environment leads.
    for name in NAMES:
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    # pytest-xdist tells its processes how wide its own terminal is; tests of tables say it themselves.
    os.environ.pop("COLUMNS", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders whose tests take longest come first: the last ones of a run should be short, or one process waits."""
    items.sort(key=lambda item: item.path.parent.name not in {"system", "sim"})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--broker",
        default="sandbox",
        metavar="sandbox|apache|HOST:PORT",
        help="the broker for the tests in tests/system: the sandbox's, Apache Kafka on Java, or any cluster",
    )
    parser.addoption(
        "--screenshots",
        default=None,
        type=Path,
        metavar="FOLDER",
        help="where tests/browser writes pictures of the page; none are written without it",
    )


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """What a test does to logging ends with it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
