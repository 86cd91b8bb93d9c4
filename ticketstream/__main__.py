"""The command line: the table of all commands."""

import functools
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Annotated, ParamSpec

import typer

from serving.standard_error import drop_output, open_standard_streams
from serving.starting import no_room
from terminal.exit_codes import ExitCode
from terminal.output import open_streams, say, tell
from terminal.usage import Commands
from ticketstream.commands import (
    calibrate,
    demo,
    dlq,
    doctor,
    forget,
    llm,
    migrate,
    models,
    overrides,
    projects,
    publish,
    rebuild,
    reports,
    review,
    run,
    sandbox,
    tail,
    taxonomy,
    topics,
)

P = ParamSpec("P")

COMMANDS: Mapping[str, Callable[..., None]] = {
    "demo": demo.demo,
    "init": projects.init,
    "train": projects.train,
    "calibrate": calibrate.calibrate,
    "sandbox": sandbox.sandbox,
    "run": run.run,
    "doctor": doctor.doctor,
    "migrate": migrate.migrate,
    "rebuild": rebuild.rebuild,
    "forget": forget.forget,
    "publish": publish.publish,
    "correct": publish.correct,
    "review": review.review,
    "tail": tail.tail,
    "report": reports.report,
    "explain": reports.explain,
}
TOPICS_COMMANDS: Mapping[str, Callable[..., None]] = {"create": topics.create}
TAXONOMY_COMMANDS: Mapping[str, Callable[..., None]] = {
    "check": taxonomy.check,
    "measure": taxonomy.measure,
    "rename": taxonomy.rename,
    "merge": taxonomy.merge,
}
MODELS_COMMANDS: Mapping[str, Callable[..., None]] = {
    "list": models.list_versions,
    "show": models.show,
    "compare": models.compare,
    "promote": models.promote,
    "rollback": models.rollback,
}
LLM_COMMANDS: Mapping[str, Callable[..., None]] = {"serve": llm.serve, "ledger": calibrate.show_ledger}
OVERRIDES_COMMANDS: Mapping[str, Callable[..., None]] = {
    "list": overrides.list_overrides,
    "remove": overrides.remove,
}
DLQ_COMMANDS: Mapping[str, Callable[..., None]] = {
    "list": dlq.list_letters,
    "show": dlq.show,
    "replay": dlq.replay,
    "park": dlq.park,
    "acknowledge": dlq.acknowledge,
}

# Typer gives its own flags the default None and checks it with pydantic, whose import would double the time of --help.
_UNSET_FLAGS = {"default_map": dict.fromkeys(["help", "install_completion", "show_completion"], False)}

app = typer.Typer(
    name="ticketstream",
    cls=Commands,
    help="Categorizes support tickets from Kafka exactly once, and keeps honest figures of it in ClickHouse.\n\n"
    "Settings come from the environment and from .env in the working directory. To see it all work on this "
    "machine: ticketstream demo. For tickets and categories of your own: ticketstream init.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=_UNSET_FLAGS,
)


@app.callback(invoke_without_command=True)
def _options(
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    if show_version:
        say(f"ticketstream {version('ticketstream')}")
        raise typer.Exit


def _warnings_logged(function: Callable[P, None]) -> Callable[P, None]:
    """Let a command log warnings to standard error. Its `--help` does without, to start at once."""

    @functools.wraps(function)
    def logged(*args: P.args, **kwargs: P.kwargs) -> None:
        from ticketstream.actions.log_warnings import log_warnings

        log_warnings()
        function(*args, **kwargs)

    return logged


def _add(group: typer.Typer, commands: Mapping[str, Callable[..., None]]) -> typer.Typer:
    for name, function in commands.items():
        group.command(name)(_warnings_logged(function))
    return group


def _group(summary: str) -> typer.Typer:
    return typer.Typer(no_args_is_help=True, help=summary, rich_markup_mode=None, context_settings=_UNSET_FLAGS)


_add(app, COMMANDS)
app.add_typer(_add(_group("The file of categories and keywords."), TAXONOMY_COMMANDS), name="taxonomy")
app.add_typer(_add(_group("The models of a folder: versions, champion, gate."), MODELS_COMMANDS), name="models")
app.add_typer(_add(_group("An LLM as the model."), LLM_COMMANDS), name="llm")
app.add_typer(_add(_group("The topics of the service."), TOPICS_COMMANDS), name="topics")
app.add_typer(_add(_group("What people corrected, by text."), OVERRIDES_COMMANDS), name="overrides")
app.add_typer(_add(_group("Dead letters: records that could not be dealt with."), DLQ_COMMANDS), name="dlq")


def main() -> None:
    """Entry point of the console script."""
    open_standard_streams()
    open_streams()
    try:
        app()
    except OSError as error:
        if not (reason := no_room(error)):
            raise
        # Standard output itself may be the file without room.
        drop_output()
        tell(f"ticketstream: {reason}")
        sys.exit(ExitCode.FAILED)


if __name__ == "__main__":
    main()
