"""Runs a function in a process that is forked from the test's own."""

import json
import os
import select
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

# Longer than any of these functions takes on a busy machine; only one that hangs meets it.
LONGEST_S = 60.0


def in_child(function: Callable[[], Any]) -> Any:
    """Return what the function returned in the child, as JSON carries it.

    Raises:
        AssertionError: It hung, or it raised; the traceback is in the message.
    """
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # Python warns of forks beside other threads, which is what these tests are about.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _answer(function, writer)
    os.close(writer)
    try:
        return _answered(reader)
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _answer(function: Callable[[], Any], writer: int) -> None:
    answer: dict[str, Any] = {}
    try:
        answer = {"returned": function()}
    finally:
        if sys.exception() is not None:
            answer = {"raised": traceback.format_exc()}
        os.write(writer, json.dumps(answer).encode())
        # Nothing of the test's own process may run twice.
        os._exit(0)


def _answered(reader: int) -> Any:
    assert select.select([reader], [], [], LONGEST_S)[0], "the child hangs"
    answer = json.loads(os.read(reader, 1 << 16) or b'{"raised": "the child ended without an answer"}')
    assert "raised" not in answer, answer["raised"]
    return answer["returned"]
