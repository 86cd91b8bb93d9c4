"""TLS before ClickHouse, the model and the registry: what works, and a sentence of its own for each failure."""

import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from network.tls import Certificates
from tests.network.conftest import Server
from tests.support.tls_front import Papers, tls_front


def test_a_ca_of_ones_own_and_a_client_certificate(server: Server, papers: Papers) -> None:
    """All three servers answer behind TLS that asks for both."""
    with tls_front(server.port, papers.server(client_of=papers)) as port:
        said = server.asked(
            f"https://localhost:{port}",
            ca_file=papers.ca_file,
            client_cert_file=papers.client_cert_file,
            client_key_file=papers.client_key_file,
        )

    assert said == "ok"


def test_an_address_with_https_and_an_ip(server: Server, papers: Papers) -> None:
    """A certificate may name an address."""
    with tls_front(server.port, papers.server()) as port:
        assert server.asked(f"https://127.0.0.1:{port}", ca_file=papers.ca_file) == "ok"


def test_an_unknown_ca(server: Server, papers: Papers, others: Papers) -> None:
    """Without the CA's certificate, and with that of another one."""
    with tls_front(server.port, papers.server()) as port:
        for ca_file in ("", others.ca_file):
            said = server.asked(f"https://localhost:{port}", ca_file=ca_file)
            assert f"localhost:{port}" in said
            assert "its certificate is not trusted here (" in said
            assert f"Set {server.setting}_CA_FILE to the certificate of the CA" in said


def test_an_expired_certificate(server: Server, papers: Papers) -> None:
    """The CA is known, so that the time alone is wrong."""
    with tls_front(server.port, papers.expired()) as port:
        said = server.asked(f"https://localhost:{port}", ca_file=papers.ca_file)

    assert "its certificate is not valid now (certificate has expired)" in said
    assert "Renew the server's certificate" in said


def test_a_certificate_for_another_name(server: Server, papers: Papers) -> None:
    """For a name and for an address."""
    with tls_front(server.port, papers.other_name()) as port:
        for host in ("localhost", "127.0.0.1"):
            said = server.asked(f"https://{host}:{port}", ca_file=papers.ca_file)
            assert "its certificate is for another name (" in said
            assert f"Write in {server.setting}_URL a name that stands in the server's certificate" in said


def test_a_port_without_tls(server: Server, servers: dict[str, Server], papers: Papers) -> None:
    """The other way round is a test of its own. Any server that answers will do: the model waits for more bytes."""
    said = server.asked(f"https://localhost:{servers['registry'].port}", ca_file=papers.ca_file)

    assert "it does not speak TLS at this port" in said
    assert f"Write http:// in {server.setting}_URL" in said


def test_plain_http_to_a_port_with_tls(server: Server, papers: Papers) -> None:
    """What comes back is no HTTP, or nothing."""
    with tls_front(server.port, papers.server()) as port:
        said = server.asked(f"http://localhost:{port}")

    assert "https://" in said
    assert f"{server.setting}_URL" in said


def test_a_client_certificate_that_is_missing(server: Server, papers: Papers) -> None:
    """The server may say so or close at once; the settings are named in both cases."""
    with tls_front(server.port, papers.server(client_of=papers)) as port:
        said = server.asked(f"https://localhost:{port}", ca_file=papers.ca_file)

    assert f"{server.setting}_CLIENT_CERT_FILE and {server.setting}_CLIENT_KEY_FILE" in said


def test_a_client_certificate_of_another_ca(server: Server, papers: Papers, others: Papers) -> None:
    """TLS 1.2 says so in the handshake."""
    context = papers.server(client_of=papers)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tls_front(server.port, context) as port:
        said = server.asked(
            f"https://localhost:{port}",
            ca_file=papers.ca_file,
            client_cert_file=others.client_cert_file,
            client_key_file=others.client_key_file,
        )

    assert "it does not accept us without the right client certificate (" in said
    assert f"Give {server.setting}_CLIENT_CERT_FILE a certificate that the server trusts" in said


