"""What a soak found, beside what it promises: tables and verdicts. Pure."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.report import Table, Verdict, number, percentile, table_lines
from tests.soak.happened import Growth, Recovery

# For a full run; a short one promises fewer in proportion.
KILLS_IN_FULL = 100
RECOVERED_S = 15.0
BACK_S = 5.0
# What has not recovered by then counts, whatever happens next.
MAX_WAIT_S = 20.0
GROWTH = 0.05
FEW = 2.0
MIB = 2**20


class Found(NamedTuple):
    """Everything that a soak measured.

    Attributes:
        wanted: tickets.
        share: of a full run's time.
        tickets: that were published and acknowledged, without repeats and bad records.
        wrongs: what the oracle says of the raw logs.
        store: answers and corrections that are in the topic or in ClickHouse alone.
        broker_s: from each return of the broker to the first commit.
        others_s: by part, from each kill to the sink's next commit.
        growth: of each spared process; None when there are too few samples.
        restarts: services that ended by themselves and were started again.
        endings: exit codes of the services after SIGTERM.
        ahead: at each takeover of a partition, the tickets that were answered ahead of its offset.
        versions: models that the learner trained after its first.
        broken_models: what of its folder cannot be used.
    """

    wanted: int
    share: float
    tickets: int
    failures: int
    kills: Mapping[str, int]
    lost: int
    doubled: int
    wrongs: int
    provisional: int
    store: int
    recoveries: Sequence[Recovery]
    broker_s: Sequence[float]
    others_s: Mapping[str, Sequence[float]]
    growth: Mapping[str, Growth | None]
    leaks: int
    restarts: int
    endings: Sequence[int]
    ahead: Sequence[int]
    versions: int
    broken_models: int


def verdicts(found: Found) -> list[Verdict]:
    """Each promise with what was measured."""
    return [
        Verdict("tickets published", found.tickets, found.wanted),
        Verdict("kills (SIGKILL)", sum(found.kills.values()), int(KILLS_IN_FULL * found.share)),
        _at_most("records that the broker did not take from the publisher", found.failures, 0),
        _at_most("lost", found.lost, 0),
        _at_most("doubled", found.doubled, 0),
        _at_most("breaches found in the raw logs (order, revisions, queue, audit copies)", found.wrongs, 0),
        _at_most("answers still provisional", found.provisional, 0),
        _at_most("rows that differ between the committed log and ClickHouse", found.store, 0),
        *_soon("first commit after a worker's SIGKILL", with_broker(found.recoveries), RECOVERED_S),
        *_soon("the same on every partition, nothing else meanwhile", undisturbed(found.recoveries), RECOVERED_S),
        *_soon("first commit after the broker is back", found.broker_s, BACK_S),
        *(verdict for name, growth in found.growth.items() for verdict in _flat(name, growth)),
        Verdict("models that the learner trained of judgements", found.versions, 1),
        _at_most("models, or a champion, that cannot be used", found.broken_models, 0),
        _at_most("logs with a secret or with a ticket's text", found.leaks, 0),
        _at_most("services that did not stop with exit code 0", sum(code != 0 for code in found.endings), 0),
    ]


def tables(found: Found) -> list[Table]:
    """The figures behind the verdicts."""
    return [
        Table(("killed", "times"), [(name, str(times)) for name, times in found.kills.items()]),
        Table(
            ("recovery, s", "n", "median", "p95", "slowest"),
            [
                _spread("worker killed: first commit", [recovery.first_s for recovery in found.recoveries]),
                _spread("the same, when the broker was there meanwhile", with_broker(found.recoveries)),
                _spread(
                    "worker killed: every partition commits again",
                    [recovery.everywhere_s for recovery in found.recoveries],
                ),
                _spread("the same, when nothing else happened meanwhile", undisturbed(found.recoveries)),
                _spread("broker back after a kill or a stop: first commit", found.broker_s),
                *(_spread(f"{name} killed: sink commits again", seconds) for name, seconds in found.others_s.items()),
            ],
        ),
        Table(
            ("spared in the second half", "second fifth", "last fifth"),
            [row for name, growth in found.growth.items() if growth is not None for row in _holdings(name, growth)],
        ),
        Table(("also", ""), _also(found)),
    ]


def _also(found: Found) -> list[tuple[str, str]]:
    ahead = [tickets for tickets in found.ahead if tickets]
    return [
        ("services that ended by themselves and were started again", str(found.restarts)),
        ("partitions taken over", str(len(found.ahead))),
        ("of these with tickets that were answered ahead of the offset", str(len(ahead))),
        ("such tickets: median, most", f"{median(ahead):.0f}, {max(ahead)}" if ahead else "none"),
    ]


def document(method: str, repeat: str, machine: Table, found: Found) -> str:
    """The result as a markdown document."""
    lines = [
        "# Soak",
        "",
        method,
        "",
        "## How to repeat it",
        "",
        repeat,
        "",
        "## Result",
        "",
        *table_lines(machine),
        "",
    ]
    for table in [judged(found), *tables(found)]:
        lines += [*table_lines(table), ""]
    return "\n".join(lines)


def judged(found: Found) -> Table:
    return Table(("promise", "measured", "wanted", "verdict"), [_row(verdict) for verdict in verdicts(found)])


def _row(verdict: Verdict) -> tuple[str, ...]:
    """As the benchmarks show it, with counts as counts."""
    what, measured, bound, met = verdict.row()
    return what, measured.removesuffix(".000"), bound, met


def missed(found: Found) -> list[str]:
    return [verdict.what for verdict in verdicts(found) if not verdict.met]


def with_broker(recoveries: Sequence[Recovery]) -> list[float]:
    """First commits that nothing kept the broker from: its own return is judged by itself."""
    return [recovery.first_s for recovery in recoveries if min(recovery.first_s, MAX_WAIT_S) < recovery.broker_s]


def undisturbed(recoveries: Sequence[Recovery]) -> list[float]:
    """How long until every partition went on, where no other worker and no broker was hit before."""
    return [
        recovery.everywhere_s for recovery in recoveries if min(recovery.everywhere_s, MAX_WAIT_S) < recovery.group_s
    ]


def _soon(what: str, seconds: Sequence[float], bound_s: float) -> list[Verdict]:
    return [_at_most(f"{what}: slowest of {len(seconds)}, s", max(seconds), bound_s)] if seconds else []


def _at_most(what: str, measured: float, bound: float) -> Verdict:
    return Verdict(what, measured, bound, at_least=False)


def _flat(name: str, growth: Growth | None) -> list[Verdict]:
    if growth is None:
        return [Verdict(f"{name}: samples of its memory", 0, 1)]
    return [
        _at_most(f"{name}: deaths while it was spared", growth.processes - 1, 0),
        _at_most(f"{name}: memory, last fifth / second fifth - 1", growth.resident_growth, GROWTH),
        _at_most(f"{name}: threads, last fifth - second fifth", growth.threads[1] - growth.threads[0], FEW),
        _at_most(
            f"{name}: file descriptors, last fifth - second fifth", growth.descriptors[1] - growth.descriptors[0], FEW
        ),
    ]


def _holdings(name: str, growth: Growth) -> list[tuple[str, ...]]:
    return [
        (f"{name}: resident MiB", *(f"{value / MIB:.1f}" for value in growth.resident)),
        (f"{name}: threads", *(f"{value:g}" for value in growth.threads)),
        (f"{name}: file descriptors", *(f"{value:g}" for value in growth.descriptors)),
    ]


def _spread(what: str, seconds: Sequence[float]) -> tuple[str, ...]:
    if not seconds:
        return what, "0", "", "", ""
    figures = (percentile(seconds, share) for share in (0.5, 0.95, 1.0))
    return what, str(len(seconds)), *(number(figure) for figure in figures)
