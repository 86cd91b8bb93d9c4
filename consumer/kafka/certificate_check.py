"""Why a broker's certificate is not trusted: librdkafka has one sentence for all reasons, OpenSSL one for each."""

import socket
import ssl
from collections.abc import Mapping
from typing import Any

TIMEOUT_S = 3.0
# OpenSSL's `X509_V_ERR_…` (x509_vfy.h) that need another mend than another authority.
_NOT_YET_VALID, _EXPIRED, _OTHER_HOST, _OTHER_ADDRESS = 9, 10, 62, 64


def why_distrusted(address: str, properties: Mapping[str, Any], timeout_s: float = TIMEOUT_S) -> str:
    """Connect once with the same authority, and say what is wrong; empty when nothing is, or it cannot be told.

    Args:
        address: `host:port` of the broker.
        properties: of the client.
        timeout_s: for all of it.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        context = _context(properties)
        with (
            socket.create_connection((host, int(port)), timeout_s) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return ""
    except ssl.SSLCertVerificationError as error:
        return _sentence(error, address, properties)
    except (OSError, ValueError):
        return ""


def _context(properties: Mapping[str, Any]) -> ssl.SSLContext:
    file, text = properties.get("ssl.ca.location"), properties.get("ssl.ca.pem")
    # librdkafka's own word for looking in the usual places.
    if file == "probe":
        file = None
    context = ssl.create_default_context(cafile=file, cadata=text)
    context.check_hostname = properties.get("ssl.endpoint.identification.algorithm", "https") != "none"
    return context


def _sentence(error: ssl.SSLCertVerificationError, address: str, properties: Mapping[str, Any]) -> str:
    who = f"the certificate of {address}"
    match error.verify_code:
        case code if code in {_EXPIRED, _NOT_YET_VALID}:
            return f"{who} is not valid now ({error.verify_message}); renew it on the broker, or mend this host's clock"
        case code if code in {_OTHER_HOST, _OTHER_ADDRESS}:
            mend = "name the broker in KAFKA_BOOTSTRAP_SERVERS as its certificate does, or have it issued for this host"
            return f"{who} is for another host ({error.verify_message}); {mend}"
    if properties.get("ssl.ca.location") or properties.get("ssl.ca.pem"):
        mend = "set KAFKA_SSL_CA_LOCATION to the file of the authority that issued it, not of another one"
    else:
        mend = "set KAFKA_SSL_CA_LOCATION to the file of the authority that issued it"
    return f"{who} is of an authority that is not known here ({error.verify_message}); {mend}"
