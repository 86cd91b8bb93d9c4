"""Which of the labelled tickets a model begins with, and which come in afterwards."""

import json
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.labelled import Labelled, questions

# A tenth of what there is: the model is weak, and has much to learn from people.
SEED_SHARE: Final = 0.1
# Enough wrong answers among them to see many corrections at work.
_REPEATED: Final = 80


class LearningData(NamedTuple):
    """Tickets without overlap.

    Attributes:
        seed: what the first model learns from.
        first: come in while it answers.
        repeated: come in again and again, once their answers are corrected.
        later: come in while models change.
    """

    seed: tuple[Labelled, ...]
    first: tuple[Labelled, ...]
    repeated: tuple[Labelled, ...]
    later: tuple[Labelled, ...]


def learning_data(tickets: int) -> LearningData:
    """Divide the labelled tickets, the same way each time.

    Args:
        tickets: how many are `first`; fewer where there are not as many.
    """
    everything = questions()
    seeds = round(SEED_SHARE * len(everything))
    repeated = seeds + _REPEATED
    # What comes later is left at least as much as the seed.
    first = min(repeated + tickets, len(everything) - seeds)
    return LearningData(
        tuple(everything[:seeds]),
        tuple(everything[repeated:first]),
        tuple(everything[seeds:repeated]),
        tuple(everything[first:]),
    )


def write_seed(tickets: tuple[Labelled, ...], path: Path) -> None:
    """Write labelled tickets as a file that models are trained on."""
    fields = ("subject", "description", "category", "subcategory")
    lines = (json.dumps({field: getattr(ticket, field) for field in fields}, ensure_ascii=False) for ticket in tickets)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
