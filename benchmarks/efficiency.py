"""How much of a slow model's capacity the categorizer uses: ideal callers are never idle and send full batches."""

from collections.abc import Sequence
from contextlib import closing
from itertools import accumulate
from statistics import fmean, median
from typing import NamedTuple

from benchmarks import checking
from benchmarks.broker import Broker
from benchmarks.errors import BenchmarkFailed
from benchmarks.model import Model, ModelCall, model
from benchmarks.processes import READY_S, Machine, processor_s, workers_of
from benchmarks.report import Section, Table, Verdict, number, percentile, spread
from benchmarks.screen import Screen
from benchmarks.tickets import different, load
from benchmarks.watching import Sample, Shares, steady, until_done
from consumer.config.settings import Settings

TARGET = 0.90
# The same number for each of two workers.
PARTITIONS = 4
# The processors are nearly the limit here, and every look takes processor time from the measured program.
LOOK_EVERY_S = 0.5
CALLERS = int(Settings.model_fields["ml_max_concurrency"].default)
BATCH = int(Settings.model_fields["ml_batch_size"].default)
# Of the tickets that the model has answered. Commits would be no measure: they keep the order of tickets and come in
# bursts, up to 20,000 after one slow call. At the beginning the tickets are still being published; at the end no
# tickets are left to ask about.
SHARES = Shares(0.30, 0.80)


class Case(NamedTuple):
    """One way to use a model.

    Attributes:
        latency: Of the model, in the form of `benchmarks.model_server`.
        workers: Processes that share the calls.
        tickets: Of one run.
    """

    latency: str
    workers: int
    tickets: int

    def __str__(self) -> str:
        workers = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        return f"{self.latency}, {workers} of {CALLERS // self.workers} calls"


class Size(NamedTuple):
    """The amount of work.

    Attributes:
        judged: The case with the target.
        beside: Cases shown beside it.
        rounds: Of each case, with different random latencies.
    """

    # A worker is one interpreter, which uses one core; with two of them the model is the limit. There are many short
    # rounds instead of a long one, because the sandbox's broker writes all its records to disk once a second.
    judged: Case = Case("lognormal:50:500", 2, 30_000)
    beside: tuple[Case, ...] = (Case("lognormal:50:500", 1, 30_000), Case("lognormal:200:2000", 1, 20_000))
    rounds: int = 7


QUICK = Size(Case("lognormal:50:500", 2, 15_000), (Case("lognormal:50:500", 1, 10_000),), rounds=1)


class Run(NamedTuple):
    """One run over a backlog.

    Attributes:
        per_second: Tickets a second that the model answered in the steady part.
        committed_per_second: Tickets a second from the first call to the last commit, start and end included.
        ideal_per_second: Tickets a second of callers that are never idle, with the drawn latencies.
        batch: Mean tickets of a call.
        busy: Mean share of the callers that waited for the model.
        late_s: Mean delay of the model's answers beyond the drawn latency, because the machine was busy.
        drawn_s: The drawn latencies.
        processor_us: Processor time of all workers for one ticket.
    """

    per_second: float
    committed_per_second: float
    ideal_per_second: float
    batch: float
    busy: float
    late_s: float
    drawn_s: list[float]
    processor_us: float

    @property
    def efficiency(self) -> float:
        return self.per_second / self.ideal_per_second


def efficiency(machine: Machine, size: Size, screen: Screen) -> Section:
    """Send a backlog of new texts through a model that is the bottleneck.

    Raises:
        BenchmarkFailed: An answer is missing, or was not the model's.
    """
    return _section({case: _rounds(machine, case, size.rounds, screen) for case in (size.judged, *size.beside)})


def _rounds(machine: Machine, case: Case, rounds: int, screen: Screen) -> list[Run]:
    runs = []
    for turn in range(rounds):
        with model(machine, case.latency, seed=turn + 1) as served:
            runs.append(_run(machine, served, case, screen))
        found = f"{number(runs[-1].per_second)} tickets/s, efficiency {runs[-1].efficiency:.3f}"
        screen.say(f"{case}, round {turn + 1}: {found}")
    return runs


