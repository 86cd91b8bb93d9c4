"""The commands of README and guide, taken from their text."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
README, GUIDE, YOUR_OWN = ROOT / "README.md", ROOT / "docs" / "guide.md", ROOT / "docs" / "your-own.md"
# The same pages in Spanish.
SPANISH = {README: ROOT / "README.es.md", YOUR_OWN: ROOT / "docs" / "es" / "your-own.md"}
# Run by their own means: the first by `test_demo`, the second is what runs this.
MADE = ("make demo", "make test")
TICKETS_CSV = """\
id,subject,description,language
TKT-123,Problema con pago,No puedo pagar mi factura,es
TKT-125,Lost card,"I lost my card, please block it",en
"""


def commands(page: Path) -> list[str]:
    """Every command of every `sh` block of a page, in order."""
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line.strip()]


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of a page that are written in this language."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return found


def command_of(program: str) -> str:
    """The one command of the guide that uses this program."""
    (found,) = [command for command in commands(GUIDE) if re.search(rf"\b{program}\b", command.split("#")[0])]
    return found
