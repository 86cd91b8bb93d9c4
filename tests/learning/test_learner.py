"""`ticketstream run --role learner` as a process, beside a ClickHouse that comes and goes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from analytics.store.row_writer import RowWriter
from classifier.model_folder import ModelFolder
from classifier.writer_lock import one_writer
from learning.places import ROUND
from tests.learning.judged import TAXONOMY
from tests.learning.rounds import judged, seed_file
from tests.support.clickhouse_process import DoorProcess, door_process
from tests.support.ports import lasting_ports
from tests.support.processes import children
from tests.support.service import fetched
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(300)

# A round lets everything else on the machine go first.
START_S = 120.0


class Running:
    """A learner, with its log."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [line for line in self._log.read_text("utf-8").splitlines() if line.startswith("{")]
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def seen(self, name: str) -> dict[str, Any]:
        """The first event of this name, as soon as it is there."""
        until(lambda: self.events(name) or self.process.poll() is not None, START_S)
        assert self.events(name), self.output()
        return self.events(name)[0]

    def output(self) -> str:
        return self._log.read_text("utf-8")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


@contextmanager
def learner(folder: Path, url: str, **settings: str) -> Iterator[Running]:
    seed_file(folder)
    (folder / "taxonomy.toml").write_text(TAXONOMY, "utf-8")
    log = folder / f"learner-{len(list(folder.glob('learner-*')))}.log"
    given = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LEARN_", "MODELS_"))},
        "CLICKHOUSE_URL": url,
        "MODELS_FOLDER": "models",
        "LEARN_SEED": "shop.csv",
        "TAXONOMY_FILE": "taxonomy.toml",
        "TEXTS_KEPT_DAYS": "30",
        "HTTP_ADDRESS": "127.0.0.1:0",
        "LOG_FORMAT": "json",
        **settings,
    }
    command = [sys.executable, "-m", "ticketstream", "run", "--role", "learner"]
    with log.open("wb") as file, subprocess.Popen(command, cwd=folder, env=given, stderr=file) as process:
        try:
            yield Running(process, log)
        finally:
            process.kill()


def test_it_learns_when_enough_was_judged_and_ends_on_sigterm(
    client: Client, door: DoorProcess, tmp_path: Path
) -> None:
    """First from what there is, and again after LEARN_AFTER_JUDGEMENTS more; the log holds no text."""
    RowWriter(client).write(judged(30, is_audit=False))
    with learner(tmp_path, door.url, LEARN_AFTER_JUDGEMENTS="20") as running:
        first = running.seen("learner.trained")
        address = running.seen("http.listening")["address"]
        probes = [fetched(f"{address}/{probe}")[0] for probe in ("livez", "readyz")]
        RowWriter(client).write(judged(20, is_audit=False, begin=30))
        until(lambda: len(running.events("learner.trained")) == 2, START_S)
        code = running.stop()
        output = running.output()

    trained = [event["version"] for event in running.events("learner.trained")]
    assert probes == [200, 200]
    assert code == 0, output
    assert trained[0] == first["version"] != trained[1]
    assert [event["missing"] for event in running.events("learner.kept")][:1] == [300]
    assert {version.name for version in ModelFolder(tmp_path / "models").versions()} >= set(trained)
    assert "voucher" not in output
    assert "locker" not in output


def test_it_waits_for_a_clickhouse_that_is_down_and_says_so(tmp_path: Path) -> None:
    """Until it is there; the probe for readiness fails meanwhile, and that for life does not."""
    port = lasting_ports(1)[0]
    with learner(tmp_path, f"http://127.0.0.1:{port}", CLICKHOUSE_DATABASE="shop") as running:
        running.seen("clickhouse.unavailable")
        address = running.seen("http.listening")["address"]
        down = [fetched(f"{address}/{probe}")[0] for probe in ("livez", "readyz")]
        with door_process(tmp_path / "door", "--port", str(port)) as door, connect(door.url, "shop") as client:
            client.create_database()
            migrate(client)
            RowWriter(client).write(judged(30, is_audit=False))
            running.seen("learner.trained")
            code = running.stop()

    assert down == [200, 503]
    assert code == 0


def test_killed_in_a_round_it_takes_the_round_along(client: Client, door: DoorProcess, tmp_path: Path) -> None:
    """The next learner goes on from there."""
    RowWriter(client).write(judged(30, is_audit=False))
    with learner(tmp_path, door.url) as running:
        running.seen("learner.round_begun")
        rounds = until(lambda: children(running.process.pid))
        running.process.kill()
        running.process.wait()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in rounds))
    with learner(tmp_path, door.url) as running:
        kept = running.seen("learner.kept")
        running.stop()

    folder = ModelFolder(tmp_path / "models")
    assert {version.name for version in folder.versions()} == {kept["champion"], kept["refused"]}
    assert [folder.load(version.name).version for version in folder.versions()] == [
        version.name for version in folder.versions()
    ]


def test_a_second_learner_says_that_there_is_one(client: Client, door: DoorProcess, tmp_path: Path) -> None:
    """It ends with 2; the first one works on."""
    assert client.database == "ticketstream"
    with learner(tmp_path, door.url) as first:
        first.seen("learner.started")
        with learner(tmp_path, door.url) as second:
            code = second.process.wait(START_S)
            said = second.output()
        still = first.process.poll()

    assert (code, still) == (2, None)
    assert "another learner is at work" in " ".join(said.split())


def test_a_round_by_hand_does_not_end_the_learner(client: Client, door: DoorProcess, tmp_path: Path) -> None:
    """Its own round comes later."""
    RowWriter(client).write(judged(3, is_audit=False))
    (tmp_path / "models" / ROUND).mkdir(parents=True)
    with one_writer(tmp_path / "models" / ROUND), learner(tmp_path, door.url) as running:
        ended = running.seen("learner.round_ended")
        code = running.stop()

    assert (ended["exit_code"], code) == (1, 0)
    assert "another" in running.events("learner.round_failed")[0]["detail"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"TEXTS_KEPT_DAYS": "0"}, "TEXTS_KEPT_DAYS is 0"),
        ({"MODELS_FOLDER": ""}, "MODELS_FOLDER is not set"),
        ({"LEARN_SEED": ""}, "LEARN_SEED is not set"),
        ({"LEARN_EVERY_HOURS": "0", "LEARN_AFTER_JUDGEMENTS": "0"}, "LEARN_EVERY_HOURS and LEARN_AFTER_JUDGEMENTS"),
    ],
    ids=["no texts", "no folder", "no seed", "never due"],
)
def test_settings_with_which_it_could_never_learn_are_refused(
    settings: dict[str, str], said: str, tmp_path: Path
) -> None:
    """At once, with 2 and the mend."""
    with learner(tmp_path, "http://127.0.0.1:1", **settings) as running:
        assert running.process.wait(START_S) == 2
        assert said in " ".join(running.output().split())
