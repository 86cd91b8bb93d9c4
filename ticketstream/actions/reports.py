"""Prints what ClickHouse knows, for people and programs."""

import shlex
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import typer

from analytics.clickhouse.client import Client
from analytics.reports.accuracy import accuracy
from analytics.reports.bottlenecks import bottlenecks_report
from analytics.reports.categories import categories_report
from analytics.reports.confidence import confidence
from analytics.reports.confusion import confusion
from analytics.reports.cost import cost
from analytics.reports.explain import Explanation, explain
from analytics.reports.latency import latency_report
from analytics.reports.question import Question
from analytics.reports.report import Report
from analytics.reports.retries import retries_report
from analytics.reports.thresholds import Thresholds, thresholds
from analytics.reports.window import Window
from consumer.answer.policy import default_policy
from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.config.settings import Topics, load_settings
from consumer.errors import TicketstreamError
from terminal.output import say
from terminal.suggestions import did_you_mean
from ticketstream import threshold_policy
from ticketstream.choices import Format, Language, Level, ReportFormat, ReportName
from ticketstream.comparing import compared_models
from ticketstream.database import database
from ticketstream.explaining import explanation_json, explanation_text
from ticketstream.label_names import label_of, reader_language, with_names
from ticketstream.moments import moment
from ticketstream.rendering import report_csv, report_json, report_table
from ticketstream.watching import watch

# Reports about answers: of a level, and of one category or all.
_ABOUT_ANSWERS: Mapping[ReportName, Callable[[Client, Question], Report]] = MappingProxyType(
    {
        ReportName.ACCURACY: lambda client, question: accuracy(client, *question).report(),
        ReportName.CATEGORIES: categories_report,
        ReportName.CONFUSION: lambda client, question: confusion(client, question).report(),
        ReportName.CONFIDENCE: lambda client, question: confidence(client, question).report(),
    }
)
# Reports about operations: of whole minutes.
_ABOUT_OPERATIONS = {
    ReportName.LATENCY: latency_report,
    ReportName.BOTTLENECKS: bottlenecks_report,
    ReportName.RETRIES: retries_report,
}
# The sink collects rows for half a second, and a model may take as long again.
_STORED_WITHIN_S, _LOOK_EVERY_S = 3.0, 0.2
_MONTH, _DAY = timedelta(days=30), timedelta(days=1)
_WRITERS: Mapping[ReportFormat, Callable[[Report], str]] = {
    ReportFormat.TABLE: report_table,
    ReportFormat.JSON: report_json,
    ReportFormat.CSV: report_csv,
}
_DEFAULT_PRECISION = 0.95
_TWO = 2
_NO_COST = (
    "no call of a model that told its cost",
    "let the model's replies have `usage`, as those of `ticketstream llm serve` do (docs/CONTRACT.md)",
)


class Lookback(NamedTuple):
    """From when on a report counts; at most one of these is given."""

    days: int | None
    minutes: int | None
    since: str | None

    def start(self, now: datetime, default: timedelta) -> datetime:
        """The beginning of the window.

        Raises:
            typer.BadParameter: more than one is given, or the time cannot be read.
        """
        if sum(given is not None for given in self) > 1:
            raise typer.BadParameter("Give one of --days, --minutes and --since, not several.")
        if self.since is not None:
            return moment(self.since, now, "--since")
        if self.days is not None:
            return now - timedelta(days=self.days)
        return now - (timedelta(minutes=self.minutes) if self.minutes is not None else default)


class ReportOptions(NamedTuple):
    """The options of a report that choose its figures; `ticketstream report --help` says what they mean."""

    name: ReportName
    lookback: Lookback
    level: Level | None
    category: str | None
    precision: float | None
    write: Path | None
    table: str | None
    unproven: bool
    models: tuple[str, ...] = ()
    all_judgements: bool = False


def print_report(
    options: ReportOptions, output: ReportFormat, language: Language | None = None, *, watched: bool
) -> None:
    """Print a report, and with `watched` print it again every few seconds until Ctrl-C.

    Args:
        options: what to report.
        output: as a table categories have their names, and in other forms their labels.
        language: of these names; None for that of the terminal.
        watched: whether to go on.

    Raises:
        typer.BadParameter: the options do not go together.
        TicketstreamError: there is nothing to report, or ClickHouse does not answer.
    """
    _check_options(options)
    if watched and (options.write or output is ReportFormat.CSV):
        raise typer.BadParameter("--watch shows tables or json again and again; leave out --write and --format csv.")
    if options.write and options.category:
        raise typer.BadParameter("A policy is for all categories; leave out --category, or --write.")
    settings = load_settings()
    taxonomy = load_taxonomy(settings.taxonomy_file)
    suggest = default_policy(settings.min_confidence).overall.suggest
    category, goal = _known_category(taxonomy, options.category), _goal(options.precision)
    names = taxonomy.names_in(reader_language(language)) if output is ReportFormat.TABLE else {}

    def text() -> str:
        now = datetime.now(UTC)
        start = options.lookback.start(now, _DAY if options.name in _ABOUT_OPERATIONS else _MONTH)
        question = Question(start, (options.level or Level.CATEGORY).value, category, taxonomy.renamed)
        with database() as client:
            if options.name is ReportName.THRESHOLDS:
                found = _thresholds(client, question, goal)
                if options.write is not None:
                    threshold_policy.write(options.write, found, taxonomy, suggest, unproven=options.unproven)
                report = found.report()
            elif options.name is ReportName.COMPARE:
                report = compared_models(client, question, options.models, every_judgement=options.all_judgements)
            else:
                report = _report(client, options.name, question, now)
        shown = with_names(report, names)
        return _WRITERS[output](shown if options.table is None else _only(shown, options.table))

    if watched:
        watch(text)
    say(text())


