"""`python -m benchmarks.gate`: how often the champion gate promotes models that are truly better and worse."""

from typing import Annotated

import numpy as np
import typer

from learning.gate import Pair, Promote, judge
from terminal.output import say
from terminal.tables import Grid, laid_out
from ticketstream.output import command

CHAMPION = 0.85
CATEGORIES = 10
DIFFERENCES = (0.07, 0.03, 0.01, 0.0, -0.01, -0.026)
DISCORDANT = (0.08, 0.12, 0.16, 0.2)
# Champion and challenger: both right, only the challenger, only the champion, none.
KINDS = ((True, True), (False, True), (True, False), (False, False))

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


def promoted(difference: float, discordant: float, n: int, runs: int, seed: int) -> float:
    """How often a challenger is promoted.

    Args:
        difference: its true accuracy minus the champion's.
        discordant: share of tickets that only one of the two has right, at least as large.
        n: audited tickets, spread evenly over ten categories.
        runs: audits.
        seed: of all chance.
    """
    chance = np.random.default_rng(seed)
    gained, lost = (discordant + difference) / 2, (discordant - difference) / 2
    shares = [CHAMPION - lost, gained, lost, 1 - CHAMPION - gained]
    taken = 0
    for _ in range(runs):
        drawn, categories = chance.choice(len(KINDS), n, p=shares), chance.integers(CATEGORIES, size=n)
        pairs = [
            Pair(KINDS[kind][0], KINDS[kind][1], str(category))
            for kind, category in zip(drawn, categories, strict=True)
        ]
        taken += isinstance(judge(pairs, None, since_last=n), Promote)
    return taken / runs


@app.command()
@command
def measure(
    runs: Annotated[int, typer.Option(min=1, help="Audits for each figure.")] = 10_000,
    tickets: Annotated[int, typer.Option(min=300, help="Tickets of an audit.")] = 300,
    seed: Annotated[int, typer.Option(help="Of all chance.")] = 1,
) -> None:
    """Simulate audits and print how often the gate promotes, by true difference and share of discordant answers."""
    rows = tuple(
        (
            f"{100 * difference:+.1f} points",
            *(f"{promoted(difference, discordant, tickets, runs, seed):.1%}" for discordant in DISCORDANT),
        )
        for difference in DIFFERENCES
    )
    columns = ("true difference", *(f"{discordant:.0%} discordant" for discordant in DISCORDANT))
    say(
        laid_out(
            Grid(columns, rows, title=f"promoted, of {runs:,} audits of {tickets:,}", numeric=frozenset(columns[1:]))
        )
    )


if __name__ == "__main__":
    app()
