"""Who gets which ticket, and when a judgement is published: decided by the time that is given."""

from datetime import UTC, datetime

import pytest

from analytics.dashboard.review_desk import (
    LEASE_S,
    MOST_UNPUBLISHED,
    REMEMBERED_S,
    UNDO_S,
    Pending,
    Refused,
    ReviewDesk,
)
from analytics.reports.review import ReviewTicket

MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _ticket(name: str, judged_by: tuple[str, ...] = (), audit_probability: float = 0.0) -> ReviewTicket:
    return ReviewTicket(
        name, f"T-{name}", "unsure", "billing", "refund", 0.4, "REVIEW", "MODEL", "m-1", (), (), ("s", "d"), MOMENT,
        None, "en", judged_by, audit_probability,
    )  # fmt: skip


TICKETS = [_ticket(name) for name in "abcdef"]
BILLING = ("billing", None)


def _names(tickets: list[ReviewTicket]) -> str:
    return "".join(ticket.event_id for ticket in tickets)


def _judged(desk: ReviewDesk, visitor: str, name: str, now: float) -> Pending:
    pending = desk.judge(visitor, name, BILLING, None, MOMENT, now)
    assert isinstance(pending, Pending)
    return pending


def test_two_people_do_not_get_the_same_ticket() -> None:
    """Each keeps the own ones when asking again, the oldest first."""
    desk = ReviewDesk()

    assert _names(desk.offer("ana", None, TICKETS, 2, 0.0)) == "ab"
    assert _names(desk.offer("ben", None, TICKETS, 2, 1.0)) == "cd"
    assert _names(desk.offer("ana", None, TICKETS, 2, 2.0)) == "ab"
    assert {*desk.unwanted("ana")} == {"c", "d"}


def test_a_ticket_of_somebody_who_went_away_is_for_others() -> None:
    """From the end of the lease on, which each sign of life moves; the first one is told when judging late."""
    desk = ReviewDesk()
    desk.offer("ana", None, TICKETS[:1], 1, 0.0)
    desk.offer("ana", None, TICKETS[:1], 1, 100.0)

    assert desk.offer("ben", None, TICKETS[:1], 1, 99.0 + LEASE_S) == []
    assert _names(desk.offer("ben", None, TICKETS[:1], 1, 100.0 + LEASE_S)) == "a"
    assert desk.judge("ana", "a", BILLING, None, MOMENT, 101.0 + LEASE_S) == Refused("taken")
    assert isinstance(desk.judge("ben", "a", BILLING, None, MOMENT, 102.0 + LEASE_S), Pending)


def test_late_is_not_too_late_where_nobody_else_has_come() -> None:
    """What a person has judged counts, though the lease was over."""
    desk = ReviewDesk()
    desk.offer("ana", None, TICKETS[:1], 1, 0.0)

    assert isinstance(desk.judge("ana", "a", BILLING, None, MOMENT, LEASE_S + 100), Pending)


def test_a_judgement_is_due_after_the_time_for_an_undo() -> None:
    """And then it cannot be undone; it is published once."""
    desk = ReviewDesk()
    desk.offer("ana", None, TICKETS, 1, 0.0)
    pending = _judged(desk, "ana", "a", 10.0)

    assert desk.due(10.0 + UNDO_S - 0.01) == []
    assert desk.next_due_s() == 10.0 + UNDO_S
    assert [each.number for each in desk.due(10.0 + UNDO_S)] == [pending.number]
    assert desk.undo("ana", pending.number, 10.0 + UNDO_S) is None
    desk.published(pending.number)
    assert desk.next_due_s() is None
    assert desk.judge("ana", "a", BILLING, None, MOMENT, 20.0) == Refused("judged")
    assert _names(desk.offer("ben", None, TICKETS, 1, 20.0)) == "b"


def test_an_undone_judgement_is_never_published_and_its_ticket_comes_first() -> None:
    """Only the one who judged can undo it."""
    desk = ReviewDesk()
    desk.offer("ana", None, TICKETS, 2, 0.0)
    pending = _judged(desk, "ana", "b", 0.0)

    assert desk.undo("ben", pending.number, 1.0) is None
    assert desk.undo("ana", pending.number, 1.0) == TICKETS[1]
    assert desk.due(1e9) == []
    assert _names(desk.offer("ana", None, [], 2, 2.0)) == "ba"
    assert isinstance(desk.judge("ana", "b", BILLING, None, MOMENT, 3.0), Pending)


