"""The commands of the README, taken from its text."""

import re
from pathlib import Path

README = Path(__file__).parent.parent.parent / "README.md"
# Run by their own means: the first by `test_demo`, the second is what runs this.
MADE = ("make demo", "make test")
TICKETS_CSV = """\
id,subject,description,language
TKT-123,Problema con pago,No puedo pagar mi factura,es
TKT-125,Lost card,"I lost my card, please block it",en
"""


def commands() -> list[str]:
    """Every command of every `sh` block, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def command_of(program: str) -> str:
    """The one command that uses this program."""
    (found,) = [command for command in commands() if re.search(rf"\b{program}\b", command.split("#")[0])]
    return found
