"""Freeing the memory that an error's traceback holds."""

import traceback


def let_go(error: BaseException) -> None:
    """Clear the frames of an error's traceback, and those of the errors that caused it.

    urllib3 keeps an error in a variable of the frame that raised it, which makes a cycle: the error, all its frames and
    the request in them stay until garbage is collected. In a process that makes little garbage that takes hours.

    Args:
        error: A caught error of which only the text is still needed.
    """
    known: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop()
        if id(current) not in known:
            known.add(id(current))
            traceback.clear_frames(current.__traceback__)
            causes = (current.__cause__, current.__context__, *current.args)
            waiting.extend(cause for cause in causes if isinstance(cause, BaseException))
