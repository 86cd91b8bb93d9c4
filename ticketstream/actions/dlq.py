"""Deals with dead letters."""

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime

from rich.progress import Progress

from consumer.commands.dlq_flood import acknowledge, counted_partitions
from consumer.commands.dlq_letters import Letter, Selection, State, why_not_parked, why_not_replayed
from consumer.commands.dlq_replay import DeadLetters, Done, Pace, Refusal, sorted_out
from consumer.config.settings import Settings, load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from consumer.kafka import admin
from terminal.output import console, say
from terminal.safe_text import printable
from ticketstream.choices import Format
from ticketstream.dead_letters import letter_json, letters_table
from ticketstream.moments import moment

SHOWN_REFUSALS = 20
PREVIEW_BYTES = 2_000


def selection(
    letters: Collection[str],
    reason: str | None,
    topic: str | None,
    ticket: str | None,
    since: str | None,
    until: str | None,
) -> Selection:
    """Read the options that choose letters.

    Raises:
        ConfigurationError: a letter is not named PARTITION@OFFSET.
        typer.BadParameter: a time cannot be read.
    """
    now = datetime.now(UTC)
    for letter in letters:
        partition, _, offset = letter.partition("@")
        if not (partition.isdecimal() and offset.isdecimal()):
            raise ConfigurationError(f"'{letter}' is no letter; write it as `dlq list` does, like 0@17")
    return Selection(
        frozenset(letters),
        reason,
        topic,
        ticket,
        None if since is None else int(moment(since, now, "--since").timestamp() * 1000),
        None if until is None else int(moment(until, now, "--until").timestamp() * 1000),
    )


def print_letters(wanted: Selection, limit: int, output: Format, *, parked: bool) -> None:
    """Print the newest letters, and for people how many there are of each reason and state.

    Args:
        wanted: only these letters.
        limit: how many are printed.
        output: how they are written.
        parked: also those that were parked.
    """
    counts: Counter[tuple[str, str]] = Counter()

    def counted_letters() -> Iterator[Letter]:
        for letter in filter(wanted.holds, _dead_letters(load_settings()).letters()):
            if parked or letter.state is not State.parked:
                counts[letter.reason, letter.state.value] += 1
                yield letter

    # Only the letters that are printed are kept in memory: the topic may hold millions.
    newest = heapq.nlargest(limit, counted_letters(), key=_timestamp_ms)[::-1]
    if output is Format.JSON:
        for letter in newest:
            say(letter_json(letter))
        return
    if not newest:
        say("no dead letters")
        return
    say(letters_table(newest))
    for (reason, state), number in sorted(counts.items()):
        say(printable(f"{number} {reason}, {state}"))
    if counts.total() > limit:
        say(f"{counts.total() - limit} older ones are not shown; raise --limit")


def print_letter(name: str) -> None:
    """Print the headers and the value of one letter.

    Raises:
        ConfigurationError: there is no such letter.
    """
    wanted = selection((name,), None, None, None, None, None)
    letter = next(filter(wanted.holds, _dead_letters(load_settings()).letters()), None)
    if letter is None:
        raise _no_such_letters([name])
    record = letter.record
    say(f"state: {letter.state}")
    say(printable(f"key: {letter.ticket_id}"))
    for header, _ in record.headers:
        say(printable(f"{header}: {record.header(header)}"))
    value = record.value
    if value is None:
        say("value: none (a tombstone)")
        return
    say(f"value: {len(value)} bytes")
    try:
        say(value[:PREVIEW_BYTES].decode())
    except UnicodeDecodeError:
        say(value[:PREVIEW_BYTES].hex(" ", -4))


def replay_letters(wanted: Selection, rate: float, max_replays: int, *, everything: bool, dry_run: bool) -> None:
    """Put letters back on the topics where they failed.

    Args:
        wanted: which letters.
        rate: letters a second; 0 is as fast as possible.
        max_replays: letters that were replayed so often are refused.
        everything: whether a selection that chooses nothing means every letter.
        dry_run: only print what would be done.

    Raises:
        ConfigurationError: nothing was chosen, or a letter does not exist.
        TicketstreamError: open letters were refused.
    """
    settings = _checked_settings(wanted, everything=everything)
    if dry_run:
        _preview(settings, wanted, lambda letter: why_not_replayed(letter, settings.topics, max_replays))
        return
    done = _move(settings, lambda letters, moved: letters.replay(wanted, max_replays, Pace(rate, moved)))
    _report(done, "replayed")


