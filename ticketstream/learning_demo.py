"""The demo that learns: people correct, equal texts get right, a challenger is promoted and rolled back."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from analytics.clickhouse.client import Client
from analytics.clickhouse.parameters import in_sql
from classifier.model_folder import ModelFolder
from consumer.config.clickhouse import clickhouse_of
from consumer.config.settings import Settings
from sandbox.crowd import Crowd
from sandbox.demo import STALLED_S, DemoFailed, Watchers, wait_for_rows
from sandbox.flow import Flow
from sandbox.labelled import Labelled
from sandbox.learning_data import LearningData
from sandbox.people import is_right
from sandbox.right_again import right_again
from sandbox.system import Sandbox
from ticketstream.learning_figures import (
    Calls,
    Changes,
    FirstPart,
    Learned,
    again_told,
    changes_told,
    first_told,
    judged_told,
    measured,
    round_told,
)
from ticketstream.learning_models import BY, TakenUp, champion_since_ms, learn, taken_up

# Half of what is drawn belongs to the gate, which needs 300.
AUDIT_SHARE: Final = 0.5
# While a model learns: the machine is busy, and there are tickets for minutes.
_SLOW_PER_S: Final = 10.0
# While models change, so that each of them answers something each moment.
_FAST_PER_S: Final = 40.0
# Enough answers of the new model for an interval of a few points.
_LATER: Final = 300
_LOOK_EVERY_S: Final = 0.1
_SETTLE_S: Final = 1.5
# Tickets between two looks at what was answered.
_LOOK_EVERY: Final = 20
_CALLS: Final = """
    SELECT
        count() AS calls,
        countIf(outcome != 'answered') AS failed,
        countIf(outcome = 'answered' AND attempts > 1) AS tried_again
    FROM operations
    WHERE operation = 'model_call' AND started_at >= {since:DateTime64(3, 'UTC')}
