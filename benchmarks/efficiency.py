"""How close the categorizer comes to what a slow model can give: callers that are never idle and never half full."""

from collections.abc import Sequence
from itertools import accumulate
from statistics import fmean, median
from typing import NamedTuple

from benchmarks import checking
from benchmarks.errors import BenchmarkFailed
from benchmarks.model import Model, ModelCall, model
from benchmarks.processes import Machine, processor_s, worker_of
from benchmarks.report import Section, Table, Verdict, number, percentile, spread
from benchmarks.screen import Screen
from benchmarks.tickets import different, load
from benchmarks.watching import Sample, Shares, steady, until_done
from consumer.config import Settings

TARGET = 0.90
CALLERS = int(Settings.model_fields["ml_max_concurrency"].default)
BATCH = int(Settings.model_fields["ml_batch_size"].default)
# Of the tickets that the model has answered. Commits keep the order of tickets and so come in gushes, as many as
# 20,000 after one slow call, which says nothing about the use made of the model; at the end nothing is left to ask.
SHARES = Shares(0.10, 0.80)


class Size(NamedTuple):
    """How much is done.

    Attributes:
        tickets: of one run.
        rounds: each with other random latencies.
        latency: of the model that the target is for, as `benchmarks.model_server` takes it.
        slower_tickets: of one run with a slower model.
        slower_latency: of that model. A processor that cannot keep up with the first is no limit here.
    """

    tickets: int = 100_000
    rounds: int = 3
    latency: str = "lognormal:50:500"
    slower_tickets: int = 50_000
    slower_latency: str = "lognormal:200:2000"


class Run(NamedTuple):
    """One run over a backlog.

    Attributes:
        per_second: tickets a second that the model answered in the steady part.
        committed_per_second: tickets a second from the first call to the last commit, start and end included.
        ideal_per_second: what callers that are never idle would reach with the latencies that were drawn.
        batch: mean tickets of a call.
        busy: mean share of the callers that waited for the model.
        late_s: mean time by which the model answered later than it had drawn, because the machine was busy.
        drawn_s: the latencies drawn.
        processor_us: processor time of the categorizer's process for each ticket.
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
    """Let a backlog of texts that were never asked before through a model that is the bottleneck.

    Raises:
        BenchmarkFailed: an answer is missing, or was not the model's.
    """
    given = _rounds(machine, size.tickets, size.latency, size.rounds, screen)
    slower = _rounds(machine, size.slower_tickets, size.slower_latency, size.rounds, screen)
    return _section(size, given, slower)


def _rounds(machine: Machine, tickets: int, latency: str, rounds: int, screen: Screen) -> list[Run]:
    runs = []
    for turn in range(rounds):
        with model(machine, latency, seed=turn + 1) as served:
            runs.append(_run(machine, served, tickets, screen))
        found = f"{number(runs[-1].per_second)} tickets/s, efficiency {runs[-1].efficiency:.3f}"
        screen.say(f"{latency}, round {turn + 1}: {found}")
    return runs


def _run(machine: Machine, served: Model, tickets: int, screen: Screen) -> Run:
    with machine.topics("efficiency") as settings:
        load(machine.kafka, settings.topics.created, different(tickets))
        with (
            machine.categorizer(settings, {"ML_API_URL": served.url}) as part,
            screen.bar("categorizer with a slow model", tickets) as bar,
        ):
            worker = worker_of(part)
            before_s = processor_s(worker)
            ended_s = until_done(settings, part, bar)[-1].at_s
            used_s = processor_s(worker) - before_s
        # Cut to one length, a few texts come to say the same; what is counted is what the model was asked.
        answers = checking.decoded(checking.read_output(settings))
        others = [each for each in answers if each["method"] not in {"MODEL", "CACHE"}]
        if others:
            raise BenchmarkFailed(f"{len(others)} tickets were not answered by the model: {others[0]['model_outcome']}")
        return measured(served.calls(), ended_s, used_s)


def measured(calls: Sequence[ModelCall], ended_s: float, used_s: float) -> Run:
    """Set the speed of the steady part beside the latencies of the calls that began in it.

    Args:
        calls: all of the run.
        ended_s: when the last answer was committed.
        used_s: processor time of the categorizer over the run.
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
    """How many tickets the model had answered at each answer."""
    ended = sorted((call.came_s + call.lasted_s, len(call.tickets)) for call in calls)
    totals = accumulate(tickets for _, tickets in ended)
    return [Sample(at_s, total) for (at_s, _), total in zip(ended, totals, strict=True)]


def _section(size: Size, given: list[Run], slower: list[Run]) -> Section:
    columns = ("figure", size.latency, size.slower_latency)
    beside = _figures(slower)
    rows = [(name, figure, beside[name]) for name, figure in _figures(given).items()]
    method = (
        f"{size.tickets:,} tickets, no two of which say the same, wait in one topic. The model answers over HTTP from "
        f"a process of its own with the latency {size.latency} (median and 99th percentile in ms, drawn anew for each "
        f"call, seeded). The categorizer makes up to {CALLERS} calls of {BATCH} at once. Between {SHARES} of the "
        f"tickets, the tickets a second that the model answered are divided by {CALLERS} x {BATCH} / the mean latency "
        f"drawn in that time. {size.rounds} rounds with different seeds. Every ticket was answered by the model and "
        "committed exactly once.\n\n"
        f"The same with {size.slower_tickets:,} tickets and {size.slower_latency}: where the processors and not the "
        "model are the limit of the first (processor time of the categorizer for each ticket, times the tickets a "
        "second of callers that are never idle, near or above one second), this one tells how well the callers are "
        "kept busy."
    )
    verdict = Verdict(f"efficiency, {size.latency}", median(run.efficiency for run in given), TARGET)
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
        "processor time of the categorizer, us a ticket": spread([run.processor_us for run in runs]),
        "the model's lateness on this machine, mean ms": spread([1000 * run.late_s for run in runs]),
        "latency drawn, mean ms": number(fmean(drawn_ms)),
        "latency drawn, median ms": number(median(drawn_ms)),
        "latency drawn, p99 ms": number(percentile(drawn_ms, 0.99)),
    }
