"""Starts the whole system on this machine."""

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.config.llm_settings import load_llm_settings
from sandbox.project import Project, project_in, taxonomy_file
from sandbox.settings_file import lines
from sandbox.system import Sandbox, Voice, watch
from terminal.output import say, tell
from terminal.tables import Grid, laid_out
from ticketstream.choices import AddressFormat
from ticketstream.demo_data import check_labels, missing_labels, publish_demo_data
from ticketstream.next_steps import enter, page_lines, program, shown, ticket_command
from ticketstream.stopping import Stopping

_DATA = ".sandbox"


class Wishes(NamedTuple):
    """What is wanted of a sandbox: the service, nothing of earlier runs, the demo's tickets, an LLM as the model."""

    service: bool
    fresh: bool
    demo_data: bool
    llm: bool


def run_sandbox(folder: Path | None, data: Path | None, output: AddressFormat, wishes: Wishes) -> None:
    """Start the parts, print their addresses, and watch the parts until the command is stopped.

    Args:
        folder: a project's, if it is for one.
        data: the folder that everything is written to; `.sandbox` when not given.
        output: how the addresses are written.
        wishes: what is wanted of it.

    Raises:
        ConfigurationError: the folder is no project, the demo's tickets do not fit its taxonomy, or a setting of an
            LLM is missing.
        PartDied: a part ended by itself.
        typer.Exit: always; with 130 after Ctrl-C.
    """
    stopping = Stopping()
    project = project_in(folder, without_model=wishes.llm) if folder else None
    place = (data or (project.folder if project else Path()) / _DATA).resolve()
    if project:
        # Settings and the paths in them are those of its folder.
        os.chdir(project.folder)
    if wishes.llm:
        # Before anything is started.
        load_llm_settings().require()
    taxonomy = load_taxonomy(file := taxonomy_file(project))
    if wishes.demo_data:
        check_labels(taxonomy, str(file or "the taxonomy"))
    if project is None and not wishes.llm and wishes.service and (missing := missing_labels(taxonomy)):
        _warn(
            f"TAXONOMY_FILE names a taxonomy without {', '.join(missing)}, which the model of this sandbox answers: no"
            " ticket will be answered. For the model of a project, use --project"
        )
    with Sandbox(
        place,
        project=project,
        llm=wishes.llm,
        with_service=wishes.service,
        fresh=wishes.fresh,
        embedding=True,
        voice=Voice(_announce, _warn),
        stopped=stopping.stop.is_set,
    ) as system:
        if wishes.demo_data:
            publish_demo_data(system)
        _show(system, output)
        if output is AddressFormat.TABLE:
            tell("\n".join(_to_try(system, project, taxonomy)))
        watch(system, stopping.stop.is_set)
    stopping.end()


def _announce(part: str) -> None:
    tell(f"sandbox: {part} …", "dim")


def _warn(sentence: str) -> None:
    tell(f"sandbox: {sentence}")


def _show(system: Sandbox, output: AddressFormat) -> None:
    addresses = system.addresses._asdict()
    match output:
        case AddressFormat.JSON:
            say(json.dumps(addresses))
        case AddressFormat.ENV:
            say(lines(system.environment()).rstrip("\n"))
        case AddressFormat.TABLE:
            absent = {"http": "not started", "model": "none: the rules answer alone"}
            rows = tuple((name, value or absent[name]) for name, value in addresses.items())
            tell(laid_out(Grid(("part", "address"), rows)))


def _to_try(system: Sandbox, project: Project | None, taxonomy: Taxonomy) -> Iterator[str]:
    """What to do next, in words and commands."""
    folder = project.folder if project else system.data
    ours = program(folder)
    category, subcategories = next(iter(taxonomy.subcategories.items()))
    label = shlex.join([category, *subcategories[:1]])
    if system.addresses.http:
        yield from page_lines(system.addresses.http, system.environment())
    yield from shown(
        ("Commands find this sandbox from its folder, as long as it runs. In another terminal:", [enter(folder)]),
        *([] if system.addresses.http else [("Start the service:", [f"{ours} run"])]),
        (
            "Publish a ticket, with any text (each with an id of its own), and see its answer:",
            [
                ticket_command(ours, "MINE-1", "A question", "Write here what a customer might write"),
                f"{ours} explain MINE-1",
            ],
        ),
        ("Say what would have been right:", [f"{ours} correct MINE-1 {label}"]),
        ("See how right the answers are, and whether all is well:", [f"{ours} report accuracy", f"{ours} doctor"]),
    )
    yield ""
    yield "Ctrl-C stops it all. Data and ports stay; --fresh begins anew."
