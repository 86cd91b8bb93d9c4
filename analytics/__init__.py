"""ClickHouse, and the part of it that other programs use: `from analytics import SupportCategorizationAnalytics`.

Every module of this package imports this file, so the names below are loaded when somebody asks for them (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.library.accuracy_metrics import AccuracyMetrics
    from analytics.library.categorization_analytics import SupportCategorizationAnalytics

__all__ = ["AccuracyMetrics", "SupportCategorizationAnalytics"]

_HOMES = {
    "AccuracyMetrics": "analytics.library.accuracy_metrics",
    "SupportCategorizationAnalytics": "analytics.library.categorization_analytics",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
