"""By how much models that learned from people are better than their champions: tables."""

from benchmarks.learning.findings import Measured, Streams, gains, having
from benchmarks.learning.shares import mean, points
from benchmarks.report import Section, Table, Verdict

WANTED = {"banking77": 0.10, "clinc150": 0.07}
PARTS = ("corrections", "confirmations", "again")


def training_again(measured: Measured) -> Section:
    """Training again beside the champion that learned from a tenth."""
    return Section(
        "Training again",
        "Accuracy is that of category and subcategory together, on tickets that no model is trained on; the last column"
        " is about the category alone. Gains are means over the streams ± their 95 % interval, with the lowest and the"
        " highest stream. Half of the audited texts belong to the gate, and nothing is trained on them.",
        [
            Table(
                ("set", "streams", "rows", "accuracy", "points gained", "points gained, category alone"),
                [_row(name, having(streams, "seed", "again")) for name, streams in measured.streams.items()],
            ),
            Table(
                ("points gained", "streams", "seed + corrections", "+ confirmations", "+ audit (all)"),
                [_parts(name, having(streams, *PARTS)) for name, streams in measured.streams.items()],
            ),
        ],
        [
            Verdict(
                f"points gained on {name}", 100 * mean(gains(measured.streams[name], "seed", "again")), 100 * wanted
            )
            for name, wanted in WANTED.items()
            if name in measured.streams
        ],
    )


def _row(name: str, streams: Streams) -> tuple[str, ...]:
    before, after = ([of[model] for of in streams.values()] for model in ("seed", "again"))
    rows = (mean([one.rows for one in some]) for some in (before, after))
    accuracies = (mean([one.rights.accuracy for one in some]) for some in (before, after))
    categories = [new.rights.of_categories - old.rights.of_categories for old, new in zip(before, after, strict=True)]
    return (
        name,
        str(len(streams)),
        " ▸ ".join(f"{value:,.0f}" for value in rows),
        " ▸ ".join(f"{value:.3f}" for value in accuracies),
        points(gains(streams, "seed", "again")),
        points(categories),
    )


def _parts(name: str, streams: Streams) -> tuple[str, ...]:
    return (name, str(len(streams)), *(points(gains(streams, "seed", part)) for part in PARTS))
