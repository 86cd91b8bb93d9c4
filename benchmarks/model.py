"""The model server as a process, and its log of calls."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any, NamedTuple

from benchmarks.processes import READY_S, Machine
from benchmarks.tickets import Text
from consumer.model.types import Label

TIMEOUT_S = 60.0
BATCH = 32


class ModelCall(NamedTuple):
    """One call that the model answered.

    Attributes:
        came_s: Monotonic time at which its request was complete.
        drawn_s: The drawn latency.
        lasted_s: The actual latency, on a machine that may have been busy.
        tickets: Checksums of its tickets' texts.
    """

    came_s: float
    drawn_s: float
    lasted_s: float
    tickets: list[int]


class Model:
    """A running model server.

    Attributes:
        url: For `ML_API_URL`.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.url = f"http://127.0.0.1:{port}/"

    def calls(self) -> list[ModelCall]:
        """All answered calls so far, in order of arrival."""
        calls = [ModelCall(*json.loads(line)) for line in self._request("GET", "/calls").splitlines()]
        return [call for call in calls if call.lasted_s]

    def ask(self, texts: list[Text]) -> tuple[str, list[list[Label]]]:
        """The model's name, and its labels for every text."""
        name = ""
        labels: list[list[Label]] = []
        for start in range(0, len(texts), BATCH):
            part = texts[start : start + BATCH]
            tickets = [{"id": str(index), **said._asdict(), "language": "en"} for index, said in enumerate(part)]
            answer = json.loads(self._request("POST", "/", json.dumps({"tickets": tickets, "top_k": 3})))
            name = answer["model"]
            by_id = {prediction["id"]: prediction["labels"] for prediction in answer["predictions"]}
            labels.extend([_label(raw) for raw in by_id[str(index)]] for index in range(len(part)))
        return name, labels

    def _request(self, method: str, path: str, body: str | None = None) -> bytes:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        finally:
            connection.close()


def _label(raw: dict[str, Any]) -> Label:
    return Label(raw["category"], raw["confidence"], raw["subcategory"], raw["subcategory_confidence"])


@contextmanager
def model(machine: Machine, latency: str, seed: int = 1) -> Iterator[Model]:
    """Run a model server; see `benchmarks.model_server` for the forms of a latency."""
    command = [sys.executable, "-m", "benchmarks.model_server", "--latency", latency, "--seed", str(seed)]
    with machine.part("model", command) as part:
        found = part.wait_until(lambda: part.json_line("port"), READY_S)
        yield Model(int(found["port"]))
