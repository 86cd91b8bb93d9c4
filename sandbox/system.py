"""The whole system on this machine: broker, ClickHouse engine, model, topics, service."""

import socket
import sys
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from analytics.clickhouse.migrate import migrate
from consumer.config import sandbox_settings
from consumer.config.clickhouse import clickhouse_of
from consumer.config.settings import Settings, settings_of
from consumer.config.sources import process_environment
from consumer.errors import BrokerTrouble
from consumer.kafka import admin
from sandbox import broker, clickhouse_part, snapshots
from sandbox.data_folder import DataFolder
from sandbox.lost_records import forget_lost_records
from sandbox.models import TRAINING_PACK, FolderModel, LlmModel, ProjectsModel, ReferenceModel
from sandbox.parts import PartDied
from sandbox.ports import Ports
from sandbox.project import Project, taxonomy_file
from sandbox.running import Running
from sandbox.settings_file import SettingsFile

PARTITIONS = 3
READY_S = 60.0

# The parts are on this machine; a proxy of the environment leads elsewhere.
_DIRECTLY = {"NO_PROXY": "*", "no_proxy": "*"}


class Addresses(NamedTuple):
    """Where the parts listen; `http` is empty when the service was not started, `model` when there is none."""

    kafka: str
    clickhouse: str
    model: str
    http: str


class Voice(NamedTuple):
    """What is told of a sandbox.

    Attributes:
        announce: called with a few words about each part that is started or stopped.
        warn: called with a sentence about what is not as it was.
    """

    announce: Callable[[str], None] = lambda _: None
    warn: Callable[[str], None] = lambda _: None


SILENT = Voice()


