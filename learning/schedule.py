"""When to learn again. Pure, with the time as an argument."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

AFTER_A_FAILURE: Final = timedelta(minutes=10)


class Plan(NamedTuple):
    """The settings.

    Attributes:
        every: after so long, where anything new was judged; None for never.
        judgements: after so many new judgements; None for never.
    """

    every: timedelta | None
    judgements: int | None


class Past(NamedTuple):
    """The last round.

    Attributes:
        at: when it began.
        judgements: how many judgements there were.
        failed: whether it came to no end.
    """

    at: datetime
    judgements: int
    failed: bool = False


def why_now(plan: Plan, past: Past | None, judgements: int, now: datetime, *, has_champion: bool) -> str | None:
    """Why a round is due; None where it is not.

    Args:
        plan: the settings.
        past: the last round; None where there was none.
        judgements: how many there are now.
        now: aware.
        has_champion: whether there is a model to serve.
    """
    if past is None and not has_champion:
        return "there is no champion yet"
    if past is None:
        return "nothing was learned yet" if judgements else None
    if past.failed:
        return "the last round failed" if now - past.at >= AFTER_A_FAILURE else None
    # Fewer than before, where rows were forgotten: all are old then.
    new = max(0, judgements - past.judgements)
    if plan.judgements is not None and new >= plan.judgements:
        return f"{new} new judgements"
    if plan.every is not None and new and now - past.at >= plan.every:
        return f"{new} new judgements since {past.at:%Y-%m-%d %H:%M} UTC"
    return None
