"""Builds the parts that answer a ticket from the settings. Free of Kafka: the service and the library share it."""

import time
from collections.abc import Callable
from datetime import timedelta

from consumer.answer.cache import AnswerCache
from consumer.answer.decide import AnswerBasis
from consumer.answer.keyword_rules import Rules
from consumer.answer.policy import default_policy
from consumer.answer.policy_watch import PolicyWatch, Renewed
from consumer.answer.taxonomy import load_taxonomy
from consumer.config.routes import route_of
from consumer.config.settings import Settings
from consumer.errors import ConfigurationError
from consumer.guards.breaker import BreakerChange
from consumer.guards.retry import RetryPolicy, RetryStrategy
from consumer.model.forbidden_addresses import forbidden_of
from consumer.model.guarded import GuardedClient, build
from consumer.model.types import CallReport


def model_of(
    settings: Settings, on_call: Callable[[CallReport], None], on_breaker_change: Callable[[BreakerChange], None]
) -> GuardedClient | None:
    """The model behind its guards; None when `ML_API_URL` is empty and the rules answer alone.

    Raises:
        ConfigurationError: the address or the token cannot be used.
    """
    if not settings.ml_api_url:
        return None
    if address := forbidden_of(settings.ml_api_url):
        raise ConfigurationError(
            f"ML_API_URL leads to {address}, where clouds hand out credentials; set it to the address of the model"
        )
    try:
        certificates = route_of(settings, "ml_api").certificates
        certificates.check()
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    try:
        return build(
            settings.ml_api_url,
            certificates=certificates,
            proxies=settings.proxies,
            token=settings.ml_api_token.get_secret_value() or None,
            timeout_s=settings.ml_api_timeout,
            concurrency=settings.ml_max_concurrency,
            retry=RetryPolicy(
                max_attempts=settings.retry_max_attempts,
                initial_delay_s=settings.retry_initial_delay,
                max_delay_s=settings.retry_max_delay,
                strategy=RetryStrategy(settings.retry_strategy),
            ),
            breaker_threshold=settings.circuit_breaker_threshold,
            breaker_timeout_s=settings.circuit_breaker_timeout,
            on_call=on_call,
            on_breaker_change=on_breaker_change,
        )
    except ValueError as error:
        raise ConfigurationError(f"ML_API_URL and ML_API_TOKEN: {error}") from None


def basis_of(settings: Settings) -> tuple[AnswerBasis, Renewed]:
    """The taxonomy, rules and thresholds to start with, and the function that returns newer thresholds."""
    taxonomy = load_taxonomy(settings.taxonomy_file)
    basis = AnswerBasis(taxonomy, Rules(taxonomy), default_policy(settings.min_confidence), settings.min_confidence)
    if settings.threshold_policy is None:
        return basis, lambda _: None
    watch = PolicyWatch(settings.threshold_policy, taxonomy)
    return basis._replace(policy=watch.policy), watch.renewed


def cache_of(settings: Settings) -> AnswerCache:
    """The cache; it is off when `CACHE_MAX_SIZE` is 0."""
    return AnswerCache(
        settings.cache_max_size, timedelta(hours=settings.cache_ttl_hours).total_seconds(), time.monotonic
    )
