"""The processes that a benchmark starts and stops: broker, model, categorizer and other contestants."""

import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import broker as kafka_broker
from benchmarks.broker import Broker
from benchmarks.errors import BenchmarkFailed
from consumer.config.settings import Settings, Topics, settings_of
from consumer.config.sources import process_environment
from consumer.kafka import admin
from sandbox import broker as sandbox_broker
from sandbox.parts import Part

SANDBOX = "the sandbox's broker"
READY_S = 60.0
PARTITIONS = 3

Tell = Callable[[str], None]


class Machine:
    """A folder for all files of a benchmark, and a broker.

    Attributes:
        folder: For logs and data; removed at the end.
        kafka: The broker's address.
        broker: What it is, for reports.
    """

    def __init__(self, folder: Path, kafka: str, broker: str = SANDBOX) -> None:
        self.folder = folder
        self.kafka = kafka
        self.broker = broker
        self._numbers: dict[str, int] = {}

    @contextmanager
    def part(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[Part]:
        """Run a command until the end of the block."""
        part = Part(self.unique(name), command, self.folder, {**_clean_environment(), **(environment or {})}, _never)
        try:
            yield part
        finally:
            part.stop()

    @contextmanager
    def categorizer(
        self, settings: Settings, extra: Mapping[str, str] | None = None, workers: int = 1
    ) -> Iterator[Part]:
        """Run the real service, in the role of a categorizer, with its defaults."""
        with self.service(settings, "categorizer", extra, workers) as part:
            yield part

    @contextmanager
    def service(
        self, settings: Settings, role: str, extra: Mapping[str, str] | None = None, workers: int = 1
    ) -> Iterator[Part]:
        """Run the real service with its defaults."""
        command = [sys.executable, "-m", "ticketstream", "run", "--role", role, "--workers", str(workers)]
        with self.part(role, command, {**self.environment(settings), **(extra or {})}) as part:
            yield part

    @contextmanager
    def sink(self, settings: Settings, extra: Mapping[str, str], workers: int = 1) -> Iterator[Part]:
        """Run the real service, in the role of a sink, with its defaults."""
        command = [sys.executable, "-m", "ticketstream", "run", "--role", "sink", "--workers", str(workers)]
        with self.part("sink", command, {**self.environment(settings), **extra}) as part:
            yield part

    @contextmanager
    def clickhouse(self) -> Iterator[str]:
        """Run the sandbox's ClickHouse with an empty folder; its address."""
        with self.clickhouse_part() as (_, address):
            yield address

    @contextmanager
    def clickhouse_part(self) -> Iterator[tuple[Part, str]]:
        """The same, with its process."""
        name, port = self.unique("clickhouse-data"), _free_port()
        command = [sys.executable, "-m", "sandbox.clickhouse", "--data", str(self.folder / name), "--port", str(port)]
        with self.part("clickhouse", command) as part:
            part.wait_until(lambda: _listens(port), READY_S)
            yield part, f"http://127.0.0.1:{port}"

    @contextmanager
    def topics(self, name: str, input_topic: str | None = None, partitions: int = PARTITIONS) -> Iterator[Settings]:
        """Settings with new topics and a new consumer group, which are deleted at the end of the block.

        Args:
            name: The beginning of the topics' names.
            input_topic: An existing topic to read from, instead of a new one.
            partitions: Of every new topic.
        """
        prefix = self.unique(name)
        fields = {field: f"{prefix}-{field.replace('_', '-')}" for field in Topics.model_fields}
        fields["created"] = input_topic or fields["created"]
        settings = settings_of({"KAFKA_BOOTSTRAP_SERVERS": self.kafka, "KAFKA_GROUP_ID": prefix}).model_copy(
            update={"topics": Topics(**fields)}
        )
        admin.create(settings, partitions, 1)
        broker = Broker(self.kafka, prefix)
        try:
            yield settings
        finally:
            broker.delete([topic for topic in settings.topics.all() if topic != input_topic])
            broker.close()

    def unique(self, name: str) -> str:
        """The name with a number that no other part or topic of this name has."""
        number = self._numbers[name] = self._numbers.get(name, 0) + 1
        return f"{name}-{number}"

    def environment(self, settings: Settings) -> dict[str, str]:
        """The settings as an environment, without anything of this process's own."""
        topics = {f"TOPIC_{name.upper()}": topic for name, topic in settings.topics.model_dump().items()}
        return {
            **topics,
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "KAFKA_GROUP_ID": settings.kafka_group_id,
            # This broker never settles cooperative groups of more than one member.
            "KAFKA_PARTITION_ASSIGNMENT_STRATEGY": "range",
            "HTTP_ADDRESS": "127.0.0.1:0",
            "STATE_DIR": str(self.folder / "state"),
            "LOG_FORMAT": "json",
        }


@contextmanager
def machine() -> Iterator[Machine]:
    """Start the sandbox's broker on a free port, with its data in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="ticketstream-bench-") as name:
        folder = Path(name)
        port = _free_port()
        found = Machine(folder, f"127.0.0.1:{port}")
        with found.part("broker", sandbox_broker.command(port, folder / "kafka")) as broker:
            broker.wait_until(lambda: _listens(port) and kafka_broker.answers(found.kafka), READY_S)
            yield found


def descendants(pid: int) -> list[int]:
    """The process's children, their children and so on; requires Linux's /proc."""
    parents = {int(path.parent.name): _parent(path) for path in Path("/proc").glob("[0-9]*/stat")}
    found = [pid]
    for ancestor in found:
        found.extend(child for child, parent in parents.items() if parent == ancestor)
    return found[1:]


def worker_of(service: Part) -> int:
    """Wait for the process of the service's one categorizer."""
    return workers_of(service, 1)[0]


def workers_of(service: Part, number: int) -> list[int]:
    """Wait for this many processes of the service's categorizers."""

    def look() -> list[int]:
        found = [pid for pid in descendants(service.pid) if b"consumer.service.worker" in _command_line(pid)]
        return found if len(found) >= number else []

    return list(service.wait_until(look, READY_S))


def processor_s(pid: int) -> float:
    """Processor time that a process and its threads have used, in user and kernel mode (proc(5), stat).

    Raises:
        BenchmarkFailed: The process is gone, or this system has no /proc.
    """
    fields = _stat(Path(f"/proc/{pid}/stat"))
    if not fields:
        raise BenchmarkFailed(f"process {pid} is gone, or this system has no /proc")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _parent(stat: Path) -> int:
    fields = _stat(stat)
    return int(fields[1]) if fields else 0


def _stat(path: Path) -> list[str]:
    """The fields after the command's name, which is in brackets and can contain any character."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _clean_environment() -> dict[str, str]:
    """The environment without settings of the service: a benchmark measures the defaults."""
    ours = {name.upper() for name in Settings.model_fields}
    return {
        name: value
        for name, value in process_environment().items()
        if name not in ours and not name.startswith(("KAFKA_", "TOPIC_"))
    }


def _never() -> bool:
    return False


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
