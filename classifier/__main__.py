"""`python -m classifier train|serve|evaluate`."""

import os
import signal
import sys

from terminal.exit_codes import ExitCode
from terminal.output import open_streams, tell

LIBRARIES = {"numpy", "scipy", "sklearn"}


def main() -> None:
    """Run the command line; end with 130 when interrupted, with 2 when the libraries are not installed."""
    if "serve" in sys.argv[1:2]:
        # Before the libraries are loaded, which takes a second, there is nothing to finish. The server takes over.
        signal.signal(signal.SIGTERM, lambda *_: os._exit(ExitCode.DONE))
    try:
        # Imported here, because the libraries that make a model are an optional part of the installation.
        from classifier.command_line import app  # noqa: PLC0415

        open_streams()
        app(prog_name="python -m classifier")
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in LIBRARIES:
            raise
        tell(f"classifier: {library} is not installed; install it with: pip install 'ticketstream[classifier]'")
        sys.exit(ExitCode.USAGE)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    main()