def test_the_audit_is_told_apart() -> None:
    """A judgement of an answer that was drawn is AUDIT, also where it is asked about for another reason."""
    desk = ReviewDesk()
    desk.offer("ana", "ana", [_ticket("a", audit_probability=0.02), _ticket("b")], 2, 0.0)
    judged = [desk.judge("ana", name, ("cards", "lost"), "ana", MOMENT, 0.0) for name in "ab"]

    assert [
        (each.judgement.origin, each.judgement[1:3], each.judgement.by) for each in judged if isinstance(each, Pending)
    ] == [
        ("AUDIT", ("cards", "lost"), "ana"),
        ("AGENT", ("cards", "lost"), "ana"),
    ]


def test_what_cannot_be_published_is_kept_and_said() -> None:
    """It is tried again, later and later, and cannot be undone: the broker may have it."""
    desk = ReviewDesk()
    desk.offer("ana", None, TICKETS, 1, 0.0)
    number = _judged(desk, "ana", "a", 0.0).number
    now = UNDO_S
    waits = []
    for _ in range(8):
        [due] = desk.due(now)
        desk.failed(due.number, "no broker", now)
        waits.append((desk.next_due_s() or 0.0) - now)
        now += waits[-1]

    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    assert desk.unpublished() == (1, "no broker")
    assert desk.undo("ana", number, now) is None
    assert [judgement.ticket.event_id for judgement in desk.left()] == ["a"]
    desk.published(number)
    assert desk.unpublished() == (0, "")
    assert desk.left() == []


def test_no_more_is_taken_than_can_be_kept() -> None:
    """The ticket stays with the visitor, who is told."""
    desk = ReviewDesk()
    many = [_ticket(str(n)) for n in range(MOST_UNPUBLISHED + 1)]
    desk.offer("ana", None, many, len(many), 0.0)
    for ticket in many[:-1]:
        _judged(desk, "ana", ticket.event_id, 0.0)

    assert desk.judge("ana", many[-1].event_id, BILLING, None, MOMENT, 0.0) == Refused("full")
    assert desk.held("ana", many[-1].event_id) == many[-1]
    assert len(desk.due(UNDO_S)) == MOST_UNPUBLISHED


def test_at_the_end_everything_is_due() -> None:
    """A service that stops publishes what could still be undone."""
    desk = ReviewDesk()
    desk.offer("ana", None, TICKETS, 1, 0.0)
    _judged(desk, "ana", "a", 0.0)
    desk.hurry(0.1)

    assert len(desk.due(0.1)) == 1


def test_a_skipped_ticket_is_for_others() -> None:
    """The one who skipped it does not see it again for a while; nobody skips a ticket of somebody else."""
    desk = ReviewDesk()
    desk.offer("ana", None, TICKETS[:2], 1, 0.0)
    desk.skip("ben", "a", 0.5)
    desk.skip("ana", "a", 1.0)

    assert _names(desk.offer("ana", None, TICKETS[:2], 1, 2.0)) == "b"
    assert _names(desk.offer("ben", None, TICKETS[:2], 1, 3.0)) == "a"
    desk.leave("ben")
    assert _names(desk.offer("ana", None, TICKETS[:1], 2, 2.0 + REMEMBERED_S)) == "ba"


def test_leaving_gives_tickets_back_at_once_and_keeps_what_was_said() -> None:
    """The judgement of somebody who closed the page is published all the same."""
    desk = ReviewDesk()
    desk.offer("ana", None, TICKETS[:2], 2, 0.0)
    pending = _judged(desk, "ana", "a", 1.0)
    desk.leave("ana")

    assert _names(desk.offer("ben", None, TICKETS[:2], 2, 1.0)) == "b"
    assert [each.number for each in desk.due(1.0 + UNDO_S)] == [pending.number]


@pytest.mark.parametrize(("by", "names"), [("ana", "b"), ("ben", "ab"), (None, "ab")])
def test_nobody_gives_a_second_opinion_on_the_own_judgement(by: str | None, names: str) -> None:
    """Known by the name."""
    candidates = [_ticket("a", judged_by=("ana",)), _ticket("b")]

    assert _names(ReviewDesk().offer("x", by, candidates, 2, 0.0)) == names


def test_what_nobody_holds_is_refused() -> None:
    """After a restart, or for an id that somebody made up."""
    assert ReviewDesk().judge("ana", "a", BILLING, None, MOMENT, 0.0) == Refused("gone")
