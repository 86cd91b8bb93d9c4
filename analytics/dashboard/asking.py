"""Queries of the page: few at a time, and equal ones only once for all visitors."""

import asyncio
import threading
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, NamedTuple

import structlog

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import AnalyticsError, Misconfigured

log = structlog.get_logger()

# Threads of their own: queries that hang must not use up the threads that answer the probes.
THREADS = 4
# A visitor waits no longer. The command line has no such limit.
LONGEST_S = 10


class Found(NamedTuple):
    """An answer, or why there is none.

    Attributes:
        data: for JSON; None without an answer.
        problem: unavailable (may pass), misconfigured (an operator has to change something), failed (a bug), or empty.
        detail: the problem in a sentence.
    """

    data: Any
    problem: str = ""
    detail: str = ""


class _Asked:
    """A question with its answer, and until when the answer is kept."""

    def __init__(self, answer: asyncio.Future[Found]) -> None:
        self.answer = answer
        self.until_s: float | None = None

    def over(self, now: float) -> bool:
        return self.until_s is not None and now >= self.until_s


class Asking:
    """Asks ClickHouse for all visitors of the page. For one event loop.

    Args:
        connect: makes a client of the database, one for each thread.
    """

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._open: SimpleQueue[tuple[Callable[[Client], Any], asyncio.Future[Found]]] = SimpleQueue()
        self._asked: dict[Hashable, _Asked] = {}
        for index in range(THREADS):
            # Daemons, because a ClickHouse that hangs must not keep the service from stopping.
            threading.Thread(target=self._work, name=f"page-{index}", daemon=True).start()

    async def ask(self, key: Hashable, question: Callable[[Client], Any], keep_s: float) -> Found:
        """Ask, unless the answer of the same question is still kept or on its way.

        Args:
            key: the question with everything that its answer depends on.
            question: asks with a client; runs in a thread.
            keep_s: how many seconds its answer serves others.
        """
        now = time.monotonic()
        self._asked = {known: asked for known, asked in self._asked.items() if not asked.over(now)}
        if key not in self._asked:
            asked = _Asked(asyncio.get_running_loop().create_future())
            asked.answer.add_done_callback(lambda _: setattr(asked, "until_s", time.monotonic() + keep_s))
            self._asked[key] = asked
            self._open.put((question, asked.answer))
        # A visitor who leaves must not cancel the question of the others.
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
            # The loop is closed if the service has stopped meanwhile.
            with suppress(RuntimeError):
                answer.get_loop().call_soon_threadsafe(answer.set_result, found)
