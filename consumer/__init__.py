"""The service, and the library that other programs import from it: `from consumer import SupportAutoCategorizer`.

Every module of the service imports this file, so the library's names are loaded at their first use (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consumer.guards.breaker_state import BreakerState
    from consumer.guards.retry import RetryStrategy
    from consumer.library.auto_categorizer import SupportAutoCategorizer
    from consumer.library.categorization import Categorization
    from consumer.library.guarded_call import CircuitOpen, RetryConfig, RetryStats
    from consumer.library.performance import Bottleneck, PerformanceAlert, PerformanceStats
    from consumer.library.performance_monitor import SupportPerformanceMonitor
    from consumer.library.retry_handler import SupportRetryHandler

__all__ = [
    "Bottleneck",
    "BreakerState",
    "Categorization",
    "CircuitOpen",
    "PerformanceAlert",
    "PerformanceStats",
    "RetryConfig",
    "RetryStats",
    "RetryStrategy",
    "SupportAutoCategorizer",
    "SupportPerformanceMonitor",
    "SupportRetryHandler",
]

_MODULES = {
    "Bottleneck": "consumer.library.performance",
    "BreakerState": "consumer.guards.breaker_state",
    "Categorization": "consumer.library.categorization",
    "CircuitOpen": "consumer.library.guarded_call",
    "PerformanceAlert": "consumer.library.performance",
    "PerformanceStats": "consumer.library.performance",
    "RetryConfig": "consumer.library.guarded_call",
    "RetryStats": "consumer.library.guarded_call",
    "RetryStrategy": "consumer.guards.retry",
    "SupportAutoCategorizer": "consumer.library.auto_categorizer",
    "SupportPerformanceMonitor": "consumer.library.performance_monitor",
    "SupportRetryHandler": "consumer.library.retry_handler",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
