"""`.env.sandbox`: it holds beside `.env` as long as its sandbox runs, and not a moment longer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from consumer.errors import ConfigurationError
from sandbox.settings_file import SettingsFile
from tests.sandbox.conftest import Holding
from tests.support.terminals import BARE

READ = "import json; from consumer.config.sources import process_environment as names; print(json.dumps(names()))"
OWN = """\
# mine
KAFKA_BOOTSTRAP_SERVERS=prod:9092
KAFKA_SASL_USERNAME=me
KAFKA_GROUP_ID=shop
CLICKHOUSE_DATABASE=shop
SCHEMA_REGISTRY_URL=http://registry
EVENT_FORMAT=confluent
ml_api_token=secret
MIN_CONFIDENCE=0.7
"""
OF_SANDBOX = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "STATE_DIR": '/srv/it\'s \\ a "folder" $HOME'}


def writing(path: Path) -> str:
    """A program that writes the file as a sandbox does."""
    return (
        "from pathlib import Path\nfrom sandbox.settings_file import SettingsFile\n"
        f"file = SettingsFile(Path({str(path)!r}))\nfile.write({OF_SANDBOX!r})\n"
    )


def read(folder: Path, **environment: str) -> dict[str, str]:
    """The settings of a command in this folder."""
    done = subprocess.run(
        [sys.executable, "-c", READ], cwd=folder, env={**BARE, **environment}, capture_output=True, check=True
    )
    names = json.loads(done.stdout)
    return {name: value for name, value in names.items() if name not in BARE and name != "LC_CTYPE"}


def test_a_running_sandbox_takes_the_place_of_other_servers(tmp_path: Path, holding: Holding) -> None:
    """Addresses, and what goes with other addresses, are the sandbox's; all else is the people's own."""
    (tmp_path / ".env").write_text(OWN, encoding="utf-8")
    before = read(tmp_path)
    sandbox = holding(writing(tmp_path / ".env.sandbox"))
    during = read(tmp_path)
    named = read(tmp_path, KAFKA_BOOTSTRAP_SERVERS="other:9092")
    sandbox.kill()
    sandbox.wait()
    left = (tmp_path / ".env.sandbox").exists()
    after = read(tmp_path)

    assert during == {"KAFKA_GROUP_ID": "shop", "CLICKHOUSE_DATABASE": "shop", "MIN_CONFIDENCE": "0.7", **OF_SANDBOX}
    assert named["KAFKA_BOOTSTRAP_SERVERS"] == "other:9092"
    assert left
    assert after == before
    assert before["KAFKA_SASL_USERNAME"] == "me"
    assert (tmp_path / ".env").read_text(encoding="utf-8") == OWN


def test_it_is_gone_with_its_sandbox_and_replaces_what_a_killed_one_left(tmp_path: Path) -> None:
    """A file without its lock is no sandbox's."""
    path = tmp_path / ".env.sandbox"
    path.write_text("KAFKA_BOOTSTRAP_SERVERS=old:1", encoding="utf-8")
    file = SettingsFile(path)
    file.write(OF_SANDBOX)
    during = read(tmp_path)
    file.remove()

    assert during == OF_SANDBOX
    assert list(tmp_path.iterdir()) == []


def test_a_second_sandbox_of_the_same_folder_is_refused(tmp_path: Path, holding: Holding) -> None:
    """Whatever its data folder: commands could use one of them only."""
    holding(writing(tmp_path / ".env.sandbox"))
    written = (tmp_path / ".env.sandbox").read_bytes()
    with pytest.raises(ConfigurationError, match="another sandbox runs for"):
        SettingsFile(tmp_path / ".env.sandbox").write({})

    assert (tmp_path / ".env.sandbox").read_bytes() == written
