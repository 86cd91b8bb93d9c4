"""`ticketstream report` and `ticketstream explain`: what ClickHouse knows, for people and programs."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import typer

from analytics.clickhouse.client import Client
from analytics.reports.accuracy import accuracy
from analytics.reports.bottlenecks import bottlenecks_report
from analytics.reports.categories import categories_report
from analytics.reports.confidence import confidence
from analytics.reports.confusion import confusion
from analytics.reports.explain import Explanation
from analytics.reports.explain import explain as explain_ticket
from analytics.reports.latency import latency_report
from analytics.reports.question import Question
from analytics.reports.report import Report
from analytics.reports.retries import retries_report
from analytics.reports.thresholds import thresholds
from analytics.reports.window import Window
from consumer.answer.policy import default_policy
from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.config.settings import load_settings
from consumer.errors import TicketstreamError
from ticketstream import threshold_policy
from ticketstream.database import database
from ticketstream.explaining import explanation_json, explanation_text
from ticketstream.moments import moment
from ticketstream.output import command, say
from ticketstream.rendering import report_csv, report_json, report_table
from ticketstream.watching import watch


class Name(StrEnum):
    """The reports there are."""

    ACCURACY = "accuracy"
    CATEGORIES = "categories"
    CONFUSION = "confusion"
    CONFIDENCE = "confidence"
    THRESHOLDS = "thresholds"
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


# What is asked about answers: by a question that names a level and a category.
_ABOUT_ANSWERS: Mapping[Name, Callable[[Client, Question], Report]] = MappingProxyType(
    {
        Name.ACCURACY: lambda client, question: accuracy(client, *question).report(),
        Name.CATEGORIES: categories_report,
        Name.CONFUSION: lambda client, question: confusion(client, question).report(),
        Name.CONFIDENCE: lambda client, question: confidence(client, question).report(),
    }
)
# What is asked about operations: of whole minutes.
_ABOUT_OPERATIONS = {
    Name.LATENCY: latency_report,
    Name.BOTTLENECKS: bottlenecks_report,
    Name.RETRIES: retries_report,
}
_MONTH, _DAY = timedelta(days=30), timedelta(days=1)
_WRITERS = {Format.TABLE: report_table, Format.JSON: report_json, Format.CSV: report_csv}
_A_CENTURY_DAYS = 36_500
_DEFAULT_PRECISION = 0.95

_NAME = typer.Argument(
    help="accuracy: how often answers are right. categories: precision, recall and F1 of each. confusion: what is taken"
    " for what. confidence: is it true? thresholds: which confidence reaches a precision. latency: how long each stage"
    " and call takes. bottlenecks: what tickets wait for. retries: what is tried again, and when breakers were open."
)
_DAYS = typer.Option(None, "--days", min=1, max=_A_CENTURY_DAYS, help="Look back this many days.")
_MINUTES = typer.Option(None, "--minutes", min=1, max=_A_CENTURY_DAYS * 1440, help="Look back this many minutes.")
_SINCE = typer.Option(None, "--since", metavar="TIME", help="From this time on: 2026-11-22 or 2026-11-22T12:00:00Z.")
_LEVEL = typer.Option(None, "--level", help="Is the category right, or the subcategory with it? Not for thresholds.")
_CATEGORY = typer.Option(None, "--category", metavar="NAME", help="Answers of this category only.")
_PRECISION = typer.Option(None, "--precision", metavar="SHARE", help="thresholds: the goal, 0.95 if not given.")
_WRITE = typer.Option(None, "--write", metavar="FILE", help="thresholds: write a policy for THRESHOLD_POLICY.")
_UNPROVEN = typer.Option(False, "--unproven", help="thresholds: --write also what is not proven.")
_WATCH = typer.Option(False, "--watch", help="Again every few seconds, until Ctrl-C.")
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
    category: str | None = _CATEGORY,
    precision: float | None = _PRECISION,
    write: Path | None = _WRITE,
    *,
    unproven: bool = _UNPROVEN,
    watched: bool = _WATCH,
    output: Format = _FORMAT,
) -> None:
    """Show figures from ClickHouse. Without a window: 30 days of answers, 1 day of operations.

    Accuracy comes as three figures, because none alone is the truth: an upper bound (what nobody corrected counts as
    right), the share verified by people, and the audit (answers drawn at random, weighted).

    Examples: ticketstream report accuracy --days 7 --level subcategory --format csv > accuracy.csv

    ticketstream report thresholds --precision 0.95 --write policy.toml
    """
    _check_options(name, {"--precision": precision, "--write": write, "--unproven": unproven or None}, level, category)
    if watched and (write or output is Format.CSV):
        raise typer.BadParameter("--watch shows tables or json again and again; leave out --write and --format csv.")
    if write and category:
        raise typer.BadParameter("A policy is for all categories; leave out --category, or --write.")
    taxonomy = load_taxonomy(load_settings().taxonomy_file)
    known, goal = _known(taxonomy, category), _goal(precision)

    def made() -> str:
        now = datetime.now(UTC)
        start = _start(now, _DAY if name in _ABOUT_OPERATIONS else _MONTH, days, minutes, since)
        question = Question(start, (level or Level.CATEGORY).value, known, taxonomy.renamed)
        return _WRITERS[output](_made(name, question, now, goal, taxonomy, write, unproven=unproven))

    if watched:
        watch(made)
    say(made())


def _made(
    name: Name,
    question: Question,
    now: datetime,
    goal: float,
    taxonomy: Taxonomy,
    write: Path | None,
    *,
    unproven: bool,
) -> Report:
    with database() as client:
        if name is Name.THRESHOLDS:
            found = thresholds(client, question, goal)
            _refuse_empty(found.report(), client.database, "no answer of the model", "see `ticketstream doctor`")
            if write is not None:
                suggest = default_policy(load_settings().min_confidence).overall.suggest
                threshold_policy.write(write, found, taxonomy, suggest, unproven=unproven)
            return found.report()
        if name in _ABOUT_OPERATIONS:
            made = _ABOUT_OPERATIONS[name](client, Window.of(question.since, now))
        else:
            made = _ABOUT_ANSWERS[name](client, question)
        _refuse_empty(made, client.database)
    return made


@command
def explain(ticket_id: str = _TICKET, output: ExplainFormat = _EXPLAIN_FORMAT) -> None:
    """Tell why a ticket is where it is: every answer, how it came about, and what people said to it."""
    with database() as client:
        told = explain_ticket(client, ticket_id)
        _refuse_unknown(told, client.database)
    say(explanation_json(told) if output is ExplainFormat.JSON else explanation_text(told))


def _check_options(name: Name, of_thresholds: Mapping[str, object], level: Level | None, category: str | None) -> None:
    belongs: dict[str, tuple[object, frozenset[Name]]] = {
        "--level": (level, frozenset(_ABOUT_ANSWERS)),
        "--category": (category, frozenset({*_ABOUT_ANSWERS, Name.THRESHOLDS})),
        **{option: (value, frozenset({Name.THRESHOLDS})) for option, value in of_thresholds.items()},
    }
    for option, (value, names) in belongs.items():
        if value is not None and name not in names:
            whose = ", ".join(each for each in Name if each in names)
            raise typer.BadParameter(f"{option} belongs to the report {whose}; leave it out here.")


def _goal(precision: float | None) -> float:
    if precision is None:
        return _DEFAULT_PRECISION
    if not 0 < precision < 1:
        raise typer.BadParameter(f"--precision {precision:g} is no goal; give a share between 0 and 1, like 0.95.")
    return precision


def _known(taxonomy: Taxonomy, category: str | None) -> str | None:
    """The category in today's words."""
    if category is None:
        return None
    found = taxonomy.translate(category)
    if found is None:
        raise typer.BadParameter(
            f"--category '{category}' is no category of the taxonomy {taxonomy.version}; give one of"
            f" {', '.join(sorted(taxonomy.subcategories))}."
        )
    return found[0]


def _start(now: datetime, default: timedelta, days: int | None, minutes: int | None, since: str | None) -> datetime:
    if sum(given is not None for given in (days, minutes, since)) > 1:
        raise typer.BadParameter("Give one of --days, --minutes and --since, not several.")
    if since is not None:
        return moment(since, now, "--since")
    if days is not None:
        return now - timedelta(days=days)
    return now - (timedelta(minutes=minutes) if minutes is not None else default)


def _refuse_empty(
    made: Report, name: str, missing: str = "nothing", mend: str = "see that `ticketstream run --role sink` runs"
) -> None:
    if made.empty:
        raise TicketstreamError(
            f"Nothing to report: the database {name} holds {missing} since {made.facts['since']}."
            f" Look further back with --days, or {mend}."
        )


def _refuse_unknown(told: Explanation, name: str) -> None:
    if not told.answers and not told.corrections:
        raise TicketstreamError(
            f"The database {name} holds nothing of the ticket {told.ticket_id!r}. Check the id; if the ticket is new,"
            " the sink may not have stored it yet: `ticketstream tail ticket-categorized --ticket ID` shows the stream."
        )
