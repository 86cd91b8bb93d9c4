"""`ticketstream run`."""

from typing import Annotated

import typer

from ticketstream.choices import Role
from ticketstream.needs import classifier_needed
from ticketstream.output import command


@command
def run(
    role: Annotated[
        Role,
        typer.Option(
            help="categorizer answers tickets, sink fills ClickHouse, all does both. learner trains models of what"
            " people judged."
        ),
    ] = Role.ALL,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Categorizer processes.")] = 1,
) -> None:
    """Run the service until SIGTERM: it then finishes what is in flight and exits 0 within 10 seconds.

    It needs KAFKA_BOOTSTRAP_SERVERS, ML_API_URL (without it the rules answer) and CLICKHOUSE_URL (not with --role
    categorizer), in the environment or in .env; `ticketstream doctor` checks them.

    The learner needs CLICKHOUSE_URL, MODELS_FOLDER, and TEXTS_KEPT_DAYS where the sink runs; its labelled tickets to
    begin with are those of the project in this folder, or of LEARN_SEED.

    http://$HTTP_ADDRESS/ is the page for people; metrics are at /metrics, health at /livez and /readyz.
    """
    if role is Role.LEARNER:
        with classifier_needed():
            from ticketstream.actions.learner import run_learner

            run_learner()
        return
    from ticketstream.actions.run import run_service

    run_service(role, workers)
