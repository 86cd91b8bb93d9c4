"""The tries of a call, one after the other: of plain functions, and of those whose work has to be awaited."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from consumer.library.callables import check_callable, is_asynchronous, is_unfinished
from consumer.library.guarded_call import GuardedCall

_T = TypeVar("_T")


def made(function: Callable[[], _T], begin: Callable[[], GuardedCall], name: str) -> _T:
    """Call a function until it returns or there is no further try.

    Args:
        function: Called without arguments.
        begin: Begins a guarded call; raises `CircuitOpen`.
        name: Of the operation, for errors.

    Returns:
        What the function returned; a coroutine that makes the tries when that has to be awaited.

    Raises:
        TypeError: It is not a function, or its work cannot be repeated.
        Exception: The last error that the function raised.
    """
    check_callable(function)
    if is_asynchronous(function):
        return cast("_T", awaited(function, begin))
    call = begin()
    while True:
        try:
            returned = function()
        except BaseException as error:
            pause_s = call.failed(error)
            if pause_s is None or not call.wait(pause_s, error):
                raise
        else:
            return _ended(call, returned, function, begin, name)


async def awaited(function: Callable[[], Any], begin: Callable[[], GuardedCall]) -> Any:
    """Call a function and await what it returned, until that succeeds or there is no further try; see `made`."""
    call = begin()
    while True:
        try:
            returned = function()
            if inspect.isawaitable(returned):
                returned = await returned
        except BaseException as error:
            pause_s = call.failed(error)
            if pause_s is None or not await _sleep(call, pause_s, error):
                raise
        else:
            call.succeeded()
            return returned


def _ended(
    call: GuardedCall, returned: _T, function: Callable[[], _T], begin: Callable[[], GuardedCall], name: str
) -> _T:
    """Count a call that has returned, unless its work is still to be awaited."""
    try:
        unfinished = is_unfinished(returned, name)
    except TypeError:
        call.forgotten()
        raise
    if unfinished:
        call.forgotten()
        return cast("_T", _awaited_first(returned, function, begin))
    call.succeeded()
    return returned


async def _awaited_first(returned: Any, function: Callable[[], Any], begin: Callable[[], GuardedCall]) -> Any:
    """As `awaited`, where the first call was made already and has returned this."""
    waiting = [returned]
    try:
        return await awaited(lambda: waiting.pop() if waiting else function(), begin)
    finally:
        # An open breaker may have refused to await it.
        if inspect.iscoroutine(returned):
            returned.close()


async def _sleep(call: GuardedCall, pause_s: float, error: BaseException) -> bool:
    """As `GuardedCall.wait`, without blocking the event loop; a breaker that opens is noticed after the pause."""
    try:
        await asyncio.sleep(pause_s)
    except BaseException as interruption:
        call.abandoned(interruption)
        raise
    return call.goes_on(error)
