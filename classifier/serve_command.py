"""The command `serve`."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from classifier import storage
from classifier.champion import Champion, FixedModel, followed, warmed
from classifier.command_failures import CannotListen, failures
from classifier.model_folder import ModelFolder
from classifier.server import Limits, Models, configure_logs, create_app, listen, ready_line
from classifier.server import serve as serve_app
from terminal.output import say
from tickets.files.plain_text import UnreadableText, read_text, why_unread


def serve(
    model: Annotated[
        Path | None, typer.Option("--model", metavar="DIR", help="Folder of a model, as written by train.")
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option(
            "--models",
            metavar="FOLDER",
            help="Folder of models instead: serves its champion, and takes up the next one while calls go on.",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to bind; 0.0.0.0 for every network of this machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to bind; 0 takes a free one.")] = 0,
    max_tickets: Annotated[int, typer.Option(min=1, help="Most tickets in one call; more are refused with 413.")] = (
        Limits().max_tickets
    ),
    max_body_bytes: Annotated[int, typer.Option(min=1, help="Largest body; larger ones are refused with 413.")] = (
        Limits().max_body_bytes
    ),
    token_file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="File with the bearer token that callers must send (their ML_API_TOKEN).",
        ),
    ] = None,
) -> None:
    """Answer the model's HTTP API until SIGTERM.

    Prints one line of JSON when ready: url, host, port, model. POST / categorizes, GET /healthz is the
    health check. Texts of tickets are never logged.

    Examples: python -m classifier serve --model model --port 9000

    python -m classifier serve --models models --port 9000
    """
    configure_logs()
    with failures(), _served(model, models) as served:
        token = _token(token_file)
        with _listening(host, port) as listener:
            line = ready_line(listener, served.now.model.version)
            limits = Limits(max_tickets, max_body_bytes)
            serve_app(create_app(served, limits, token, on_ready=lambda: say(line)), listener)


@contextmanager
def _served(model: Path | None, models: Path | None) -> Iterator[Models]:
    match model, models:
        case Path(), None:
            yield FixedModel(warmed(storage.load(model)))
        case None, Path():
            champion = Champion(ModelFolder(models))
            with followed(champion):
                yield champion
        case _:
            raise typer.BadParameter("give one of --model DIR and --models FOLDER", param_hint="--model")


def _listening(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except (OSError, UnicodeError) as error:
        why = (isinstance(error, OSError) and error.strerror) or "this is no name of a host"
        raise CannotListen(f"cannot listen at {host} port {port}: {why}; name another with --host and --port") from None


def _token(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        token = read_text(path).strip()
    except (OSError, UnreadableText) as error:
        raise typer.BadParameter(f"{path} cannot be read: {why_unread(error)}", param_hint="--token-file") from None
    if not token:
        raise typer.BadParameter(f"{path} is empty", param_hint="--token-file")
    return token
