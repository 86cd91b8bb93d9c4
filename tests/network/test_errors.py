"""Errors of other people's libraries: whatever they hold, they become words."""

import socket
import ssl
from collections.abc import Callable
from typing import NoReturn

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, ProgrammingError
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.clickhouse.error_codes import refusal, translated
from analytics.clickhouse.errors import AnalyticsError
from consumer.config.sources import _why_unread
from consumer.model.tracebacks import let_go
from network.addresses import Address
from network.errors import Kind, chain, system_words, text_of, trouble_of
from network.proxies import Proxy
from network.route import Route
from network.tls import Certificates

_ADDRESS = Address("https", "host", 8443, user="ana", password="canary")
_ROUTES = (
    Route("CLICKHOUSE_URL", _ADDRESS, Certificates("CLICKHOUSE")),
    Route("ML_API_URL", _ADDRESS, Certificates("ML_API", "", "c", "k"), Proxy(_ADDRESS, "https_proxy")),
    Route("SCHEMA_REGISTRY_URL", Address("http", "::1", 80), Certificates("SCHEMA_REGISTRY")),
)


class _Mute(Exception):
    """Its text cannot be had, and its attributes neither."""

    def __str__(self) -> NoReturn:
        raise RuntimeError("no text")

    @property
    def reason(self) -> NoReturn:
        raise KeyError("no reason")


class ProxyError(Exception):
    """Named as those of the HTTP libraries."""


def _with(error: BaseException, **attributes: object) -> BaseException:
    for name, value in attributes.items():
        try:
            setattr(error, name, value)
        except (TypeError, AttributeError):
            continue
    return error


_VALUES = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.integers(),
    st.binary(max_size=9),
    st.booleans(),
    st.just(object()),
    st.builds(_Mute),
)
_TYPES: st.SearchStrategy[Callable[..., BaseException]] = st.sampled_from(
    [
        *(OSError, ssl.SSLError, ssl.SSLCertVerificationError, ssl.SSLEOFError, socket.gaierror, TimeoutError),
        *(ConnectionResetError, KeyError, UnicodeError, ProxyError, DatabaseError, OperationalError, ProgrammingError),
        *(KeyboardInterrupt, StopIteration, MemoryError),
    ]
)


@st.composite
def odd_errors(draw: st.DrawFn) -> BaseException:
    """Errors with anything in their arguments and attributes, in chains, groups and circles."""
    made: list[BaseException] = []
    for _ in range(draw(st.integers(1, 6))):
        held = st.one_of(_VALUES, *([st.sampled_from(made)] if made else []))
        error = draw(_TYPES)(*draw(st.lists(held, max_size=3)))
        if draw(st.booleans()) and made:
            error = ExceptionGroup("group", [each if isinstance(each, Exception) else _Mute() for each in made])
        made.append(error)
    for error in made:
        for link in draw(
            st.lists(st.sampled_from(["__cause__", "__context__", "reason", "strerror", "errno"]), max_size=3)
        ):
            _with(error, **{link: draw(st.one_of(_VALUES, st.sampled_from(made)))})
        for name in draw(st.lists(st.sampled_from(["verify_code", "verify_message", "code", "name"]), max_size=3)):
            _with(error, **{name: draw(_VALUES)})
    return made[-1]


@settings(max_examples=50)
@given(odd_errors())
def test_any_error_becomes_words(error: BaseException) -> None:
    """Every function that reads somebody else's error gives one line of text, and no secret of the route."""
    said = [text_of(error), system_words(error), trouble_of(error).words]
    said += [f"{route.named}: {route.explain(error)}" for route in _ROUTES]
    assert len(list(chain(error))) >= 1
    for text in said:
        assert text
        assert text.isprintable()
    assert not any("canary" in text for text in said)


@settings(max_examples=50)
@given(odd_errors())
def test_any_error_of_the_driver_is_one_of_ours(error: BaseException) -> None:
    """ClickHouse's errors are sorted whatever they hold."""
    if isinstance(error, Exception):
        for route in _ROUTES:
            ours = translated(error, route, "db")
            assert isinstance(ours, AnalyticsError)
            assert str(ours)
            assert str(ours).isprintable()
        if isinstance(error, DatabaseError):
            refusal(error, "table")


@settings(max_examples=50)
@given(odd_errors())
def test_any_error_can_be_let_go(error: BaseException) -> None:
    """Freeing the memory of an error never raises one."""
    let_go(error)


@pytest.mark.parametrize("error", [OSError(), OSError("only text"), OSError(None, None), PermissionError(13, "Denied")])
def test_a_file_that_cannot_be_read_has_a_reason(error: OSError) -> None:
    """Errors of the system without a number or text have a reason too."""
    assert _why_unread(error) not in {"", "none"}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ssl.SSLError(1, "x"), Kind.TLS),
        (ssl.SSLEOFError(8, "x"), Kind.BROKEN),
        (ConnectionRefusedError(111, "Connection refused"), Kind.NO_CONNECTION),
        (ConnectionResetError(104, "Connection reset by peer"), Kind.BROKEN),
        (socket.gaierror(-2, "Name or service not known"), Kind.NO_NAME),
        (TimeoutError(), Kind.TIMED_OUT),
        (ValueError("x"), Kind.OTHER),
    ],
)
def test_what_happened_is_told_apart(error: Exception, kind: Kind) -> None:
    """Also below an error that wraps it."""
    wrapped = RuntimeError("wrapped")
    wrapped.__cause__ = error

    assert [trouble_of(each).kind for each in (error, wrapped, RuntimeError(error))] == [kind] * 3
