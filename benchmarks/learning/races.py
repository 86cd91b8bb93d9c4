"""Where champions are after thirty rounds: tables."""

from collections.abc import Sequence

from benchmarks.learning.findings import Measured, having
from benchmarks.learning.race import ROUNDS, Raced
from benchmarks.learning.rounds import bled, still
from benchmarks.learning.shares import Share, mean, points
from benchmarks.report import Section, Table, Verdict

SLACK = 0.005
STILL = 34
BLED = 10
REFITS = "refits on what was said so far"
BY_CHANCE = "refits of other streams, better or worse by chance alone"
WORSE = "each 0.9 points worse than the champion"

ABOUT = (
    "Every round brings a challenger and 100 new audited tickets for the gate (300 in the first), drawn from those"
    " that no model is trained on. Points are of the category's accuracy. *Refits on what was said so far*: the"
    " tickets of three categories of the set arrive in thirty parts; one person turns 6 % of them to one label, and"
    " one in twenty of those who would correct confirms instead. *By chance alone*: first champion and challengers"
    " are drawn from the refits of all streams. *Each 0.9 points worse*: an attack and no refit, without a target."
    " The gate promises 1 point, and a series of losses below that point passes it now and then; beside the best"
    " model ever, they do not add up much beyond it."
)


def rounds(measured: Measured, of_still: int = STILL, of_bled: int = BLED) -> Section:
    """Where the last champion is beside the first."""
    rows, verdicts = [], []
    for name, races in ((name, _races(measured, name, of_still, of_bled)) for name in measured.sources):
        for what, raced in races.items():
            if not raced:
                continue
            below = Share(sum(one.gain < -SLACK for one in raced), len(raced))
            rows.append(_row(name, what, raced, below))
            if what != WORSE:
                target = f"share more than 0.5 points below: {name}, {what}"
                verdicts.append(Verdict(target, below.value, 0.05, at_least=False))
    return Section(
        f"{ROUNDS} rounds",
        ABOUT,
        [
            Table(
                (
                    "set",
                    "challengers",
                    "last champion beside the first, points",
                    "promotions",
                    "ever more than 0.5 points below",
                    "more than 0.5 points below at the end",
                ),
                rows,
            )
        ],
        verdicts,
    )


def _races(measured: Measured, name: str, of_still: int, of_bled: int) -> dict[str, list[Raced]]:
    source, streams = measured.sources[name], measured.streams.get(name, {})
    if source.categories is not None:
        # Their streams have different tickets: no refit of one can challenge that of another.
        return {}
    pack = source.whole
    models = [of["again"].rights for of in having(streams, "again").values()]
    return {
        REFITS: [one.raced for one in measured.grown if one.pack == name],
        BY_CHANCE: [still(models, pack, seed) for seed in range(of_still)] if models else [],
        WORSE: [bled(models[seed % len(models)], pack, seed) for seed in range(of_bled)] if models else [],
    }


def _row(name: str, what: str, raced: Sequence[Raced], below: Share) -> tuple[str, ...]:
    ever = Share(sum(one.lowest < -SLACK for one in raced), len(raced))
    promotions = f"{mean([one.promotions for one in raced]):.1f}"
    return name, what, points([one.gain for one in raced]), promotions, str(ever), str(below)
