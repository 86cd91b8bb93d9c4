"""`python -m sandbox.clickhouse`: the ClickHouse engine on a port of 127.0.0.1."""

import argparse
import json
import logging
import re
import signal
import socket
import sys
from pathlib import Path

from network.errors import system_words
from sandbox.clickhouse.engine import DataFolderError, Engine
from sandbox.clickhouse.http_interface import HttpInterface
from serving.http_bounds import server_of
from serving.repeated_lines import log_plainly
from terminal.exit_codes import ExitCode

STOP_S = 5.0

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_EPILOG = """\
Prints one JSON line, {"port": N}, when it takes requests. SIGTERM and Ctrl-C stop it; the data stays
and is opened again by the next start, also after kill -9.

Try it:  curl 'http://127.0.0.1:PORT/?query=SELECT+version()'
"""


def _size_bytes(text: str) -> int:
    match = re.fullmatch(r"(\d+)([KMG]?)", text.upper())
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is not a size; write a number of bytes, or 512M, or 2G")
    return int(match[1]) * _UNITS[match[2]]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.clickhouse",
        description="Serve the ClickHouse engine over ClickHouse's HTTP interface, on this machine only.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the tables")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 (the default) takes a free one")
    parser.add_argument(
        "--memory-limit",
        type=_size_bytes,
        default=0,
        metavar="SIZE",
        help="memory of all statements together, such as 512M or 2G; the default is the engine's (0.9 of the RAM)",
    )
    return parser.parse_args()


def main() -> int:
    """Serve until a signal comes; return the exit code."""
    arguments = _arguments()
    # uvicorn stops on the signal and then raises it again, which must not kill the process.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    # asyncio turns Nagle's delay off only where the protocol is named; it costs 40 ms for each answer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", arguments.port))
        except OSError as error:
            sys.stderr.write(
                f"Port {arguments.port} cannot be used ({system_words(error)}); give another with --port.\n"
            )
            return ExitCode.FAILED
        try:
            engine = Engine(arguments.data, arguments.memory_limit)
        except DataFolderError as error:
            sys.stderr.write(f"{error}\n")
            return ExitCode.FAILED
        with engine:
            _serve(engine, listener)
    return ExitCode.DONE


def _serve(engine: Engine, listener: socket.socket) -> None:
    # Requests that come before uvicorn is up wait in the socket's queue, so the line may be printed now.
    listener.listen(128)
    sys.stdout.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
    sys.stdout.flush()
    log_plainly(logging.WARNING)
    server_of(HttpInterface(engine).application, stop_s=STOP_S).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())
