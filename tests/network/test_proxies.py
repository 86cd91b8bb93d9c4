"""Which proxy leads to a server, and to which none does."""

import pytest

from network.addresses import read_model_address
from network.proxies import proxies_of

PROXY = "http://proxy.example.com:3128"


def _through(url: str, **environment: str) -> str | None:
    proxy = proxies_of(environment).to(read_model_address(url))
    return None if proxy is None else str(proxy)


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("models.example.com", "http://models.example.com", True),
        ("MODELS.example.com.", "http://models.Example.com./x", True),
        ("example.com", "http://models.example.com", True),
        (".example.com", "http://models.example.com", True),
        (".example.com", "http://example.com", True),
        ("*.example.com", "http://models.example.com", True),
        ("example.com", "http://notexample.com", False),
        ("ample.com", "http://example.com", False),
        ("*", "http://models.example.com", True),
        ("other.com, *", "http://models.example.com", True),
        ("other.com,,", "http://models.example.com", False),
        ("other.com models.example.com", "http://models.example.com", True),
        ("models.example.com:8080", "http://models.example.com:8080", True),
        ("models.example.com:8080", "http://models.example.com:8081", False),
        ("models.example.com:80", "http://models.example.com", True),
        (".example.com:443", "http://models.example.com", False),
        ("10.0.0.7", "http://10.0.0.7:8123", True),
        ("10.0.0.7:8123", "http://10.0.0.7:8123", True),
        ("10.0.0.7:8124", "http://10.0.0.7:8123", False),
        ("10.0.0.0/8", "http://10.20.30.40", True),
        ("10.0.0.1/8", "http://10.20.30.40", True),
        ("10.0.0.0/8", "http://11.20.30.40", False),
        ("10.0.0.0/33", "http://10.20.30.40", False),
        ("10.0.0.0/8", "http://ten.example.com", False),
        ("0.0.0.7", "http://10.0.0.7", False),
        ("fd00::/8", "http://[fd00::1]:8123", True),
        ("[fd00::1]", "http://[fd00::1]:8123", True),
        ("fd00:0::1", "http://[fd00::1]:8123", True),
        ("[fd00::1]:8123", "http://[fd00::1]:8123", True),
        ("[fd00::1]:1", "http://[fd00::1]:8123", False),
        ("::ffff:10.0.0.7", "http://10.0.0.7", True),
        ("", "http://models.example.com", False),
    ],
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_exceptions(name: str, no_proxy: str, url: str, direct: bool) -> None:  # noqa: FBT001 - a case
    """Names with and without a dot, addresses, networks and ports, in capitals or small letters."""
    found = _through(url, HTTP_PROXY=PROXY, **{name: no_proxy})

    assert found == (None if direct else f"the proxy {PROXY} of HTTP_PROXY")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_is_no_exception(host: str) -> None:
    """As with curl and requests: NO_PROXY alone says what is reached directly."""
    assert _through(f"https://{host}:1", HTTPS_PROXY=PROXY) is not None
    assert _through(f"https://{host}:1", HTTPS_PROXY=PROXY, NO_PROXY="localhost,127.0.0.0/8,::1") is None


def test_each_scheme_has_its_name() -> None:
    """Small letters go before capitals, empty values count as absent, and neither name is read for the other scheme."""
    capitals, small = "http://a:1", "http://b:2"

    assert _through("https://x.example", HTTP_PROXY=capitals) is None
    assert _through("http://x.example", HTTPS_PROXY=capitals) is None
    assert _through("https://x.example", HTTPS_PROXY=capitals, https_proxy=small) == f"the proxy {small} of https_proxy"
    assert (
        _through("https://x.example", HTTPS_PROXY=capitals, https_proxy=" ") == f"the proxy {capitals} of HTTPS_PROXY"
    )
    assert _through("https://x.example", ALL_PROXY=capitals) is None


@pytest.mark.parametrize("value", ["proxy:3128", "http://ana:p%40ss@proxy:3128", "http://ana:p%40ss@proxy:3128/"])
def test_a_proxy_is_named_without_its_password(value: str) -> None:
    """An address without a scheme is http; the credentials go into a header."""
    proxy = proxies_of({"HTTPS_PROXY": value}).to(read_model_address("https://x.example"))

    assert proxy is not None
    assert str(proxy) == "the proxy http://proxy:3128 of HTTPS_PROXY"
    assert proxy.headers == ({"proxy-authorization": "Basic YW5hOnBAc3M="} if "ana" in value else {})
    assert "p@ss" not in repr(proxy)


@pytest.mark.parametrize(
    "value", ["socks5://ana:canary@proxy:1080", "http://ana:can/ary@proxy:1", "http://", "ftp://x"]
)
def test_a_proxy_that_cannot_be_used_is_refused_by_its_name(value: str) -> None:
    """Only where it would be used, and without its password."""
    proxies = proxies_of({"https_proxy": value})

    assert proxies.to(read_model_address("http://x.example")) is None
    with pytest.raises(ValueError, match=r"^https_proxy is not an http\(s\) address") as refused:
        proxies.to(read_model_address("https://x.example"))
    assert "can" not in str(refused.value)
