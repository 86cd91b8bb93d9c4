"""`ticketstream sandbox`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.choices import AddressFormat
from ticketstream.output import command


@command
def sandbox(
    *,
    project: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Run the model and the settings of this project, made by ticketstream init. Commands typed in FOLDER"
            " use the sandbox as long as it runs.",
        ),
    ] = None,
    llm: Annotated[
        bool, typer.Option("--llm", help="Let an LLM answer, as LLM_API_URL, LLM_API_KEY and LLM_MODEL say.")
    ] = False,
    with_demo_data: Annotated[
        bool, typer.Option("--with-demo-data", help="Publish the demo's tickets, and what people said about them.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Remove the data of earlier runs first; ports and model stay.")
    ] = False,
    without_service: Annotated[
        bool, typer.Option("--without-service", help="Leave the service out, to run it yourself.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="The one folder that everything is written to. Default: .sandbox, in the project's folder if there is"
            " a project.",
        ),
    ] = None,
    output: Annotated[
        AddressFormat, typer.Option("--format", help="json: one line when ready; env: settings for `ticketstream run`.")
    ] = AddressFormat.TABLE,
) -> None:
    """Start the whole system on this machine until Ctrl-C.

    A Kafka-compatible broker, the ClickHouse engine, a model and the service. It needs no Docker and no root.
    When a part dies, everything stops and the message says which.

    Data and ports stay from one run to the next. A port that another program has taken meanwhile is replaced.

    Examples: ticketstream sandbox --with-demo-data

    ticketstream sandbox --project shop

    ticketstream sandbox --project shop --llm
    """
    from ticketstream.actions.sandbox import Wishes, run_sandbox

    if with_demo_data and without_service:
        raise typer.BadParameter(
            "it needs the service, which --without-service leaves out.", param_hint="--with-demo-data"
        )
    run_sandbox(project, data, output, Wishes(not without_service, fresh, with_demo_data, llm))
