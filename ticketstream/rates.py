"""How many a second."""

import math

import typer

SLOWEST_PER_S = 0.001


def per_second(rate: float) -> float:
    """Check a rate; 0 is as fast as possible.

    Raises:
        typer.BadParameter: the pauses would last for hours, or the rate is no number.
    """
    if rate and not SLOWEST_PER_S <= rate < math.inf:
        raise typer.BadParameter(f"{rate:g} is no rate; give at least {SLOWEST_PER_S:g}, or 0 for as fast as possible.")
    return rate
