"""Models trained once for all tests of the classifier."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn
from starlette.applications import Starlette

from classifier import storage
from classifier.embedding import Embedding, open_embedding
from classifier.model import Model
from classifier.server import listen
from classifier.tickets import LabelledTicket, read_tickets
from classifier.training import train
from sandbox.system import TRAINING_PACK
from tests.support.reference_model import reference_model

REPOSITORY = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
A_DAY = date(2026, 11, 22)


class Trained(NamedTuple):
    model: Model
    train_s: float
    bench: list[LabelledTicket]


@pytest.fixture(scope="session")
def banking(reference_home: Path) -> Trained:
    """What the sandbox trains on banking77, as it is read back from its files."""
    folder, train_s = reference_model(reference_home)
    return Trained(storage.load(folder), train_s, read_tickets([TRAINING_PACK], "bench"))


@pytest.fixture(scope="session")
def clinc() -> Trained:
    tickets, bench = (
        [ticket for ticket in read_tickets([DATA / "clinc150.jsonl.gz"], part) if ticket.category != "oos"]
        for part in ("train", "bench")
    )
    started = time.perf_counter()
    model = train(tickets, trained_on=A_DAY)
    return Trained(model, time.perf_counter() - started, bench)


SMALL = {
    ("billing", "refund"): ["refund my order", "I want my money back", "please refund the payment"],
    ("billing", "invoice"): ["send me the invoice", "the invoice is wrong", "where is my invoice"],
    ("technical", "crash"): ["the app crashes at start", "it crashed again", "crash when I open it"],
    ("technical", None): ["something is broken", "the screen stays black", "nothing works today"],
}


def small_tickets() -> list[LabelledTicket]:
    return [
        LabelledTicket("", text, category, subcategory, "small", "train")
        for (category, subcategory), texts in SMALL.items()
        for text in texts
    ]


@pytest.fixture(scope="session")
def small_model() -> Model:
    return train(small_tickets(), trained_on=A_DAY)


def model_of(name: str) -> Model:
    """A small model whose version and categories begin with the name."""
    tickets = [
        ticket._replace(category=f"{name}_{ticket.category}", subcategory=None, source=name)
        for ticket in small_tickets()
    ]
    return train(tickets, trained_on=A_DAY)


@pytest.fixture(scope="session")
def wheel() -> Embedding:
    return open_embedding()


@pytest.fixture(scope="session")
def small_folder(small_model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "small"
    storage.save(small_model, folder)
    return folder


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    """The app behind a real server in a thread of this process; gives its URL."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        # A daemon, so that a server that will not stop fails its test by the join and not the whole run by hanging.
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def rows(path: Path, tickets: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(ticket) + "\n" for ticket in tickets), "utf-8")
    return path
