"""The random sample that people judge."""

import math

from hypothesis import given
from hypothesis import strategies as st

from consumer.categorizer.output import AuditSample

TICKETS = 20_000


def _drawn(sample: AuditSample, tickets: int = TICKETS) -> set[int]:
    return {number for number in range(tickets) if sample.probability(f"T-{number}")}


def test_the_share_is_kept() -> None:
    """Of many tickets the stated share is drawn, within four standard deviations."""
    for share in (0.001, 0.02, 0.5):
        drawn = len(_drawn(AuditSample(share, "seed")))
        deviation = math.sqrt(TICKETS * share * (1 - share))

        assert abs(drawn - TICKETS * share) < 4 * deviation


@given(st.text(), st.floats(0, 1), st.text(st.characters(codec="utf-8")))
def test_a_ticket_is_in_or_out_for_good(ticket_id: str, share: float, seed: str) -> None:
    """Every revision, process and replay decides alike, and what is stamped is the share or 0."""
    first = AuditSample(share, seed).probability(ticket_id)

    assert first in {0.0, share}
    assert first == AuditSample(share, seed).probability(ticket_id)


def test_the_seed_chooses_another_sample() -> None:
    """Two seeds draw independently: they share no more tickets than chance lets them."""
    one, other = _drawn(AuditSample(0.1, "a")), _drawn(AuditSample(0.1, "b"))
    expected = TICKETS * 0.01

    assert abs(len(one & other) - expected) < 4 * math.sqrt(expected)


def test_a_larger_share_draws_the_same_tickets_and_more() -> None:
    """Raising the share keeps what was drawn before, so the samples can be put together."""
    assert _drawn(AuditSample(0.02, "a")) < _drawn(AuditSample(0.05, "a"))


def test_nothing_and_everything_are_possible() -> None:
    """A share of 0 draws no ticket, a share of 1 each one."""
    assert not _drawn(AuditSample(0.0, "a"), 500)
    assert len(_drawn(AuditSample(1.0, "a"), 500)) == 500


def test_the_share_is_the_same_for_tickets_numbered_in_turn() -> None:
    """Neighbouring numbers, as help desks give them, are drawn independently: no run of them is in or out together."""
    drawn = _drawn(AuditSample(0.5, "seed"))
    changes = sum((number in drawn) != (number + 1 in drawn) for number in range(TICKETS - 1))

    assert abs(changes - TICKETS / 2) < 4 * math.sqrt(TICKETS) / 2
