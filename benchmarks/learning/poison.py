"""Whether a refit that one person has spoilt becomes the champion."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from analytics.reports.outlook import MINIMUM_TICKETS
from benchmarks.learning.again import SLY_SHARE, Line
from benchmarks.learning.fitting import Bools, unpacked
from benchmarks.learning.gating import Draw, Standing, pairs
from benchmarks.learning.stream import Turner
from classifier.model import Label
from learning.gate import Promote, judge

FALL = 0.01
TOUCHED = Turner(("", None)).touched


class Spoilt(NamedTuple):
    """What came of one refit at the gate.

    Attributes:
        difference: Of its true accuracy from the champion's, -1 to 1: of labels or of categories, whichever is lower.
        promoted: Whether it became the champion.
    """

    difference: float
    promoted: bool

    @property
    def fell(self) -> bool:
        """Whether the champion is worse than before by more than FALL."""
        return self.promoted and self.difference < -FALL


def at_the_gate(champion: Line, spoilt: Line, labels: Sequence[Label], turned_to: Label, draw: Draw) -> Spoilt:
    """The gate's tickets are drawn from those that no model is trained on; the person has judged their share of them.

    Their word counts there, as in training, unless they were left out.
    """
    places = draw.integers(len(labels), size=MINIMUM_TICKETS)
    touched = draw.random(len(places)) < _turned_share(spoilt)
    categories = [
        turned_to[0] if is_touched else labels[place][0]
        for place, is_touched in zip(places.tolist(), touched.tolist(), strict=True)
    ]
    seen = Standing(_as_judged(champion, places, touched), _as_judged(spoilt, places, touched), categories)
    verdict = judge(pairs(seen, np.arange(len(places))), None, since_last=len(places))
    before, after = champion.rights, spoilt.rights
    differences = after.accuracy - before.accuracy, after.of_categories - before.of_categories
    return Spoilt(min(differences), isinstance(verdict, Promote))


def _turned_share(spoilt: Line) -> float:
    if spoilt.left_out:
        return 0.0
    return TOUCHED * SLY_SHARE if spoilt.model == "sly" else TOUCHED


def _as_judged(line: Line, places: np.ndarray[tuple[int], np.dtype[np.int64]], touched: Bools) -> Bools:
    turned = unpacked(line.turned, line.tickets)[places]
    return np.asarray(np.where(touched, turned, line.rights.category[places]), dtype=np.bool_)
