"""Which answers are asked about next: a mix of all reasons, so that none of them starves. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Final

from analytics.reports.review_tickets import KINDS, Kind

# Turns of each reason in a round, while all of them wait. The audit has half of them: its figure is that of all answers
# only if all that were drawn are judged.
TURNS: Final[Mapping[Kind, int]] = {
    "audit": 10,
    "second_opinion": 1,
    "unsure": 4,
    "disagreement": 2,
    "new_kind": 2,
    "spot_check": 1,
}


def chosen(
    waiting: Mapping[Kind, Sequence[str]], limit: int, without: Collection[str], seed: int
) -> list[tuple[str, Kind]]:
    """Take answers from the front of each reason's line, by turns.

    Args:
        waiting: the event_ids of the answers, those that are most worth it first.
        limit: the most to take.
        without: event_ids that are not wanted.
        seed: where the round begins; equal seeds take the same.

    Returns:
        The event_ids and why: the audit first, then second opinions, then the others as they were taken.
    """
    barred = set(without)
    lines = {
        kind: [event_id for event_id in reversed(waiting.get(kind, ())) if event_id not in barred] for kind in TURNS
    }
    taken: dict[str, Kind] = {}
    turns = _turns(seed)
    while len(taken) < limit and any(lines.values()):
        kind = next(kind for kind in turns if lines[kind])
        taken.setdefault(lines[kind].pop(), kind)
    return sorted(taken.items(), key=lambda one: min(KINDS.index(one[1]), KINDS.index("unsure")))


def _turns(seed: int) -> Iterator[Kind]:
    """The kinds without end, each as often as it has turns, and spread over the round."""
    # Each turn lies in the middle of its part of the round.
    places = [((turn + 0.5) / turns, kind) for kind, turns in TURNS.items() for turn in range(turns)]
    round_ = [kind for _, kind in sorted(places)]
    return (round_[number % len(round_)] for number in count(seed))
