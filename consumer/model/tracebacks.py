"""Letting go of what an error holds."""

import traceback


def let_go(error: BaseException) -> None:
    """Clear the frames that an error passed on its way, and those of the errors that led to it.

    A library that keeps an error in a variable of the frame that raised it, as urllib3 does, makes a cycle: with the
    error all those frames stay, and the request in them, until garbage is collected. A process that makes next to no
    garbage puts that off for hours.

    Args:
        error: that was caught and is of no further use than its text.
    """
    known: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if id(each) not in known:
            known.add(id(each))
            traceback.clear_frames(each.__traceback__)
            led_to_it = (each.__cause__, each.__context__, *each.args)
            waiting.extend(other for other in led_to_it if isinstance(other, BaseException))
