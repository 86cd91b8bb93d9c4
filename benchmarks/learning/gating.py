"""How often the gate promotes a challenger, by its true difference from the champion."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analytics.reports.outlook import NEW_TICKETS
from benchmarks.learning.fitting import Bools
from learning.gate import Pair, Promote, Verdict, judge

Places = npt.NDArray[np.int64]
Draw = np.random.Generator


class Cannot(ValueError):
    """Two models differ on too few tickets to draw tickets with such a difference."""


class Standing(NamedTuple):
    """Two models on the same tickets, whose categories people gave."""

    champion: Bools
    challenger: Bools
    categories: Sequence[str]

    @property
    def difference(self) -> float:
        """By how much the challenger's accuracy is higher, -1 to 1."""
        return float(self.challenger.mean() - self.champion.mean())


def at_difference(of: Standing, difference: float) -> npt.NDArray[np.float64]:
    """The probability of each ticket, so that drawn tickets have exactly this true difference.

    The two models differ on as many tickets as before; where that is too few, the cell of the smaller count stays as
    it is and the other grows. Tickets on which both are right, or both wrong, keep their proportion.

    Raises:
        Cannot: One of the two is never right alone, or they agree on no ticket.
    """
    gained, lost = of.challenger & ~of.champion, of.champion & ~of.challenger
    apart = float((gained | lost).mean())
    if apart <= abs(difference):
        apart = abs(difference) + 2 * float(min(gained.mean(), lost.mean()))
    wanted_gained, wanted_lost = (apart + difference) / 2, (apart - difference) / 2
    alike = ~(gained | lost)
    if not gained.any() or not lost.any() or not alike.any() or apart >= 1:
        raise Cannot(f"{int(gained.sum())} tickets are gained and {int(lost.sum())} lost")
    odds = alike * ((1 - apart) / alike.sum())
    return np.asarray(odds + gained * (wanted_gained / gained.sum()) + lost * (wanted_lost / lost.sum()))


def pairs(of: Standing, places: Places) -> list[Pair]:
    """The gate's pairs of these tickets."""
    champion, challenger = of.champion[places].tolist(), of.challenger[places].tolist()
    return [
        Pair(old, new, of.categories[place])
        for old, new, place in zip(champion, challenger, places.tolist(), strict=True)
    ]


def verdict(of: Standing, tickets: int, draw: Draw, odds: npt.NDArray[np.float64] | None = None) -> Verdict:
    """What the gate says of so many tickets drawn independently of each other, all of them new."""
    places = draw.choice(len(of.champion), size=tickets, p=odds)
    return judge(pairs(of, places), None, since_last=max(tickets, NEW_TICKETS))


def promoted(of: Standing, difference: float, tickets: int, draws: int, draw: Draw) -> int:
    """How often, of so many draws, the gate promotes a challenger whose true difference is this."""
    odds = at_difference(of, difference)
    return sum(isinstance(verdict(of, tickets, draw, odds), Promote) for _ in range(draws))
