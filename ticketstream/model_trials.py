"""Lets models answer judged tickets: those of the gate in ClickHouse, or those of a file."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from analytics.reports.differences import TWO_SIDED
from classifier.model_folder import ModelFolder
from classifier.tickets import ALL_SPLITS, TRAIN_SPLIT, read_tickets
from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.config.settings import Settings, load_settings
from consumer.errors import TicketstreamError
from learning.audited import gate_tickets, outlook, rates
from learning.gate import Comparison, Keep, Verdict, compare, judge
from learning.promotion import verdict_of
from learning.trials import AuditedTicket, Trial, paired, right, trial
from projects.files.folder import TAXONOMY
from projects.tickets.file_trouble import file_trouble
from ticketstream.database import database
from ticketstream.label_names import label_of


class LabelledRow(NamedTuple):
    """A ticket of a file. It has no event_id: nobody knows which model was trained on it."""

    event_id: str
    subject: str
    description: str
    category: str


class Compared(NamedTuple):
    """Two versions on the same tickets.

    Attributes:
        compared: with the 95 % interval of the difference.
        verdict: what the gate would say.
        source: where the tickets are from, in words.
        outlook: when the missing judgements will be there; None where none are missing.
    """

    compared: Comparison
    verdict: Verdict
    source: str
    outlook: str | None


class Asked(NamedTuple):
    """The gate's word on a version."""

    held: Trial
    verdict: Verdict
    outlook: str | None


class _Tickets(NamedTuple):
    tickets: Sequence[AuditedTicket]
    taxonomy: Taxonomy
    source: str


def compared(models: ModelFolder, standing: str, challenger: str, file: Path | None) -> Compared:
    """Let two versions answer the same judged tickets.

    Raises:
        ModelError: there is no such version, or it is damaged.
        ConfigurationError: a setting or the file has to be changed.
        TicketstreamError: there is no judged ticket, or ClickHouse does not answer.
    """
    settings = load_settings()
    before, after = models.load(standing), models.load(challenger)
    found = _of_file(file, settings, models) if file else _of_clickhouse(settings, models)
    standing_right, new_right = (right(model, found.tickets, found.taxonomy.translate) for model in (before, after))
    pairs = paired(standing_right, new_right, found.tickets)
    seen = models.gate_tickets()
    since_last = len(pairs) if file else sum(ticket.event_id not in seen for ticket in found.tickets)
    verdict = judge(pairs, None, since_last=since_last)
    return Compared(compare(pairs, TWO_SIDED), verdict, found.source, None if file else _outlook(settings, verdict))


def asked(models: ModelFolder, version: str) -> Asked:
    """Ask the gate about a version, beside the champion and the best one ever. Nothing is written.

    Raises:
        ModelError: there is no champion, or a model is damaged.
        ConfigurationError: a setting has to be changed.
        TicketstreamError: there is no judged ticket, or ClickHouse does not answer.
    """
    settings = load_settings()
    found = _of_clickhouse(settings, models)
    held = trial(models, version, found.tickets, found.taxonomy.translate)
    verdict = verdict_of(held)
    return Asked(held, verdict, _outlook(settings, verdict))


def _of_clickhouse(settings: Settings, models: ModelFolder) -> _Tickets:
    taxonomy = _taxonomy(settings, models)
    key = settings.fingerprint_key.get_secret_value().encode() or None
    with database() as client:
        tickets = gate_tickets(client, models, taxonomy, key)
    if not tickets:
        raise TicketstreamError(
            f"the database {settings.clickhouse_database} holds no audited ticket with a text that belongs to the gate."
            f" Keep texts (TEXTS_KEPT_DAYS; it is {settings.texts_kept_days} here) and judge tickets of the audit with"
            " `ticketstream review`"
        )
    return _Tickets(tickets, taxonomy, "audited, on which no version was trained")


def _of_file(file: Path, settings: Settings, models: ModelFolder) -> _Tickets:
    taxonomy = _taxonomy(settings, models)
    with file_trouble():
        rows = read_tickets([file], ALL_SPLITS)
        kept = [row for row in rows if row.split != TRAIN_SPLIT]
    if not kept:
        raise TicketstreamError(f"{file} holds only tickets with the split {TRAIN_SPLIT}, on which models were trained")
    tickets = [
        LabelledRow("", row.subject, row.description, _today(taxonomy, row.category, row.subcategory)) for row in kept
    ]
    return _Tickets(
        tickets, taxonomy, f"{file.name}; the gate looks at audited tickets only, and knows nothing of them"
    )


def _today(taxonomy: Taxonomy, category: str, subcategory: str | None) -> str:
    found = taxonomy.translate(label_of(category, taxonomy), subcategory)
    return found[0] if found else category


def _taxonomy(settings: Settings, models: ModelFolder) -> Taxonomy:
    """That of the settings; else of the project in which the models are; else the shipped one."""
    of_project = models.folder.resolve().parent / TAXONOMY
    return load_taxonomy(settings.taxonomy_file or (of_project if of_project.is_file() else None))


def _outlook(settings: Settings, verdict: Verdict) -> str | None:
    if not isinstance(verdict, Keep) or not verdict.missing:
        return None
    with database() as client:
        return outlook(verdict.missing, rates(client, settings.audit_share, datetime.now(UTC)))