def park_letters(wanted: Selection, rate: float, *, everything: bool, dry_run: bool) -> None:
    """Move letters to the topic of parked ones; arguments and errors are those of `replay_letters`."""
    settings = _checked_settings(wanted, everything=everything)
    if dry_run:
        _preview(settings, wanted, why_not_parked)
        return
    _report(_move(settings, lambda letters, moved: letters.park(wanted, Pace(rate, moved))), "parked")


def acknowledge_flood(*, dry_run: bool) -> None:
    """Let the partitions pass that stopped the service, and print them; a dry run prints them only."""
    settings = load_settings()
    settings.require("kafka_bootstrap_servers")
    partitions = counted_partitions(settings)
    if not partitions:
        say("no partition has dead letters that count: there is nothing to acknowledge")
        return
    if not dry_run:
        acknowledge(settings, partitions)
    for (topic, number), offset, end, run, among in partitions:
        say(
            f"{topic}-{number}: {run} dead letters in a row before offset {offset}, {among} of its thousand; "
            f"all up to offset {end} {'would' if dry_run else 'will'} be let pass"
        )


def _dead_letters(settings: Settings) -> DeadLetters:
    settings.require("kafka_bootstrap_servers")
    topic = settings.topics.dead_letter
    if topic not in admin.partition_counts(settings):
        raise ConfigurationError(
            f"there is no topic {topic}: run `ticketstream topics create`, or set TOPIC_DEAD_LETTER"
            f"{admin.or_unseen(settings, [topic])}"
        )
    return DeadLetters(settings)


def _checked_settings(wanted: Selection, *, everything: bool) -> Settings:
    """Load the settings, unless the selection is empty by mistake or names a letter that does not exist."""
    settings = load_settings()
    if wanted.is_everything and not everything:
        raise ConfigurationError("name letters, narrow them down with --reason, --topic, --ticket, or say --all")
    if wanted.letter_ids:
        ids = (letter.letter_id for letter in _dead_letters(settings).letters())
        found = {letter_id for letter_id in ids if letter_id in wanted.letter_ids}
        if missing := sorted(set(wanted.letter_ids) - found):
            raise _no_such_letters(missing)
    return settings


def _no_such_letters(names: list[str]) -> ConfigurationError:
    return ConfigurationError(f"there is no dead letter {', '.join(names)}; `ticketstream dlq list` names them")


def _preview(settings: Settings, wanted: Selection, why_not: Callable[[Letter], str | None]) -> None:
    refused: list[Refusal] = []
    number = sum(1 for _ in sorted_out(filter(wanted.holds, _dead_letters(settings).letters()), why_not, refused))
    say(f"would be moved: {number}; nothing was done")
    _print_refusals(refused)


def _move(settings: Settings, move: Callable[[DeadLetters, Callable[[int], None]], Done]) -> Done:
    letters = _dead_letters(settings)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("moving letters", total=None)
        return move(letters, lambda number: progress.advance(task, number))


def _report(done: Done, verb: str) -> None:
    say(f"{verb}: {done.letters}")
    _print_refusals(done.refused)
    if open_letters := sum(refusal.state is State.open for refusal in done.refused):
        raise TicketstreamError(f"{open_letters} letters could not be {verb}")


def _print_refusals(refused: list[Refusal]) -> None:
    for refusal in refused[:SHOWN_REFUSALS]:
        say(printable(f"{refusal.letter_id} {refusal.why}"))
    if len(refused) > SHOWN_REFUSALS:
        say(f"… and {len(refused) - SHOWN_REFUSALS} more")


def _timestamp_ms(letter: Letter) -> int:
    return letter.record.position.timestamp_ms
