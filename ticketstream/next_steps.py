"""The commands that people can type next, in another terminal, exactly as they are printed."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path


def program(folder: Path) -> str:
    """How `ticketstream` is called in a terminal that stands in this folder."""
    script = Path(sys.executable).with_name("ticketstream")
    if not script.exists():
        return shlex.join([sys.executable, "-m", "ticketstream"])
    # A virtual environment that is on the path here need not be there.
    on_path = shutil.which("ticketstream") if sys.prefix == sys.base_prefix else None
    if on_path and Path(on_path).samefile(script):
        return "ticketstream"
    return shlex.quote(min(str(script), os.path.relpath(script, folder), key=len))


def enter(folder: Path) -> str:
    """The command that goes to a folder, from wherever the other terminal stands."""
    return shlex.join(["cd", str(folder)])


def ticket_command(ours: str, ticket_id: str, subject: str, description: str) -> str:
    """The command that publishes one ticket.

    Args:
        ours: how `ticketstream` is called.
        ticket_id: of the ticket. It, subject and description hold no quote and no backslash.
        subject: of the ticket.
        description: of the ticket.
    """
    ticket = f'{{"id": "{ticket_id}", "subject": "{subject}", "description": "{description}"}}'
    return f"echo '{ticket}' | {ours} publish -"


def page_lines(address: str, settings: Mapping[str, str]) -> Iterator[str]:
    """Lines that lead to the page of a sandbox with these settings, and to the review queue where they hold a token."""
    yield f"The page: {address}"
    if token := settings.get("HTTP_WRITE_TOKEN"):
        yield f"Judge answers there: {address}/review, with the token {token}"


def shown(*sections: tuple[str, Sequence[str]]) -> Iterator[str]:
    """Lines of text: what a step is for, and below it its commands, each on a line of its own for copying."""
    for purpose, commands in sections:
        yield ""
        yield purpose
        yield from (f"  {command}" for command in commands)
