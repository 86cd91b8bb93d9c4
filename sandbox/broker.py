"""The sandbox's broker: noida-db, a Kafka-compatible broker in a wheel."""

from importlib.util import find_spec
from pathlib import Path

from consumer.errors import ConfigurationError

_EXECUTABLE = 0o755


def command(port: int, folder: Path) -> list[str]:
    """How to start it on a port of 127.0.0.1 with its data in a folder.

    The program itself is started: the wheel's script of the same name is a parent that passes on no signal, so
    stopping that one would leave the broker running.

    Raises:
        ConfigurationError: it is not installed.
    """
    package = find_spec("noida_db")
    places = package.submodule_search_locations if package else None
    program = Path(places[0]) / "noida-db" if places else None
    if program is None or not program.is_file():
        raise ConfigurationError("the sandbox's broker is not installed: pip install 'ticketstream[sandbox]'")
    if program.stat().st_mode & _EXECUTABLE != _EXECUTABLE:
        # A wheel need not keep the mode of its files.
        program.chmod(_EXECUTABLE)
    listening = ["--kafka-port", str(port), "--host", "127.0.0.1"]
    return [str(program), "start", "--only", "kafka", *listening, "--data-dir", str(folder)]
