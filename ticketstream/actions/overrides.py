"""Shows overrides, and takes them away."""

import time
from collections.abc import Collection

import typer

from analytics.clickhouse.migrate import pending
from consumer.answer.override_record import Override
from consumer.commands.overrides import kept, remove
from consumer.config.settings import Settings, load_settings
from consumer.errors import ConfigurationError
from consumer.sink.overrides import company_of
from terminal.exit_codes import ExitCode
from terminal.output import say, tell
from terminal.safe_text import printable
from ticketstream.choices import ReportFormat
from ticketstream.database import database
from ticketstream.overrides_shown import override_json, overrides_csv, overrides_table


def print_overrides(limit: int, output: ReportFormat, *, retired: bool, all_scopes: bool) -> None:
    """Print what the topic holds, the latest correction first.

    Args:
        limit: how many are printed.
        output: how they are written.
        retired: also those that change no answer any more.
        all_scopes: also those of other taxonomies and groups.

    Raises:
        ConfigurationError: a setting is missing, or TAXONOMY_FILE cannot be used.
        BrokerTrouble: the topic could not be read.
    """
    settings = _settings()
    found = [each for each in _overrides(settings, all_scopes=all_scopes) if retired or each.is_active]
    shown = sorted(found, key=lambda each: (-each.corrected_at, each.fingerprint))[:limit]
    match output:
        case ReportFormat.JSON:
            for override in shown:
                say(override_json(override))
        case ReportFormat.CSV:
            say(overrides_csv(shown).rstrip("\n"))
        case ReportFormat.TABLE if shown:
            say(overrides_table(shown))
        case ReportFormat.TABLE:
            say("no overrides: nobody has corrected an answer yet, or OVERRIDES=off")
    if len(found) > len(shown):
        tell(f"{len(found) - len(shown)} older ones are not shown; raise --limit")


def remove_overrides(fingerprints: Collection[str], correction: str | None, *, dry_run: bool) -> None:
    """Take overrides away until somebody corrects their texts again, and print which.

    Args:
        fingerprints: of their texts.
        correction: or the event_id of the correction that one of them names.
        dry_run: only say which.

    Raises:
        ConfigurationError: nothing is named, or the database has to be migrated first.
        TicketstreamError: a server does not answer.
        typer.Exit: with 1, when there is no such override.
    """
    if bool(fingerprints) == (correction is not None):
        raise ConfigurationError("name the texts by their fingerprints, or a correction with --correction: one of both")
    settings = _settings()
    settings.require("clickhouse_url")
    wanted = set(fingerprints)
    found = [
        each
        for each in _overrides(settings, all_scopes=False)
        if each.fingerprint in wanted or each.correction_id == correction
    ]
    if found and not dry_run:
        with database() as client:
            if pending(client):
                raise ConfigurationError(
                    f"{settings.clickhouse_database} is not up to date; run `ticketstream migrate`"
                )
            remove(settings, client, found, time.time_ns() // 1_000_000)
    for each in found:
        label = each.category if each.subcategory is None else f"{each.category}/{each.subcategory}"
        say(printable(f"{'would remove' if dry_run else 'removed'} {each.fingerprint}: {label}"))
    missing = [correction] if correction and not found else sorted(wanted - {each.fingerprint for each in found})
    if missing:
        tell(f"there is no override of {printable(', '.join(missing))}; `ticketstream overrides list` shows them")
        raise typer.Exit(ExitCode.FAILED)


def _settings() -> Settings:
    settings = load_settings()
    settings.require("kafka_bootstrap_servers")
    return settings


def _overrides(settings: Settings, *, all_scopes: bool) -> list[Override]:
    scope = company_of(settings).scope
    return [each.override for each in kept(settings).values() if all_scopes or each.override.scope == scope]
