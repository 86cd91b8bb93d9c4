"""`ticketstream doctor`."""

from ticketstream.output import command


@command
def doctor() -> None:
    """Check settings, taxonomy, topics, ClickHouse and the model; exit 1 when something has to be mended."""
    from ticketstream.actions.doctor import check_everything

    check_everything()
