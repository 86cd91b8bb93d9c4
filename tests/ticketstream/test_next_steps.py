"""Commands for people to type, as a shell understands them, from whatever folder."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from consumer.answer.taxonomy import from_document, load_taxonomy
from consumer.answer.taxonomy_file import parse
from consumer.errors import ConfigurationError
from ticketstream.demo_data import check_labels
from ticketstream.next_steps import enter, program, ticket_command

OTHER = """\
version = "shop-1"
languages = ["es"]
[default]
category = "pedidos"
precision = 0.5
n = 10
[categories.pedidos]
name = { es = "Pedidos" }
[keywords.es]
"""


@pytest.mark.parametrize("name", ["plain", "with a blank", "it's", "ñ$HOME"])
def test_the_program_is_found_from_any_folder(tmp_path: Path, name: str) -> None:
    """The folder is entered, and the program runs there, on an empty path."""
    folder = tmp_path / name
    folder.mkdir()
    typed = f"{enter(folder)} && {program(folder)} --version"
    done = subprocess.run(["/bin/sh", "-c", typed], env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"ticketstream ")


def test_a_ticket_in_a_command_is_one_object_of_json() -> None:
    """What the shell writes into the pipe is what `publish -` reads."""
    echo, _, publish = ticket_command("ticketstream", "MINE-1", "A question", "What now, please?").partition(" | ")

    assert shlex.split(publish) == ["ticketstream", "publish", "-"]
    assert json.loads(subprocess.run(["/bin/sh", "-c", echo], capture_output=True, check=True).stdout) == {
        "id": "MINE-1",
        "subject": "A question",
        "description": "What now, please?",
    }


def test_demo_data_is_for_the_taxonomy_of_the_demo() -> None:
    """Any other is refused with the reason."""
    check_labels(load_taxonomy(), "ours")
    with pytest.raises(ConfigurationError) as refused:
        check_labels(from_document(parse(OTHER, "a test")), "shop/taxonomy.toml")

    assert "of bank customers, and shop/taxonomy.toml has no category " in str(refused.value)