def _run(machine: Machine, served: Model, case: Case, screen: Screen) -> Run:
    extra = {"ML_API_URL": served.url, "ML_MAX_CONCURRENCY": str(CALLERS // case.workers)}
    with (
        machine.topics("efficiency", partitions=PARTITIONS) as settings,
        machine.categorizer(settings, extra, case.workers) as part,
        closing(Broker(machine.kafka, settings.kafka_group_id)) as broker,
    ):
        # The workers share the partitions before the first ticket, so that the shares are even from the beginning.
        part.wait_until(lambda: broker.members() == case.workers, READY_S)
        workers = workers_of(part, case.workers)
        before_s = sum(map(processor_s, workers))
        load(machine.kafka, settings.topics.created, different(case.tickets))
        with screen.bar(f"categorizer with {case}", case.tickets) as bar:
            ended_s = until_done(settings, part, bar, LOOK_EVERY_S)[-1].at_s
        used_s = sum(map(processor_s, workers)) - before_s
        # Cut to one length, a few texts are the same, so answers may come from the cache too.
        answers = checking.decoded(checking.read_output(settings))
        others = [answer for answer in answers if answer["method"] not in {"MODEL", "CACHE"}]
        if others:
            raise BenchmarkFailed(f"{len(others)} tickets were not answered by the model: {others[0]['model_outcome']}")
        return measured(served.calls(), ended_s, used_s)


def measured(calls: Sequence[ModelCall], ended_s: float, used_s: float) -> Run:
    """Compare the speed of the steady part with the latencies of the calls that began in it.

    Args:
        calls: All calls of the run.
        ended_s: When the last answer was committed.
        used_s: Processor time of the workers over the run.
    """
    answered = _answered(calls)
    tickets = answered[-1].end
    span = steady(answered, SHARES)
    inside = [call for call in calls if span.began_s <= call.came_s < span.ended_s]
    if not inside:
        raise BenchmarkFailed("no call to the model began in the steady part of the run")
    drawn_s = [call.drawn_s for call in inside]
    overlaps = (min(call.came_s + call.lasted_s, span.ended_s) - max(call.came_s, span.began_s) for call in calls)
    return Run(
        span.per_second(tickets),
        tickets / (ended_s - calls[0].came_s),
        CALLERS * BATCH / fmean(drawn_s),
        fmean(len(call.tickets) for call in inside),
        sum(max(0.0, overlap) for overlap in overlaps) / (CALLERS * span.seconds),
        fmean(call.lasted_s - call.drawn_s for call in inside),
        drawn_s,
        1_000_000 * used_s / tickets,
    )


def _answered(calls: Sequence[ModelCall]) -> list[Sample]:
    """The number of tickets answered so far, at the time of each answer."""
    ended = sorted((call.came_s + call.lasted_s, len(call.tickets)) for call in calls)
    totals = accumulate(tickets for _, tickets in ended)
    return [Sample(at_s, total) for (at_s, _), total in zip(ended, totals, strict=True)]


def _section(found: dict[Case, list[Run]]) -> Section:
    judged = next(iter(found))
    columns = ("figure", *map(str, found))
    figures = [_figures(runs) for runs in found.values()]
    rows = [(name, *(column[name] for column in figures)) for name in figures[0]]
    sizes = ", ".join(f"{case.tickets:,}" for case in found)
    method = (
        f"Tickets, no two of which say the same ({sizes} in the order of the columns), are published in one go to a "
        f"topic of {PARTITIONS} partitions. The model answers over HTTP from a process of its own with the latency "
        "that a column names (median and 99th percentile in ms, drawn anew for each call, seeded). The categorizer "
        f"makes up to {CALLERS} calls of {BATCH} at once, shared by its workers. Between {SHARES} of the tickets, the "
        f"tickets a second that the model answered are divided by {CALLERS} x {BATCH} / the mean latency drawn in that "
        f"time. {len(found[judged])} rounds with different seeds, each of them short: the sandbox's broker writes all "
        "that it holds to disk once a second, and takes the more of the processors for it the more that is. Every "
        "ticket was answered by the model and committed exactly once.\n\n"
        "A worker is one Python interpreter and uses one core. Where its processor time for each ticket, times the "
        "tickets a second of callers that are never idle, comes near a second, one worker is the limit and not the "
        "model; several workers, or a slower model, tell how well the callers are kept busy."
    )
    verdict = Verdict(f"efficiency, {judged}", median(run.efficiency for run in found[judged]), TARGET)
    return Section("Efficiency when the model is the limit", method, [Table(columns, rows)], [verdict])


def _figures(runs: list[Run]) -> dict[str, str]:
    drawn_ms = [1000 * drawn for run in runs for drawn in run.drawn_s]
    return {
        "tickets/s that the model answered": spread([run.per_second for run in runs]),
        "tickets/s committed, start and end included": spread([run.committed_per_second for run in runs]),
        f"tickets/s of {CALLERS} never idle callers of {BATCH}": spread([run.ideal_per_second for run in runs]),
        "efficiency": spread([run.efficiency for run in runs]),
        "tickets a call, mean": spread([run.batch for run in runs]),
        "share of the callers waiting for the model, mean": spread([run.busy for run in runs]),
        "processor time of all workers, us a ticket": spread([run.processor_us for run in runs]),
        "the model's lateness on this machine, mean ms": spread([1000 * run.late_s for run in runs]),
        "latency drawn, mean ms": number(fmean(drawn_ms)),
        "latency drawn, median ms": number(median(drawn_ms)),
        "latency drawn, p99 ms": number(percentile(drawn_ms, 0.99)),
    }
