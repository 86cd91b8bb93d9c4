"""The documents say what is true."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from consumer.config.kafka_properties import parse_kafka_properties
from consumer.config.llm_settings import LlmSettings
from consumer.config.settings import Settings, Topics
from consumer.monitoring.catalogue import BY_NAME
from serving.log_events.catalogue import CATALOGUE as EVENTS

ROOT = Path(__file__).parent.parent
READ = {*Settings.model_fields, *LlmSettings.model_fields}
NAMES = {name.upper() for name in READ} | {f"TOPIC_{name.upper()}" for name in Topics.model_fields}
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md")})
# In the same form as settings, and no settings of ours: of the system, of images, of other programs.
OTHER_NAMES = {
    *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE"),
    *("LC_ALL", "LC_MESSAGES", "XDG_STATE_HOME", "MALLOC_ARENA_MAX"),
    *("OLLAMA_CONTEXT_LENGTH", "OLLAMA_NUM_PARALLEL"),
    *("CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT", "CLICKHOUSE_HOST", "CLICKHOUSE_PASSWORD", "CLICKHOUSE_USER"),
    *("CLICKHOUSE_PORT", "CLICKHOUSE_PORT_8123_TCP", "CLICKHOUSE_SERVICE_HOST", "SCHEMA_REGISTRY_HOST_NAME"),
    *("CLUSTER_ID", "GF_PLUGINS_PREINSTALL", "KAFKA_LISTENERS", "KAFKA_LOG_DIRS"),
    *("KAFKA_HOME", "KAFKA_OPTS", "KAFKA_PORT_9092_TCP"),
    # Examples of mistakes.
    *("HTTP_ADRESS", "KAFKA_SASL_USERNAM", "LOG_LEVLE", "ML_BATCHSIZE"),
    # An argument of commands, a constant of the code.
    *("TICKET_ID", "FULL_RECORDS"),
}
# Words of the servers: rights, ways to sign in, errors.
OF_SERVERS = {
    *("ACCESS_DENIED", "DESCRIBE_CONFIGS", "NOT_ENOUGH_SPACE", "SASL_PLAINTEXT", "SASL_SSL", "TOO_MANY_PARTS"),
    *("ALTER_CONFIGS", "CLUSTER_ACTION", "IDEMPOTENT_WRITE", "AUTHENTICATION_FAILED", "UNKNOWN_TABLE"),
}
# In the same form as events of the log: reasons of an answer, and properties of Kafka.
PROPERTIES = {"log.dirs"}
OTHER_WORDS = {"group.id", "model.confident", "model.no_known_label", "model.uncalibrated", "override.people"}
CONTRACT = (ROOT / "docs" / "CONTRACT.md").read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    """Each setting that the service and its LLM read stands in the contract's table."""
    names = {name.upper() for name in READ} - {"KAFKA_PROPERTIES", "PROXIES", "TOPICS"}

    assert {name for name in names if f"`{name}`" not in CONTRACT} == set()


