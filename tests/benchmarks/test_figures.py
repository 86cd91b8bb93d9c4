"""What the benchmarks make of their samples."""

import os
import subprocess
import sys
import time

import pytest

from benchmarks import latency, memory
from benchmarks.efficiency import BATCH, CALLERS, measured
from benchmarks.errors import BenchmarkFailed
from benchmarks.latency import Trip
from benchmarks.model import ModelCall
from benchmarks.model_server import Model, drawing
from benchmarks.processes import processor_s
from benchmarks.report import Verdict, percentile
from benchmarks.tickets import TEXT_CHARACTERS, text
from benchmarks.watching import Sample, Span, steady
from consumer.answer.fingerprint import fingerprint
from consumer.answer.taxonomy import load_taxonomy
from consumer.model.attempt import Answered
from consumer.model.types import ModelTicket
from consumer.model.wire import encode_request, parse_answer, ticket_ids


def test_percentiles_are_by_nearest_rank() -> None:
    """A percentile is one of the values."""
    values = [float(value) for value in range(1, 101)]

    found = [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)]

    assert found == [50.0, 95.0, 99.0, 100.0]
    assert percentile([7.0], 0.99) == 7.0


def test_speed_is_taken_from_the_steady_part_of_the_run() -> None:
    """A slow start and a slow end do not count."""
    samples = [Sample(0.0, 0), Sample(5.0, 200), Sample(8.0, 950), Sample(20.0, 1000)]

    span = steady(samples)

    assert Span(5.0, 8.0, 0.75) == pytest.approx(span)
    assert pytest.approx(span.per_second(1000)) == 250.0


def test_a_run_without_output_has_no_speed() -> None:
    """Nothing committed is a failure and no figure."""
    with pytest.raises(BenchmarkFailed):
        steady([Sample(0.0, 0), Sample(1.0, 0)])


def test_callers_that_are_never_idle_have_efficiency_one() -> None:
    """All callers busy with full batches is the ideal that efficiency is measured by."""
    tickets = list(range(BATCH))
    calls = [ModelCall(at / CALLERS, 1.0, 1.0, tickets) for at in range(100 * CALLERS)]

    run = measured(calls, ended_s=100.0, used_s=0.032 * CALLERS)

    assert (run.efficiency, run.busy, run.batch, run.late_s) == pytest.approx((1.0, 1.0, BATCH, 0.0))
    assert run.processor_us == pytest.approx(0.032 * CALLERS * 1_000_000 / (100 * CALLERS * BATCH))
    assert run.committed_per_second == CALLERS * BATCH


def test_processor_time_is_what_the_process_has_used() -> None:
    """The figure grows by what this process itself has counted."""
    before_s = processor_s(os.getpid())
    began_s = time.process_time()
    while time.process_time() - began_s < 0.1:
        pass

    assert processor_s(os.getpid()) - before_s >= 0.08


def test_a_process_that_is_gone_has_no_processor_time() -> None:
    """A benchmark whose service has died says so."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    with pytest.raises(BenchmarkFailed, match=str(ended.pid)):
        processor_s(ended.pid)


def test_the_latency_of_the_tickets_own_call_is_left_out() -> None:
    """What is more than that is the service's, and the warm-up is not counted."""
    trips = [Trip(0.0, 2.1, 2.0), Trip(0.5, 1.1, 0.1), Trip(0.5, 0.7, 0.1)]

    found = latency.latencies(trips, 1)

    assert pytest.approx(found.total) == [600.0, 200.0]
    assert pytest.approx(found.beyond_model) == [500.0, 100.0]


def test_memory_is_judged_by_fifths() -> None:
    """Each fifth of the tickets has the median of its samples."""
    samples = [memory.Sample(tickets, 100 + tickets) for tickets in range(0, 101, 5)]

    found = memory.fifths(samples)

    assert found == [107.5, 127.5, 147.5, 167.5, 190.0]
    with pytest.raises(BenchmarkFailed):
        memory.fifths(samples[-2:])


def test_targets_are_bounds_from_one_side() -> None:
    """A figure on its bound has met it."""
    verdicts = [Verdict("a", 0.9, 0.9), Verdict("b", 0.8, 0.9), Verdict("c", 251, 250, at_least=False)]

    assert [verdict.met for verdict in verdicts] == [True, False, False]


def test_latencies_are_drawn_as_told() -> None:
    """Median and 99th percentile are those that were asked for, and the seed decides."""
    draw = drawing("lognormal:50:500", 1)
    drawn = [draw() for _ in range(20_000)]

    assert pytest.approx(percentile(drawn, 0.5), rel=0.05) == 0.050
    assert pytest.approx(percentile(drawn, 0.99), rel=0.10) == 0.500
    assert drawn[0] == drawing("lognormal:50:500", 1)()
    assert drawing("constant:20", 1)() == 0.02
    with pytest.raises(ValueError, match="neither"):
        drawing("fast", 1)


def test_the_model_server_keeps_the_contract_with_labels_of_the_taxonomy() -> None:
    """Its answers are read without complaint, and every label may leave the service."""
    model = Model(drawing("constant:0", 1))
    ids = ticket_ids(1, 40)
    request = encode_request([ModelTicket(*text(number)) for number in range(40)], ids)

    _, body = model.asked(request, 0.0)

    answered = parse_answer(body, ids)
    assert isinstance(answered, Answered)
    known = load_taxonomy()
    pairs = {(label.category, label.subcategory) for labels in answered.labels for label in labels}
    assert len(pairs) > 5
    assert all(pair == known.translate(*pair) for pair in pairs)


def test_texts_differ_in_words_and_are_of_one_length() -> None:
    """No two numbers share a text, neither letter by letter nor for the cache."""
    texts = [text(number) for number in [*range(3_000), *range(300_000, 303_000)]]

    lengths = {len(said.subject) + len(said.description) for said in texts}
    assert len(texts) == len({fingerprint(*said, None) for said in texts})
    assert max(lengths) < 2 * TEXT_CHARACTERS
    assert text(17) == text(17)


def test_what_quix_streams_shares_needs_nothing_that_its_environment_lacks() -> None:
    """The shared function imports fastavro and cachetools and none of the service's other libraries."""
    absent = ["confluent_kafka", "pydantic", "requests", "structlog", "prometheus_client", "clickhouse_connect"]
    program = (
        "import sys, benchmarks.contestants.options, benchmarks.contestants.work;"
        f"print([name for name in {absent!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
