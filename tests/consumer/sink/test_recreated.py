"""A topic that was deleted and made again is told from one that is only old, empty or quiet."""

import pytest

from consumer.sink.recreated import Finding, Seen, complaint, finding


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Seen(end=0, committed=None, highest=None), Finding.SAME),
        (Seen(end=500, committed=None, highest=None), Finding.SAME),
        # All that was written is stored and committed; retention may have emptied the log.
        (Seen(end=500, committed=500, highest=499), Finding.SAME),
        # Stored and not yet committed, and the other way round: the last ones were dead letters.
        (Seen(end=500, committed=300, highest=499), Finding.SAME),
        (Seen(end=500, committed=500, highest=3), Finding.SAME),
        # Rebuilt before the sink's group has ever committed.
        (Seen(end=500, committed=None, highest=499), Finding.SAME),
        (Seen(end=499, committed=None, highest=499), Finding.ANOTHER),
        (Seen(end=0, committed=None, highest=0), Finding.ANOTHER),
        (Seen(end=499, committed=500, highest=498), Finding.ANOTHER),
        (Seen(end=499, committed=500, highest=None), Finding.READ_ANEW),
    ],
)
def test_what_follows_from_how_far_each_has_come(seen: Seen, expected: Finding) -> None:
    """Only an end that went back is a finding; without rows of before it harms nobody."""
    assert finding(seen) is expected


def test_the_complaint_says_what_to_do() -> None:
    """The operator reads which partition, what happened, and the mend."""
    said = complaint(("ticket-categorized", 2), Seen(12, 480, 479), "ticketstream-sink", "ticketstream")

    assert "ticket-categorized-2 ends at offset 12" in said
    assert "CLICKHOUSE_DATABASE" in said
    assert "ticketstream rebuild" in said