def test_every_documented_setting_exists() -> None:
    """Each name in the contract's table of settings is read by the service."""
    table = CONTRACT.split("## Settings")[1].split("## Exit codes")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z0-9_]+)`", row)}

    assert named - {name.upper() for name in READ} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_settings_of_a_page_exist(page: Path) -> None:
    """Each name in capitals is a setting, a property of librdkafka, or one of the few names of others."""
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w{$])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?!\w)", text)) - OTHER_NAMES - OF_SERVERS
    unknown = {name for name in named if name not in NAMES and name.removesuffix("_FILE") not in NAMES}

    assert {name for name in unknown if not _is_property(name)} == set()


def test_every_other_name_stands_on_a_page() -> None:
    """A name that nobody writes any more would let a mistake pass."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert {name for name in OTHER_NAMES | OTHER_WORDS if name not in text} == set()


def test_settings_of_containers_exist() -> None:
    """Each variable that docker-compose.yml gives to a container of ours is a setting."""
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    given = {name for each in services.values() if "build" in each for name in each.get("environment", {})}

    assert len(given) > 20
    assert given - NAMES == {"KAFKA_BOOTSTRAP_SERVERS"} - NAMES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_metrics_and_events_of_a_page_exist(page: Path) -> None:
    """Each metric and each event of the log that a page names is in its catalogue."""
    text = page.read_text(encoding="utf-8")
    known = {event.name for event in EVENTS}
    begins = {name.partition(".")[0] for name in known}
    metrics = {name for name in re.findall(r"\bticketstream_[a-z0-9_]+", text) if not name.startswith(LLM)} - ROLES
    events = {
        word
        for word in re.findall(r"`([a-z_]+\.[a-z_]+)`", text)
        if word.partition(".")[0] in begins and not word.endswith(FILES)
    }

    assert {name for name in metrics if not _is_metric(name)} == set()
    assert events - known - OTHER_WORDS - PROPERTIES == set()


# ClickHouse's users and roles.
ROLES = {
    name
    for file in ROOT.glob("deploy/clickhouse/*.sql")
    for name in re.findall(r"\bticketstream_\w+", file.read_text(encoding="utf-8"))
}
# The LLM server has metrics of its own, on a page of its own.
LLM = "ticketstream_llm_"
FILES = (".log", ".md", ".py", ".toml", ".json", ".gguf", ".ms", ".sql")


def _is_metric(name: str) -> bool:
    """Whether it is a metric, a part of a histogram, or how several begin: `ticketstream_lag_`."""
    begins = name.endswith("_") and any(each.startswith(name) for each in BY_NAME)
    return begins or name in BY_NAME or re.sub("_(bucket|sum|count)$", "", name) in BY_NAME


def _is_property(name: str) -> bool:
    """Whether this is `KAFKA_<PROPERTY>` of librdkafka."""
    return name.startswith("KAFKA_") and not parse_kafka_properties({name: "1"}, NAMES, lambda *_: "1").unknown


def test_every_topic_is_documented() -> None:
    """Each topic that the service reads or writes stands in the contract's table."""
    assert {topic for topic in Topics().model_dump().values() if f"`{topic}`" not in CONTRACT} == set()


def _folders() -> dict[str, str]:
    """The rows of the architecture's folder table: the folder, and what is said of it."""
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.split("## Where things are")[1].split("## The states of one transaction")[0]
    rows = [line.split("|", 2)[1:] for line in table.splitlines() if line.startswith("| `")]
    return {folder.strip(" `"): said for folder, said in rows}


def test_the_folder_table_names_files_that_exist() -> None:
    """Each file in a row of the table is in the row's folder, or is named by its path from the root."""
    named = [
        (folder, name) for folder, said in _folders().items() for name in re.findall(r"`([\w./]+(?:\.\w+|/))`", said)
    ]

    assert [
        (folder, name) for folder, name in named if not any((at / name).exists() for at in (ROOT, ROOT / folder))
    ] == []


def test_the_folder_table_leaves_no_folder_out() -> None:
    """Each folder of the service and of the analytics has its row."""
    packages = {
        f"{file.parent.relative_to(ROOT)}/"
        for top in ("consumer", "analytics")
        for file in ROOT.glob(f"{top}/*/__init__.py")
    }

    assert packages - _folders().keys() == set()


@pytest.mark.parametrize("folder", ["kafka", "categorizer", "sink", "answer", "bad_records", "commands", "service"])
def test_the_folder_table_names_every_module(folder: str) -> None:
    """A stranger finds each module of these folders in the table."""
    modules = {file.name for file in (ROOT / "consumer" / folder).glob("*.py")} - {"__init__.py"}

    assert {name for name in modules if f"`{name}`" not in _folders()[f"consumer/{folder}/"]} == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link is to a file that is there, and to a heading that the file has."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, heading = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / path) if path else page
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w\- ]", "", each).lower().replace(" ", "-") for each in headings}, link


@pytest.mark.parametrize("page", [*PAGES, ROOT / "schemas" / "README.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_files_that_exist(page: Path) -> None:
    """Each path of ours on a page is there."""
    paths = re.findall(
        r"`((?:schemas|analytics|consumer|classifier|sandbox|ticketstream|tests|benchmarks|deploy|docs|examples|learning"
        r"|network|projects|serving|terminal)/[\w./*-]*)`",
        page.read_text(encoding="utf-8"),
    )

    assert [path for path in paths if "NAME" not in path and not list(ROOT.glob(path.rstrip("/")))] == []
