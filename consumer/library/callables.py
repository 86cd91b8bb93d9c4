"""What a callable is: when its work is done, and what it is called.

The work of a plain function is done when it returns. That of a coroutine function is done when what it returned has
been awaited, and so is that of any other callable that returns an awaitable. The work of a generator is done piece by
piece, by its consumer.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from types import AsyncGeneratorType, GeneratorType
from typing import Any, TypeGuard, TypeVar

_F = TypeVar("_F", bound=Callable[..., object])


def check_callable(function: object) -> None:
    """Refuse what cannot be called, or whose call would not do the work.

    Raises:
        TypeError: It is no callable, or it is a generator function. The message says what to do instead.
    """
    if inspect.isawaitable(function):
        raise TypeError(
            f"{_kind(function)} is what a call returned; give the function itself, for example lambda: fetch(1)"
        )
    if not callable(function):
        raise TypeError(f"{_kind(function)} cannot be called; give a function")
    if any(map(_is_generator_function, _layers(function))):
        raise _generator_refusal(name_of(function))


def is_asynchronous(function: Callable[..., object]) -> bool:
    """Whether each call returns a coroutine: of coroutine functions, also within partials, and of `async __call__`."""
    return any(map(inspect.iscoroutinefunction, _layers(function)))


def is_unfinished(returned: object, name: str) -> TypeGuard[Awaitable[Any]]:
    """Whether what a call returned has to be awaited before the call's work is done.

    Args:
        returned: By the call.
        name: Of the operation, for the error.

    Raises:
        TypeError: It is a generator: none of its work is done, and nobody can say when it will be.
    """
    if inspect.isawaitable(returned):
        return True
    if isinstance(returned, GeneratorType | AsyncGeneratorType):
        raise _generator_refusal(name)
    return False


def name_of(function: Callable[..., object]) -> str:
    """The module and the name of a function; those of its function for a partial, of its class for an object."""
    innermost = _without_partials(function)
    named = next((it for it in (function, innermost) if isinstance(getattr(it, "__qualname__", None), str)), None)
    named = named or type(innermost)
    module = getattr(named, "__module__", None)
    return f"{module}.{named.__qualname__}" if isinstance(module, str) else str(named.__qualname__)


def named_like(function: Callable[..., object]) -> Callable[[_F], _F]:
    """As `functools.wraps`, for any callable: what an object or a class has as attributes, the wrapper has not."""
    updated = functools.WRAPPER_UPDATES if inspect.isroutine(function) else ()

    def decorate(wrapper: _F) -> _F:
        functools.update_wrapper(wrapper, function, updated=updated)
        return wrapper

    return decorate


def check_name(name: object, decorator: str) -> None:
    """Refuse what stands in the place of an operation's name.

    Raises:
        TypeError: It is no text; a function is there when the decorator was written without parentheses.
    """
    if name is not None and not isinstance(name, str):
        raise TypeError(f"the name of an operation is text, not {_kind(name)}; write @{decorator}() above a function")


def _layers(function: object) -> tuple[object, object]:
    """A callable without its partials, and the method of its class that a call runs."""
    innermost = _without_partials(function)
    return innermost, inspect.getattr_static(type(innermost), "__call__", None)


def _without_partials(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _is_generator_function(function: object) -> bool:
    if inspect.isasyncgenfunction(function):
        return True
    # What `types.coroutine` decorates is a generator function that is to be awaited.
    code = getattr(function, "__code__", None)
    return inspect.isgeneratorfunction(function) and not (
        code is not None and code.co_flags & inspect.CO_ITERABLE_COROUTINE
    )


def _generator_refusal(name: str) -> TypeError:
    return TypeError(
        f"{name} is a generator: its work is done piece by piece, by its consumer. Give a function that"
        " consumes it, for example lambda: list(pages())"
    )


def _kind(value: object) -> str:
    return f"an object of type {type(value).__qualname__}"
