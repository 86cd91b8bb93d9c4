"""What the gate promotes: tables."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.learning.again import Line, turned_to
from benchmarks.learning.findings import Measured, Models, Streams, gains, having
from benchmarks.learning.gating import Cannot, Standing, promoted
from benchmarks.learning.packs import Source
from benchmarks.learning.poison import at_the_gate
from benchmarks.learning.shares import Share, points
from benchmarks.report import Section, Table, Verdict

DRAWS = 10
DIFFERENCES = (0.07, 0.029, 0.004, -0.009, -0.026)
BETTER, WORSE = DIFFERENCES[0], DIFFERENCES[-1]
TICKETS = (300, 500)
NEXT = "again, of the next stream"
CHALLENGERS = {
    ("seed", "early"): "of a third of the judgements, beside the seed's",
    ("seed", "again"): "of all judgements, beside the seed's",
    ("again", "early"): "of a third of the judgements, beside all",
    ("again", "hidden"): "spoilt by one person, beside a clean one",
    ("again", NEXT): "of all judgements of another stream, beside all",
}
SPOILT = {
    "turned": "under one name",
    "hidden": "under another name for each ticket",
    "sly": "turns a fifth, judges the rest rightly",
}
BESIDE = {"seed": "the seed's", "again": "a clean refit"}
ABOUT_GATE = (
    "Share of challengers that are promoted, by their true difference in points of the category's accuracy, which is"
    " what the gate compares. Champion and challenger are real models of the streams. The gate's tickets are drawn,"
    " independently of each other, from those that no model is trained on, and so that the true difference is exactly"
    f" that of the column. {DRAWS} draws for each stream of whole sets, the sets together. The first challenger is"
    " nearest to a truth of 7 points; the more tickets two models answer differently, the less 300 of them tell."
)
ABOUT_SPOILT = (
    "One person touches 6 % of the tickets of a stream, the audited ones too, and turns them to one label. `Beside` is"
    " the champion: the seed's, or a refit of the same stream without that person. The gate sees 300 tickets, and the"
    " person has judged their part of those too, unless they were left out. The champion has fallen where its category"
    " or its whole label is right more than 1 point less often than before."
    f" {DRAWS} draws for each stream."
)


def gate(measured: Measured) -> Section:
    """How often a challenger is promoted, by its true difference from the champion."""
    rows, better, worse = [], [], []
    for (standing, new), what in CHALLENGERS.items():
        for tickets in TICKETS:
            shares = {difference: _promoted(measured, standing, new, difference, tickets) for difference in DIFFERENCES}
            rows.append((what, str(tickets), *(f"{share.value:.3f}" if share.of else "-" for share in shares.values())))
            if tickets == TICKETS[0]:
                better.append(shares[BETTER])
                worse.append(shares[WORSE])
    return Section(
        "The gate",
        ABOUT_GATE,
        [
            Table(("challenger", "tickets", *(f"{100 * one:+.1f}" for one in DIFFERENCES)), rows),
            Table(
                ("at 300 tickets, with 95 % interval", "promoted"),
                [
                    (f"7 points better, {CHALLENGERS['seed', 'early']}", str(better[0])),
                    ("7 points better, all challengers", str(_together(better))),
                    ("2.6 points worse, all challengers", str(_together(worse))),
                ],
            ),
        ],
        [Verdict("share promoted, 7 points better, n = 300", share.value, 0.95) for share in better[:1] if share.of]
        + [
            Verdict(f"share promoted, 2.6 points worse, n = 300, {what}", share.value, 0.05, at_least=False)
            for what, share in zip(CHALLENGERS.values(), worse, strict=True)
            if share.of
        ],
    )


def spoilt(measured: Measured) -> Section:
    """What one person can do."""
    found = list(_spoilt(measured))
    return Section(
        "One person who turns tickets to one label",
        ABOUT_SPOILT,
        [
            Table(
                ("set", "the person", "beside", "left out", "refit, points", "promoted", "champion fallen"),
                [one.row for one in found],
            )
        ],
        [
            Verdict(
                f"share of champions fallen, {one.row[0]}, {SPOILT['turned']}, beside {one.row[2]}",
                one.fallen.value,
                0.02,
                at_least=False,
            )
            for one in found
            if one.model == "turned"
        ],
    )


class _Kind(NamedTuple):
    model: str
    fallen: Share
    row: tuple[str, ...]


def _together(shares: list[Share]) -> Share:
    return Share(sum(share.times for share in shares), sum(share.of for share in shares))


def _promoted(measured: Measured, standing: str, new: str, difference: float, tickets: int) -> Share:
    times = of = 0
    for name, streams in measured.streams.items():
        source = measured.sources[name]
        if source.categories is not None:
            # Each of their streams has other tickets, and few of them.
            continue
        categories = [category for category, _ in source.whole.bench.labels]
        for seed, (old, challenger) in _matches(streams, standing, new):
            pair = Standing(old.rights.category, challenger.rights.category, categories)
            try:
                times += promoted(pair, difference, tickets, DRAWS, np.random.default_rng([seed, tickets]))
            except Cannot:
                continue
            of += DRAWS
    return Share(times, of)


def _matches(streams: Streams, standing: str, new: str) -> Iterator[tuple[int, tuple[Line, Line]]]:
    for seed, models in streams.items():
        challenger = streams.get(seed + 1, {}).get(standing) if new == NEXT else models.get(new)
        if standing in models and challenger:
            yield seed, (models[standing], challenger)


def _spoilt(measured: Measured) -> Iterator[_Kind]:
    for name, streams in measured.streams.items():
        for model, what in SPOILT.items():
            for standing, beside in BESIDE.items():
                some = having(streams, standing, model)
                if not some:
                    continue
                fallen, promotions = _at_the_gate(measured.sources[name], some, standing, model)
                left_out = sum(of[model].left_out > 0 for of in some.values())
                refit = points(gains(some, standing, model))
                row = (name, what, beside, f"{left_out} of {len(some)}", refit, str(promotions), str(fallen))
                yield _Kind(model, fallen, row)


def _at_the_gate(source: Source, streams: dict[int, Models], standing: str, model: str) -> tuple[Share, Share]:
    outcomes = [
        at_the_gate(of[standing], of[model], pack.bench.labels, turned_to(pack, seed), np.random.default_rng([seed, n]))
        for seed, of in streams.items()
        for pack in [source.of(seed)]
        for n in range(DRAWS)
    ]
    return (
        Share(sum(one.fell for one in outcomes), len(outcomes)),
        Share(sum(one.promoted for one in outcomes), len(outcomes)),
    )
