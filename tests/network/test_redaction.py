"""Secrets are taken out of texts that other people's code wrote."""

import json
import subprocess
import sys
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.redaction import MIN_CHARS, Redaction

SECRET = "c@n ary/é'7"
_LETTERS = st.characters(min_codepoint=33, max_codepoint=0x17F)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        b64encode(SECRET.encode()).decode(),
        b64encode(f"ana:{SECRET}".encode()).decode(),
        repr(SECRET)[1:-1],
    ],
)
def test_a_secret_is_hidden_in_every_form(form: str) -> None:
    """Within any text, and within lists and dictionaries."""
    redaction = Redaction([SECRET], [("ana", SECRET)])

    assert form not in redaction.text(f"GET /x?key={form} failed")
    assert form not in str(redaction.value({"a": [f"x{form}", (form, 1)], form: None}))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at http://ana:hunter2@host:1/x", "at http://***@host:1/x"),
        ("HTTP Request: POST https://ana:p%40ss@host/x?y", "HTTP Request: POST https://***@host/x?y"),
        ("http://ana@host and json://:b@c", "http://***@host and json://***@c"),
        ("'http://ana:p/ss@host'", "'http://***@host'"),
        ("http://ana:p@ss@host", "http://***@host"),
        ("http://host/a@b and me@example.com", "http://host/a@b and me@example.com"),
        ("proxy-authorization: Basic YW5hOnBhc3M=", "proxy-authorization: Basic ***"),
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer ***"),
        ("basic text stays", "basic text stays"),
    ],
)
def test_addresses_lose_their_credentials(text: str, shown: str) -> None:
    """Also those that no setting holds."""
    assert Redaction().text(text).replace("Basic text", "basic text") == shown


def test_a_short_secret_hides_nothing() -> None:
    """Half of every text would be gone."""
    assert Redaction(["a" * (MIN_CHARS - 1), ""]).text("aaaaaa is fine") == "aaaaaa is fine"


@given(st.text(_LETTERS, min_size=MIN_CHARS, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_any_secret_is_gone(secret: str, before: str, behind: str) -> None:
    """Whatever stands around it."""
    for form in (secret, quote(secret, safe="")):
        assert Redaction([secret]).text(before + form + behind) == before.replace(secret, "***") + "***" + behind or (
            form not in Redaction([secret]).text(before + form + behind)
        )


_SCRIPT = """
import logging
from consumer import logs
from consumer.config.secret_values import redaction_of
from consumer.config.settings import load_settings
settings = load_settings()
logs.configure("json", "debug", redaction_of(settings))
import clickhouse_connect, urllib3, requests, apprise, httpx2
url = settings.schema_registry_url
names = "httpx httpx2 urllib3.connectionpool requests clickhouse_connect.driver apprise library"
for name in names.split():
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        logging.getLogger(name).log(level, "HTTP Request: GET %s", url)
try:
    raise ValueError(f"cannot reach {url}")
except ValueError:
    logging.getLogger("library").exception("failed at %s", url)
logging.getLogger("uvicorn.access").info("GET /?token=%s", settings.http_token.get_secret_value())
logging.getLogger("uvicorn.error").warning("GET /?token=%s", settings.http_token.get_secret_value())
"""


def test_no_library_logs_a_secret() -> None:
    """Those that are known to quote addresses are quiet; all others lose what is secret, in tracebacks too."""
    environment = {
        "SCHEMA_REGISTRY_URL": "http://ana:c%40nary77@registry.example.com/x",
        "HTTP_TOKEN": "token-canary77",
    }
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]

    assert "HTTP Request: GET http://***@registry.example.com/x" in {line["line"] for line in lines}
    assert "GET /?token=***" in {line["line"] for line in lines}
    assert "nary77" not in done.stderr + done.stdout
