"""Apache Kafka in KRaft mode, from the jars that `make test-kafka` fetches: nodes to be killed and frozen at will."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from consumer.config.sources import process_environment
from tests.support.ports import lasting_ports
from tests.support.processes import children
from tests.support.waiting import until

JARS = Path(__file__).parents[2] / ".kafka" / "lib"
START_S = 60.0
# So long that the brokers, which write out what they hold, end by themselves.
STOP_S = 30.0
_CLUSTER_ID = "dGlja2V0c3RyZWFtLTAwMQ"
_JAVA = (
    "java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp",
)  # fmt: skip


# Of the controller that is no broker.
_CONTROLLER = 100
_ROLES = {"PLAINTEXT": "broker", "CONTROLLER": "controller"}
PASSWORD = "open-sesame"
# Each test takes one of its own: an ACL of another test says nothing of it.
USERS = tuple(f"service-{number}" for number in range(64))
LOGINS = (
    " ".join(
        [
            "org.apache.kafka.common.security.plain.PlainLoginModule required",
            *(f'user_{user}="{PASSWORD}"' for user in USERS),
        ]
    )
    + ";"
)


def kafka_acls(folder: Path) -> Path:
    """A program that does what Kafka's `kafka-acls` does, made in this folder."""
    program = folder / "kafka-acls"
    program.write_text(
        f'#!/bin/sh\nexec {shlex.join(_JAVA)} "{JARS}/*" org.apache.kafka.tools.AclCommand "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    return program


class Listener(NamedTuple):
    """One more way into each broker.

    Attributes:
        name: in capitals.
        protocol: SSL or SASL_SSL.
        properties: of this listener alone, as Kafka names them without `listener.name.…`.
    """

    name: str
    protocol: str
    properties: Mapping[str, object]


class Extras(NamedTuple):
    """What a cluster has beyond the plain one.

    Attributes:
        listeners: more ways into each broker.
        properties: of the brokers and controllers; they replace ours.
        classes: a folder with Java classes of the test.
    """

    listeners: Sequence[Listener] = ()
    properties: Mapping[str, object] = {}
    classes: Path | None = None


PLAIN = Extras()


class _Ports(NamedTuple):
    """Where the nodes listen, by their numbers; of further listeners by their names too."""

    brokers: Mapping[int, int]
    controllers: Mapping[int, int]
    guarded: Mapping[int, int]
    further: Mapping[str, Mapping[int, int]]


class Node:
    """One process that is broker, controller, or both at once."""

    def __init__(self, number: int, ports: _Ports, folder: Path, extras: Extras) -> None:
        self._folder = folder / f"node-{number}"
        self._folder.mkdir(parents=True)
        self._properties = self._folder / "server.properties"
        properties = _properties(number, ports, self._folder / "data", extras)
        self._properties.write_text(_lines(properties), encoding="utf-8")
        self._java = (*_JAVA, f"{JARS}/*" if extras.classes is None else f"{JARS}/*:{extras.classes}")
        self._child: subprocess.Popen[bytes] | None = None

    def format(self) -> None:
        """Prepare its storage, once in its life."""
        command = [*self._java, "kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(self._properties)]
        subprocess.run(command, check=True, capture_output=True, timeout=START_S)

    def start(self) -> None:
        """Start it, also after it was killed; it is not ready yet."""
        with (self._folder / "broker.log").open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "sandbox.child_process", *self._java, "kafka.Kafka", str(self._properties)],
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                env={**process_environment(), "LOG_DIR": str(self._folder)},
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Of the broker itself."""
        assert self._child is not None
        pid = self._child.pid
        return until(lambda: children(pid))[0]

    def signal(self, number: signal.Signals) -> None:
        """To the broker itself; with SIGKILL, wait for its end."""
        os.kill(self.pid, number)
        if number == signal.SIGKILL:
            self._close()

    def stop(self) -> None:
        """End it in good order."""
        if self._child is not None:
            self._close()

    def output(self) -> str:
        """What it printed."""
        return (self._folder / "broker.log").read_text(encoding="utf-8", errors="replace")

    def _close(self) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        # The end of this pipe makes `sandbox.child_process` stop the broker.
        self._child.stdin.close()
        self._child.wait(STOP_S)
        self._child = None


class Apache:
    """A cluster; use it with `with`.

    Args:
        folder: where it keeps everything.
        nodes: 1, or 3 with every record on each of them and two enough to acknowledge.
        controller_apart: whether the controller is a process of its own, which outlives the brokers.
        extras: what it has beyond that.

    Attributes:
        address: for clients that may do everything.
        guarded: for clients that have to say who they are (SASL/PLAIN, one of `USERS`), and may do what an ACL says.
        further: the addresses of the further listeners, by their names.
    """

    def __init__(self, folder: Path, nodes: int = 1, *, controller_apart: bool = False, extras: Extras = PLAIN) -> None:
        if not JARS.is_dir():
            raise FileNotFoundError(f"{JARS} holds no Apache Kafka: run make test-kafka, which fetches it")
        numbers = range(1, nodes + 1)
        controllers = [_CONTROLLER] if controller_apart else list(numbers)
        free = iter(lasting_ports((2 + len(extras.listeners)) * nodes + len(controllers)))
        ports = _Ports(
            {number: next(free) for number in numbers},
            {number: next(free) for number in controllers},
            {number: next(free) for number in numbers},
            {listener.name: {number: next(free) for number in numbers} for listener in extras.listeners},
        )
        self.nodes = {number: Node(number, ports, folder, extras) for number in numbers}
        self._apart = [Node(_CONTROLLER, ports, folder, extras)] if controller_apart else []
        self.address = _addresses(ports.brokers)
        self.guarded = _addresses(ports.guarded)
        self.further = {name: _addresses(found) for name, found in ports.further.items()}

    def __enter__(self) -> Self:
        try:
            nodes = self._all
            with ThreadPoolExecutor(len(nodes)) as pool:
                for formatted in [pool.submit(node.format) for node in nodes]:
                    formatted.result()
            for node in nodes:
                node.start()
            self.wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def wait_until_ready(self) -> None:
        """Wait until every node is known to the cluster."""
        admin = AdminClient({"bootstrap.servers": self.address, "log_level": 2})

        def complete() -> bool:
            try:
                return len(admin.list_topics(timeout=2).brokers) == len(self.nodes)
            except KafkaException:
                return False

        until(complete, START_S)

    def _stop(self) -> None:
        # All at once: a controller that lost the others would wait for them.
        with ThreadPoolExecutor(len(self._all)) as pool:
            list(pool.map(Node.stop, self._all))

    @property
    def _all(self) -> list[Node]:
        return [*self._apart, *self.nodes.values()]


def _properties(number: int, ports: _Ports, data: Path, extras: Extras) -> dict[str, object]:
    copies = len(ports.brokers)
    enough = min(2, copies)
    listeners = {}
    if number in ports.brokers:
        listeners["PLAINTEXT"] = f"PLAINTEXT://127.0.0.1:{ports.brokers[number]}"
        listeners["SASL_PLAINTEXT"] = f"SASL_PLAINTEXT://127.0.0.1:{ports.guarded[number]}"
        listeners |= {name: f"{name}://127.0.0.1:{found[number]}" for name, found in ports.further.items()}
    if number in ports.controllers:
        listeners["CONTROLLER"] = f"CONTROLLER://127.0.0.1:{ports.controllers[number]}"
    clients = [address for name, address in listeners.items() if name != "CONTROLLER"]
    protocols = {
        **{name: name for name in ("PLAINTEXT", "SASL_PLAINTEXT")},
        "CONTROLLER": "PLAINTEXT",
        **{listener.name: listener.protocol for listener in extras.listeners},
    }
    return {
        "process.roles": ",".join(_ROLES[name] for name in listeners if name in _ROLES),
        "node.id": number,
        "controller.quorum.voters": ",".join(f"{n}@127.0.0.1:{port}" for n, port in ports.controllers.items()),
        "listeners": ",".join(listeners.values()),
        **({"advertised.listeners": ",".join(clients)} if clients else {}),
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in protocols.items()),
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": LOGINS,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Nodes, and clients that need not say who they are.
        "super.users": "User:ANONYMOUS",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": enough,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": enough,
        "transaction.state.log.num.partitions": 4,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        # How often transactions that have outlived their time are looked for; the default is ten seconds.
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": 500,
        # A broker that died is missed sooner than after the default of nine seconds.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        **{
            f"listener.name.{listener.name.lower()}.{key}": value
            for listener in extras.listeners
            for key, value in listener.properties.items()
        },
        **extras.properties,
    }


def _addresses(ports: Mapping[int, int]) -> str:
    return ",".join(f"127.0.0.1:{port}" for port in ports.values())


def _lines(properties: Mapping[str, object]) -> str:
    return "".join(f"{name}={value}\n" for name, value in properties.items())
