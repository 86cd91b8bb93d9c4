"""Times on the command line."""

from datetime import UTC, datetime

import typer

# Kafka counts time from here.
_FIRST_YEAR = 1970


def moment(text: str, now: datetime, option: str) -> datetime:
    """Read a time of the past. A time without a zone is UTC, like every time in the database.

    Raises:
        typer.BadParameter: the text is no time, or the time lies in the future.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{option} '{text}' is not a time; write it like 2026-11-22 or 2026-11-22T12:00:00Z."
        ) from None
    try:
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        raise typer.BadParameter(f"{option} '{text}' lies outside the calendar; give another time.") from None
    if time.year < _FIRST_YEAR:
        raise typer.BadParameter(f"{option} '{text}' lies before anything was recorded; give a later time.")
    if time > now:
        raise typer.BadParameter(f"{option} '{text}' lies in the future; give an earlier time.")
    return time
