"""The errors that stop a command, each with what to do about it.

TicketstreamError
├── ConfigurationError    exit 2: change a setting
├── Fenced                exit 3: a second process uses the name of this instance; stop one of the two
├── BrokerTrouble         exit 1: Kafka did not recover in time; nothing was committed, start again
├── SinkTrouble           exit 1: ClickHouse did not recover in time; nothing was committed, start again
└── DeadLetterFlood       exit 4: look at the dead letters first (the command's exit code is 1)
"""

from terminal.exit_codes import ExitCode


class TicketstreamError(Exception):
    """The command cannot go on; the message says what to do."""

    exit_code = ExitCode.FAILED


class ConfigurationError(TicketstreamError):
    """A setting is missing or impossible; the message names the setting and the mend."""

    exit_code = ExitCode.USAGE


class Fenced(TicketstreamError):
    """A second process uses the name of this instance and has taken over its partitions."""

    exit_code = ExitCode.FENCED


class BrokerTrouble(TicketstreamError):
    """Kafka refused requests or did not answer within the time limit."""


class SinkTrouble(TicketstreamError):
    """ClickHouse refused requests or did not answer within the time limit; nothing was committed."""


class DeadLetterFlood(TicketstreamError):
    """So many records are bad that the service or its publishers may be broken."""

    exit_code = ExitCode.FLOOD
