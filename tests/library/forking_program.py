"""A program that shares the library's objects with processes that it forks, as servers do that load it beforehand.

Each process prints one line of JSON: its answers, and what `flush` or `close` said.
"""

import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import clickhouse_connect

from analytics import SupportCategorizationAnalytics
from consumer import SupportAutoCategorizer, SupportPerformanceMonitor, SupportRetryHandler
from tests.library.forking_model import share_of, word_of


class Plan(NamedTuple):
    """What to do.

    Attributes:
        how: `fork`, `exit` (without flush), `multiprocessing` (the same), or `again` (each child forks another).
        workers: How many processes to fork.
        tickets: How many each process answers.
        used: How many the parent answers before it forks.
        database: In ClickHouse.
        model: Its address.
        port: ClickHouse's.
    """

    how: str
    workers: int
    tickets: int
    used: int
    database: str
    model: str = ""
    port: int = 0


class Program:
    """The objects, made before the first fork."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        connection = clickhouse_connect.get_client(host="127.0.0.1", port=plan.port, database=plan.database)
        self.categorizer = SupportAutoCategorizer(
            connection, ml_api_url=plan.model, enable_cache=False, min_confidence_threshold=0
        )
        self.monitor = SupportPerformanceMonitor(connection, enable_persistence=True)
        self.retry = SupportRetryHandler()
        self.analytics = SupportCategorizationAnalytics(connection)

    def work(self, worker: int, tickets: int | None = None) -> None:
        """Answer this worker's tickets, each with its own text."""
        first, tickets = worker * self.plan.tickets, tickets or self.plan.tickets
        wrong = sum(not self._answered(number) for number in range(first, first + tickets))
        self.analytics.track_categorization(f"tracked-{worker}", "billing", None, 0.5, "account")
        self.say(worker=worker, first=first, tickets=tickets, wrong=wrong)

    def _answered(self, number: int) -> bool:
        with self.monitor.track("ticket"):
            found = self.retry.execute_with_retry(
                lambda: self.categorizer.categorize("Problem", word_of(number), f"T-{number}"), "categorize"
            )
        return (found.method, found.confidence) == ("MODEL", share_of(word_of(number)))

    def flush(self) -> None:
        parts = self.categorizer, self.monitor
        # On a busy machine one may take longer than a flush waits.
        said = [part.flush() or (not part.dropped_rows and part.flush()) for part in parts]
        self.say(said=said)

    def close(self) -> None:
        self.flush()
        self.say(said=[self.categorizer.close(), self.monitor.close()])

    def say(self, **words: Any) -> None:
        # One write: lines of several processes stay whole.
        os.write(1, (json.dumps({"pid": os.getpid(), **words}) + "\n").encode())


def main(plan: Plan) -> None:
    program = Program(plan)
    if plan.used:
        program.work(plan.workers, plan.used)
    if plan.how == "multiprocessing":
        _by_multiprocessing(program)
    else:
        _await([_forked(partial(_child, program, worker)) for worker in range(plan.workers)])
    program.close()


def _child(program: Program, worker: int) -> None:
    if program.plan.how == "exit":
        # The usual end of a program writes what is left.
        program.work(worker)
        sys.exit()
    if program.plan.how == "again":
        program.work(program.plan.workers + 1 + worker)
        _await([_forked(partial(_child_of_child, program, worker))])
        program.close()
    else:
        _child_of_child(program, worker)
    os._exit(0)


def _child_of_child(program: Program, worker: int) -> None:
    program.work(worker)
    program.flush()
    os._exit(0)


def _forked(run: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        run()
    return child


def _await(children: list[int]) -> None:
    codes = [os.waitpid(child, 0)[1] for child in children]
    assert codes == [0] * len(codes), codes


def _by_multiprocessing(program: Program) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=program.work, args=(worker,)) for worker in range(program.plan.workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])))
