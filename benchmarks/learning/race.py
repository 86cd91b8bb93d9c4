"""Champions and challengers over many rounds of the gate."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from analytics.reports.outlook import MINIMUM_TICKETS, NEW_TICKETS
from benchmarks.learning.fitting import Rights
from benchmarks.learning.gating import Draw, Standing, pairs
from learning.gate import Pair, Promote, Verdict, judge
from learning.trials import MOST_EARLIER

ROUNDS = 30


class Raced(NamedTuple):
    """What came of all rounds.

    Attributes:
        categories: True accuracy of every champion, in order: of categories, 0 to 1.
        labels: The same of category and subcategory together.
    """

    categories: list[float]
    labels: list[float]

    @property
    def promotions(self) -> int:
        """How many challengers became champion."""
        return len(self.categories) - 1

    @property
    def gain(self) -> float:
        """By how much the last champion is better than the first, by its categories, -1 to 1."""
        return self.categories[-1] - self.categories[0]

    @property
    def label_gain(self) -> float:
        """The same of category and subcategory together."""
        return self.labels[-1] - self.labels[0]

    @property
    def lowest(self) -> float:
        """By how much the worst champion was better than the first, by its categories: 0 or less."""
        return min(self.categories) - self.categories[0]


class Race:
    """A champion, those before it, and the audited tickets that arrive round by round."""

    def __init__(self, champion: Rights, categories: Sequence[str], draw: Draw) -> None:
        """Take the first champion's answers to every ticket that may be drawn for the audit."""
        self.champion = champion
        self._champions = [champion]
        self._categories = categories
        self._draw = draw
        self._places = np.empty(0, dtype=np.int64)

    def offer(self, challenger: Rights) -> Verdict:
        """Audit as many tickets as the gate waits for, and ask the gate; a promoted challenger is the champion."""
        new = NEW_TICKETS if len(self._places) else MINIMUM_TICKETS
        drawn = self._draw.integers(len(challenger.category), size=new)
        self._places = np.concatenate([self._places, drawn])
        verdict = judge(self._beside(self.champion, challenger), self._beside_best(challenger), since_last=new)
        if isinstance(verdict, Promote):
            self.champion = challenger
            self._champions.append(challenger)
        return verdict

    def ended(self) -> Raced:
        """What came of the rounds so far."""
        return Raced([one.of_categories for one in self._champions], [one.accuracy for one in self._champions])

    def _beside(self, standing: Rights, challenger: Rights) -> list[Pair]:
        return pairs(Standing(standing.category, challenger.category, self._categories), self._places)

    def _beside_best(self, challenger: Rights) -> list[Pair] | None:
        # As `learning.trials` chooses: of the latest earlier champions the one that got most of these tickets right.
        earlier = [one for one in reversed(self._champions) if one is not self.champion][:MOST_EARLIER]
        best = max(earlier, key=self._right, default=self.champion)
        return self._beside(best, challenger) if self._right(best) > self._right(self.champion) else None

    def _right(self, one: Rights) -> int:
        return int(one.category[self._places].sum())


def raced(
    first: Rights, challengers: Callable[[Race], Rights], categories: Sequence[str], draw: Draw, rounds: int = ROUNDS
) -> Raced:
    """Offer one challenger a round."""
    race = Race(first, categories, draw)
    for _ in range(rounds):
        race.offer(challengers(race))
    return race.ended()
