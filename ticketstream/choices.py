"""The words that options and arguments take."""

from enum import StrEnum


class Role(StrEnum):
    """What a process of the service does."""

    ALL = "all"
    CATEGORIZER = "categorizer"
    SINK = "sink"
    LEARNER = "learner"


class ReportName(StrEnum):
    """The reports there are."""

    ACCURACY = "accuracy"
    CATEGORIES = "categories"
    CONFUSION = "confusion"
    CONFIDENCE = "confidence"
    THRESHOLDS = "thresholds"
    LATENCY = "latency"
    BOTTLENECKS = "bottlenecks"
    RETRIES = "retries"
    COST = "cost"
    COMPARE = "compare"


class Level(StrEnum):
    """What has to be right for an answer to count as right."""

    CATEGORY = "category"
    SUBCATEGORY = "subcategory"


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"


class ReportFormat(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class AddressFormat(StrEnum):
    """How the addresses of a sandbox are written."""

    TABLE = "table"
    JSON = "json"
    ENV = "env"


class Language(StrEnum):
    """In which language categories are named."""

    ENGLISH = "en"
    SPANISH = "es"


class RecordFormat(StrEnum):
    """How the records of a topic are written."""

    TEXT = "text"
    JSON = "json"


class Example(StrEnum):
    """The projects that are shipped."""

    BANK = "bank"
