"""ClickHouse behind the page: few questions at a time, each asked once for all who look."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

from analytics.clickhouse.errors import AnalyticsError, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from analytics.clickhouse.client import Client

log = structlog.get_logger()

# Threads of their own: questions that hang must not take those from which the probes are answered.
THREADS = 4
# A person waits no longer, and what takes longer has to be asked on the command line.
LONGEST_S = 10


class Found(NamedTuple):
    """An answer, or why there is none.

    Attributes:
        data: for JSON; None when there is none.
        problem: unavailable (may pass), misconfigured (somebody has to change something), failed (our fault) or empty.
        detail: the problem in a sentence.
    """

    data: Any
    problem: str = ""
    detail: str = ""


class _Asked:
    """A question that was asked, and until when its answer is kept."""

    def __init__(self, answer: asyncio.Future[Found]) -> None:
        self.answer = answer
        self.until_s: float | None = None

    def over(self, now: float) -> bool:
        return self.until_s is not None and now >= self.until_s


class Asking:
    """Asks for everybody who looks at the page. For one event loop.

    Args:
        connect: makes a client of the database, one for each thread.
    """

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._open: SimpleQueue[tuple[Callable[[Client], Any], asyncio.Future[Found]]] = SimpleQueue()
        self._asked: dict[Hashable, _Asked] = {}
        for place in range(THREADS):
            # Daemons: a ClickHouse that hangs must not keep the service from stopping.
            threading.Thread(target=self._work, name=f"page-{place}", daemon=True).start()

    async def ask(self, key: Hashable, question: Callable[[Client], Any], keep_s: float) -> Found:
        """Ask, unless the same was asked less than `keep_s` ago or is being asked right now.

        Args:
            key: names the question with all that it depends on.
            question: runs in a thread.
            keep_s: how long its answer serves others, counted from when it is there.
        """
        now = time.monotonic()
        self._asked = {known: asked for known, asked in self._asked.items() if not asked.over(now)}
        if key not in self._asked:
            asked = _Asked(asyncio.get_running_loop().create_future())
            asked.answer.add_done_callback(lambda _: setattr(asked, "until_s", time.monotonic() + keep_s))
            self._asked[key] = asked
            self._open.put((question, asked.answer))
        # Whoever goes away must not take the answer from the others.
        return await asyncio.shield(self._asked[key].answer)

    def _work(self) -> None:
        client: Client | None = None
        while True:
            question, answer = self._open.get()
            try:
                client = client or self._connect()
                found = Found(question(client))
            except AnalyticsError as error:
                problem = "misconfigured" if isinstance(error, Misconfigured) else "unavailable"
                found = Found(None, problem, str(error))
            except Exception:
                log.exception("page.question_failed")
                found = Found(None, "failed", "The service's log says why.")
            # The loop is closed when the service stops meanwhile.
            with suppress(RuntimeError):
                answer.get_loop().call_soon_threadsafe(answer.set_result, found)
