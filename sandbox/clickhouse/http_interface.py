"""ClickHouse's HTTP interface over the engine, as an ASGI application.

Statuses follow ClickHouse's own table from errors to statuses (src/Server/HTTP/exceptionCodeToHTTPStatus.cpp).
"""

import base64
import binascii
import email
import email.policy
import json
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.clickhouse import encoding
from sandbox.clickhouse.engine import Engine, EngineError, Outcome
from sandbox.clickhouse.own_requests import for_programs
from sandbox.clickhouse.statement import Insert, InsertSelect, Plain, StatementError, parse

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_STATUS_OF_NAMES = {
    401: "REQUIRED_PASSWORD",
    # The second line is ours: what the sandbox's access control refuses is no failure of the server.
    403: "UNKNOWN_USER WRONG_PASSWORD AUTHENTICATION_FAILED SET_NON_GRANTED_ROLE ACCESS_DENIED"
    " READONLY SETTING_CONSTRAINT_VIOLATION QUERY_IS_PROHIBITED FUNCTION_NOT_ALLOWED SUPPORT_IS_DISABLED",
    400: "BAD_ARGUMENTS CANNOT_COMPILE_REGEXP CANNOT_PARSE_TEXT CANNOT_PARSE_ESCAPE_SEQUENCE"
    " CANNOT_PARSE_QUOTED_STRING CANNOT_PARSE_DATE CANNOT_PARSE_DATETIME CANNOT_PARSE_NUMBER"
    " CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING CANNOT_PARSE_IPV4 CANNOT_PARSE_IPV6 CANNOT_PARSE_UUID"
    " CANNOT_PARSE_INPUT_ASSERTION_FAILED DUPLICATE_COLUMN ILLEGAL_COLUMN UNKNOWN_ELEMENT_IN_AST"
    " UNKNOWN_TYPE_OF_AST_NODE THERE_IS_NO_COLUMN TOO_DEEP_AST TOO_BIG_AST UNEXPECTED_AST_STRUCTURE"
    " SYNTAX_ERROR INCORRECT_DATA TYPE_MISMATCH VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
    404: "UNKNOWN_TABLE UNKNOWN_FUNCTION UNKNOWN_IDENTIFIER UNKNOWN_TYPE UNKNOWN_STORAGE UNKNOWN_DATABASE"
    " UNKNOWN_SETTING UNKNOWN_DIRECTION_OF_SORTING UNKNOWN_AGGREGATE_FUNCTION UNKNOWN_FORMAT"
    " UNKNOWN_DATABASE_ENGINE UNKNOWN_TYPE_OF_QUERY UNKNOWN_ROLE",
    408: "TIMEOUT_EXCEEDED",
    411: "HTTP_LENGTH_REQUIRED",
    413: "QUERY_IS_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    501: "NOT_IMPLEMENTED",
    503: "SOCKET_TIMEOUT CANNOT_OPEN_FILE CANNOT_SCHEDULE_TASK",
}
_STATUSES = {name: status for status, names in _STATUS_OF_NAMES.items() for name in names.split()}

# Parameters of the URL that the HTTP layer reads itself; all others are settings.
_NOT_SETTINGS = frozenset(
    {
        "query",
        "query_id",
        "database",
        "default_format",
        "user",
        "password",
        "quota_key",
        "role",
        "session_id",
        "session_timeout",
        "session_check",
        "close_session",
        "compress",
        "decompress",
        "client_protocol_version",
        "wait_end_of_query",
        "buffer_size",
        "stacktrace",
    }
)
_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "Parquet": "application/octet-stream",
    "Arrow": "application/octet-stream",
    "ArrowStream": "application/octet-stream",
}


class _StatementRequest(NamedTuple):
    """What a request asks for: a statement with its settings and parameters."""

    statement: Plain | Insert | InsertSelect
    database: str
    settings: dict[str, str]
    parameters: dict[str, str]
    default_format: str