def print_explanation(ticket_id: str, output: Format, language: Language | None = None) -> None:
    """Print every answer of a ticket, its reasons, and what people said about it.

    Raises:
        TicketstreamError: the ticket is unknown, or ClickHouse does not answer.
    """
    settings = load_settings()
    with database() as client:
        explanation = _explained(client, ticket_id)
        _refuse_unknown(explanation, client.database, settings.topics)
    if output is Format.JSON:
        say(explanation_json(explanation))
    else:
        names = load_taxonomy(settings.taxonomy_file).names_in(reader_language(language))
        say(explanation_text(explanation, names))


def _explained(client: Client, ticket_id: str) -> Explanation:
    """The ticket's history; of one that was published a moment ago, as soon as the sink has stored it."""
    give_up_s = time.monotonic() + _STORED_WITHIN_S
    while True:
        found = explain(client, ticket_id)
        if found.answers or found.corrections or time.monotonic() > give_up_s:
            return found
        time.sleep(_LOOK_EVERY_S)


def _only(report: Report, name: str) -> Report:
    """The report with one of its tables."""
    tables = {table.name: table for table in report.tables}
    if name not in tables:
        raise typer.BadParameter(
            f"--table '{name}' is no table of the report {report.name}{did_you_mean(name, tables)}"
            f" It has {', '.join(tables)}."
        )
    return report._replace(tables=(tables[name],))


def _report(client: Client, name: ReportName, question: Question, now: datetime) -> Report:
    if name is ReportName.COST:
        report = cost(client, question).report()
        _refuse_empty(report, client.database, *_NO_COST)
    elif name in _ABOUT_OPERATIONS:
        report = _ABOUT_OPERATIONS[name](client, Window.of(question.since, now))
    else:
        report = _ABOUT_ANSWERS[name](client, question)
    _refuse_empty(report, client.database)
    return report


def _thresholds(client: Client, question: Question, goal: float) -> Thresholds:
    found = thresholds(client, question, goal)
    _refuse_empty(found.report(), client.database, "no answer of the model", "see `ticketstream doctor`")
    return found


def _check_options(options: ReportOptions) -> None:
    """Refuse options of other reports."""
    only_thresholds = frozenset({ReportName.THRESHOLDS})
    owners: dict[str, tuple[object, frozenset[ReportName]]] = {
        "--level": (options.level, frozenset({*_ABOUT_ANSWERS, ReportName.COMPARE})),
        "--category": (options.category, frozenset({*_ABOUT_ANSWERS, ReportName.THRESHOLDS})),
        "--precision": (options.precision, only_thresholds),
        "--write": (options.write, only_thresholds),
        "--unproven": (options.unproven or None, only_thresholds),
        "--model": (options.models or None, frozenset({ReportName.COMPARE})),
        "--all-judgements": (options.all_judgements or None, frozenset({ReportName.COMPARE})),
    }
    for option, (value, reports) in owners.items():
        if value is not None and options.name not in reports:
            names = ", ".join(name for name in ReportName if name in reports)
            raise typer.BadParameter(f"{option} belongs to the report {names}; leave it out here.")
    two = len(options.models) == len(set(options.models)) == _TWO
    if options.name is ReportName.COMPARE and not two:
        raise typer.BadParameter("compare needs two models: --model A --model B, as `report accuracy` names them.")


def _goal(precision: float | None) -> float:
    if precision is None:
        return _DEFAULT_PRECISION
    if not 0 < precision < 1:
        raise typer.BadParameter(f"--precision {precision:g} is no goal; give a share between 0 and 1, like 0.95.")
    return precision


def _known_category(taxonomy: Taxonomy, category: str | None) -> str | None:
    """The name that the category has in the taxonomy today."""
    if category is None:
        return None
    found = taxonomy.translate(label_of(category, taxonomy))
    if found is None:
        raise typer.BadParameter(
            f"--category '{category}' is no category of the taxonomy {taxonomy.version}"
            f"{did_you_mean(category, taxonomy.subcategories)}"
            f" It has {', '.join(sorted(taxonomy.subcategories))}."
        )
    return found[0]


def _refuse_empty(
    report: Report, database: str, missing: str = "nothing", mend: str = "see that `ticketstream run --role sink` runs"
) -> None:
    if report.empty:
        raise TicketstreamError(
            f"Nothing to report: the database {database} holds {missing} since {report.facts['since']}."
            f" Look further back with --days, or {mend}."
        )


def _refuse_unknown(explanation: Explanation, database: str, topics: Topics) -> None:
    if not explanation.answers and not explanation.corrections:
        ticket = shlex.quote(explanation.ticket_id)
        raise TicketstreamError(
            f"The database {database} holds nothing of the ticket {explanation.ticket_id!r}. Check the id."
            f" If it became a dead letter, `ticketstream dlq list --ticket {ticket}` says why."
            f" If it is new, the sink may not have stored it yet:"
            f" `ticketstream tail {topics.categorized} --ticket {ticket}` shows the stream."
        )
