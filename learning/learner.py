"""`ticketstream run --role learner`: looks at what people judged, and lets a round begin when one is due."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import structlog

from analytics.clickhouse.errors import Misconfigured, Unavailable
from classifier.model_versions import Version
from consumer.errors import ConfigurationError
from consumer.time_limit import Running
from learning.schedule import Past, Plan, why_now

log = structlog.get_logger()

LOOK_EVERY: Final = timedelta(seconds=5)
_END_S: Final = 3.0


class Rounds(Protocol):
    """Rounds, one at a time; `RoundProcess` is the real one."""

    def start(self) -> None:
        """Begin one."""
        ...

    def code(self) -> int | None:
        """The exit code of the one that was begun; None while it is under way."""
        ...

    def stop(self) -> None:
        """End the one that is under way, if there is one."""
        ...


class RoundProcess:
    """Rounds in processes of their own.

    Args:
        environment: of the processes.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin a round.

        Raises:
            OSError: there is no room for a process.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "learning.round_process"],
            env=self._environment,
            stdin=subprocess.PIPE,
            # Its own session: Ctrl-C reaches the learner only, which then ends the round.
            start_new_session=True,
        )

    def code(self) -> int | None:
        """The exit code of the round that was begun; None while it is under way."""
        return self._process.poll() if self._process else None

    def stop(self) -> None:
        """End the round that is under way. What it has done is whole at any moment."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()


class Learner:
    """Begins rounds when they are due.

    Args:
        judgements: how many corrections and confirmations ClickHouse has.
        has_champion: whether there is a model to serve.
        rounds: runs them.
        plan: when.
        past: the last round; None where there was none.

    Attributes:
        waits: whether ClickHouse does not answer.
    """

    def __init__(
        self,
        judgements: Callable[[], int],
        has_champion: Callable[[], bool],
        rounds: Rounds,
        plan: Plan,
        past: Past | None,
    ) -> None:
        self._judgements = judgements
        self._has_champion = has_champion
        self._rounds = rounds
        self._plan = plan
        self._past = past
        self._begun: Past | None = None
        self._asking: Running[int] | None = None
        self._look_at: datetime | None = None
        self.waits = False

    def turn(self, now: datetime) -> None:
        """Look at the round that is under way, or whether one is due.

        Raises:
            ConfigurationError: the settings have to be changed before a round can come to an end.
        """
        if self._begun is not None:
            self._look_at_round(self._begun)
        elif self._asking is not None:
            if self._asking.has_ended:
                self._begin_if_due(self._asking, now)
        elif self._look_at is None or now >= self._look_at:
            # Beside the loop, which stays free to stop: ClickHouse may take half a minute.
            self._asking = Running(self._judgements, "judgements")

    def _look_at_round(self, begun: Past) -> None:
        code = self._rounds.code()
        if code is None:
            return
        if code == ConfigurationError.exit_code:
            raise ConfigurationError(
                "a round of learning cannot work with these settings; learner.round_failed says why"
            )
        if code:
            log.warning("learner.round_ended", exit_code=code, detail="it is tried again in ten minutes")
        self._past, self._begun = begun._replace(failed=code != 0), None

    def _begin_if_due(self, asked: Running[int], now: datetime) -> None:
        self._asking, self._look_at = None, now + LOOK_EVERY
        try:
            judgements = asked.result()
        except Unavailable as error:
            self.waits = True
            log.warning("clickhouse.unavailable", detail=str(error))
            return
        except Misconfigured as error:
            raise ConfigurationError(str(error)) from None
        if self.waits:
            log.info("clickhouse.back")
        self.waits = False
        why = why_now(self._plan, self._past, judgements, now, has_champion=self._has_champion())
        if why is not None:
            log.info("learner.round_begun", detail=why, judgements=judgements)
            self._rounds.start()
            self._begun = Past(now, judgements)

    def end(self) -> None:
        """End what is under way."""
        self._rounds.stop()


def past_of(versions: list[Version]) -> Past | None:
    """The last round, as the recipe of the newest version that learned from people tells it."""
    found = [past for version in versions if (past := _past(version.recipe))]
    return max(found, default=None)


def _past(recipe: Mapping[str, Any]) -> Past | None:
    try:
        at = datetime.fromisoformat(recipe["trained_at"])
        judgements = int(recipe["judgements"])
    except (LookupError, TypeError, ValueError):
        return None
    return Past(at if at.tzinfo else at.replace(tzinfo=UTC), judgements) if judgements else None
