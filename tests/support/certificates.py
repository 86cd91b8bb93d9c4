"""Certificates of an authority that nobody trusts by default, as PEM files that Kafka and its clients read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

HOST = "127.0.0.1"


class Certificate(NamedTuple):
    """Files of one certificate.

    Attributes:
        certificate: with what leads to the authority.
        key: its private key, PKCS 8.
        store: both in one file, as Kafka's brokers take them.
    """

    certificate: Path
    key: Path
    store: Path


class Authority:
    """Issues certificates into a folder.

    Attributes:
        file: its own certificate.
    """

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder / name
        self._folder.mkdir(parents=True)
        self._authority = trustme.CA(organization_name=name)
        self.file = self._folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def issue(self, name: str, host: str = HOST, *, common_name: str | None = None, ended: bool = False) -> Certificate:
        """A certificate for a host; with `ended` its time was over yesterday."""
        now = datetime.now(UTC)
        ends = now + timedelta(days=-1 if ended else 30)
        issued = self._authority.issue_cert(
            host, common_name=common_name, not_before=now - timedelta(days=30), not_after=ends
        )
        chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        key = load_pem_private_key(issued.private_key_pem.bytes(), None).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        made = Certificate(*(self._folder / f"{name}.{end}" for end in ("crt", "key", "pem")))
        for file, content in zip(made, (chain, key, key + chain), strict=True):
            file.write_bytes(content)
        return made
