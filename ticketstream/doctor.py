"""`ticketstream doctor`."""

import time

import typer

from consumer.commands.doctor import examine
from consumer.config.settings import load_settings
from ticketstream.output import command, say

_SIGNS = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}


def register(app: typer.Typer) -> None:
    app.command()(doctor)


@command
def doctor() -> None:
    """Check settings, taxonomy, topics, ClickHouse and the model; exit 1 when something has to be mended."""
    failed = False
    for finding in examine(load_settings(), time.monotonic):
        say(f"{_SIGNS[finding.state]}  {finding.part}: {finding.detail}")
        failed |= finding.state == "failed"
    if failed:
        raise typer.Exit(1)
