"""The checks at the end of a soak, when everything is at rest."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from classifier.model_folder import ModelFolder
from classifier.storage import ModelError
from tests.soak.publisher import RecordId
from tests.soak.stream import Made, What
from tests.soak.watch import Answer
from tests.support.world import World


class Accounts(NamedTuple):
    """The published records without an answer and with two, as a reader of committed records sees them."""

    lost: list[str]
    doubled: list[str]
    letters: int


def accounts(stands: Mapping[RecordId, Made], answers: Iterable[Answer], letters: Iterable[RecordId]) -> Accounts:
    """Settle every record on `ticket-created` with its answer or its dead letter. Pure.

    Args:
        stands: What was published, by its partition and offset.
        answers: Everything that was committed.
        letters: The records that became dead letters.
    """
    outcomes = Counter((answer.partition, answer.offset) for answer in answers if answer.revision == 0)
    buried = Counter(letters)
    outcomes.update(buried)
    settled = {made.event_id for record_id, made in stands.items() if made.event_id and outcomes[record_id]}
    answered: Counter[str] = Counter()
    lost, doubled = [], []
    for record_id, made in stands.items():
        where = f"{made.what.name.lower()} {record_id[0]}@{record_id[1]}"
        if not outcomes[record_id] and made.event_id not in settled:
            lost.append(where)
        if outcomes[record_id] > 1:
            doubled.append(where)
        if made.event_id:
            answered[made.event_id] += bool(outcomes[record_id])
    doubled += [f"event {event_id}" for event_id, times in answered.items() if times > 1]
    doubled += [f"nothing at {record_id[0]}@{record_id[1]}" for record_id in outcomes.keys() - stands.keys()]
    return Accounts(lost, doubled, buried.total())


def letters(world: World) -> list[RecordId]:
    """The records that the categorizers made dead letters of."""
    found = world.committed(world.topics.dead_letter)
    return [
        (int(record.header("ts-partition") or -1), int(record.header("ts-offset") or -1))
        for record in found
        if record.header("ts-topic") == world.topics.created
    ]


def takeovers(logs: Iterable[Path]) -> list[int]:
    """How many tickets were answered ahead of the offset, at each takeover of a partition that the logs tell of."""
    return [
        int(json.loads(line)["ahead"])
        for log in logs
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if '"repeats.loaded"' in line
    ]


class Learned(NamedTuple):
    """What the learner has made.

    Attributes:
        versions: that were trained after the first champion.
        broken: sentences on what cannot be used of the folder.
    """

    versions: int
    broken: list[str]


def learned(models: Path) -> Learned:
    """Read the folder of models as a server would, and every version of it."""
    folder = ModelFolder(models)
    versions, champion = folder.versions(), folder.champion()
    broken = [] if champion else ["there is no champion"]
    for name in {version.name for version in versions} | ({champion} if champion else set()):
        try:
            folder.load(name)
        except ModelError as error:
            broken.append(f"{name}: {error}")
    return Learned(max(0, len(versions) - 1), broken)


def differences(committed: Sequence[tuple[object, ...]], rows: Sequence[tuple[object, ...]]) -> int:
    """How many rows are on one side only, counted with their repetitions. Pure."""
    left, right = Counter(committed), Counter(rows)
    return ((left - right) + (right - left)).total()


def bad_records(stands: Mapping[RecordId, Made]) -> int:
    return sum(made.what is What.BAD for made in stands.values())


def leaks(logs: Iterable[Path], canaries: Sequence[str]) -> Iterator[str]:
    """The logs that contain one of these words, with the number of the word: the word itself may be a secret."""
    words = [word.encode() for word in canaries]
    for log in logs:
        with log.open("rb") as lines:
            found = {number for line in lines for number, word in enumerate(words) if word in line}
        yield from (f"{log} holds canary {number}" for number in sorted(found))
