"""From lines of results to sections of the report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.learning.again import Line, turned_to
from benchmarks.learning.gating import Cannot, Standing, promoted
from benchmarks.learning.packs import Pack
from benchmarks.learning.poison import at_the_gate
from benchmarks.learning.rounds import Grown, still
from benchmarks.learning.shares import Share, mean, points
from benchmarks.report import Section, Table, Verdict

GAINS = {"banking77": 0.10, "clinc150": 0.07}
DRAWS = 10
DIFFERENCES = (0.07, 0.029, 0.004, -0.009, -0.026)
BETTER, WORSE = DIFFERENCES[0], DIFFERENCES[-1]
TICKETS = (300, 500)
SLACK = 0.005
STILL = 100

Streams = Mapping[str, Mapping[int, Mapping[str, Line]]]
"""By set, seed and model."""


class Measured(NamedTuple):
    """Everything that was measured."""

    packs: Mapping[str, Pack]
    streams: Streams
    grown: Sequence[Grown]


def by_stream(lines: Sequence[Line]) -> dict[str, dict[int, dict[str, Line]]]:
    """Sort the lines."""
    found: dict[str, dict[int, dict[str, Line]]] = {}
    for line in lines:
        found.setdefault(line.pack, {}).setdefault(line.seed, {})[line.model] = line
    return found


def sections(measured: Measured) -> Iterator[Section]:
    """Everything that the report shows."""
    yield training_again(measured.streams)
    yield gate(measured)
    yield spoilt(measured)
    yield rounds(measured)


def training_again(streams: Streams) -> Section:
    """By how much models that learned from people are better than their champions."""
    rows, parts, targets = [], [], []
    for name, seeds in streams.items():
        gains = _gains(seeds, "seed", "again")
        whole = [one["again"] for one in seeds.values() if "again" in one]
        champions = [one["seed"] for one in seeds.values()]
        rows.append(
            (
                name,
                f"{len(gains)}",
                f"{mean([one.rows for one in champions]):,.0f} ▸ {mean([one.rows for one in whole]):,.0f}",
                f"{mean([one.rights.accuracy for one in champions]):.3f}"
                f" ▸ {mean([one.rights.accuracy for one in whole]):.3f}",
                points(gains),
                points([_category_gain(one, "seed", "again") for one in seeds.values() if "again" in one]),
            )
        )
        parts.append((name, *_parts(seeds)))
        if name in GAINS:
            targets.append(Verdict(f"points gained on {name}", 100 * mean(gains), 100 * GAINS[name]))
    return Section(
        "Training again",
        "Accuracy of category and subcategory together, unless the column says category, on tickets that no model is"
        " trained on. Gains are means over the streams ± their 95 % interval, with the lowest and the highest stream.",
        [
            Table(("set", "streams", "rows", "accuracy", "points gained", "points gained, category alone"), rows),
            Table(("set", "streams", "seed + corrections", "+ confirmations", "+ audit (all)"), parts),
        ],
        targets,
    )


def gate(measured: Measured) -> Section:
    """How often a challenger is promoted, by its true difference."""
    kinds = {
        "trained on a third of the judgements, beside the seed's": ("seed", "early"),
        "trained on all judgements, beside the seed's": ("seed", "again"),
        "trained on a third of the judgements, beside all": ("again", "early"),
        "spoilt, beside a clean one": ("again", "hidden"),
        "of the next stream": ("again", "again of the next"),
    }
    rows, found = [], {}
    for what, (standing, new) in kinds.items():
        for tickets in TICKETS:
            shares = [_promoted(measured, standing, new, difference, tickets) for difference in DIFFERENCES]
            found[standing, new, tickets] = dict(zip(DIFFERENCES, shares, strict=True))
            rows.append((what, f"{tickets}", *(f"{share.value:.3f}" for share in shares)))
    better = found["seed", "early", 300][BETTER]
    worse = [found[standing, new, 300][WORSE] for standing, new in kinds.values()]
    pooled = Share(sum(share.times for share in worse), sum(share.of for share in worse))
    intervals = Table(
        ("at 300 tickets", "promoted"),
        [
            ("7 points better: trained on a third of the judgements, beside the seed's", str(better)),
            ("2.6 points worse: all five kinds", str(pooled)),
        ],
    )
    columns = ("challenger", "tickets", *(f"{100 * difference:+.1f}" for difference in DIFFERENCES))
    return Section(
        "The gate",
        "Share of challengers that are promoted, by their true difference in points. Champion and challenger are real"
        " models of one stream; tickets are drawn, with replacement and independently, from those that no model is"
        f" trained on, so that the true difference is exactly the one of the column. {DRAWS} draws for each stream.",
        [Table(columns, rows), intervals],
        [
            Verdict("share of challengers 7 points better that are promoted, n = 300", better.value, 0.95),
            Verdict(
                "share of challengers 2.6 points worse that are promoted, n = 300, the worst kind",
                max(share.value for share in worse),
                0.05,
                at_least=False,
            ),
        ],
    )


def spoilt(measured: Measured) -> Section:
    """What one person can do."""
    kinds = {
        "turned": "under one name",
        "hidden": "under another name for every ticket, so that nothing is left out",
        "sly": "turns a fifth, judges the rest rightly",
    }
    rows, fallen = [], []
    for name, seeds in measured.streams.items():
        for model, what in kinds.items():
            for standing in ("seed", "again"):
                some = {seed: of for seed, of in seeds.items() if model in of and standing in of}
                if not some:
                    continue
                falls, promotions = _spoilt(measured.packs[name], some, standing, model)
                left_out = sum(of[model].left_out > 0 for of in some.values())
                beside = "the seed's" if standing == "seed" else "a clean refit"
                gains = points(_gains(some, standing, model))
                rows.append((name, what, beside, f"{left_out} of {len(some)}", gains, str(promotions), str(falls)))
                fallen += [falls] if model == "turned" else []
    worst = max((share.value for share in fallen), default=float("nan"))
    return Section(
        "One person who turns tickets to one label",
        "One person touches 6 % of the tickets of a stream, the audited ones too, and turns them to one label. `Beside`"
        " is the champion. The gate sees 300 tickets; the person has judged their part of those too, unless they were"
        f" left out. {DRAWS} draws for each stream.",
        [
            Table(
                (
                    "set",
                    "the person",
                    "beside",
                    "left out in streams",
                    "refit, points",
                    "promoted",
                    "champion falls by more than 1 point",
                ),
                rows,
            )
        ],
        [Verdict("share in which the champion falls by more than 1 point, worst set", worst, 0.02, at_least=False)],
    )


def rounds(measured: Measured) -> Section:
    """Where champions are after thirty rounds."""
    rows, verdicts = [], []
    for name, pack in measured.packs.items():
        raced = [one.raced for one in measured.grown if one.pack == name]
        seeds = measured.streams.get(name, {})
        models = [of["again"].rights for of in seeds.values() if "again" in of]
        for what, races in {
            "refits on what was said so far": raced,
            "models that are no better but by chance": [still(models, pack, seed) for seed in range(STILL)]
            if models
            else [],
        }.items():
            if not races:
                continue
            below = Share(sum(one.gain < -SLACK for one in races), len(races))
            ever = Share(sum(one.lowest < -SLACK for one in races), len(races))
            promotions = f"{mean([one.promotions for one in races]):.1f}"
            rows.append((name, what, points([one.gain for one in races]), promotions, str(ever), str(below)))
            verdicts.append(
                Verdict(f"share more than 0.5 points below: {name}, {what}", below.value, 0.05, at_least=False)
            )
    return Section(
        "Thirty rounds",
        "Every round brings a challenger and 100 new audited tickets for the gate (300 in the first), drawn from those"
        " that no model is trained on. Refits: the tickets of three categories of the set arrive in thirty parts and"
        " are judged; one person turns 6 % of them to one label, and one in twenty who would correct confirms instead."
        " No better but by chance: first champion and challengers are drawn from the refits of all streams.",
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


def _gains(seeds: Mapping[int, Mapping[str, Line]], before: str, after: str) -> list[float]:
    both = [one for one in seeds.values() if before in one and after in one]
    return [one[after].rights.accuracy - one[before].rights.accuracy for one in both]


def _category_gain(of: Mapping[str, Line], before: str, after: str) -> float:
    return float(of[after].rights.category.mean() - of[before].rights.category.mean())


def _parts(seeds: Mapping[int, Mapping[str, Line]]) -> tuple[str, ...]:
    whole = {seed: of for seed, of in seeds.items() if {"corrections", "confirmations", "again"} <= of.keys()}
    return (
        str(len(whole)),
        *(points(_gains(whole, "seed", name)) for name in ("corrections", "confirmations", "again")),
    )


def _promoted(measured: Measured, standing: str, new: str, difference: float, tickets: int) -> Share:
    times = of = 0
    for name, seeds in measured.streams.items():
        categories = [category for category, _ in measured.packs[name].bench.labels]
        for seed, models in seeds.items():
            challenger = models.get(new) or seeds.get(seed + 1, {}).get(new.partition(" ")[0])
            if standing not in models or challenger is None:
                continue
            pair = Standing(models[standing].rights.category, challenger.rights.category, categories)
            try:
                times += promoted(pair, difference, tickets, DRAWS, np.random.default_rng([seed, tickets]))
                of += DRAWS
            except Cannot:
                continue
    return Share(times, of)


def _spoilt(pack: Pack, seeds: Mapping[int, Mapping[str, Line]], standing: str, model: str) -> tuple[Share, Share]:
    outcomes = [
        at_the_gate(of[standing], of[model], pack.bench.labels, turned_to(pack, seed), draw)
        for seed, of in seeds.items()
        for draw in [np.random.default_rng([seed, DRAWS])]
        for _ in range(DRAWS)
    ]
    return (
        Share(sum(one.fell for one in outcomes), len(outcomes)),
        Share(sum(one.promoted for one in outcomes), len(outcomes)),
    )
