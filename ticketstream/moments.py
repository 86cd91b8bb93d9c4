"""Times as they are given on the command line."""

from datetime import UTC, datetime

import typer


def moment(text: str, now: datetime, option: str) -> datetime:
    """A time of the past; one without a zone is UTC, like every time in the database.

    Raises:
        typer.BadParameter: it is no time, or lies in the future.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{option} '{text}' is not a time; write it like 2026-11-22 or 2026-11-22T12:00:00Z."
        ) from None
    found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    if found > now:
        raise typer.BadParameter(f"{option} '{text}' lies in the future; give an earlier time.")
    return found
