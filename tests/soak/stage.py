"""Everything that a soak needs, started and stopped: broker, ClickHouse, model, three workers, sink."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from consumer.kafka.consumer import DEFAULTS
from sandbox.system import Sandbox
from tests.soak.director import serves
from tests.soak.parts import ApacheBroker, Member, Part, SandboxBroker, Server
from tests.soak.plan import APACHE, FOREIGN, LEARNER, SANDBOX, SINK, WORKERS, Allowed
from tests.soak.stream import CANARY, labelled
from tests.support.apache_kafka import Apache
from tests.support.brokers import Broker
from tests.support.ports import lasting_ports
from tests.support.waiting import until
from tests.support.world import PARTITIONS, Shared, World, bare_environment

SECRETS = {
    "ML_API_TOKEN": "canary-of-the-models-token",
    "HTTP_TOKEN": "canary-of-the-metrics-token",
    "FINGERPRINT_KEY": "canary-of-the-fingerprint-key",
}
CANARIES = (CANARY, *SECRETS.values())
READY_S = 60.0
# None is a log: what the broker, ClickHouse and the folder of models keep is what they are for.
NO_LOGS = frozenset({"data", "store", "models"})


class _Brokered(NamedTuple):
    broker: Broker
    part: Part | None
    allowed: Allowed


class Stage(NamedTuple):
    """What runs.

    Attributes:
        world: topics, group, database.
        parts: by the names that the plan uses.
        members: the services among them.
        mood: the file that tells the model what to do.
        models: the folder in which the learner puts its models.
        allowed: what may happen to the broker.
    """

    world: World
    parts: dict[str, Part]
    members: dict[str, Member]
    mood: Path
    models: Path
    allowed: Allowed

    def stop_members(self) -> list[int]:
        """Tell all services to end; their exit codes."""
        with ThreadPoolExecutor(len(self.members)) as pool:
            return list(pool.map(Member.ended, self.members.values()))


@contextlib.contextmanager
def set_up(chosen: str, folder: Path, tickets: int) -> Iterator[Stage]:
    """Start everything, with all that is written in the folder."""
    with contextlib.ExitStack() as stack:
        brokered = stack.enter_context(_broker(chosen, folder / "broker"))
        clickhouse_port, model_port = lasting_ports(2)
        mood = folder / "mood"
        mood.write_text("", encoding="utf-8")
        clickhouse = ["sandbox.clickhouse", "--data", str(folder / "store"), "--port", str(clickhouse_port)]
        model = ["tests.soak.model", str(model_port), str(mood)]
        parts: dict[str, Part] = {
            "clickhouse": Server("clickhouse", clickhouse, bare_environment(), folder),
            "model": Server("model", model, bare_environment(), folder),
        }
        world = World(
            Shared(brokered.broker, f"http://127.0.0.1:{clickhouse_port}"),
            folder,
            {**_settings(tickets), "ML_API_URL": f"http://127.0.0.1:{model_port}/predict"},
        )
        members = {
            name: Member(
                SINK if name == SINK else "categorizer",
                {**world.environment, "INSTANCE_ID": name, **_membership(brokered.broker, name)},
                folder / name,
            )
            for name in (*WORKERS, SINK)
        }
        parts |= members
        parts[LEARNER] = Server(LEARNER, ["ticketstream", "run", "--role", LEARNER], _learning(world, folder), folder)
        for part in parts.values():
            stack.callback(part.stop)
            part.start()
        if brokered.part is not None:
            parts["broker"] = brokered.part
        for member in members.values():
            until(member.pids, READY_S)
            member.service.wait_until_ready()
        yield Stage(world, parts, members, mood, folder / "models", brokered.allowed)


def _settings(tickets: int) -> Mapping[str, str]:
    """The service's defaults for Kafka, and times that a run of minutes can show the ends of."""
    return {
        **SECRETS,
        **{
            f"KAFKA_{name.upper().replace('.', '_')}": str(DEFAULTS[name])
            for name in ("session.timeout.ms", "heartbeat.interval.ms")
        },
        "ML_API_TIMEOUT": "2",
        "ML_DEADLINE": "5",
        "RETRY_INITIAL_DELAY": "0.1",
        "RETRY_MAX_DELAY": "2",
        "CIRCUIT_BREAKER_TIMEOUT": "3",
        "AUDIT_SHARE": "0.02",
        # Learners read them.
        "TEXTS_KEPT_DAYS": "1",
        # Full long before the second half, or its filling would look like a leak.
        "REPEATS_REMEMBERED": str(tickets // PARTITIONS // 10),
    }


def _learning(world: World, folder: Path) -> Mapping[str, str]:
    """A learner that begins with labelled tickets, and learns again after a few judgements."""
    seed = folder / "labelled.jsonl"
    seed.write_text("".join(f"{json.dumps(row)}\n" for row in labelled()), encoding="utf-8")
    return {
        **world.environment,
        "MODELS_FOLDER": str(folder / "models"),
        "LEARN_SEED": str(seed),
        "LEARN_AFTER_JUDGEMENTS": "25",
        "LEARN_EVERY_HOURS": "0",
        "HTTP_ADDRESS": "127.0.0.1:0",
    }


def _membership(broker: Broker, name: str) -> Mapping[str, str]:
    """The sandbox's broker waits for ever for a member that died, unless it comes back in the same place."""
    return {} if broker.complete else {"KAFKA_GROUP_INSTANCE_ID": name}


@contextlib.contextmanager
def _broker(chosen: str, folder: Path) -> Iterator[_Brokered]:
    folder.mkdir()
    match chosen:
        case "apache":
            # A node that is its own controller is elected twice when it starts again soon, and may then serve the
            # group's offsets half loaded (docs/ARCHITECTURE.md, known limits).
            with Apache(folder, controller_apart=True) as cluster:
                until(lambda: serves(cluster.address), READY_S)
                yield _Brokered(Broker(cluster.address, complete=True), ApacheBroker(cluster.nodes[1]), APACHE)
        case "sandbox":
            system = Sandbox(folder, with_service=False)
            try:
                system.start_broker()
                yield _Brokered(Broker(system.addresses.kafka, complete=False), SandboxBroker(system), SANDBOX)
            finally:
                system.stop()
        case address:
            yield _Brokered(Broker(address, complete=True), None, FOREIGN)


def logs(folder: Path) -> list[Path]:
    """Every log of every part."""
    found = (path for pattern in ("*.log", "*.out") for path in folder.rglob(pattern))
    return sorted(path for path in found if not NO_LOGS & set(path.relative_to(folder).parts))
