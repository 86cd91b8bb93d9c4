"""The command line. Each group of commands is one file beside this one."""

from importlib.metadata import version

import typer

from consumer import logs
from ticketstream import demo, dlq, doctor, migrate, publish, rebuild, reports, run, sandbox, tail, topics
from ticketstream.output import say

app = typer.Typer(
    name="ticketstream",
    help="Categorizes support tickets from Kafka exactly once, and keeps honest figures of it in ClickHouse.\n\n"
    "Settings come from the environment and from .env in the working directory. To see it all work on this "
    "machine: ticketstream demo.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (demo, sandbox, run, doctor, topics, migrate, rebuild, publish, tail, dlq, reports):
    group.register(app)


@app.callback(invoke_without_command=True)
def _options(
    *, show_version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True)
) -> None:
    if show_version:
        say(f"ticketstream {version('ticketstream')}")
        raise typer.Exit
    # Standard output is for results; the service alone tells more, see run.
    logs.configure("auto", "warning")


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
