"""Checks what the service needs."""

import time

import typer

from consumer.commands.doctor import examine
from consumer.config.settings import load_settings
from consumer.config.sources import process_environment
from terminal.output import say
from terminal.safe_text import listed

_SIGNS = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}


def check_everything() -> None:
    """Print a line for each finding.

    Raises:
        typer.Exit: with 1, when something has to be mended.
    """
    failed = False
    for finding in examine(load_settings(), time.monotonic, process_environment()):
        say(f"{_SIGNS[finding.state]}  {finding.part}: {listed(finding.detail)}")
        failed |= finding.state == "failed"
    if failed:
        raise typer.Exit(1)
