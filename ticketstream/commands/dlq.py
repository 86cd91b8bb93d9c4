"""`ticketstream dlq`: look at dead letters, put them back, or set them aside."""

from typing import Annotated

import typer

from ticketstream.choices import Format
from ticketstream.output import command
from ticketstream.rates import per_second

Reason = Annotated[str | None, typer.Option(help="Only letters of this reason, for example invalid_field.")]
Topic = Annotated[str | None, typer.Option(help="Only records that failed on this topic.")]
Ticket = Annotated[str | None, typer.Option(help="Only records with this key.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Only letters from this time on: 2026-11-22T12:00Z.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Only letters before this time.")]
LetterNames = Annotated[
    list[str] | None, typer.Argument(metavar="LETTER", help="Letters as `dlq list` names them: PARTITION@OFFSET.")
]
Everything = Annotated[bool, typer.Option("--all", help="Every letter; without any other choice this is needed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done and do nothing.")]
Rate = Annotated[float, typer.Option(min=0, callback=per_second, help="Letters a second; 0 is as fast as possible.")]


@command
def list_letters(
    reason: Reason = None,
    topic: Topic = None,
    ticket: Ticket = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many, the newest ones.")] = 50,
    output: Annotated[Format, typer.Option("--format", help="json is one document a line.")] = Format.TABLE,
    *,
    parked: Annotated[bool, typer.Option("--parked", help="Also those that were parked.")] = False,
) -> None:
    """List dead letters, the newest last, and count them by reason."""
    from ticketstream.actions.dlq import print_letters, selection

    print_letters(selection((), reason, topic, ticket, since, until), limit, output, parked=parked)


@command
def show(
    letter: Annotated[str, typer.Argument(metavar="LETTER", help="A letter as `dlq list` names it: PARTITION@OFFSET.")],
) -> None:
    """Show one dead letter: its headers and its value."""
    from ticketstream.actions.dlq import print_letter

    print_letter(letter)


@command
def replay(
    letters: LetterNames = None,
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

    Each letter is put back once, also when this command dies and is run again. A record that fails again is a new
    letter.

    For example: ticketstream dlq replay 0@17 0@18, or: ticketstream dlq replay --reason too_large --rate 100
    """
    from ticketstream.actions.dlq import replay_letters, selection

    wanted = selection(letters or (), reason, topic, ticket, since, until)
    replay_letters(wanted, rate, max_replays, everything=everything, dry_run=dry_run)


@command
def park(
    letters: LetterNames = None,
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
    """Move dead letters that need no more work to a topic of their own, each once."""
    from ticketstream.actions.dlq import park_letters, selection

    wanted = selection(letters or (), reason, topic, ticket, since, until)
    park_letters(wanted, rate, everything=everything, dry_run=dry_run)


@command
def acknowledge(
    *,
    dry_run: DryRun = False,
) -> None:
    """Let a flood of dead letters pass, after the service has stopped because of one.

    The service stops where more than DLQ_FLOOD_RUN records in a row are bad, or more than DLQ_FLOOD_SHARE of 1000, and
    stops there again at each start. Is the service or the schema registry wrong? Then mend that and start the service:
    it reads on where it stopped, and this command is not needed. Are the records bad indeed? Then this command lets
    everything that these partitions hold now become a dead letter. What is published later counts again.
    """
    from ticketstream.actions.dlq import acknowledge_flood

    acknowledge_flood(dry_run=dry_run)