def _credentials(request: Request) -> tuple[str, str]:
    header = request.headers.get("authorization", "")
    if header.lower().startswith("basic "):
        try:
            name, _, password = base64.b64decode(header[6:], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", header
        return name, password
    query = request.query_params
    name = request.headers.get("x-clickhouse-user") or query.get("user", "default")
    return name, request.headers.get("x-clickhouse-key") or query.get("password", "")


def _refuse_unknown_users(request: Request) -> None:
    name, password = _credentials(request)
    if (name, password) != ("default", ""):
        raise _error(
            516,
            "AUTHENTICATION_FAILED",
            f"{name}: Authentication failed: password is incorrect, or there is no user with such name.",
        )


def _error(code: int, name: str, message: str) -> EngineError:
    return EngineError(code, name, f"Code: {code}. DB::Exception: {message} ({name})")


async def _read(request: Request) -> _StatementRequest:
    values = dict(request.query_params)
    body = await request.body()
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        # clickhouse-connect sends long statements and parameters as a form. An urlencoded body of curl is data.
        values |= _form(content_type, body)
        body = b""
    if values.get("compress", "0") != "0" or values.get("decompress", "0") != "0":
        raise _error(48, "NOT_IMPLEMENTED", "Block compression is not served here; use Content-Encoding instead.")
    body = _decoded(body, request.headers.get("content-encoding", "").lower())
    query = values.get("query", "").encode()
    settings = {
        name: value for name, value in values.items() if name not in _NOT_SETTINGS and not name.startswith("param_")
    }
    if request.method != "POST" and settings.get("readonly") != "1":
        settings["readonly"] = "2"
    return _StatementRequest(
        _parsed(query + b"\n" + body if query and body else query or body),
        request.headers.get("x-clickhouse-database") or values.get("database", ""),
        settings,
        {name[6:]: value for name, value in values.items() if name.startswith("param_")},
        request.headers.get("x-clickhouse-format") or values.get("default_format", "TabSeparated"),
    )


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """Read the text fields of a multipart form."""
    try:
        return dict(_fields(content_type, body))
    except (ValueError, LookupError, AttributeError, TypeError, IndexError) as error:
        # The library's parsers of headers fail in all of these ways.
        raise _error(
            117, "INCORRECT_DATA", "The multipart form cannot be read; its fields are text in UTF-8."
        ) from error


def _fields(content_type: str, body: bytes) -> Iterator[tuple[str, str]]:
    message = email.message_from_bytes(
        b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body, policy=email.policy.HTTP
    )
    for part in message.iter_parts():
        if part.get_filename() is not None:
            raise _error(48, "NOT_IMPLEMENTED", "External data tables are not served here.")
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and isinstance(content, bytes):
            yield name, content.decode()


def _decoded(body: bytes, content_encoding: str) -> bytes:
    try:
        return encoding.decode(body, content_encoding)
    except encoding.UnknownEncodingError as error:
        raise _error(48, "NOT_IMPLEMENTED", str(error)) from error
    except encoding.BadBodyError as error:
        raise _error(117, "INCORRECT_DATA", str(error)) from error


def _parsed(text: bytes) -> Plain | Insert | InsertSelect:
    try:
        return parse(text)
    except StatementError as error:
        raise _error(62, "SYNTAX_ERROR", f"Syntax error ({error}).") from error


class HttpInterface:
    """The HTTP interface of one engine; `application` is what a server runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        routes = [
            Route("/ping", self._ping, methods=["GET", "HEAD"]),
            Route("/replicas_status", self._ping, methods=["GET"]),
            Route("/", self._serve, methods=["GET", "POST", "HEAD"]),
        ]
        self.application: ASGIApp = for_programs(Starlette(routes=routes))

    async def _ping(self, _request: Request) -> Response:
        return PlainTextResponse("Ok.\n")

    async def _serve(self, request: Request) -> Response:
        query_id = request.query_params.get("query_id", "")
        headers = {
            "X-ClickHouse-Query-Id": _header_id(query_id),
            "X-ClickHouse-Server-Display-Name": self._engine.host,
            "X-ClickHouse-Timezone": self._engine.timezone,
        }
        try:
            _refuse_unknown_users(request)
            if request.method == "GET" and not request.query_params:
                # A server answers a browser or a health check without a query in the same way.
                return PlainTextResponse("Ok.\n", headers=headers)
            wanted = await _read(request)
            outcome = await run_in_threadpool(
                self._engine.run,
                wanted.statement,
                database=wanted.database,
                settings=wanted.settings,
                parameters=wanted.parameters,
                default_format=wanted.default_format,
            )
        except EngineError as error:
            headers["X-ClickHouse-Exception-Code"] = str(error.code)
            return PlainTextResponse(f"{error.text}\n", _STATUSES.get(error.name, 500), headers)
        return _response(request, wanted, outcome, headers)


def _header_id(query_id: str) -> str:
    """Return the client's id of the query; a new one when there is none, or when no header can carry it."""
    fits = query_id and query_id == query_id.strip() and query_id.isascii() and query_id.isprintable()
    return query_id if fits else str(uuid.uuid4())


def _response(request: Request, wanted: _StatementRequest, outcome: Outcome, headers: dict[str, str]) -> Response:
    headers["X-ClickHouse-Summary"] = _summary(outcome)
    media_type = "text/plain; charset=UTF-8"
    if isinstance(wanted.statement, Plain) and wanted.statement.answers:
        used = wanted.statement.format or wanted.default_format
        headers["X-ClickHouse-Format"] = used
        media_type = _CONTENT_TYPES.get(used, media_type)
    body = outcome.body
    chosen = encoding.choose(request.headers.get("accept-encoding", ""))
    if chosen and body and wanted.settings.get("enable_http_compression", "0") != "0":
        headers["Content-Encoding"] = chosen
        body = encoding.encode(body, chosen)
    return Response(body, headers=headers, media_type=media_type)


def _summary(outcome: Outcome) -> str:
    return json.dumps(
        {
            "read_rows": str(outcome.read_rows),
            "read_bytes": str(outcome.read_bytes),
            "written_rows": str(outcome.written_rows),
            "written_bytes": str(outcome.written_bytes),
            "elapsed_ns": str(outcome.elapsed_ns),
        }
    )
