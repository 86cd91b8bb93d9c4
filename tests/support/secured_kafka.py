"""Apache Kafka as others run it: TLS, logins of several kinds, and certificates that are not right."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from tests.support.apache_kafka import LOGINS, PASSWORD, Apache, Extras, Listener
from tests.support.certificates import Authority, Certificate

# May do everything, under any of the three mechanisms.
USER = "root-login"
COMMON_NAME = "ticketstream"
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_TIMEOUT_S = 30.0
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class Secured(NamedTuple):
    """A secured cluster.

    Attributes:
        cluster: the nodes.
        authority: whom its certificates come from.
        stranger: an authority whom the cluster does not know.
        client: a certificate of the principal that may do everything.
    """

    cluster: Apache
    authority: Authority
    stranger: Authority
    client: Certificate

    def login(self, mechanism: str = "PLAIN", **others: str) -> dict[str, str]:
        """Settings of a service that logs in over TLS; others replace them."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.cluster.further["SASL_SSL"],
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SSL_CA_LOCATION": str(self.authority.file),
            "KAFKA_SASL_MECHANISM": mechanism,
            "KAFKA_SASL_USERNAME": USER,
            "KAFKA_SASL_PASSWORD": PASSWORD,
            **others,
        }

    def mutual(self, **others: str) -> dict[str, str]:
        """Settings of a service that shows a certificate; others replace them."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.cluster.further["MUTUAL"],
            "KAFKA_SECURITY_PROTOCOL": "SSL",
            "KAFKA_SSL_CA_LOCATION": str(self.authority.file),
            "KAFKA_SSL_CERTIFICATE_LOCATION": str(self.client.certificate),
            "KAFKA_SSL_KEY_LOCATION": str(self.client.key),
            **others,
        }


@contextmanager
def secured_kafka(folder: Path, nodes: int = 1) -> Iterator[Secured]:
    """A cluster with a listener of each kind, until the end of the block."""
    authority, stranger = Authority(folder), Authority(folder, "stranger")
    well = authority.issue("broker")
    ended = authority.issue("ended", ended=True)
    other = authority.issue("other", "broker.example")
    trusted = _trusted(authority)
    listeners = [
        Listener("SASL_SSL", "SASL_SSL", {**_shown(well), **_logins()}),
        Listener("MUTUAL", "SSL", {**_shown(well), **trusted, "ssl.client.auth": "required"}),
        Listener("ENDED", "SSL", _shown(ended)),
        Listener("OTHER_HOST", "SSL", _shown(other)),
    ]
    properties = {
        "super.users": f"User:ANONYMOUS;User:{USER};User:CN={COMMON_NAME}",
        "ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/CN=$1/,DEFAULT",
    }
    client = authority.issue("client", common_name=COMMON_NAME)
    with Apache(folder / "kafka", nodes, extras=Extras(listeners, properties)) as cluster:
        _make_scram_users(cluster.address)
        yield Secured(cluster, authority, stranger, client)


def _shown(certificate: Certificate) -> dict[str, object]:
    return {"ssl.keystore.type": "PEM", "ssl.keystore.location": certificate.store}


def _trusted(authority: Authority) -> dict[str, object]:
    return {"ssl.truststore.type": "PEM", "ssl.truststore.location": authority.file}


def _logins() -> Mapping[str, object]:
    plain = LOGINS.replace("required", f'required user_{USER}="{PASSWORD}"')
    return {
        "sasl.enabled.mechanisms": ",".join(MECHANISMS),
        "plain.sasl.jaas.config": plain,
        "scram-sha-256.sasl.jaas.config": _SCRAM,
        "scram-sha-512.sasl.jaas.config": _SCRAM,
    }


def _make_scram_users(address: str) -> None:
    client = AdminClient({"bootstrap.servers": address, "log_level": 2})
    # Two credentials of one user are refused in one request.
    for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
        made = UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, 4096), PASSWORD.encode())
        for done in client.alter_user_scram_credentials([made]).values():
            done.result(_TIMEOUT_S)
