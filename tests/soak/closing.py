"""What must hold when the soak has come to rest."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.soak.publisher import Place
from tests.soak.stream import Made, What
from tests.soak.watch import Answer
from tests.support.world import World


class Accounts(NamedTuple):
    """What became of what was published, in the view of a client that reads what is committed."""

    lost: list[str]
    doubled: list[str]
    letters: int


def accounts(stands: Mapping[Place, Made], answers: Iterable[Answer], letters: Iterable[Place]) -> Accounts:
    """Settle every record on `ticket-created` with its answer or its dead letter. Pure.

    Args:
        stands: what was published, by its place.
        answers: everything that was committed.
        letters: the places of the records that became dead letters.
    """
    outcomes = Counter((answer.partition, answer.offset) for answer in answers if answer.revision == 0)
    buried = Counter(letters)
    outcomes.update(buried)
    settled = {made.event_id for place, made in stands.items() if made.event_id and outcomes[place]}
    answered: Counter[str] = Counter()
    lost, doubled = [], []
    for place, made in stands.items():
        where = f"{made.what.name.lower()} {place[0]}@{place[1]}"
        if not outcomes[place] and made.event_id not in settled:
            lost.append(where)
        if outcomes[place] > 1:
            doubled.append(where)
        if made.event_id:
            answered[made.event_id] += bool(outcomes[place])
    doubled += [f"event {event_id}" for event_id, times in answered.items() if times > 1]
    doubled += [f"nothing at {place[0]}@{place[1]}" for place in outcomes.keys() - stands.keys()]
    return Accounts(lost, doubled, buried.total())


def letters(world: World) -> list[Place]:
    """Where the records stand that became dead letters of the categorizers."""
    found = world.committed(world.topics.dead_letter)
    return [
        (int(record.header("ts-partition") or -1), int(record.header("ts-offset") or -1))
        for record in found
        if record.header("ts-topic") == world.topics.created
    ]


def differences(committed: Sequence[tuple[object, ...]], rows: Sequence[tuple[object, ...]]) -> int:
    """How many rows are on one side only, counted with their repetitions. Pure."""
    left, right = Counter(committed), Counter(rows)
    return ((left - right) + (right - left)).total()


def bad_records(stands: Mapping[Place, Made]) -> int:
    return sum(made.what is What.BAD for made in stands.values())


def told(logs: Iterable[Path], canaries: Sequence[str]) -> Iterator[str]:
    """Which logs hold one of these words, and which of them by its number: the word itself may be a secret."""
    words = [word.encode() for word in canaries]
    for log in logs:
        with log.open("rb") as lines:
            found = {number for line in lines for number, word in enumerate(words) if word in line}
        yield from (f"{log} holds canary {number}" for number in sorted(found))