def test_the_systems_store_stays_valid(papers: Papers, others: Papers, servers: dict[str, Server]) -> None:
    """A CA of one's own is trusted beside it. OpenSSL reads this variable as the system's store."""
    server = servers["registry"]
    program = (
        "import sys\nfrom consumer.kafka.schema_registry import KafkaSchemaRegistry as Registry\n"
        "from network.tls import Certificates\n"
        "print(Registry(sys.argv[1], certificates=Certificates('SCHEMA_REGISTRY', sys.argv[2])).schema(7))"
    )
    with tls_front(server.port, papers.server()) as port:
        done = subprocess.run(
            [sys.executable, "-c", program, f"https://localhost:{port}/below", others.ca_file],
            env={"SSL_CERT_FILE": papers.ca_file},
            capture_output=True,
            text=True,
            check=False,
        )

    assert '"name"' in done.stdout, done.stderr


@pytest.fixture
def odd(papers: Papers, others: Papers, tmp_path: Path) -> dict[str, str]:
    """Files that cannot be used, and those that can."""
    key = load_pem_private_key(Path(papers.client_key_file).read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    contents = {
        "empty": b"",
        "text": b"hello",
        "damaged": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "damaged-key": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "locked": locked,
        "binary": bytes(range(256)),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {
        **{name: str(tmp_path / name) for name in contents},
        "missing": str(tmp_path / "missing"),
        "folder": str(tmp_path),
        "nul": "a\0b",
        "ca": papers.ca_file,
        "cert": papers.client_cert_file,
        "key": papers.client_key_file,
        "other-key": others.client_key_file,
    }


@pytest.mark.parametrize(
    ("ca", "cert", "key", "said"),
    [
        ("missing", "", "", "X_CA_FILE names {missing}, which cannot be read: no such file or directory"),
        ("folder", "", "", "X_CA_FILE names {folder}, which cannot be read: is a directory"),
        ("nul", "", "", "X_CA_FILE names"),
        ("empty", "", "", "X_CA_FILE names {empty}, which holds no certificate"),
        ("text", "", "", "X_CA_FILE names {text}, which holds no certificate"),
        ("binary", "", "", "X_CA_FILE names {binary}, which holds no certificate"),
        ("key", "", "", "X_CA_FILE names {key}, which holds no certificate"),
        ("damaged", "", "", "X_CA_FILE names {damaged}, whose certificates are damaged"),
        ("", "missing", "key", "X_CLIENT_CERT_FILE names {missing}, which cannot be read"),
        ("", "key", "key", "X_CLIENT_CERT_FILE names {key}, which holds no certificate"),
        ("", "damaged", "key", "X_CLIENT_CERT_FILE names {damaged}, which is damaged"),
        (
            "",
            "cert",
            "",
            "X_CLIENT_CERT_FILE names {cert}, which holds no private key; add it, or set X_CLIENT_KEY_FILE",
        ),
        ("", "cert", "missing", "X_CLIENT_KEY_FILE names {missing}, which cannot be read"),
        ("", "cert", "cert", "X_CLIENT_KEY_FILE names {cert}, which holds no private key"),
        ("", "cert", "damaged-key", "which is damaged, or its key is"),
        (
            "",
            "cert",
            "other-key",
            "X_CLIENT_KEY_FILE names {other-key}, whose key is not that of the first certificate",
        ),
        ("", "cert", "locked", "X_CLIENT_KEY_FILE names {locked}, whose key has a passphrase"),
        ("", "", "key", "X_CLIENT_KEY_FILE is set without X_CLIENT_CERT_FILE"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(odd: dict[str, str], ca: str, cert: str, key: str, said: str) -> None:
    """At start, with the setting and why; nothing is asked at the terminal."""
    certificates = Certificates("X", *(odd[name] if name else "" for name in (ca, cert, key)))

    with pytest.raises(ValueError, match=r"\w") as refused:
        certificates.check()
    with pytest.raises(ValueError, match=r"\w"):
        certificates.context()
    assert said.format_map(odd) in str(refused.value)


def test_files_that_can_be_used(odd: dict[str, str]) -> None:
    """With the key beside the certificate, or in its file."""
    both = Path(odd["folder"]) / "both"
    both.write_bytes(Path(odd["cert"]).read_bytes() + Path(odd["key"]).read_bytes())

    Certificates("X", odd["ca"], odd["cert"], odd["key"]).check()
    Certificates("X", odd["ca"], str(both)).check()
    Certificates("X").check()
