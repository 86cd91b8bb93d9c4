"""Each benchmark at a tiny size: what it gives, not how fast it was."""

import sys

import pytest

from benchmarks import (
    compression,
    efficiency,
    hardware,
    latency,
    memory,
    rates,
    sink,
    sink_backlog,
    sink_size,
    start_up,
    throughput,
)
from benchmarks.processes import Machine
from benchmarks.report import markdown
from benchmarks.screen import Screen

pytestmark = pytest.mark.long


def test_throughput_sets_the_categorizer_beside_programs_that_made_the_same_events(
    here: Machine, screen: Screen
) -> None:
    """Throughput compares the real service with the bare loop on the very same events."""
    tickets = 4_000

    section = throughput.throughput(
        here, throughput.Size(tickets, texts=5, rounds=1, keys=("fingerprint",), quix=False), screen
    )

    names = [row[0] for row in section.tables[0].rows]
    equal = [int(row[3].replace(",", "")) for row in section.tables[0].rows[1:]]
    assert names == ["ticketstream", "bare loop, by fingerprint"]
    assert all(0 < number <= tickets for number in equal)
    assert section.verdicts[0].what == "ticketstream / bare loop, by fingerprint"
    assert section.verdicts[0].measured > 0


def test_the_sink_is_set_beside_a_loop_and_the_bare_insert(here: Machine, screen: Screen) -> None:
    """All store every answer, and the categorizer makes as many; each has its rate, ours its ratios to the others."""
    section = sink.sink(here, sink.Size(answers=6_000, rounds=1, batch=3_000), screen)

    others = ["two sinks", "loop of a user", "bare insert", "categorizer on cached texts"]
    assert [row[0] for row in section.tables[0].rows] == ["ticketstream", *others]
    assert [verdict.what for verdict in section.verdicts] == [
        "ticketstream / loop of a user",
        "ticketstream / bare insert",
        "ticketstream / categorizer on cached texts",
        "seconds to the first row",
    ]
    assert all(verdict.measured > 0 for verdict in section.verdicts)


def test_the_sinks_memory_is_read_while_it_catches_up(here: Machine, screen: Screen) -> None:
    """In every fifth, in the process of the worker."""
    section = sink_backlog.backlog(here, sink_backlog.Size(answers=12_000), screen)

    assert len(section.tables[0].rows) == 5
    assert section.verdicts[0].what == "highest resident memory of the sink, MiB"
    assert 20 < section.verdicts[0].measured < 2_000


def test_a_ticket_is_stored_beside_few_and_many(here: Machine, screen: Screen) -> None:
    """The cost of each size is set beside that of the least."""
    section = sink_size.by_size(here, sink_size.Size(stored=(100, 3_000), answers=12_000, rounds=1), screen)

    assert [row[0] for row in section.tables[0].rows] == ["100", "3,000"]
    (verdict,) = section.verdicts
    assert verdict.measured > 0


def test_compression_sets_every_codec_beside_the_earlier_default(here: Machine, screen: Screen) -> None:
    """Each has its speed, its processor time and its bytes; compressed answers are smaller."""
    section = compression.compression(here, compression.Size(2_000, texts=5, rounds=1), screen)

    (table,) = section.tables
    size = {row[0]: float(row[5].replace(",", "")) for row in table.rows}
    assert list(size) == list(compression.CODECS)
    assert max(size, key=lambda codec: size[codec]) == "none"
    assert section.verdicts[0].measured > 0


def test_efficiency_is_a_share_of_what_the_model_can_give(here: Machine, screen: Screen) -> None:
    """Efficiency lies between nothing and everything that the model can give."""
    size = efficiency.Size(
        efficiency.Case("lognormal:20:60", 2, 5_000), (efficiency.Case("lognormal:40:120", 1, 2_000),), rounds=1
    )

    section = efficiency.efficiency(here, size, screen)

    (verdict,) = section.verdicts
    assert 0 < verdict.measured < 1.1
    figures = {row[0]: row[1:] for row in section.tables[0].rows}
    assert all(0 < float(cell.split()[0]) < 1.1 for cell in figures["efficiency"])
    assert all(
        int(cell.split()[0].replace(",", "")) > 0 for cell in figures["processor time of all workers, us a ticket"]
    )


def test_latency_is_never_below_the_models(here: Machine, screen: Screen) -> None:
    """No ticket is answered sooner than its model call allows."""
    section = latency.latency(
        here,
        latency.Size(per_second=100, seconds=1, warm_up_seconds=0, models=(latency.CONSTANT,), apache=False),
        screen,
    )

    figures, start = section.tables
    assert float(figures.rows[0][1]) > 20
    assert all(float(cell) > 0 for row in (*figures.rows, *start.rows) for cell in row[1:])
    assert all(verdict.measured > 0 for verdict in section.verdicts)


def test_rates_follow_a_ticket_to_its_row(here: Machine, screen: Screen) -> None:
    """A row is there after its answer, and every ticket has one."""
    section = rates.rates(here, rates.Size((50,), seconds=1, warm_up_seconds=0, apache=False), screen)

    latencies, through = section.tables
    answered, visible = (float(row[3]) for row in latencies.rows)
    assert 0 < answered < visible
    assert float(through.rows[0][2]) > 0
    assert "Apache Kafka was left out" in section.method


def test_memory_is_looked_at_in_every_fifth(here: Machine, screen: Screen) -> None:
    """Memory is sampled over the whole run, in the process of the worker."""
    section = memory.memory(here, memory.Size(tickets=3_000, texts=20, ahead=300), screen)

    by_fifth = [float(row[1]) for row in section.tables[0].rows]
    document = markdown(hardware.describe(), [section], quick=True)
    assert len(by_fifth) == 5
    assert all(20 < value < 2_000 for value in by_fifth)
    assert "## Memory" in document
    assert sys.version.split()[0] in document


def test_start_up_is_set_beside_the_libraries(screen: Screen) -> None:
    """The start of the command line is a multiple of the import of its libraries."""
    section = start_up.start_up(start_up.Size(rounds=1), screen)

    assert [row[0] for row in section.tables[0].rows[1:]] == list(start_up.STARTS)
    assert len(section.verdicts) == 2
    assert all(verdict.measured > 0.5 for verdict in section.verdicts)
