"""Puts the parts of the LLM adapter together, and serves them."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import structlog

from classifier.llm import prompt
from classifier.llm.asking import Asked, Asker, CallMade
from classifier.llm.calibration_file import CALIBRATIONS, Calibrations, key_of
from classifier.llm.chat.endpoint import Endpoint, Way, chat_address
from classifier.llm.chat.takes import MOST_OUTPUT_TOKENS, Takes
from classifier.llm.choices import LabelPair, choices_of
from classifier.llm.examples import examples_in
from classifier.llm.labels import Probabilities
from classifier.llm.ledger import LedgerError
from classifier.llm.metering import Bounds, LedgerMeter
from classifier.llm.metrics import Metrics
from classifier.llm.prices import Prices, money, nano
from classifier.llm.server import THREADS, Llm, create_llm_app
from classifier.llm.types import Choice, Meter
from classifier.server import listen, ready_line
from classifier.server import serve as serve_app
from classifier.tickets import DataError
from consumer import logs
from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.config.llm_settings import LlmSettings, load_llm_settings
from consumer.config.sources import read_secret
from consumer.errors import ConfigurationError, TicketstreamError
from network.errors import system_words
from network.proxies import Proxy
from network.redaction import Redaction
from terminal.output import say

log = structlog.get_logger()

VERSION_DIGITS = 8
LEDGER = "llm-ledger.sqlite"


class Parts(NamedTuple):
    """What asks an LLM.

    Attributes:
        choices: What may be answered.
        prefix: Of the prompt.
        version: The model's name and the beginning of the prompt's SHA-256.
    """

    asker: Asker
    choices: tuple[Choice, ...]
    prefix: str
    version: str


def parts_of(
    settings: LlmSettings,
    meter: Meter,
    on_call: Callable[[CallMade], None] = lambda _: None,
    on_step: Callable[[Takes], None] = lambda _: None,
) -> Parts:
    """Put together what asks the LLM of the settings.

    Raises:
        ConfigurationError: The taxonomy, the examples or a certificate cannot be used.
    """
    taxonomy = load_taxonomy(settings.taxonomy_file)
    choices = choices_of(_pairs(taxonomy))
    try:
        examples = examples_in(settings.llm_examples, choices, taxonomy.translate) if settings.llm_examples else ()
    except DataError as error:
        raise ConfigurationError(f"LLM_EXAMPLES cannot be used: {error}") from None
    prefix = prompt.prefix(choices, examples)
    asker = Asker(
        endpoint_of(settings),
        settings.llm_model,
        choices,
        prefix,
        meter,
        most_chars=settings.llm_max_ticket_chars,
        on_call=on_call,
        on_step=on_step,
    )
    return Parts(asker, choices, prefix, f"{settings.llm_model}/{prompt.fingerprint(prefix)[:VERSION_DIGITS]}")


def endpoint_of(settings: LlmSettings) -> Endpoint:
    """The endpoint of the settings.

    Raises:
        ConfigurationError: A certificate cannot be used.
    """
    route = settings.route()
    try:
        context = route.context()
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    way = Way(
        context, _address(route.proxy) if route.proxy else "", lambda error: f"{route.named}: {route.explain(error)}"
    )
    address, key = settings.llm_api_url.get_secret_value(), settings.llm_api_key.get_secret_value()
    return Endpoint(address, key, connections=THREADS, way=way)


def calibrated_by(settings: LlmSettings, prefix: str) -> Callable[[Asked], Probabilities | None]:
    """What calibrates answers by the file in `STATE_DIR`, as it is at that moment; None where nothing there fits."""
    address = chat_address(settings.llm_api_url.get_secret_value())
    calibrations = Calibrations(
        settings.state_dir / CALIBRATIONS,
        key_of(address, settings.llm_model, prompt.fingerprint(prefix)),
        lambda problem: log.warning("llm.calibration_unusable", problem=problem, action="its answers are uncalibrated"),
    )

    def calibrated(asked: Asked) -> Probabilities | None:
        shares = calibrations.calibrated([share for _, share in asked.probabilities], asked.source)
        choices = (choice for choice, _ in asked.probabilities)
        return None if shares is None else tuple(zip(choices, shares, strict=True))

    return calibrated


@contextmanager
def meter_of(settings: LlmSettings, ledger: Path | None) -> Iterator[LedgerMeter]:
    """Write down what calls cost, as long as the block lasts.

    Args:
        settings: With prices and limits.
        ledger: The file; None for the one in `STATE_DIR`.

    Raises:
        ConfigurationError: The file cannot be used, or a price is out of bounds.
    """
    try:
        prices = Prices(
            money(settings.llm_price_input or 0),
            money(settings.llm_price_output or 0),
            None if settings.llm_price_cached is None else money(settings.llm_price_cached),
        )
        bounds = Bounds(nano(money(settings.llm_budget_per_day)), settings.llm_max_calls_per_minute)
        address = chat_address(settings.llm_api_url.get_secret_value())
        path = ledger or settings.state_dir / LEDGER
        meter = LedgerMeter(path, address, settings.llm_model, prices, MOST_OUTPUT_TOKENS, bounds)
    except ValueError as error:
        raise ConfigurationError(f"a price, or LLM_BUDGET_PER_DAY: {error}") from None
    except LedgerError as error:
        raise ConfigurationError(str(error)) from None
    try:
        yield meter
    finally:
        meter.close()


def serve_llm(host: str, port: int, token_file: Path | None, ledger: Path | None) -> None:
    """Serve until SIGTERM.

    Args:
        host: To bind.
        port: To bind; 0 takes a free one.
        token_file: Holds the token that callers must send.
        ledger: The file of what was spent.

    Raises:
        ConfigurationError: A setting is missing or impossible.
        TicketstreamError: The address cannot be taken.
    """
    settings = load_llm_settings()
    settings.require()
    logs.configure(settings.log_format, settings.log_level, Redaction([settings.llm_api_key.get_secret_value()]))
    for sentence in settings.doubts():
        log.warning("setting.doubtful", detail=sentence)
    token = read_secret("--token-file", str(token_file)) if token_file else None
    if token == "":
        raise ConfigurationError(f"--token-file names {token_file}, which is empty; write the token into it")
    metrics = Metrics()
    with meter_of(settings, ledger) as meter, _listening(host, port) as listener:
        parts = parts_of(settings, meter, metrics.on_call, metrics.on_step)
        llm = Llm(parts.asker, parts.version, settings.llm_timeout, calibrated_by(settings, parts.prefix))
        line = ready_line(listener, parts.version)
        serve_app(create_llm_app(llm, metrics, token=token, on_ready=lambda: say(line)), listener)


def _pairs(taxonomy: Taxonomy) -> list[LabelPair]:
    """A pair for each subcategory; a category without any is one by itself."""
    return [
        LabelPair(category, part, _said(taxonomy, category, part), taxonomy.description(category, part))
        for category, parts in taxonomy.subcategories.items()
        for part in parts or (None,)
    ]


def _said(taxonomy: Taxonomy, category: str, part: str | None) -> dict[str, str]:
    """The names of a pair in each language: `Category: subcategory`, with what belongs to the category in brackets."""
    whole = taxonomy.description(category) if part is not None else ""
    said = {}
    for language in taxonomy.languages:
        of, own = taxonomy.names(category, part, language)
        about = f" ({whole.replace(': ', ', ')})" if whole and language == taxonomy.languages[-1] else ""
        said[language] = of + about if own is None else f"{of}{about}: {own}"
    return said


def _listening(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except (OSError, UnicodeError) as error:
        why = system_words(error) if isinstance(error, OSError) else "this is no name of a host"
        raise TicketstreamError(
            f"cannot listen at {host} port {port}: {why}; name another with --host and --port"
        ) from None


def _address(proxy: Proxy) -> str:
    """A proxy's address as requests reads it, with its credentials."""
    address = proxy.address
    if address.user is None and address.password is None:
        return address.origin
    user, password = quote(address.user or "", safe=""), quote(address.password or "", safe="")
    return f"{address.scheme}://{user}:{password}@{address.host_port}"
