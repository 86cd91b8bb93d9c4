"""docker-compose.yml keeps what it stores, and relies only on what the images' makers say."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from classifier.storage import MANIFEST

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ALWAYS = sorted(set(SERVICES) - {"topics"})
FOREIGN = sorted(name for name, service in SERVICES.items() if "image" in service)
EXACT = re.compile(r":v?\d+\.\d+\.\d+(\.\d+)?(-[a-z]+)?$")


def _relied_on() -> dict[str, str]:
    """The table of docs/OPERATING.md: what stands in the rows of each image, without the sources."""
    page = (ROOT / "docs" / "OPERATING.md").read_text(encoding="utf-8").split("## Containers")[1]
    found: dict[str, str] = {}
    for image, relied, source in re.findall(r"^\| `([^`]+:[^`]+)` \| (.+) \| (.+) \|$", page, re.MULTILINE):
        assert re.fullmatch(r"<https://[^>]+>(, <https://[^>]+>)*", source), f"{image}: no source"
        found[image] = found.get(image, "") + relied
    return found


def _mounts(service: dict[str, Any]) -> dict[str, str]:
    """The places of a service's volumes, by the volume or folder that lies there."""
    return {source: place for source, place, *_ in (mount.split(":") for mount in service.get("volumes", []))}


def _named(service: dict[str, Any]) -> set[str]:
    """Places, ports and variables of a service that its image has to know."""
    places = {*_mounts(service).values(), *(place.split(":")[0] for place in service.get("tmpfs", []))}
    ports = {port.rpartition(":")[2] for port in service.get("ports", [])}
    return {*places, *ports, *service.get("environment", {})}


def test_topics_and_offsets_are_on_the_volume() -> None:
    """Kafka writes where its volume lies, under an identity that stays."""
    kafka = SERVICES["kafka"]

    assert _mounts(kafka)["kafka"] == kafka["environment"]["KAFKA_LOG_DIRS"]
    assert len(kafka["environment"]["CLUSTER_ID"]) == len("q1Xr0bVJTfmrXzN2uS5hJw")


def test_every_volume_is_used_and_every_store_has_one() -> None:
    """No volume is left over, and each service that stores has its own."""
    used = {source for service in SERVICES.values() for source in _mounts(service) if not source.startswith(".")}

    assert used == set(COMPOSE["volumes"])
    assert used == {"kafka", "clickhouse", "model", "llm", "state", "prometheus", "grafana"}


@pytest.mark.parametrize(("stored", "expected"), [([], ["train", "serve"]), ([MANIFEST], ["serve"])])
def test_the_model_is_trained_once(tmp_path: Path, stored: list[str], expected: list[str]) -> None:
    """Its command trains where no model is stored, and never replaces one."""
    program, option, command = SERVICES["classifier"]["command"]
    bin_, model = tmp_path / "bin", tmp_path / "model"
    bin_.mkdir()
    model.mkdir()
    for name in stored:
        (model / name).touch()
    (bin_ / "python").write_text('#!/bin/sh\necho "$3"\n')
    (bin_ / "python").chmod(0o755)
    line = command.replace("/data/model", str(model))
    told = subprocess.run(
        [program, option, line], env={"PATH": f"{bin_}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
    ).stdout.split()

    assert told == expected


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nothing_is_written_to_a_root(name: str) -> None:
    """Each root is read-only: what is not on a volume is in memory."""
    assert SERVICES[name]["read_only"] is True


@pytest.mark.parametrize("name", ALWAYS)
def test_each_server_is_looked_at_and_started_again(name: str) -> None:
    """Each service that goes on running has a health check with limits, and comes back after a failure."""
    assert {"test", "interval", "timeout", "retries"} <= SERVICES[name]["healthcheck"].keys()
    assert SERVICES[name]["restart"] == "on-failure"


def test_who_waits_for_health_waits_for_a_health_check() -> None:
    """`service_healthy` is asked of services that have a health check and no other profile."""
    for name, service in SERVICES.items():
        for other, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for {other}"
            assert set(SERVICES[other].get("profiles", [])) <= set(service.get("profiles", [])), name


def test_profiles_are_what_the_page_says() -> None:
    """Registry, LLM and learner are left out unless they are asked for."""
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}

    assert profiles == {
        "llm": ["llm"],
        "learner": ["learner"],
        "champion": ["learner"],
        "schema-registry": ["registry"],
    }


def test_tags_are_exact() -> None:
    """No image changes by itself: neither those of the file nor the one that ours is built on."""
    base = re.findall(r"^FROM (\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    images = [*base, *(SERVICES[name]["image"] for name in FOREIGN)]

    assert [image for image in images if not EXACT.search(image)] == []


def test_the_page_names_the_images_of_the_file() -> None:
    """The table has rows for each image, with its tag, and for no other."""
    assert set(_relied_on()) == {SERVICES[name]["image"] for name in FOREIGN}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_relied_on_has_a_source(name: str) -> None:
    """Places, ports and variables that are set for an image stand in its rows, or a prefix of the variable does."""
    service = SERVICES[name]
    relied = _relied_on()[service["image"]]
    words = set(re.findall(r"[\w./-]+", relied))
    prefixes = tuple(re.findall(r"`(\w+_)…`", relied))

    assert {each for each in _named(service) - words if not each.startswith(prefixes or "-")} == set()


def test_ports_are_open_on_this_host_only() -> None:
    """The passwords of the file are known to everybody."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_mounted_folders_exist() -> None:
    """A folder that is missing would be made, empty, by the engine."""
    folders = {source for service in SERVICES.values() for source in _mounts(service) if source.startswith(".")}

    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
