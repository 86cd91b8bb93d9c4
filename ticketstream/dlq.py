"""`ticketstream dlq`: look at dead letters, put them back, or set them aside."""

import heapq
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.progress import Progress

from consumer.commands.dlq_flood import acknowledge as write_acknowledgement
from consumer.commands.dlq_flood import counted_partitions
from consumer.commands.dlq_letters import Letter, Selection, State, why_not_parked, why_not_replayed
from consumer.commands.dlq_replay import DeadLetters, Done, Pace, Refusal, sorted_out
from consumer.config.settings import Settings, load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from consumer.kafka import admin
from consumer.logs import defused
from ticketstream.moments import moment
from ticketstream.output import command, console, say


class Format(StrEnum):
    """How letters are listed."""

    table = "table"
    json = "json"


SHOWN_REFUSALS = 20
PREVIEW_BYTES = 2_000
_COLUMNS = ("place", "failed at", "state", "reason", "topic", "ticket", "replays", "detail")

Reason = Annotated[str | None, typer.Option(help="Only letters of this reason, for example invalid_field.")]
Topic = Annotated[str | None, typer.Option(help="Only records that failed on this topic.")]
Ticket = Annotated[str | None, typer.Option(help="Only records with this key.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Only letters from this time on: 2026-11-22T12:00Z.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Only letters before this time.")]
Places = Annotated[list[str] | None, typer.Argument(help="Letters as `dlq list` names them: PARTITION@OFFSET.")]
Everything = Annotated[bool, typer.Option("--all", help="Every letter; without any other choice this is needed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done and do nothing.")]
Rate = Annotated[float, typer.Option(min=0, help="Letters a second; 0 is as fast as possible.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    letters = typer.Typer(no_args_is_help=True, help="Records that could not be dealt with.")
    letters.command("list")(list_letters)
    letters.command("show")(show)
    letters.command("replay")(replay)
    letters.command("park")(park)
    letters.command("acknowledge")(acknowledge)
    app.add_typer(letters, name="dlq")


@command
def list_letters(
    reason: Reason = None,
    topic: Topic = None,
    ticket: Ticket = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest ones.")] = 50,
    output: Annotated[Format, typer.Option("--format", help="json is one document a line.")] = Format.table,
    *,
    parked: Annotated[bool, typer.Option("--parked", help="Also those that were parked.")] = False,
) -> None:
    """List dead letters, the newest last, and count them by reason."""
    wanted = _selection((), reason, topic, ticket, since, until)
    numbers: Counter[tuple[str, str]] = Counter()

    def counted() -> Iterator[Letter]:
        for letter in filter(wanted.holds, _desk().letters()):
            if parked or letter.state is not State.parked:
                numbers[letter.reason, letter.state.value] += 1
                yield letter

    # Only as many are held as are shown: there may be millions.
    newest = heapq.nlargest(limit, counted(), key=_moment_ms)[::-1]
    if output is Format.json:
        for letter in newest:
            say(json.dumps(_document(letter), ensure_ascii=False))
        return
    rows = [_COLUMNS, *map(_row, newest)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS) - 1)]
    for row in rows:
        say("  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1])).rstrip())
    say("")
    for (why, state), number in sorted(numbers.items()):
        say(f"{number} {why}, {state}")
    if numbers.total() > limit:
        say(f"{numbers.total() - limit} older ones are not shown; raise --limit")


@command
def show(
    place: Annotated[str, typer.Argument(help="A letter as `dlq list` names it: PARTITION@OFFSET.")],
) -> None:
    """Show one dead letter: its headers, and what its value says."""
    wanted = _selection((place,), None, None, None, None, None)
    letter = next((each for each in _desk().letters() if wanted.holds(each)), None)
    if letter is None:
        raise _not_there([place])
    record = letter.record
    say(f"state: {letter.state}")
    say(defused(f"key: {letter.ticket_id}"))
    for name, _ in record.headers:
        say(defused(f"{name}: {record.header(name)}"))
    value = record.value
    if value is None:
        say("value: none (a tombstone)")
        return
    say(f"value: {len(value)} bytes")
    try:
        say(defused(value[:PREVIEW_BYTES].decode()))
    except UnicodeDecodeError:
        say(value[:PREVIEW_BYTES].hex(" ", -4))


@command
def replay(
    places: Places = None,
    reason: Reason = None,
    topic: Topic = None,
    ticket: Ticket = None,
    since: Since = None,
    until: Until = None,
    rate: Rate = 0,
    max_replays: Annotated[int, typer.Option(min=1, help="Refuse letters that were replayed so often.")] = 3,
    *,
    everything: Everything = False,
    dry_run: DryRun = False,
) -> None:
    """Put dead letters back on the topic where they failed, to be read again.

    Each is put back once, however often this is run and whatever dies meanwhile. One that fails again is a new letter.

    For example: ticketstream dlq replay 0@17 0@18, or: ticketstream dlq replay --reason too_large --rate 100
    """
    settings = load_settings()
    wanted = _chosen(_selection(places or (), reason, topic, ticket, since, until), everything=everything)
    _find(settings, wanted.letter_ids)
    if dry_run:
        _preview(settings, wanted, lambda letter: why_not_replayed(letter, settings.topics, max_replays))
        return
    _report(_moving(settings, lambda desk, told: desk.replay(wanted, max_replays, Pace(rate, told))), "replayed")


@command
def park(
    places: Places = None,
    reason: Reason = None,
    topic: Topic = None,
    ticket: Ticket = None,
    since: Since = None,
    until: Until = None,
    rate: Rate = 0,
    *,
    everything: Everything = False,
    dry_run: DryRun = False,
) -> None:
    """Move dead letters that nobody waits for any more to a topic of their own, each once."""
    settings = load_settings()
    wanted = _chosen(_selection(places or (), reason, topic, ticket, since, until), everything=everything)
    _find(settings, wanted.letter_ids)
    if dry_run:
        _preview(settings, wanted, why_not_parked)
        return
    _report(_moving(settings, lambda desk, told: desk.park(wanted, Pace(rate, told))), "parked")


@command
def acknowledge(
    *,
    dry_run: DryRun = False,
) -> None:
    """Let a flood of dead letters pass, after the service has stopped because of one.

    Where more than DLQ_FLOOD_RUN records in a row are bad, or more than DLQ_FLOOD_SHARE of 1000, the service stops
    before the next one, at each start again. If the service or the schema registry was wrong, mend that and start the
    service: it reads on where it stopped, and this command is not needed. If the records are bad indeed, this command
    says that everything which these partitions hold now may become a dead letter; what is published later counts again.
    """
    settings = load_settings()
    settings.require("kafka_bootstrap_servers")
    partitions = counted_partitions(settings)
    if not partitions:
        say("no partition has dead letters that count: there is nothing to acknowledge")
        return
    if not dry_run:
        write_acknowledgement(settings, partitions)
    for (topic, number), offset, end, run, among in partitions:
        say(
            f"{topic}-{number}: {run} dead letters in a row before offset {offset}, {among} of its thousand; "
            f"all up to offset {end} {'would' if dry_run else 'will'} be let pass"
        )


def _desk(settings: Settings | None = None) -> DeadLetters:
    settings = settings or load_settings()
    settings.require("kafka_bootstrap_servers")
    topic = settings.topics.dead_letter
    if topic not in admin.partition_counts(settings):
        raise ConfigurationError(
            f"there is no topic {topic}: run `ticketstream topics create`, or set TOPIC_DEAD_LETTER"
        )
    return DeadLetters(settings)


def _selection(
    places: tuple[str, ...] | list[str],
    reason: str | None,
    topic: str | None,
    ticket: str | None,
    since: str | None,
    until: str | None,
) -> Selection:
    now = datetime.now(UTC)
    for place in places:
        partition, _, offset = place.partition("@")
        if not (partition.isdecimal() and offset.isdecimal()):
            raise ConfigurationError(f"'{place}' is no letter; write it as `dlq list` does, like 0@17")
    return Selection(
        frozenset(places),
        reason,
        topic,
        ticket,
        None if since is None else int(moment(since, now, "--since").timestamp() * 1000),
        None if until is None else int(moment(until, now, "--until").timestamp() * 1000),
    )


def _chosen(wanted: Selection, *, everything: bool) -> Selection:
    if wanted.is_everything and not everything:
        raise ConfigurationError("name letters, narrow them down with --reason, --topic, --ticket, or say --all")
    return wanted


def _find(settings: Settings, places: Collection[str]) -> None:
    """Nothing is done where one of the letters that were named is not there."""
    if not places:
        return
    missing = sorted(
        set(places) - {letter.letter_id for letter in _desk(settings).letters() if letter.letter_id in places}
    )
    if missing:
        raise _not_there(missing)


def _not_there(places: list[str]) -> ConfigurationError:
    return ConfigurationError(f"there is no dead letter {', '.join(places)}; `ticketstream dlq list` names them")


def _preview(settings: Settings, wanted: Selection, why_not: Callable[[Letter], str | None]) -> None:
    refused: list[Refusal] = []
    number = sum(1 for _ in sorted_out(filter(wanted.holds, _desk(settings).letters()), why_not, refused))
    say(f"would be moved: {number}; nothing was done")
    _tell(refused)


def _moving(settings: Settings, move: Callable[[DeadLetters, Callable[[int], None]], Done]) -> Done:
    desk = _desk(settings)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("moving letters", total=None)
        return move(desk, lambda number: progress.advance(task, number))


def _report(done: Done, what: str) -> None:
    say(f"{what}: {done.letters}")
    _tell(done.refused)
    if stuck := sum(refusal.state is State.open for refusal in done.refused):
        raise TicketstreamError(f"{stuck} letters could not be {what}")


def _tell(refused: list[Refusal]) -> None:
    for refusal in refused[:SHOWN_REFUSALS]:
        say(f"{refusal.letter_id} {refusal.why}")
    if len(refused) > SHOWN_REFUSALS:
        say(f"… and {len(refused) - SHOWN_REFUSALS} more")


def _moment_ms(letter: Letter) -> int:
    return letter.record.position.timestamp_ms


def _row(letter: Letter) -> tuple[str, ...]:
    header = letter.record.header
    cells = (
        letter.letter_id,
        header("ts-failed-at") or "",
        letter.state.value,
        letter.reason,
        letter.topic,
        letter.ticket_id,
        str(letter.replays),
        header("ts-detail") or "",
    )
    return tuple(map(defused, cells))


def _document(letter: Letter) -> dict[str, Any]:
    record = letter.record
    return {
        "partition": record.position.partition,
        "offset": record.position.offset,
        "state": letter.state.value,
        "key": letter.ticket_id,
        "bytes": len(record.value or b""),
        "headers": {name: record.header(name) for name, _ in record.headers},
    }
