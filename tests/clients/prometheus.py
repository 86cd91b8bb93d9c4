"""A Prometheus of this machine's own that scrapes a service, with the project's configuration and rules."""

import json
import re
import subprocess
import urllib.parse
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.service import fetched
from tests.support.waiting import until

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
_STOP_S = 10.0
_LISTENING = re.compile(r'msg="Listening on" address=(\S+)')


class Prometheus:
    """Use it with `with`.

    Args:
        folder: for its data.
        scraped: `host:port` of the service.
    """

    def __init__(self, folder: Path, scraped: str) -> None:
        shipped = (FOLDER / "prometheus.yml").read_text(encoding="utf-8")
        rules = f"- {FOLDER}/alerts.yml"
        for before, after in (("ticketstream:8080", scraped), (": 15s", ": 1s"), ("- alerts.yml", rules)):
            assert before in shipped
            shipped = shipped.replace(before, after)
        configuration = folder / "prometheus.yml"
        configuration.write_text(shipped, encoding="utf-8")
        self._log = folder / "prometheus.log"
        arguments = {
            "config.file": str(configuration),
            "storage.tsdb.path": str(folder / "data"),
            "web.listen-address": "127.0.0.1:0",
        }
        command = ["prometheus", *(f"--{name}={value}" for name, value in arguments.items())]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        self._address = ""

    def __enter__(self) -> Self:
        [address] = until(lambda: _LISTENING.findall(self._log.read_text("utf-8")))
        self._address = f"http://{address}"
        until(lambda: fetched(f"{self._address}/-/ready")[0] == 200)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(_STOP_S)

    def value(self, expression: str) -> float | None:
        """What an expression that gives one number is now; None when there is no such series."""
        found = self._asked("query", query=expression)["result"]
        assert len(found) < 2, found
        return float(found[0]["value"][1]) if found else None

    def refused(self, expression: str) -> str:
        """Why an expression cannot be asked; empty when it can."""
        status, body = fetched(f"{self._address}/api/v1/query?{urllib.parse.urlencode({'query': expression})}")
        return "" if status == 200 else body

    def rules(self) -> dict[str, str]:
        """Whether each alert can be told, by its name: `ok`, `err`, or `unknown` before the first time."""
        groups = self._asked("rules")["groups"]
        return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}

    def _asked(self, what: str, **parameters: str) -> Any:
        status, body = fetched(f"{self._address}/api/v1/{what}?{urllib.parse.urlencode(parameters)}")
        assert status == 200, body
        return json.loads(body)["data"]
