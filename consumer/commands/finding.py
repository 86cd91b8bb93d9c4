"""What `ticketstream doctor` says of one thing that it looked at."""

from typing import Literal, NamedTuple

State = Literal["ok", "warning", "failed"]


class Finding(NamedTuple):
    """The result of one check; the service runs in spite of a warning.

    Attributes:
        part: what was looked at.
        state: how it is.
        detail: what was found, and the mend.
        command: what mends it, to be run by somebody who may; empty where no command does.
    """

    part: str
    state: State
    detail: str
    command: str = ""
