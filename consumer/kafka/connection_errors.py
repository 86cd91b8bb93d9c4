"""Why a connection to a broker failed, and what mends it: from librdkafka's words to a sentence. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

# librdkafka writes the broker before the reason, and the state of the connection behind it.
_LINE = re.compile(r"(?:\w+://)?(?P<address>\S+:\d+)/(?P<node>bootstrap|-?\d+): (?P<reason>.*)", re.DOTALL)
_STATE = re.compile(r" \(after \d+ms in state (?P<state>\w+).*\)\s*$", re.DOTALL)
_OFFERED = re.compile(r"broker's supported mechanisms: *(?P<names>[\w\-, ]*)")
_SIZE = re.compile(r"Invalid response size (?P<size>-?\d+)")
# What a web server's answer and a TLS alert begin with, read as the size of an answer.
_HTTP, _TLS = int.from_bytes(b"HTTP", "big"), 0x1503
_CERTIFICATE = ("SSL alert number 42", "SSL alert number 116", "certificate required", "bad certificate")
_OWN_CERTIFICATE = tuple(f"SSL alert number {number}" for number in (43, 44, 45, 46, 48))
# An identity provider that cannot be reached may be there a moment later.
_PASSING = ("connect", "resolve", "timed out", "timeout")
_PROPERTY = re.compile(r"\b(?:sasl|ssl|security|group|max|enable|client)(?:\.[a-z]+)+\b")

Properties = Mapping[str, Any]


class Diagnosis(NamedTuple):
    """Why connections fail.

    Attributes:
        address: of the broker, `host:port`; empty when it is not known.
        sentence: what the broker or the network does, and the setting that mends it.
        lasts: whether waiting mends nothing.
        distrusts: whether this side refuses the broker's certificate, for a reason that librdkafka does not tell.
    """

    address: str
    sentence: str
    lasts: bool
    distrusts: bool = False


def diagnosed(text: str, properties: Properties) -> Diagnosis | None:
    """The diagnosis of a line or an error of librdkafka; None when it says nothing of a connection.

    Args:
        text: the words of librdkafka.
        properties: of the client; only whether there is a login, a certificate and an authority is looked at.
    """
    found = _LINE.search(text)
    if found is None:
        return None
    state = _STATE.search(text)
    connection = _Connection(
        found["address"],
        found["node"],
        _STATE.sub("", found["reason"]),
        state["state"] if state else "",
        properties,
    )
    for recognise in _KINDS:
        diagnosis = recognise(connection)
        if diagnosis is not None:
            return diagnosis
    return None


def unheard(properties: Properties) -> str:
    """What may be wrong when no broker answers and librdkafka says nothing; empty when nothing is known to be."""
    if _is_oauth(properties) and not any(name.startswith("sasl.oauthbearer.") for name in properties):
        return (
            "KAFKA_SASL_MECHANISM=OAUTHBEARER has no token: set KAFKA_SASL_OAUTHBEARER_METHOD=oidc with"
            " KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, KAFKA_SASL_OAUTHBEARER_CLIENT_ID and"
            " KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET"
        )
    return ""


def token_failed(text: str) -> Diagnosis | None:
    """The diagnosis when no OAUTHBEARER token could be had; None when the text speaks of something else."""
    if "OAUTHBEARER token" not in text and "retrieve OIDC token" not in text:
        return None
    sentence = (
        f"no token for OAUTHBEARER: {text}; correct KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL,"
        " KAFKA_SASL_OAUTHBEARER_CLIENT_ID and KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET"
    )
    return Diagnosis("", sentence, lasts=not any(words in text.lower() for words in _PASSING))


def named_as_settings(text: str) -> str:
    """The text with the setting behind each property of librdkafka that it names."""
    text = text.replace("SASL mechanism", "sasl.mechanism")
    return _PROPERTY.sub(lambda found: f"{found[0]} (KAFKA_{found[0].upper().replace('.', '_')})", text)


class _Connection(NamedTuple):
    address: str
    node: str
    reason: str
    state: str
    properties: Properties

    def says(self, *words: str) -> bool:
        return any(word in self.reason for word in words)

    def has(self, *names: str) -> bool:
        return any(self.properties.get(name) for name in names)

    @property
    def protocol(self) -> str:
        return str(self.properties.get("security.protocol", "PLAINTEXT")).upper()

    @property
    def source(self) -> str:
        """Where the address comes from."""
        if self.node == "bootstrap":
            return "correct KAFKA_BOOTSTRAP_SERVERS"
        return f"broker {self.node} has this address in its advertised.listeners: make it one that is reached from here"


def _is_oauth(properties: Properties) -> bool:
    mechanism = properties.get("sasl.mechanism", properties.get("sasl.mechanisms", ""))
    return str(mechanism).upper() == "OAUTHBEARER"


def _mechanism(it: _Connection) -> Diagnosis | None:
    if not it.says("mechanism handshake failed"):
        return None
    offered = _OFFERED.search(it.reason)
    names = offered["names"].strip() if offered else ""
    if it.says("Unsupported SASL mechanism"):
        mend = f"set KAFKA_SASL_MECHANISM to one of those that it takes: {names.replace(',', ', ')}"
        return Diagnosis(it.address, f"{it.address} does not take the mechanism of this login; {mend}", lasts=True)
    mend = f"set KAFKA_SECURITY_PROTOCOL={'SSL' if it.protocol == 'SASL_SSL' else 'PLAINTEXT'}"
    return Diagnosis(it.address, f"{it.address} takes no login on this port ({it.reason}); {mend}", lasts=True)


def _login(it: _Connection) -> Diagnosis | None:
    if not it.says("SASL authentication error", "Authentication failed", "authentication failure"):
        return None
    if _is_oauth(it.properties):
        mend = "see that the token of KAFKA_SASL_OAUTHBEARER_CLIENT_ID has the scope and audience that it wants"
    else:
        mend = "correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, and see that they are for KAFKA_SASL_MECHANISM"
    return Diagnosis(it.address, f"{it.address} refuses the login ({it.reason}); {mend}", lasts=True)


def _no_tls(it: _Connection) -> Diagnosis | None:
    if not it.says("connecting to a PLAINTEXT broker listener", "wrong version number", "packet length too long"):
        return None
    protocol = "SASL_PLAINTEXT" if it.protocol.startswith("SASL") else "PLAINTEXT"
    mend = f"set KAFKA_SECURITY_PROTOCOL={protocol}, or name its port for TLS in KAFKA_BOOTSTRAP_SERVERS"
    return Diagnosis(it.address, f"{it.address} does not speak TLS; {mend}", lasts=True)


def _distrusted(it: _Connection) -> Diagnosis | None:
    if not it.says("certificate verify failed"):
        return None
    if it.has("ssl.ca.location", "ssl.ca.pem"):
        mend = "see that KAFKA_SSL_CA_LOCATION is of its authority, that it has not expired, and is for this host"
    else:
        mend = "set KAFKA_SSL_CA_LOCATION to the file of its authority, which the system's store does not know"
    return Diagnosis(it.address, f"the certificate of {it.address} is not trusted; {mend}", lasts=True, distrusts=True)


def _client_certificate(it: _Connection) -> Diagnosis | None:
    if it.says(*_CERTIFICATE, *_OWN_CERTIFICATE):
        if not it.has("ssl.certificate.location", "ssl.certificate.pem", "ssl.keystore.location"):
            mend = "set KAFKA_SSL_CERTIFICATE_LOCATION and KAFKA_SSL_KEY_LOCATION"
            return Diagnosis(it.address, f"{it.address} wants the client's certificate; {mend}", lasts=True)
        mend = "set KAFKA_SSL_CERTIFICATE_LOCATION to one that has not expired, of an authority that the brokers trust"
        return Diagnosis(it.address, f"{it.address} refuses the client's certificate ({it.reason}); {mend}", lasts=True)
    if it.says("alert protocol version", "unsupported protocol", "handshake failure", "no shared cipher"):
        mend = "see KAFKA_SSL_CIPHER_SUITES and the brokers' ssl.enabled.protocols"
        return Diagnosis(it.address, f"{it.address} and this client share no TLS ({it.reason}); {mend}", lasts=True)
    return None


def _closed_at_once(it: _Connection) -> Diagnosis | None:
    if not it.says("Disconnected", "Connection reset"):
        return None
    has_login = it.protocol.startswith("SASL")
    if it.state == "APIVERSION_QUERY" and not it.protocol.endswith("SSL"):
        protocol = "SASL_SSL" if has_login else "SSL or SASL_SSL"
        mend = f"it may speak TLS: set KAFKA_SECURITY_PROTOCOL={protocol}"
    elif it.state == "UP" and it.node == "bootstrap" and not has_login:
        mend = f"it may want a login: set KAFKA_SECURITY_PROTOCOL=SASL_{it.protocol} and KAFKA_SASL_MECHANISM"
    else:
        return None
    return Diagnosis(it.address, f"{it.address} closes the connection unasked; {mend}", lasts=False)


def _no_kafka(it: _Connection) -> Diagnosis | None:
    size = _SIZE.search(it.reason)
    if size is None:
        return None
    if int(size["size"]) == _HTTP:
        return Diagnosis(it.address, f"{it.address} is a web server, not a broker; {it.source}", lasts=True)
    if int(size["size"]) >> 16 == _TLS:
        mend = "set KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL"
        return Diagnosis(it.address, f"{it.address} speaks TLS; {mend}", lasts=True)
    return None


def _unreachable(it: _Connection) -> Diagnosis | None:
    if it.says("Failed to resolve"):
        return Diagnosis(it.address, f"{it.reason}; {it.source}", lasts=False)
    if it.says("Connection refused"):
        return Diagnosis(it.address, f"nothing listens at {it.address}; start it, or {it.source}", lasts=False)
    if it.says("setup timed out", "timed out", "No route", "unreachable"):
        mend = f"see that no firewall is between, or {it.source}"
        return Diagnosis(it.address, f"{it.address} cannot be reached ({it.reason}); {mend}", lasts=False)
    return None


_KINDS: tuple[Callable[[_Connection], Diagnosis | None], ...] = (
    _mechanism,
    _login,
    _no_tls,
    _distrusted,
    _client_certificate,
    _closed_at_once,
    _no_kafka,
    _unreachable,
)
