"""What is known of one event of the log."""

from typing import Literal, NamedTuple

Level = Literal["info", "warning", "error", "critical", "any"]


class EventInfo(NamedTuple):
    """An event of the log.

    Attributes:
        name: the noun and what happened, as the line says under `event`.
        levels: at which the event is written; `any` is that of the library whose line it is.
        keys: what the line says beside event, level, timestamp and worker; not all of them each time.
        meaning: what has happened.
        mend: what an operator does; empty when there is nothing to do.
        one_of: when given, lines count as equal that agree in these keys, however the others differ: the event belongs
            to something that is tried again and again, and the other keys change from try to try.
    """

    name: str
    levels: tuple[Level, ...]
    keys: tuple[str, ...]
    meaning: str
    mend: str = ""
    one_of: tuple[str, ...] | None = None
