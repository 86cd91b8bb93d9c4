"""The connections to the model. The limit of the current attempt can cut its connection at any time."""

import socket
from contextvars import ContextVar
from http.client import HTTPResponse, IncompleteRead
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from consumer.model.forbidden_addresses import is_forbidden
from consumer.model.watchdog import Limit, Line
from consumer.time_limit import within

# For each address of the model's name; a host that is up answers in milliseconds.
CONNECT_TIMEOUT_S = 3.0
READ_BYTES = 1 << 16

_Addresses = list[tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]]

# The limit of the current attempt. The pool chooses the connection, so the limit cannot be passed as an argument.
serving: ContextVar[Limit] = ContextVar("serving")


class _BoundedResponse(HTTPResponse):
    """Refuses a chunk of negative size, for which the standard library would read without end."""

    def _safe_read(self, amt: int) -> bytes:
        if amt < 0:
            raise IncompleteRead(b"")
        return super()._safe_read(amt)  # type: ignore[misc,no-any-return]  # typeshed leaves private methods out


class _Socket(socket.socket):
    """Makes fewer system calls: at each of them a different thread may take the interpreter and keep it for a while."""

    def settimeout(self, value: float | None) -> None:
        if value != self.gettimeout():
            super().settimeout(value)

    def makefile(self, *args: Any, **kwargs: Any) -> Any:
        # The answer to a full batch is longer than the default buffer.
        return super().makefile(*args, **{"buffering": READ_BYTES, **kwargs})


class LimitedConnection(HTTPConnection):
    """A connection that the attempt's limit can cut at any time, from the look-up of the name to the last byte."""

    response_class = _BoundedResponse
    _line: Line | None = None
    _unsent: list[bytes] | None = None

    def _new_conn(self) -> socket.socket:
        limit = serving.get()
        try:
            connection = self._dial(limit)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection within its time") from error
        except OSError as error:
            raise NewConnectionError(self, "no connection") from error
        try:
            self._line = limit.open(connection)
        except TimeoutError as error:
            connection.close()
            raise ConnectTimeoutError(self, "no connection within its time") from error
        return connection

    def _dial(self, limit: Limit) -> socket.socket:
        failure: OSError = OSError("the name has no address")
        for family, kind, protocol, _, address in _look_up(self._dns_host, self.port, limit.left_s()):
            if is_forbidden(str(address[0])):
                failure = OSError("link-local and metadata addresses are refused")
                continue
            connection = _Socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    connection.setsockopt(*option)
                connection.settimeout(min(CONNECT_TIMEOUT_S, limit.left_s()))
                connection.connect(address)
                # From here on the limit cuts the line. A second timer for the same moment could go off first, and the
                # attempt would count as a broken connection instead of a timeout.
                connection.settimeout(None)
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self._line is not None:
            serving.get().attach(self._line)
        self._unsent = []
        super().request(*args, **kwargs)
        unsent, self._unsent = self._unsent, None
        super().send(b"".join(unsent))

    def send(self, data: Any) -> None:
        """Send, or keep the data of a request that is being put together: it leaves in one packet and system call."""
        if self._unsent is None:
            super().send(data)
        else:
            self._unsent.append(data)

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.drop()
        super().close()


class LimitedTlsConnection(LimitedConnection, HTTPSConnection):
    """The same under TLS, whose handshake the limit bounds too."""


def _look_up(host: str, port: int, within_s: float) -> _Addresses:
    """Resolve a name within a time limit, which the system's resolver does not offer.

    Raises:
        TimeoutError: It took longer; the thread that waits for the resolver is abandoned and ends with it.
        socket.gaierror: The name has no address.
    """
    try:
        return within(within_s, lambda: [*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)], "model-resolver")
    except UnicodeError:
        raise socket.gaierror("not a host name") from None
