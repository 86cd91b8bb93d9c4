"""Why a broker is not reached: each reason has a sentence of its own, with the setting that mends it."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from consumer.config.settings import settings_of
from consumer.errors import TicketstreamError
from consumer.kafka import admin
from consumer.kafka.certificate_check import why_distrusted
from consumer.kafka.connection_errors import diagnosed, token_failed, unheard
from tests.support.certificates import Authority, Certificate

LOGIN = {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.password": "canary"}


class Case(NamedTuple):
    """A line of librdkafka, and what becomes of it."""

    reason: str
    says: tuple[str, ...]
    lasts: bool
    properties: Mapping[str, str] = LOGIN
    node: str = "bootstrap"
    state: str = "CONNECT"

    @property
    def line(self) -> str:
        return f"[thrd:x]: sasl_ssl://host-1:9093/{self.node}: {self.reason} (after 3ms in state {self.state})"


CASES = [
    Case("SASL authentication error: Authentication failed", ("refuses the login", "KAFKA_SASL_PASSWORD"), lasts=True),
    Case(
        "SASL X mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: A,B-1",
        ("KAFKA_SASL_MECHANISM", "A, B-1"),
        lasts=True,
    ),
    Case(
        "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: broker's supported"
        " mechanisms: ",
        ("takes no login", "KAFKA_SECURITY_PROTOCOL=SSL"),
        lasts=True,
    ),
    Case("SSL handshake failed: x: certificate verify failed: y", ("set KAFKA_SSL_CA_LOCATION",), lasts=True),
    Case(
        "SSL handshake failed: x: certificate verify failed: y",
        ("see that KAFKA_SSL_CA_LOCATION is of its authority",),
        lasts=True,
        properties={"ssl.ca.location": "file"},
    ),
    Case("x: connecting to a PLAINTEXT broker listener?", ("does not speak TLS", "=SASL_PLAINTEXT"), lasts=True),
    Case("Receive failed: tls alert: SSL alert number 116", ("KAFKA_SSL_CERTIFICATE_LOCATION",), lasts=True),
    Case(
        "Receive failed: tls alert: SSL alert number 46",
        ("refuses the client's certificate",),
        lasts=True,
        properties={"ssl.certificate.location": "file"},
    ),
    Case("Disconnected: closed", ("may speak TLS",), lasts=False, properties={}, state="APIVERSION_QUERY"),
    Case("Disconnected: closed", ("=SASL_PLAINTEXT",), lasts=False, properties={}, state="UP"),
    Case("Failed to resolve 'host-1:9093': Name or service not known", ("KAFKA_BOOTSTRAP_SERVERS",), lasts=False),
    Case("Connect to ipv4#10.0.0.1:9093 failed: Connection refused", ("nothing listens at",), lasts=False),
    Case("Connection setup timed out", ("firewall",), lasts=False),
    Case("Failed to resolve 'host-1:9093': x", ("broker 4", "advertised.listeners"), lasts=False, node="4"),
    Case("Receive failed: Invalid response size 1213486160 (0..1)", ("is a web server",), lasts=True, properties={}),
    Case("Receive failed: Invalid response size 352518912 (0..1)", ("speaks TLS",), lasts=True, properties={}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.reason[:40])
def test_each_reason_has_its_sentence(case: Case) -> None:
    """With the broker's address, and without secrets."""
    found = diagnosed(case.line, case.properties)

    assert found is not None
    assert all(words in found.sentence for words in case.says), found
    assert (found.lasts, found.address) == (case.lasts, "host-1:9093")
    assert "canary" not in found.sentence


@pytest.mark.parametrize(
    "text", ["", "anything", "1/1 brokers are down", "x://host:1/3: Disconnected (after 9ms in state UP)"]
)
def test_what_says_nothing_of_a_reason_has_none(text: str) -> None:
    assert diagnosed(text, LOGIN) is None


def test_tokens() -> None:
    """A mechanism without a way to a token, and a token that could not be had."""
    failed = token_failed("Failed to acquire SASL OAUTHBEARER token: invalid_client")
    away = token_failed("Failed to acquire SASL OAUTHBEARER token: Could not resolve host: x")

    assert "KAFKA_SASL_OAUTHBEARER_METHOD" in unheard({"sasl.mechanism": "OAUTHBEARER"})
    assert unheard({"sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.method": "oidc"}) == ""
    assert failed is not None
    assert away is not None
    assert (failed.lasts, away.lasts) == (True, False)
    assert "KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET" in failed.sentence


@contextmanager
def speaking_tls(certificate: Certificate) -> Iterator[str]:
    """Something that shows a certificate and says no more; its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with suppress(OSError):
                    context.wrap_socket(connection, server_side=True).close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("ended", "is not valid now (certificate has expired); renew it on the broker"),
        ("other host", "is for another host"),
        ("unknown", "set KAFKA_SSL_CA_LOCATION to the file of the authority that issued it"),
        ("another authority", "not of another one"),
    ],
)
def test_why_a_certificate_is_not_trusted(authority: Authority, tmp_path: Path, kind: str, says: str) -> None:
    """librdkafka has one sentence for all of these; the command tells which it is, after two seconds."""
    host = "broker.example" if kind == "other host" else "127.0.0.1"
    shown = authority.issue(kind.replace(" ", "-"), host, ended=kind == "ended")
    known = Authority(tmp_path).file if kind == "another authority" else authority.file
    names = {"KAFKA_SECURITY_PROTOCOL": "SSL"} | ({} if kind == "unknown" else {"KAFKA_SSL_CA_LOCATION": str(known)})
    with speaking_tls(shown) as address, pytest.raises(TicketstreamError) as raised:
        admin.partition_counts(settings_of({"KAFKA_BOOTSTRAP_SERVERS": address, **names}))

    assert says in str(raised.value)
    assert "within 2 s" in str(raised.value)


def test_nothing_is_made_up_of_a_certificate_that_is_well(authority: Authority) -> None:
    """Nor of an address where nobody answers, or an authority's file that is not there."""
    properties = {"ssl.ca.location": str(authority.file)}
    with speaking_tls(authority.issue("well")) as address:
        well = why_distrusted(address, properties)
        unreadable = why_distrusted(address, {"ssl.ca.location": "/nowhere"})
    away = why_distrusted("127.0.0.1:1", properties)

    assert (well, unreadable, away) == ("", "", "")
