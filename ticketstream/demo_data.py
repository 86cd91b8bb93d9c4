"""`sandbox --with-demo-data`: the demo's tickets, so that page and reports have something to show."""

from consumer.answer.taxonomy import Taxonomy
from consumer.config.clickhouse import clickhouse_of
from consumer.errors import ConfigurationError
from sandbox import demo
from sandbox.labelled import bench_tickets
from sandbox.system import Sandbox
from terminal.output import tell
from terminal.safe_text import printable
from ticketstream.bars import bars_of

_SHOWN = 3


def missing_labels(taxonomy: Taxonomy) -> list[str]:
    """Categories of the demo's tickets, and of the reference model, that a taxonomy lacks: the first few."""
    needed = dict.fromkeys(ticket.category for ticket in bench_tickets())
    return [category for category in needed if taxonomy.translate(category) is None][:_SHOWN]


def check_labels(taxonomy: Taxonomy, where: str) -> None:
    """Check that the taxonomy has the categories of the demo's tickets.

    Args:
        taxonomy: of the sandbox's service.
        where: it stands, for people.

    Raises:
        ConfigurationError: it lacks some.
    """
    if missing := missing_labels(taxonomy):
        raise ConfigurationError(
            f"--with-demo-data publishes questions of bank customers, and {printable(where)} has no category"
            f" {', '.join(missing)}: leave it out, and publish tickets of your own with `ticketstream publish`"
        )


def publish_demo_data(system: Sandbox) -> None:
    """Publish the tickets as fast as they are answered, and people's corrections. A second time changes nothing.

    Raises:
        DemoFailed: there was no progress for a minute.
        PartDied: a part of the sandbox ended.
    """
    tickets = bench_tickets()
    with clickhouse_of(system.settings()) as client, bars_of(len(tickets)) as watchers:
        judged = demo.fill(system, tickets, 0, watchers, client)
    tell(f"sandbox: {len(judged.answers):,} tickets of the demo are answered, and {judged.verdicts:,} of them judged")
