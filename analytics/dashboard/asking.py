"""ClickHouse behind the page: few questions at a time, each asked once for all who look."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.errors import AnalyticsError, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from analytics.client import Client

# Threads of their own: questions that hang must not take those from which the probes are answered.
THREADS = 4
# A person waits no longer, and what takes longer has to be asked on the command line.
LONGEST_S = 10


class Found(NamedTuple):
    """An answer, or why there is none.

    Attributes:
        data: for JSON; None when there is none.
        problem: unavailable (it may pass), misconfigured (somebody has to change something) or empty.
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
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="page")
        self._own = threading.local()
        self._asked: dict[Hashable, _Asked] = {}

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
            asked = _Asked(asyncio.get_running_loop().run_in_executor(self._threads, self._answer, question))
            asked.answer.add_done_callback(lambda _: setattr(asked, "until_s", time.monotonic() + keep_s))
            self._asked[key] = asked
        # Whoever goes away must not take the answer from the others.
        return await asyncio.shield(self._asked[key].answer)

    def _answer(self, question: Callable[[Client], Any]) -> Found:
        try:
            return Found(question(self._client()))
        except AnalyticsError as error:
            return Found(None, "misconfigured" if isinstance(error, Misconfigured) else "unavailable", str(error))

    def _client(self) -> Client:
        if not hasattr(self._own, "client"):
            self._own.client = self._connect()
        client: Client = self._own.client
        return client
