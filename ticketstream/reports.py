"""`ticketstream report` and `ticketstream explain`: what ClickHouse knows, for people and programs."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import typer

from analytics.explain import Explanation
from analytics.explain import explain as explain_ticket
from analytics.reports.accuracy import accuracy
from analytics.reports.bottlenecks import bottlenecks_report
from analytics.reports.latency import latency_report
from analytics.reports.report import Report
from analytics.reports.retries import retries_report
from analytics.reports.window import Window
from consumer.errors import TicketstreamError
from ticketstream.database import database
from ticketstream.explaining import explanation_json, explanation_text
from ticketstream.moments import moment
from ticketstream.output import command, say
from ticketstream.rendering import report_csv, report_json, report_table


class Name(StrEnum):
    """The reports there are."""

    ACCURACY = "accuracy"
    LATENCY = "latency"
    BOTTLENECKS = "bottlenecks"
    RETRIES = "retries"


class Level(StrEnum):
    """What has to be right for an answer to count as right."""

    CATEGORY = "category"
    SUBCATEGORY = "subcategory"


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class ExplainFormat(StrEnum):
    """How an explanation is written."""

    TABLE = "table"
    JSON = "json"


# What is asked about operations: of whole minutes.
_ABOUT_OPERATIONS = {
    Name.LATENCY: latency_report,
    Name.BOTTLENECKS: bottlenecks_report,
    Name.RETRIES: retries_report,
}
_DEFAULT_WINDOW = {Name.ACCURACY: timedelta(days=30)} | dict.fromkeys(_ABOUT_OPERATIONS, timedelta(days=1))
_WRITERS = {Format.TABLE: report_table, Format.JSON: report_json, Format.CSV: report_csv}
_A_CENTURY_DAYS = 36_500

_NAME = typer.Argument(
    help="accuracy: how often answers are right. latency: how long each stage and call takes. bottlenecks: what tickets"
    " wait for. retries: what is tried again, and when breakers were open."
)
_DAYS = typer.Option(None, "--days", min=1, max=_A_CENTURY_DAYS, help="Look back this many days.")
_MINUTES = typer.Option(None, "--minutes", min=1, max=_A_CENTURY_DAYS * 1440, help="Look back this many minutes.")
_SINCE = typer.Option(None, "--since", metavar="TIME", help="From this time on: 2026-11-22 or 2026-11-22T12:00:00Z.")
_LEVEL = typer.Option(None, "--level", help="accuracy only: is the category right, or the subcategory with it?")
_FORMAT = typer.Option(Format.TABLE, "--format", help="json is one line; csv holds every table in one.")
_TICKET = typer.Argument(metavar="TICKET_ID", help="As in the ticket's events.")
_EXPLAIN_FORMAT = typer.Option(ExplainFormat.TABLE, "--format", help="json is one line.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(report)
    app.command()(explain)


@command
def report(
    name: Name = _NAME,
    days: int | None = _DAYS,
    minutes: int | None = _MINUTES,
    since: str | None = _SINCE,
    level: Level | None = _LEVEL,
    output: Format = _FORMAT,
) -> None:
    """Show figures from ClickHouse. Without a window: 30 days for accuracy, else 1 day.

    Accuracy comes as three figures, because none alone is the truth: an upper bound (what nobody corrected counts as
    right), the share verified by people, and the audit (answers drawn at random, weighted).

    Example: ticketstream report accuracy --days 7 --level subcategory --format csv > accuracy.csv
    """
    if level is not None and name is not Name.ACCURACY:
        raise typer.BadParameter("--level belongs to the report accuracy; leave it out here.")
    now = datetime.now(UTC)
    start = _start(now, _DEFAULT_WINDOW[name], days, minutes, since)
    with database() as client:
        if name is Name.ACCURACY:
            made = accuracy(client, start, (level or Level.CATEGORY).value).report()
        else:
            made = _ABOUT_OPERATIONS[name](client, Window.of(start, now))
        _refuse_empty(made, client.database)
    say(_WRITERS[output](made))


@command
def explain(ticket_id: str = _TICKET, output: ExplainFormat = _EXPLAIN_FORMAT) -> None:
    """Tell why a ticket is where it is: every answer, how it came about, and what people said to it."""
    with database() as client:
        told = explain_ticket(client, ticket_id)
        _refuse_unknown(told, client.database)
    say(explanation_json(told) if output is ExplainFormat.JSON else explanation_text(told))


def _start(now: datetime, default: timedelta, days: int | None, minutes: int | None, since: str | None) -> datetime:
    if sum(given is not None for given in (days, minutes, since)) > 1:
        raise typer.BadParameter("Give one of --days, --minutes and --since, not several.")
    if since is not None:
        return moment(since, now, "--since")
    if days is not None:
        return now - timedelta(days=days)
    return now - (timedelta(minutes=minutes) if minutes is not None else default)


def _refuse_empty(made: Report, name: str) -> None:
    if made.empty:
        raise TicketstreamError(
            f"Nothing to report: the database {name} holds nothing since {made.facts['since']}. Look further back with"
            " --days, or check that the sink runs (`ticketstream run --role sink`)."
        )


def _refuse_unknown(told: Explanation, name: str) -> None:
    if not told.answers and not told.corrections:
        raise TicketstreamError(
            f"The database {name} holds nothing of the ticket {told.ticket_id!r}. Check the id; if the ticket is new,"
            " the sink may not have stored it yet: `ticketstream tail ticket-categorized --ticket ID` shows the stream."
        )
