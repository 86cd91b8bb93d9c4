"""What can stop a command, named by what the catcher should do.

TicketstreamError
├── ConfigurationError    exit 2: the operator changes a setting
├── Fenced                exit 3: another process runs in our place
├── BrokerTrouble         exit 1: Kafka did not recover within its bound; nothing was committed
├── SinkTrouble           exit 1: ClickHouse did not
└── DeadLetterFlood       exit 4: a person looks at the dead letters first (the command's exit code is 1)
"""


class TicketstreamError(Exception):
    """The command cannot go on; the message says what to do."""

    exit_code = 1


class ConfigurationError(TicketstreamError):
    """A setting is missing or impossible; the message names it and the mend."""

    exit_code = 2


class Fenced(TicketstreamError):
    """Another process has taken this instance's place in the group."""

    exit_code = 3


class BrokerTrouble(TicketstreamError):
    """Kafka refused or did not answer for longer than we may wait."""


class SinkTrouble(TicketstreamError):
    """ClickHouse refused or did not answer for longer than we may wait; nothing was committed."""


class DeadLetterFlood(TicketstreamError):
    """So many records are bad that it may be the service or its publishers that are broken."""

    exit_code = 4
