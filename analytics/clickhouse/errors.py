"""What can go wrong with ClickHouse, named by what the catcher should do.

AnalyticsError
├── Unavailable      wait and try the same again
├── Rejected         the rows cannot be stored, now or later: set them aside
└── Misconfigured    an operator has to change something first
"""


class AnalyticsError(Exception):
    """ClickHouse did not do what was asked; the message is a sentence for people, without ticket text or secrets."""


class Unavailable(AnalyticsError):
    """ClickHouse cannot be reached, is overloaded, or failed in a way that may pass."""


class Rejected(AnalyticsError):
    """ClickHouse or its client refused the rows of an insert for what they hold."""


class Misconfigured(AnalyticsError):
    """The address, the credentials, the database or its tables are not as they have to be."""
