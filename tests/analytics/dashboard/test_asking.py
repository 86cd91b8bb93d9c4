"""Many who look, few questions."""

import asyncio
import threading
from functools import partial
from typing import cast

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import Unavailable
from analytics.dashboard.asking import THREADS, Asking, Found

NOBODY = cast("Client", None)


def _noted(asked: list[str], key: str, _: Client) -> None:
    asked.append(key)


def _mistaken(_: Client) -> None:
    raise KeyError("missing")


def test_what_many_ask_at_once_is_asked_once() -> None:
    """Ten pages that are open come to one question, and all get its answer."""
    asked: list[int] = []

    def question(_: Client) -> int:
        asked.append(1)
        return len(asked)

    async def everybody() -> list[Found]:
        asking = Asking(lambda: NOBODY)
        return await asyncio.gather(*(asking.ask("same", question, 60) for _ in range(10)))

    assert asyncio.run(everybody()) == [Found(1)] * 10
    assert asked == [1]


def test_an_answer_is_kept_as_long_as_it_may_be() -> None:
    """Then it is asked for again; other questions are others."""
    asked: list[str] = []

    async def one_after_another() -> None:
        asking = Asking(lambda: NOBODY)
        for key, keep_s in (("kept", 60), ("kept", 60), ("gone", 0), ("gone", 0)):
            await asking.ask(key, partial(_noted, asked, key), keep_s)

    asyncio.run(one_after_another())
    assert asked == ["kept", "gone", "gone"]


def test_what_goes_wrong_is_an_answer_too_and_the_next_question_connects_again() -> None:
    """A ClickHouse that is down is asked no more often than one that is up."""
    connections: list[int] = []

    def connect() -> Client:
        connections.append(1)
        raise Unavailable("ClickHouse did not answer.")

    async def thrice() -> list[Found]:
        asking = Asking(connect)
        first = [await asking.ask("same", lambda _: 1, 60) for _ in range(2)]
        return [*first, await asking.ask("other", lambda _: 1, 60)]

    assert asyncio.run(thrice()) == [Found(None, "unavailable", "ClickHouse did not answer.")] * 3
    assert len(connections) == 2


def test_one_who_goes_away_takes_nothing_from_the_others() -> None:
    """A page that is closed while it waits does not end what another waits for."""
    may_answer = threading.Event()

    async def two() -> Found:
        asking = Asking(lambda: NOBODY)
        leaves = asyncio.create_task(asking.ask("same", lambda _: may_answer.wait(30), 60))
        stays = asyncio.create_task(asking.ask("same", lambda _: False, 60))
        await asyncio.sleep(0)
        leaves.cancel()
        may_answer.set()
        return await stays

    assert asyncio.run(two()) == Found(True)


def test_no_more_than_a_few_questions_run_at_once() -> None:
    """A hundred open pages do not make a hundred connections."""
    running: list[int] = []
    peak: list[int] = []
    lock, full = threading.Lock(), threading.Event()

    def question(_: Client) -> None:
        with lock:
            running.append(1)
            peak.append(len(running))
            if len(running) == THREADS:
                full.set()
        full.wait(30)
        with lock:
            running.pop()

    async def many() -> None:
        asking = Asking(lambda: NOBODY)
        await asyncio.gather(*(asking.ask(key, question, 0) for key in range(20)))

    asyncio.run(many())
    assert max(peak) == THREADS


def test_our_own_mistake_is_logged_and_ends_nothing() -> None:
    """The page that asked gets the error; the thread goes on to answer others."""

    async def twice_each() -> list[Found]:
        asking = Asking(lambda: NOBODY)
        wrong = [await asking.ask(("wrong", index), _mistaken, 0) for index in range(2 * THREADS)]
        return [*wrong, await asking.ask("right", lambda _: 1, 0)]

    *wrong, right = asyncio.run(twice_each())
    assert {found.problem for found in wrong} == {"failed"}
    assert right == Found(1)
