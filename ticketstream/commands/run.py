"""`ticketstream run`."""

from typing import Annotated

import typer

from ticketstream.choices import Role
from ticketstream.output import command


@command
def run(
    role: Annotated[
        Role, typer.Option(help="categorizer answers tickets, sink fills ClickHouse, all does both.")
    ] = Role.ALL,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Categorizer processes.")] = 1,
) -> None:
    """Run the service until SIGTERM: it then finishes what is in flight and exits 0 within 10 seconds.

    It needs KAFKA_BOOTSTRAP_SERVERS, ML_API_URL (without it the rules answer) and CLICKHOUSE_URL (not with --role
    categorizer), in the environment or in .env; `ticketstream doctor` checks them.

    http://$HTTP_ADDRESS/ is the page for people; metrics are at /metrics, health at /livez and /readyz.
    """
    from ticketstream.actions.run import run_service

    run_service(role, workers)
