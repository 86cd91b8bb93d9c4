"""`ticketstream report` and `ticketstream explain`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.choices import Format, Language, Level, ReportFormat, ReportName
from ticketstream.output import command

_A_CENTURY_DAYS = 36_500

Name = Annotated[
    ReportName,
    typer.Argument(
        metavar="NAME",
        # Spelt out below; side by side they are wider than a terminal.
        show_choices=False,
        help="accuracy: how often answers are right. categories: precision, recall and F1 of each. confusion: what is"
        " taken for what. confidence: is it true? thresholds: which confidence reaches a precision. latency: how long"
        " each stage and call takes. bottlenecks: what tickets wait for. retries: what is tried again, and when"
        " breakers were open. cost: what the model costs by day, model and category. compare: which of two models is"
        " right more often.",
    ),
]
Days = Annotated[int | None, typer.Option(min=1, max=_A_CENTURY_DAYS, help="Look back this many days.")]
Minutes = Annotated[int | None, typer.Option(min=1, max=_A_CENTURY_DAYS * 1440, help="Look back this many minutes.")]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="From this time on: 2026-11-22 or 2026-11-22T12:00:00Z.")
]
JudgedLevel = Annotated[
    Level | None, typer.Option(help="Is the category right, or the subcategory with it? Not for thresholds.")
]
Category = Annotated[str | None, typer.Option(metavar="NAME", help="Answers of this category only.")]
Lang = Annotated[
    Language | None,
    typer.Option("--lang", help="The language of the categories' names in tables; that of LANG if not given."),
]
Precision = Annotated[float | None, typer.Option(metavar="SHARE", help="thresholds: the goal, 0.95 if not given.")]
Write = Annotated[Path | None, typer.Option(metavar="FILE", help="thresholds: write a policy for THRESHOLD_POLICY.")]
Unproven = Annotated[bool, typer.Option("--unproven", help="thresholds: --write also what is not proven.")]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME", help="compare: a model as answers name it. Give it twice: A, then B."),
]
AllJudgements = Annotated[
    bool, typer.Option("--all-judgements", help="compare: every judged answer, not only those of the audit.")
]
Watched = Annotated[bool, typer.Option("--watch", help="Again every few seconds, until Ctrl-C.")]
OneTable = Annotated[str | None, typer.Option("--table", metavar="NAME", help="This table only; csv: not the first.")]
Output = Annotated[ReportFormat, typer.Option("--format", help="json is one line; csv is one table.")]


@command
def report(
    name: Name,
    days: Days = None,
    minutes: Minutes = None,
    since: Since = None,
    level: JudgedLevel = None,
    category: Category = None,
    precision: Precision = None,
    write: Write = None,
    table: OneTable = None,
    models: Models = None,
    *,
    all_judgements: AllJudgements = False,
    unproven: Unproven = False,
    watched: Watched = False,
    output: Output = ReportFormat.TABLE,
    language: Lang = None,
) -> None:
    """Show figures from ClickHouse. Without a window: 30 days of answers, 1 day of operations.

    Accuracy comes as three figures, because none alone is the truth: an upper bound (what nobody corrected counts as
    right), the share verified by people, and the audit (answers drawn at random, weighted).

    Examples: ticketstream report accuracy --days 7 --level subcategory --format csv > accuracy.csv

    ticketstream report accuracy --format csv --table categories > categories.csv

    ticketstream report thresholds --precision 0.95 --write policy.toml

    ticketstream report compare --model tickets-2026-11-01-0a1b2c3d --model tickets-2026-11-30-1f2e3d4c
    """
    from ticketstream.actions.reports import Lookback, ReportOptions, print_report

    pair = (tuple(models or ()), all_judgements)
    lookback = Lookback(days, minutes, since)
    options = ReportOptions(name, lookback, level, category, precision, write, table, unproven, *pair)
    print_report(options, output, language, watched=watched)


@command
def explain(
    ticket_id: Annotated[str, typer.Argument(metavar="TICKET_ID", help="As in the ticket's events.")],
    output: Annotated[Format, typer.Option("--format", help="json is one line.")] = Format.TABLE,
    language: Lang = None,
) -> None:
    """Tell why a ticket is where it is: every answer, its reasons, and what people said about it."""
    from ticketstream.actions.reports import print_explanation

    print_explanation(ticket_id, output, language)
