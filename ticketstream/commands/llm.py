"""`ticketstream llm`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.output import command

Ledger = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="What was spent, exact over restarts. Default: llm-ledger.sqlite in the folder STATE_DIR."
    ),
]


@command
def serve(
    host: Annotated[
        str, typer.Option(help="Address to bind; 0.0.0.0 for every network of this machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to bind; 0 takes a free one.")] = 0,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File with the bearer token that callers must send (their ML_API_TOKEN)."),
    ] = None,
    ledger: Ledger = None,
) -> None:
    """Answer the model's HTTP API by asking an LLM, until SIGTERM.

    Any endpoint of OpenAI's kind will do: LLM_API_URL, LLM_API_KEY and LLM_MODEL say which. The categories are those of
    TAXONOMY_FILE. Tickets are sent to that endpoint.

    Prints one line of JSON when ready: url, host, port, model. Set ML_API_URL to the url, and ML_BATCH_SIZE to 1.

    Example: LLM_API_URL=http://localhost:11434/v1 LLM_MODEL=qwen3 ticketstream llm serve --port 9000
    """
    from ticketstream.actions.llm import serve_llm

    serve_llm(host, port, token_file, ledger)
