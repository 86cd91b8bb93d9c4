"""Names of hosts: as people write them in a setting, and as the Host header holds them."""

import pytest

from consumer.config.host_names import as_host_name, host_of, is_loopback, names_in


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Tickets.Example.COM", "tickets.example.com"),
        ("tickets.example.com.", "tickets.example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("my_service", "my_service"),
        ("[::1]", "::1"),
        ("10.0.0.7", "10.0.0.7"),
        ("", None),
        ("a..b", None),
        ("https://a.example", None),
        ("a.example:8080", None),
        ("a.example/page", None),
        ("*.example", None),
        ("-a.example", None),
        ("a b", None),
        ("x" * 64, None),
        ("é" * 300, None),
    ],
)
def test_a_name_is_compared_as_browsers_send_it(written: str, name: str | None) -> None:
    """Small letters, in ASCII, without the root's dot; what is no name of a host is none."""
    assert as_host_name(written) == name


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST:8080", "localhost"),
        ("127.0.0.1:", "127.0.0.1"),
        ("[::1]:8080", "::1"),
        ("a.example.", "a.example"),
        ("", None),
        (":80", None),
        ("[::1", None),
        ("::1", None),
        ("localhost@evil.example", None),
        ("localhost:80@evil.example", None),
        ("evil.example/localhost", None),
        ("localhost, evil.example", None),
        ("localhost:port", None),
        ("localhost:123456", None),
        ("\xff", None),
        ("[localhost]", None),
    ],
)
def test_a_host_header_is_a_host_and_perhaps_a_port(header: str, host: str | None) -> None:
    """Nothing that two parsers could read in two ways is taken."""
    assert host_of(header) == host


def test_the_loopback_is_this_machine() -> None:
    """Its whole network, and the names that are kept for it."""
    ours = ["localhost", "a.localhost", "127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"]
    others = ["localhost.evil.example", "notlocalhost", "127.0.0.1.evil.example", "10.0.0.1", "::", "2130706433"]

    assert [name for name in [*ours, *others] if is_loopback(name)] == ours


def test_a_setting_lists_names_between_commas() -> None:
    """Spaces and empty places do not matter; what is no name is quoted with the mend."""
    assert names_in(" A.example, ,b.example.,") == {"a.example", "b.example"}
    assert names_in("") == frozenset()
    with pytest.raises(ValueError, match=r"'https://a\.example/'; write names of hosts without scheme"):
        names_in("b.example,https://a.example/")
