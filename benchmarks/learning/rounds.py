"""Thirty rounds: with models that get better, and with models that do not."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from benchmarks.learning.again import turned_to
from benchmarks.learning.choice import Choice, part
from benchmarks.learning.fitting import Rights, fitted
from benchmarks.learning.gating import Draw
from benchmarks.learning.packs import Pack
from benchmarks.learning.race import ROUNDS, Race, Raced, raced
from benchmarks.learning.stream import Answered, Habits, Judgement, Turner, judged, stream
from learning.gate import Promote

CATEGORIES = 3
BLEEDING, APART = 0.009, 0.03
HABITS = Habits(mistaken=0.05)


class Grown(NamedTuple):
    """One stream of refits.

    Attributes:
        pack: The name of the set.
        seed: Of the stream.
        tickets: How many arrived in all rounds.
        raced: What came of the rounds.
        took_s: Processor seconds.
    """

    pack: str
    seed: int
    tickets: int
    raced: Raced
    took_s: float

    @classmethod
    def restored(cls, fields: Mapping[str, Any]) -> Self:
        """From JSON, in which tuples are lists."""
        return cls(**{**fields, "raced": Raced(*fields["raced"])})


def grown(whole: Pack, seed: int, rounds: int = ROUNDS) -> Grown:
    """Refits on everything that was said so far, on the tickets of a few categories.

    The champion of the round answers the round's tickets. One person turns all that they touch to one label, and one
    in twenty of the wrong answers that would be corrected is confirmed instead.
    """
    began_s = time.process_time()
    pack = whole.narrowed(CATEGORIES, seed)
    choice, flow = Choice(pack), stream(len(pack.arriving.texts), seed)
    turner = Turner(turned_to(pack, seed))
    champion = fitted(part(choice.of(flow, [], [])))
    race = Race(Rights.of(champion.answers(pack.bench.texts), pack.bench.labels), _categories(pack), _draw(seed))
    answered = list[Answered]()
    said = list[Judgement]()
    for places in np.array_split(np.array(flow.arriving), rounds):
        arrived = pack.arriving.picked(places.tolist())
        now = list(map(Answered, places.tolist(), champion.answers(arrived.texts), arrived.labels))
        begins_s = said[-1].at_s + 1 if said else 0
        said += judged(now, seed, habits=HABITS, turner=turner, begins_s=begins_s)
        answered += now
        challenger = fitted(part(choice.of(flow, answered, said)))
        rights = Rights.of(challenger.answers(pack.bench.texts), pack.bench.labels)
        if isinstance(race.offer(rights), Promote):
            champion = challenger
    return Grown(pack.name, seed, len(answered), race.ended(), round(time.process_time() - began_s, 3))


def still(models: Sequence[Rights], pack: Pack, seed: int, rounds: int = ROUNDS) -> Raced:
    """Every challenger is drawn from models of equally long streams: none is better but by chance."""
    draw = _draw(seed)

    def drawn() -> Rights:
        return models[int(draw.integers(len(models)))]

    return raced(drawn(), lambda _: drawn(), _categories(pack), draw, rounds)


def bled(first: Rights, pack: Pack, seed: int, rounds: int = ROUNDS) -> Raced:
    """Every challenger is BLEEDING worse than the champion that it meets; APART of their answers differ."""
    draw = _draw(seed)
    return raced(first, lambda race: _worse(race.champion, draw), _categories(pack), draw, rounds)


def _worse(champion: Rights, draw: Draw) -> Rights:
    tickets = len(champion.category)
    right, wrong = np.flatnonzero(champion.category), np.flatnonzero(~champion.category)
    gained = min(round(tickets * (APART - BLEEDING) / 2), len(wrong))
    lost = min(gained + round(tickets * BLEEDING), len(right))
    category = champion.category.copy()
    category[draw.choice(right, lost, replace=False)] = False
    category[draw.choice(wrong, gained, replace=False)] = True
    return Rights(champion.label & category, category)


def _categories(pack: Pack) -> list[str]:
    return [category for category, _ in pack.bench.labels]


def _draw(seed: int) -> Draw:
    return np.random.default_rng([seed, ROUNDS])