"""

Tell = Callable[[Iterable[str]], None]
Watching = Callable[[int], AbstractContextManager[Watchers]]
_Found = TypeVar("_Found")


def run(
    system: Sandbox, models: Path, data: LearningData, rate_per_s: float, watching: Watching, tell: Tell
) -> Learned:
    """Run it, and tell each step once it is over.

    Args:
        system: runs, in the working directory; the model server follows the folder.
        models: the folder, with a first champion.
        data: the tickets.
        rate_per_s: of the first tickets; 0 is as fast as possible.
        watching: is told how far that many first tickets have come.
        tell: receives the lines of each step.

    Raises:
        DemoFailed: there was no progress for a minute.
        PartDied: a part of the sandbox ended.
    """
    began_s = time.monotonic()
    settings = system.settings()
    folder = ModelFolder(models)
    before = folder.champion() or ""
    tell(first_told(len(data.seed), before, settings.audit_share, Settings.model_fields["audit_share"].default))
    with clickhouse_of(settings) as client, Crowd(system) as crowd:
        with watching(len(data.first)) as watchers:
            first = _first_part(crowd, data.first, rate_per_s, watchers)
        tell(judged_told(first))
        # Without a backlog, which corrections would have to wait behind.
        crowd.finish()
        wait_for_rows(system, client, len(crowd.read), len(crowd.verdicts))
        again = right_again(crowd, data.repeated)
        tell(again_told(again))
        crowd.finish()
        wait_for_rows(system, client, len(crowd.read), len(crowd.verdicts))
        with Flow(crowd, data.later, _SLOW_PER_S) as flow:
            since = datetime.now(UTC)
            learned = learn(crowd, system.parts.logs)
            tell(round_told(learned))
            champions = _Champions(crowd, folder, before, learned.version)
            taken = champions.change(flow) if learned.promoted else None
        changes = taken and _changes(crowd, client, system, taken, since)
        if changes:
            tell(changes_told(changes))
    return Learned(
        len(data.seed),
        *(before, settings.audit_share, first, again, learned, changes),
        took_s=time.monotonic() - began_s,
    )


def _first_part(crowd: Crowd, tickets: Sequence[Labelled], rate_per_s: float, watchers: Watchers) -> FirstPart:
    began_s = time.monotonic()
    for number, ticket in enumerate(tickets):
        if rate_per_s:
            time.sleep(max(0.0, began_s + number / rate_per_s - time.monotonic()))
        crowd.publish([ticket], judged=True)
        watchers.published(number + 1)
        if number % _LOOK_EVERY == 0:
            watchers.answered(len(crowd.read))
            crowd.check()
    gold = {ticket.ticket_id: ticket for ticket in tickets}
    crowd.wait_for(gold, watchers.answered)
    read, said = crowd.read, crowd.verdicts
    answers = [read[ticket_id].answer for ticket_id in gold]
    return FirstPart(
        published=len(tickets),
        judged=sum(ticket_id in said for ticket_id in gold),
        drawn=sum(answer["audit_probability"] > 0 for answer in answers),
        corrected=sum(not is_right(answer, gold[answer["ticket_id"]]) for answer in answers),
        before=measured([read[ticket_id] for ticket_id in gold], gold),
    )


class _Taken(NamedTuple):
    """The changes of champions, one after the other, and the tickets that came in after the first."""

    promoted: TakenUp
    rolled_back: TakenUp
    again: TakenUp
    later: Mapping[str, Labelled]


class _Champions:
    """Changes the champion, and waits until the model server has taken it up.

    Args:
        crowd: reads the answers.
        folder: of the models.
        before: the first champion.
        after: the version that the gate has promoted.
    """

    def __init__(self, crowd: Crowd, folder: ModelFolder, before: str, after: str) -> None:
        self._crowd = crowd
        self._folder = folder
        self._before = before
        self._after = after

    def change(self, flow: Flow) -> _Taken:
        """Let it be taken up, go back, and promote it again.

        Raises:
            DemoFailed: no answer by a champion came for a minute.
            PartDied: a part of the sandbox ended.
        """
        flow.rate_per_s = _FAST_PER_S
        promoted = self._taken_up(self._after, self._before)
        sent_before = len(flow.sent)
        self._wait(lambda: len(flow.sent) >= sent_before + _LATER, "no more tickets were sent")
        later = {ticket.ticket_id: ticket for ticket in flow.sent[sent_before : sent_before + _LATER]}
        self._crowd.wait_for(later)
        self._folder.rollback(BY, reason="to show how soon the model before answers again")
        rolled_back = self._taken_up(self._before, self._after)
        self._folder.promote(self._after, "the better one of the two, as the gate found", BY)
        return _Taken(promoted, rolled_back, self._taken_up(self._after, self._before), later)

    def _taken_up(self, version: str, before: str) -> TakenUp:
        since_ms = champion_since_ms(self._folder.folder)
        found = self._wait(
            lambda: taken_up(self._crowd.read, version, before, since_ms), f"no answer by {version} came"
        )
        # Answers of the one before may still be on their way.
        time.sleep(_SETTLE_S)
        return taken_up(self._crowd.read, version, before, since_ms) or found

    def _wait(self, ask: Callable[[], _Found | None], otherwise: str) -> _Found:
        began_s = time.monotonic()
        while not (found := ask()):
            self._crowd.check()
            if time.monotonic() - began_s > STALLED_S:
                raise DemoFailed(f"{otherwise} within {STALLED_S:.0f} s")
            time.sleep(_LOOK_EVERY_S)
        return found


def _changes(crowd: Crowd, client: Client, system: Sandbox, taken: _Taken, since: datetime) -> Changes:
    crowd.finish()
    wait_for_rows(system, client, len(crowd.read), len(crowd.verdicts))
    (calls,) = client.rows(_CALLS, {"since": in_sql(since)})
    read = crowd.read
    later = [read[ticket_id] for ticket_id in taken.later if read[ticket_id].answer["method"] == "MODEL"]
    return Changes(
        *(taken.promoted, taken.rolled_back, taken.again),
        later=measured(later, taken.later),
        calls=Calls(**calls),
        provisional=crowd.provisional,
    )