class Sandbox:
    """Starts the parts one after the other and stops them in reverse; use it with `with`.

    What it writes stays in its folder, and so do its ports: the next start goes on where this one ended.

    Args:
        data: the folder that holds everything the parts write.
        model: the folder of the trained model, if it is to outlive the data.
        project: whose model and taxonomy are used; its folder is the working directory then.
        llm: whether an LLM answers, as the settings `LLM_*` say, in place of a trained model.
        models: a folder of models whose champion answers, in place of all these.
        with_service: whether to start `ticketstream run` too.
        fresh: whether to remove first what earlier runs have left.
        extra: settings of the service beyond the addresses.
        embedding: whether a model that is trained here reads other languages too, if the extra multilingual is there.
        voice: receives the name of each part that starts or stops, and warnings.
        stopped: called while waiting; the start is given up when it returns true.
    """

    def __init__(
        self,
        data: Path,
        *,
        model: Path | None = None,
        project: Project | None = None,
        llm: bool = False,
        models: FolderModel | None = None,
        with_service: bool = True,
        fresh: bool = False,
        extra: Mapping[str, str] | None = None,
        embedding: bool = False,
        voice: Voice = SILENT,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder = DataFolder(data)
        self._reference = ReferenceModel((model or data / "model").resolve(), embedding)
        self._with_service = with_service
        self._fresh = fresh
        ours = _settings_of(project)
        trained = models or (ProjectsModel(project) if project else self._reference)
        self._model = LlmModel({**process_environment(), **ours}) if llm else trained
        needs = self._model.needs if isinstance(self._model, LlmModel) else {}
        self._extra = {**ours, **needs, **(extra or {})}
        self._voice = voice
        self._stopped = stopped
        self._ports = Ports(self.data / "ports.json", voice.warn)
        self._settings_file = SettingsFile((project.folder if project else self.data) / sandbox_settings.FILE)
        self.parts = Running(self._folder, stopped)
        self.addresses = Addresses("", "", "", "")

    @property
    def data(self) -> Path:
        """The folder that holds everything, absolute."""
        return self._folder.path

    def __enter__(self) -> Self:
        try:
            self._folder.take(self._voice.announce, self._stopped)
            if self._fresh:
                self._folder.clear()
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def check(self, but: Collection[str] = ()) -> None:
        """Check that all parts run, but these.

        Raises:
            PartDied: a part ended by itself.
        """
        self.parts.check(but)

    def environment(self) -> dict[str, str]:
        """Return the settings with which `ticketstream run` uses this sandbox."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.addresses.kafka,
            # The sandbox's broker never settles cooperative groups of more than one member.
            "KAFKA_PARTITION_ASSIGNMENT_STRATEGY": "range",
            "CLICKHOUSE_URL": self.addresses.clickhouse,
            "ML_API_URL": self.addresses.model,
            "STATE_DIR": str(self.data / "state"),
            "TEXTS_KEPT_DAYS": "30",
        }

    def settings(self) -> Settings:
        """Return the settings of the service, for use in this process."""
        return settings_of(self._service_environment())

    def _start(self) -> None:
        self._publish_addresses()
        self.start_clickhouse()
        self.start_broker()
        self.start_model()
        self._voice.announce("topics and tables")
        _prepare(self.settings(), self._voice.warn)
        if self._with_service:
            self.start_service()

    def _publish_addresses(self) -> None:
        """Let commands find the parts, these among them: from now on no setting of a project leads elsewhere."""
        self.addresses = Addresses(
            f"127.0.0.1:{self._ports.of('broker')}",
            f"http://127.0.0.1:{self._ports.of('ClickHouse engine')}",
            f"http://127.0.0.1:{self._ports.of('model')}/" if self._model.is_there else "",
            "",
        )
        self._settings_file.write({**self.environment(), **self._extra, **_DIRECTLY})
        self.settings()

    def start_service(self) -> None:
        """Start `ticketstream run` and wait until its address is known."""
        self._voice.announce("service")
        command = [sys.executable, "-m", "ticketstream", "run"]
        part = self.parts.start("service", command, self._service_environment())
        found = part.wait_until(lambda: part.json_line("address"), READY_S)
        self.addresses = self.addresses._replace(http=str(found["address"]))

    def start_model(self) -> None:
        """Start the model; the reference model is trained before, if there is none."""
        address = self._model.start(self.parts, self._ports.of("model"), self._voice.announce)
        self.addresses = self.addresses._replace(model=address)

    def trained_model(self) -> Path:
        """Train the reference model, if there is none, and return its folder."""
        self._reference.trained(self.parts, self._voice.announce)
        return self._reference.folder

    def start_broker(self) -> None:
        """Start the broker and wait until it answers."""
        self._voice.announce("broker")
        port = self._ports.of("broker")
        self.addresses = self.addresses._replace(kafka=f"127.0.0.1:{port}")
        folder = self.data / "kafka"
        snapshots.keep(folder, self._voice.warn)
        part = self.parts.start("broker", broker.command(port, folder))
        part.wait_until(lambda: _answers(self.settings()), READY_S)

    def start_clickhouse(self) -> None:
        """Start the ClickHouse engine and wait until it answers."""
        self._voice.announce("ClickHouse engine")
        port = self._ports.of("ClickHouse engine")
        address = clickhouse_part.serve(self.parts, port, self.data / "clickhouse", self._voice.warn)
        self.addresses = self.addresses._replace(clickhouse=address)

    def stop_part(self, name: str) -> None:
        """Stop one part; `check` no longer looks at it."""
        self.parts.stop(name)

    def _service_environment(self) -> dict[str, str]:
        return {
            **process_environment(),
            **self.environment(),
            "HTTP_ADDRESS": f"127.0.0.1:{self._ports.of('page')}",
            "LOG_FORMAT": "json",
            **_DIRECTLY,
            **self._extra,
        }

    def stop(self) -> None:
        """Stop all parts."""
        self.parts.stop_all(self._voice.announce)
        self._settings_file.remove()
        self._folder.release()


def _settings_of(project: Project | None) -> dict[str, str]:
    """What a project sets."""
    return {"TAXONOMY_FILE": str(taxonomy_file(project)), "MODELS_FOLDER": str(project.models)} if project else {}


def _answers(settings: Settings) -> bool:
    """Whether the broker answers."""
    host, port = settings.kafka_bootstrap_servers.split(":")
    try:
        # Before there is a client, which would complain of every attempt.
        with socket.create_connection((host, int(port)), 1):
            pass
        admin.partition_counts(settings)
    except (OSError, BrokerTrouble):
        return False
    return True


def _prepare(settings: Settings, warn: Callable[[str], None]) -> None:
    """Make topics and tables, and bring what is in them together."""
    for topic in admin.create(settings, PARTITIONS, 1):
        if topic.problem:
            raise BrokerTrouble(f"{topic.name} {topic.problem}")
    with clickhouse_of(settings) as client:
        migrate(client)
        forget_lost_records(settings, client, warn)


def watch(sandbox: Sandbox, stopped: Callable[[], bool]) -> None:
    """Check the parts until `stopped` returns true.

    Raises:
        PartDied: a part ended by itself.
    """
    while not stopped():
        sandbox.check()
        time.sleep(0.2)


__all__ = ["SILENT", "TRAINING_PACK", "Addresses", "PartDied", "Sandbox", "Voice", "watch"]
