"""The whole system on this machine: broker, ClickHouse engine, model, topics, service."""

import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from analytics.clickhouse.migrate import migrate
from consumer.config.clickhouse import clickhouse_of
from consumer.config.settings import Settings, settings_of
from consumer.config.sources import process_environment
from consumer.errors import BrokerTrouble, ConfigurationError
from consumer.kafka import admin
from sandbox import broker
from sandbox.labelled import ENGLISH
from sandbox.parts import Part, PartDied

PARTITIONS = 3
READY_S = 60.0
TRAINING_S = 600.0

TRAINING_PACK = ENGLISH
# The parts are on this machine; a proxy of the environment leads elsewhere.
_DIRECTLY = {"NO_PROXY": "*", "no_proxy": "*"}


class Addresses(NamedTuple):
    """Where the parts listen; `http` is empty when the service was not started."""

    kafka: str
    clickhouse: str
    model: str
    http: str


class Sandbox:
    """Starts the parts one after the other and stops them in reverse; use it with `with`.

    Args:
        data: the folder that holds everything the parts write.
        model: the folder of the trained model, if it is to outlive the data.
        with_service: whether to start `ticketstream run` too.
        extra: settings of the service beyond the addresses.
        embedding: whether a model that is trained here reads other languages too, if the extra multilingual is there.
        announce: called with a few words about each part that is started or stopped.
        stopped: called while waiting; the start is given up when it returns true.
    """

    def __init__(
        self,
        data: Path,
        *,
        model: Path | None = None,
        with_service: bool = True,
        extra: Mapping[str, str] | None = None,
        embedding: bool = False,
        announce: Callable[[str], None] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._data = data.resolve()
        self._model = (model or data / "model").resolve()
        self._with_service = with_service
        self._extra = dict(extra or {})
        self._embedding = embedding
        self._announce = announce
        self._stopped = stopped
        self.parts: dict[str, Part] = {}
        self.addresses = Addresses("", "", "", "")

    def __enter__(self) -> Self:
        try:
            self._make_folder()
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _make_folder(self) -> None:
        try:
            self._data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"the folder {self._data} cannot be written ({error.strerror}): name another with --data"
            ) from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def check(self) -> None:
        """Check that all parts run.

        Raises:
            PartDied: a part ended by itself.
        """
        for part in self.parts.values():
            part.check()

    def environment(self) -> dict[str, str]:
        """Return the settings with which `ticketstream run` uses this sandbox."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.addresses.kafka,
            # The sandbox's broker never settles cooperative groups of more than one member.
            "KAFKA_PARTITION_ASSIGNMENT_STRATEGY": "range",
            "CLICKHOUSE_URL": self.addresses.clickhouse,
            "ML_API_URL": self.addresses.model,
            "STATE_DIR": str(self._data / "state"),
        }

    def settings(self) -> Settings:
        """Return the settings of the service, for use in this process."""
        return settings_of(self._service_environment())

    def start_service(self) -> None:
        """Start `ticketstream run` and wait until its address is known."""
        self._announce("service")
        part = self._start_part("service", [sys.executable, "-m", "ticketstream", "run"], self._service_environment())
        found = part.wait_until(lambda: part.json_line("address"), READY_S)
        self.addresses = self.addresses._replace(http=str(found["address"]))

    def start_model(self, port: int = 0) -> None:
        """Start the reference model, and train it before if there is none; port 0 takes a free one."""
        folder = self.trained_model()
        self._announce("model")
        command = [sys.executable, "-m", "classifier", "serve", "--model", str(folder), "--port", str(port)]
        part = self._start_part("model", command)
        found = part.wait_until(lambda: part.json_line("port"), READY_S)
        self.addresses = self.addresses._replace(model=f"http://127.0.0.1:{found['port']}/")

    def stop_part(self, name: str) -> None:
        """Stop one part; `check` no longer looks at it."""
        self.parts.pop(name).stop()

    def _start(self) -> None:
        self.start_clickhouse()
        self.start_broker()
        self.start_model()
        self._announce("topics and tables")
        settings = self.settings()
        for topic in admin.create(settings, PARTITIONS, 1):
            if topic.problem:
                raise BrokerTrouble(f"{topic.name} {topic.problem}")
        with clickhouse_of(settings) as client:
            migrate(client)
        if self._with_service:
            self.start_service()

    def start_broker(self) -> None:
        self._announce("broker")
        port = _free_port()
        self.addresses = self.addresses._replace(kafka=f"127.0.0.1:{port}")
        part = self._start_part("broker", broker.command(port, self._data / "kafka"))
        part.wait_until(self._broker_answers, READY_S)

    def _broker_answers(self) -> bool:
        try:
            _connect(self.addresses.kafka)
            admin.partition_counts(self.settings())
        except (OSError, BrokerTrouble):
            return False
        return True

    def start_clickhouse(self) -> None:
        self._announce("ClickHouse engine")
        folder = self._data / "clickhouse"
        part = self._start_part("clickhouse", [sys.executable, "-m", "sandbox.clickhouse", "--data", str(folder)])
        found = part.wait_until(lambda: part.json_line("port"), READY_S)
        self.addresses = self.addresses._replace(clickhouse=f"http://127.0.0.1:{found['port']}")

    def trained_model(self) -> Path:
        folder = self._model
        if (folder / "model.json").exists():
            return folder
        self._announce("model's training (once)")
        part = self._start_part("training", _training(folder, embedding=self._embedding))
        try:
            part.wait_until((folder / "model.json").exists, TRAINING_S)
        finally:
            self.stop_part("training")
        return folder

    def _start_part(self, name: str, command: list[str], environment: Mapping[str, str] | None = None) -> Part:
        logs = self._data / "logs"
        logs.mkdir(exist_ok=True)
        part = self.parts[name] = Part(name, command, logs, environment or process_environment(), self._stopped)
        return part

    def _service_environment(self) -> dict[str, str]:
        return {
            **process_environment(),
            **self.environment(),
            "HTTP_ADDRESS": "127.0.0.1:0",
            "LOG_FORMAT": "json",
            **_DIRECTLY,
            **self._extra,
        }

    def stop(self) -> None:
        while self.parts:
            name, part = self.parts.popitem()
            self._announce(f"{name} stops")
            part.stop()


def watch(sandbox: Sandbox, stopped: Callable[[], bool]) -> None:
    """Check the parts until `stopped` returns true.

    Raises:
        PartDied: a part ended by itself.
    """
    while not stopped():
        sandbox.check()
        time.sleep(0.2)


def _training(folder: Path, *, embedding: bool) -> list[str]:
    command = [sys.executable, "-m", "classifier", "train", str(TRAINING_PACK), "--out", str(folder)]
    # English questions stay with TF-IDF: second opinions on them would take the two cores that the demo has.
    return [*command, "--other-languages-only" if embedding else "--without-embedding"]


def _connect(address: str) -> None:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), 1):
        pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


__all__ = ["Addresses", "PartDied", "Sandbox", "watch"]
