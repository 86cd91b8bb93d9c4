"""Addresses in settings: every part is used, or refused by name, and nothing of them is quoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.addresses import Address, read_clickhouse_address, read_model_address, read_registry_address

CANARY = "canary7f3a"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://host", Address("http", "host", 8123)),
        ("https://host", Address("https", "host", 8443)),
        ("https://host:9/", Address("https", "host", 9)),
        ("http://[::1]:8123", Address("http", "::1", 8123)),
        ("https://[fd00::1]", Address("https", "fd00::1", 8443)),
        ("http://a%40b:p%2F%3A%20w@host", Address("http", "host", 8123, user="a@b", password="p/: w")),
        ("http://ana@host", Address("http", "host", 8123, user="ana")),
        ("http://:pw@host", Address("http", "host", 8123, user="", password="pw")),
        ("http://host:8123/tickets", Address("http", "host", 8123)),
        ("http://host:8123/tickets/?database=tickets", Address("http", "host", 8123)),
    ],
)
def test_an_address_of_clickhouse(url: str, expected: Address) -> None:
    """Ports have ClickHouse's defaults; a path or query may repeat the database."""
    assert read_clickhouse_address(url, "tickets") == expected


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://host:8123/other", "names the database other, and CLICKHOUSE_DATABASE is tickets"),
        ("http://host?database=other", "set CLICKHOUSE_DATABASE=other"),
        ("http://host/tickets?database=other", "names the database other"),
        ("http://host/proxy/path", "has a path"),
        ("http://host/?secure=1", "has secure in its query; write https://"),
        ("http://host/?database=tickets&secure=true", "has secure in its query"),
        ("http://host?compress=lz4", "has compress in its query, which is not used"),
        ("http://host?database=", "in its query, which is not used"),
        ("http://host?x", "has x in its query"),
        ("http://host?&", "has a query that is not used"),
        ("http://host#top", "has a fragment"),
        ("http://host#", "has a fragment"),
        ("http://host:0", "is not an http(s) address"),
        ("http://host:70000", "is not an http(s) address"),
        ("http://ho st", "is not an http(s) address"),
        ("clickhouse://host", "is not an http(s) address"),
        ("host:8123", "is not an http(s) address"),
        (f"http://ana:{CANARY}/x@host:8123", "is not an http(s) address"),
        (f"http://ana:1/{CANARY}@host:8123", "has a path"),
        (f"http://ana:1?{CANARY}@host:8123", "write / as %2F"),
        (f"http://ana:1#{CANARY}@host:8123", "has a fragment"),
        (f"http://ana:1/x?{CANARY}/@host:8123", "write / as %2F"),
    ],
)
def test_what_clickhouse_would_not_get_is_refused(url: str, said: str) -> None:
    """The message has the mend and, where a password was cut in two, how to write it; it quotes nothing."""
    with pytest.raises(ValueError, match=r"\w") as refused:
        read_clickhouse_address(url, "tickets")

    assert said in str(refused.value)
    assert CANARY not in str(refused.value)


def test_a_registry_keeps_its_path_and_takes_no_query() -> None:
    """A registry often stands below a path."""
    address = read_registry_address("https://ana:p%40@registry.example.com/apis/ccompat/v7")

    assert (address.port, address.path, address.password) == (443, "/apis/ccompat/v7", "p@")
    with pytest.raises(ValueError, match="has a query"):
        read_registry_address("https://registry.example.com/?x=1")


def test_a_model_keeps_path_and_query() -> None:
    """Some models take a version in the query."""
    address = read_model_address("https://models.example.com/a/b?version=2")

    assert (address.path, address.query) == ("/a/b", "version=2")


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://u:p@", "http://h:1/", "http://h?"]))
def test_any_text_is_an_address_or_a_sentence(text: str, before: str) -> None:
    """And nothing else is raised."""
    for read in (read_model_address, read_registry_address, lambda url: read_clickhouse_address(url, "d")):
        try:
            found = read(before + text)
        except ValueError:
            continue
        assert found.host
        assert 0 < found.port < 65536


@pytest.mark.parametrize("url", ["http://ana:canary@host", "http://ana:can%61ry@host"])
def test_an_address_shows_no_password(url: str) -> None:
    """In no text form."""
    found = read_model_address(url)

    assert "canary" not in f"{found!r} {found} {found.origin} {found.host_port}"
