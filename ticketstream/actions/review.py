"""The review at the terminal, and its queue as a list."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from analytics.clickhouse.client import Client
from analytics.reports.review import Kind, ReviewTicket, is_known, queue_report, review_candidates, typed_name
from analytics.reports.review_question import WINDOW, waiting
from consumer.answer.taxonomy import load_taxonomy
from consumer.commands.judging import Judging
from consumer.config.settings import Settings, load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from terminal.asking import somebody_is_there
from terminal.keys import Keyboard
from terminal.output import people_read, say
from ticketstream.choices import Language, ReportFormat
from ticketstream.database import database
from ticketstream.label_names import reader_language, with_names
from ticketstream.pending_judgements import Made
from ticketstream.rendering import report_csv, report_json, report_table
from ticketstream.review_session import Session, View

# As many are fetched at once: fewer would make people wait, and more would grow old.
_FETCHED = 20
_LISTED = 20
_WRITERS = {ReportFormat.TABLE: report_table, ReportFormat.JSON: report_json, ReportFormat.CSV: report_csv}


class Wanted(NamedTuple):
    """Which tickets, and who asks; `ticketstream review --help` says what the options mean."""

    limit: int | None
    kinds: Sequence[Kind]
    by: str | None

    @property
    def person(self) -> str | None:
        """Who judges, as it is published."""
        return typed_name(self.by) if self.by else None


def list_queue(wanted: Wanted, output: ReportFormat, language: Language | None) -> None:
    """Print what waits for a judgement, without texts.

    Raises:
        TicketstreamError: ClickHouse does not answer.
    """
    settings = load_settings()
    now = datetime.now(UTC)
    with database() as client:
        found = _fetch(client, settings, wanted, now, wanted.limit or _LISTED, (), with_texts=False)
        report = queue_report(found, waiting(client, now, settings.review_twice_share))
    if output is ReportFormat.TABLE:
        report = with_names(report, load_taxonomy(settings.taxonomy_file).names_in(reader_language(language)))
    say(_WRITERS[output](report))


def review(wanted: Wanted, language: Language | None) -> None:
    """Ask the person at the terminal about tickets, one at a time, and publish what the person says.

    Raises:
        ConfigurationError: nobody is at a terminal, or a setting is missing.
        TicketstreamError: ClickHouse does not answer, or the broker did not take a judgement.
    """
    if not (somebody_is_there() and people_read()):
        raise ConfigurationError(
            "`ticketstream review` asks at a terminal, key by key, and there is none here."
            " `ticketstream review --list` prints the queue; `ticketstream correct` publishes one judgement."
        )
    settings = load_settings()
    taxonomy = load_taxonomy(settings.taxonomy_file)
    judging = Judging(settings)
    view = View(taxonomy, taxonomy.names_in(reader_language(language)), settings.ticket_url, wanted.person)
    failures: list[str] = []

    def publish(made: Iterable[Made]) -> None:
        for one in made:
            judging.send(one.judgement, one.at)
        failures.extend(judging.failures())

    with database() as client:
        drawn = waiting(client, datetime.now(UTC), settings.review_twice_share).audit
        with Keyboard() as keys:
            session = Session(keys, _fetching(client, settings, wanted), publish, view, wanted.limit)
            try:
                session.run()
            finally:
                _sum_up(session, drawn, wanted)
                failures.extend(judging.finish())
                judged = session.tally.confirmed + session.tally.corrected
                if judged and not failures:
                    say(f"Published to {judging.topic}.")
    if failures:
        raise TicketstreamError(f"not every judgement was taken by the broker: {failures[0]}")


def _fetching(
    client: Client, settings: Settings, wanted: Wanted
) -> Callable[[Collection[str]], Sequence[ReviewTicket]]:
    def fetch(without: Collection[str]) -> Sequence[ReviewTicket]:
        most = min(_FETCHED, wanted.limit or _FETCHED)
        return _fetch(client, settings, wanted, datetime.now(UTC), most, without, with_texts=True)

    return fetch


def _fetch(
    client: Client,
    settings: Settings,
    wanted: Wanted,
    now: datetime,
    limit: int,
    without: Collection[str],
    *,
    with_texts: bool,
) -> list[ReviewTicket]:
    return review_candidates(
        client,
        limit=limit,
        without=without,
        now=now,
        by=wanted.person,
        with_texts=with_texts,
        twice_share=settings.review_twice_share,
        kinds=wanted.kinds,
    )


def _sum_up(session: Session, drawn: int, wanted: Wanted) -> None:
    if not session.asked:
        say(_nothing(wanted))
        return
    tally = session.tally
    judged = tally.confirmed + tally.corrected
    say(f"Judged {judged}: {tally.confirmed} right, {tally.corrected} wrong; skipped {tally.skipped}.")
    if drawn:
        say(f"Drawn for the audit in the last {WINDOW.days} days, and not judged when this began: {drawn:,}.")


def _nothing(wanted: Wanted) -> str:
    if "second_opinion" in wanted.kinds and not is_known(wanted.person):
        return (
            "Second opinions need a person whom somebody vouches for, and a name that was typed may be anybody's."
            " They are asked for on the page, where HTTP_USER_HEADER names the person."
        )
    return (
        f"Nothing of the last {WINDOW.days} days waits for a judgement."
        " Answers come in while `ticketstream run` and its sink run; `ticketstream doctor` looks for what is missing."
    )
