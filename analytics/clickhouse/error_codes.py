"""ClickHouse's errors as ours: which are the rows' fault, the configuration's, or may pass."""

import re
import struct
from enum import IntEnum

from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, DataError, ProgrammingError

from analytics.clickhouse.errors import AnalyticsError, Misconfigured, Rejected, Unavailable
from network.errors import attribute, text_of
from network.route import Route

# How the driver begins the text of an answer that is none of ClickHouse's errors.
_STATUS = re.compile(r"HTTP driver received HTTP status (\d{3})")
_NAME = re.compile(r"[A-Z][A-Z0-9_]+")


class Code(IntEnum):
    """ClickHouse's error numbers that this module knows (its src/Common/ErrorCodes.cpp)."""

    CANNOT_PARSE_TEXT = 6
    INCORRECT_NUMBER_OF_COLUMNS = 7
    NO_SUCH_COLUMN_IN_TABLE = 16
    CANNOT_PARSE_INPUT_ASSERTION_FAILED = 27
    CANNOT_READ_ALL_DATA = 33
    UNKNOWN_IDENTIFIER = 47
    TYPE_MISMATCH = 53
    UNKNOWN_TABLE = 60
    VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE = 69
    CANNOT_CONVERT_TYPE = 70
    UNKNOWN_DATABASE = 81
    UNKNOWN_SETTING = 115
    INCORRECT_DATA = 117
    TOO_LARGE_STRING_SIZE = 131
    READONLY = 164
    UNKNOWN_USER = 192
    WRONG_PASSWORD = 193
    REQUIRED_PASSWORD = 194
    CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN = 349
    VIOLATED_CONSTRAINT = 469
    ACCESS_DENIED = 497
    AUTHENTICATION_FAILED = 516


# The rows themselves cause these. An error that the rows may not have caused must not cost a row.
_ROWS_AT_FAULT = frozenset(
    {
        Code.CANNOT_PARSE_TEXT,
        Code.CANNOT_PARSE_INPUT_ASSERTION_FAILED,
        Code.CANNOT_READ_ALL_DATA,
        Code.TYPE_MISMATCH,
        Code.VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE,
        Code.CANNOT_CONVERT_TYPE,
        Code.INCORRECT_DATA,
        Code.TOO_LARGE_STRING_SIZE,
        Code.CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN,
        Code.VIOLATED_CONSTRAINT,
    }
)
_SCHEMA_AT_FAULT = frozenset(
    {
        Code.INCORRECT_NUMBER_OF_COLUMNS,
        Code.NO_SUCH_COLUMN_IN_TABLE,
        Code.UNKNOWN_IDENTIFIER,
        Code.UNKNOWN_TABLE,
        Code.UNKNOWN_DATABASE,
    }
)
_USER_AT_FAULT = frozenset(
    {
        Code.UNKNOWN_USER,
        Code.WRONG_PASSWORD,
        Code.REQUIRED_PASSWORD,
        Code.ACCESS_DENIED,
        Code.AUTHENTICATION_FAILED,
        Code.READONLY,
    }
)
# What the driver raises while it encodes a row: text that is no UTF-8, a number that does not fit, a wrong type.
ENCODING_ERRORS = (DataError, UnicodeError, OverflowError, TypeError, ValueError, AttributeError, struct.error)


def refusal(error: ClickHouseError, table: str) -> Rejected | None:
    """The error as a refusal of the rows themselves, if that is certain. The rows are not quoted."""
    if isinstance(error, DatabaseError) and isinstance(error.code, int) and error.code in _ROWS_AT_FAULT:
        return Rejected(f"ClickHouse refused the rows for {table}: {Code(error.code).name}.")
    return None


def is_refusal(error: Exception) -> bool:
    """Whether ClickHouse itself said no, or its driver did on its behalf; not what lies before it."""
    return isinstance(error, ProgrammingError) or (isinstance(error, DatabaseError) and isinstance(error.code, int))


def translated(error: Exception, route: Route, database: str, *, may_quote_rows: bool = False) -> AnalyticsError:
    """Return the error as ours: try again later, or change something first.

    Args:
        error: of the driver.
        route: to the server that was asked.
        database: the database that was asked.
        may_quote_rows: whether ClickHouse's text may hold values of a ticket; then it is left out.
    """
    server = route.named
    code = error.code if isinstance(error, DatabaseError) else None
    if not isinstance(code, int):
        return _without_code(error, route, server)
    name = _NAME.search(text_of(attribute(error, "name"))) or f"error {code}"
    name = name if isinstance(name, str) else name[0]
    if code in _USER_AT_FAULT:
        return Misconfigured(
            f"{server} refused us ({name}). Check the user and password in CLICKHOUSE_URL and the user's rights."
        )
    if code in _SCHEMA_AT_FAULT:
        return Misconfigured(
            f"The database {database} of {server} lacks what is needed ({name}). Run `ticketstream migrate`."
        )
    detail = "" if may_quote_rows else f": {_first_line(text_of(error))}"
    return Unavailable(f"{server} failed ({name}){detail}")


def _without_code(error: Exception, route: Route, server: str) -> AnalyticsError:
    """The error of a driver that ClickHouse itself did not answer, or not as ClickHouse."""
    if isinstance(error, ProgrammingError):
        return Misconfigured(f"{server} cannot be asked: {text_of(error)}")
    if status := _STATUS.match(text_of(error)):
        by_proxy = route.refused_by_proxy(int(status[1]))
        return Unavailable(
            f"{server} did not answer: {by_proxy}"
            if by_proxy
            else f"{server} answered with HTTP status {status[1]}, which is not ClickHouse's own."
            " Check that CLICKHOUSE_URL leads to ClickHouse's HTTP interface."
        )
    return Unavailable(f"{server} did not answer: {route.explain(error)}")


def _first_line(text: str) -> str:
    return text.partition("DB::Exception: ")[2] or text
