"""Certificates: whom we trust beside the system's store, and how we prove who we are."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import certifi

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_BEGINS = (_BEGIN, b"-----BEGIN TRUSTED CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class Certificates:
    """The files of one server's settings; each may be empty.

    Attributes:
        prefix: What the settings' names begin with, such as `CLICKHOUSE`.
        ca_file: Certificates (PEM) that are trusted beside those of the system's store.
        client_cert_file: Our certificate (PEM), with those between it and its CA behind it.
        client_key_file: Its key (PEM), unless it is in the same file.
    """

    prefix: str
    ca_file: str = ""
    client_cert_file: str = ""
    client_key_file: str = ""

    def check(self) -> None:
        """Read the files.

        Raises:
            ValueError: A file cannot be used; the message names the setting and the mend.
        """
        if self.ca_file or self.client_cert_file or self.client_key_file:
            self._load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def context(self) -> ssl.SSLContext:
        """What a client needs to speak TLS; the files are read now.

        Raises:
            ValueError: A file cannot be used; the message names the setting and the mend.
        """
        context = ssl.create_default_context()
        store = ssl.get_default_verify_paths()
        if not any(path and Path(path).exists() for path in (store.cafile, store.capath)):
            # A system without a store.
            context.load_verify_locations(certifi.where())
        self._load(context)
        return context

    def _load(self, context: ssl.SSLContext) -> None:
        if self.ca_file:
            setting = f"{self.prefix}_CA_FILE"
            text = _read(setting, self.ca_file)
            if not any(begin in text for begin in _BEGINS):
                raise ValueError(f"{setting} names {self.ca_file}, which holds no certificate; give one in PEM")
            try:
                context.load_verify_locations(self.ca_file)
            except (ssl.SSLError, OSError, ValueError):
                raise ValueError(
                    f"{setting} names {self.ca_file}, whose certificates are damaged; give whole ones in PEM"
                ) from None
        if self.client_key_file and not self.client_cert_file:
            raise ValueError(
                f"{self.prefix}_CLIENT_KEY_FILE is set without {self.prefix}_CLIENT_CERT_FILE; set both, or neither"
            )
        if self.client_cert_file:
            self._load_own(context)

    def _load_own(self, context: ssl.SSLContext) -> None:
        cert_setting, key_setting = f"{self.prefix}_CLIENT_CERT_FILE", f"{self.prefix}_CLIENT_KEY_FILE"
        text = _read(cert_setting, self.client_cert_file)
        if _BEGIN not in text:
            raise ValueError(
                f"{cert_setting} names {self.client_cert_file}, which holds no certificate; give one in PEM"
            )
        holder, path = (
            (key_setting, self.client_key_file) if self.client_key_file else (cert_setting, self.client_cert_file)
        )
        if b"PRIVATE KEY-----" not in _read(holder, path):
            mend = "give the certificate's key in PEM" if self.client_key_file else f"add it, or set {key_setting}"
            raise ValueError(f"{holder} names {path}, which holds no private key; {mend}")
        asked = False

        def passphrase() -> str:
            # Without this function OpenSSL would ask at the terminal.
            nonlocal asked
            asked = True
            return "-"

        try:
            context.load_cert_chain(self.client_cert_file, self.client_key_file or None, passphrase)
        except (ssl.SSLError, OSError, ValueError) as error:
            if asked:
                fault = f"{holder} names {path}, whose key has a passphrase; give the key without one"
            elif getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
                fault = f"{holder} names {path}, whose key is not that of the first certificate in {cert_setting}"
            else:
                fault = f"{cert_setting} names {self.client_cert_file}, which is damaged, or its key is"
            raise ValueError(fault) from None


def _read(setting: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is no path"
        raise ValueError(
            f"{setting} names {path}, which cannot be read: {reason.lower()}; "
            "correct the path, or let this user read the file"
        ) from None
