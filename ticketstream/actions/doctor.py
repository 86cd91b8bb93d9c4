"""Checks what the service needs."""

import time
from collections.abc import Iterable, Iterator

import typer

from consumer.commands.doctor import examine
from consumer.commands.finding import Finding, State
from consumer.config.settings import Settings, load_settings
from consumer.config.sources import process_environment
from consumer.errors import TicketstreamError
from terminal.exit_codes import ExitCode
from terminal.output import say, say_json
from terminal.safe_text import listed
from ticketstream.choices import Format, Role

_SIGNS = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}
_WORST_LAST: tuple[State, ...] = ("ok", "warning", "failed")


def check_everything(role: Role, output: Format) -> None:
    """Print a line for each finding, or one document.

    Raises:
        typer.Exit: with 1, when something has to be mended.
    """
    settings = load_settings()
    found = _findings(settings, role)
    findings = list(_printed(found) if output is Format.TABLE else found)
    worst = _worst(findings)
    if output is Format.JSON:
        say_json({"state": worst, "findings": [finding._asdict() for finding in findings]})
    if worst == "failed":
        raise typer.Exit(ExitCode.FAILED)


def _findings(settings: Settings, role: Role) -> Iterator[Finding]:
    said = set()
    for finding in examine(settings, time.monotonic, process_environment(), role.value):
        said.add(finding.detail)
        yield finding
    if role is Role.LEARNER:
        # A setting that several parts need is told once.
        yield from (finding for finding in _learner(settings) if finding.detail not in said)


def _learner(settings: Settings) -> Iterator[Finding]:
    """What the learner refuses to start without."""
    from ticketstream.actions.learner import check_learner

    try:
        place = check_learner(settings)
    except TicketstreamError as error:
        yield Finding("learner", "failed", str(error))
    else:
        yield Finding("learner", "ok", f"models go to {settings.models_folder}; labelled tickets come from {place}")


def _printed(findings: Iterable[Finding]) -> Iterator[Finding]:
    for finding in findings:
        say(f"{_SIGNS[finding.state]}  {finding.part}: {listed(finding.detail)}")
        if finding.command:
            say(f"{'':9}run: {listed(finding.command)}")
        yield finding


def _worst(findings: Iterable[Finding]) -> State:
    return max((finding.state for finding in findings), key=_WORST_LAST.index, default="ok")
