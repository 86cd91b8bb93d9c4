"""The settings `LLM_*`: refused by name, and no secret is shown."""

from pathlib import Path

import pytest

from consumer.config.llm_settings import load_llm_settings
from consumer.config.settings import unread_names
from consumer.errors import ConfigurationError
from tests.consumer.config.test_settings import CANARY, Set, environment

__all__ = ["environment"]


def _refusal() -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_llm_settings()
    return str(refused.value)


def test_the_defaults_are_those_of_the_contract(environment: Set, tmp_path: Path) -> None:
    """Every documented setting has its documented value."""
    environment()
    settings = load_llm_settings()

    shown = settings.model_dump(exclude={"llm_api_url", "llm_api_key", "state_dir"})
    assert shown == {
        "llm_api_ca_file": "",
        "llm_api_client_cert_file": "",
        "llm_api_client_key_file": "",
        "llm_model": "",
        "llm_examples": None,
        "llm_timeout": 9,
        "llm_max_ticket_chars": 8000,
        "llm_max_calls_per_minute": 0,
        "llm_budget_per_day": 0,
        "llm_price_input": None,
        "llm_price_output": None,
        "llm_price_cached": None,
        "ml_api_timeout": 10,
        "taxonomy_file": None,
        "log_format": "auto",
        "log_level": "info",
    }
    assert (settings.llm_api_url.get_secret_value(), settings.llm_api_key.get_secret_value()) == ("", "")
    assert settings.state_dir == tmp_path / ".local" / "state" / "ticketstream"


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("LLM_API_URL", "localhost:11434", "write it like https://api.openai.com/v1"),
        ("LLM_API_URL", "ftp://llm.test", "is not an http(s) address"),
        ("LLM_API_URL", f"https://me:{CANARY}@llm.test/v1", "give the key as LLM_API_KEY"),
        ("LLM_API_KEY", f"{CANARY} and more", "must be printable ASCII without blanks"),
        ("LLM_API_KEY", f"{CANARY}\x01", "must be printable ASCII without blanks"),
        ("LLM_API_CA_FILE", "nowhere.pem", "cannot be read"),
        ("LLM_TIMEOUT", "0", "must be above 0"),
        ("LLM_TIMEOUT", "nan", "finite number"),
        ("LLM_MAX_TICKET_CHARS", "10", "must be at least 200"),
        ("LLM_MAX_CALLS_PER_MINUTE", "-1", "must be at least 0"),
        ("LLM_MAX_CALLS_PER_MINUTE", "many", "must be a whole number"),
        ("LLM_BUDGET_PER_DAY", "5", "LLM_BUDGET_PER_DAY needs LLM_PRICE_INPUT and LLM_PRICE_OUTPUT"),
        ("LLM_PRICE_INPUT", "-1", "must be at least 0"),
    ],
)
def test_an_impossible_value_is_refused_by_name(environment: Set, name: str, value: str, mend: str) -> None:
    """The message names the setting and the mend, and shows no secret."""
    environment(**{name: value})

    message = _refusal()

    assert name in message
    assert mend in message
    assert CANARY not in message


@pytest.mark.parametrize(
    ("prices", "mend"),
    [
        ({"LLM_PRICE_INPUT": "0.15"}, "LLM_BUDGET_PER_DAY needs LLM_PRICE_OUTPUT"),
        ({"LLM_PRICE_INPUT": "0", "LLM_PRICE_OUTPUT": "0"}, "use LLM_MAX_CALLS_PER_MINUTE instead"),
    ],
)
def test_a_budget_without_prices_is_refused(environment: Set, prices: dict[str, str], mend: str) -> None:
    """It could never be spent."""
    environment(LLM_BUDGET_PER_DAY="5", **prices)

    assert mend in _refusal()


def test_the_key_can_come_from_a_file_and_from_dotenv(environment: Set, tmp_path: Path) -> None:
    """A file goes before `.env`, as for the service."""
    (tmp_path / ".env").write_text("LLM_API_KEY=of-dotenv\nLLM_MODEL=tiny\n")
    environment()
    of_dotenv = load_llm_settings()
    (tmp_path / "key").write_text(f"{CANARY}\n")
    environment(LLM_API_KEY_FILE=str(tmp_path / "key"))
    of_file = load_llm_settings()

    assert (of_dotenv.llm_api_key.get_secret_value(), of_dotenv.llm_model) == ("of-dotenv", "tiny")
    assert of_file.llm_api_key.get_secret_value() == CANARY
    assert CANARY not in repr(of_file)


@pytest.mark.parametrize(
    ("names", "mend"), [({}, "LLM_API_URL is not set"), ({"LLM_API_URL": "http://h/v1"}, "LLM_MODEL is not set")]
)
def test_an_endpoint_and_a_model_are_needed(environment: Set, names: dict[str, str], mend: str) -> None:
    """The message has an example."""
    environment(**names)

    with pytest.raises(ConfigurationError, match=mend):
        load_llm_settings().require()


def test_a_timeout_above_that_of_the_service_is_doubtful(environment: Set) -> None:
    """The service would hang up first."""
    environment(LLM_TIMEOUT="10")
    doubtful = load_llm_settings().doubts()
    environment(ML_API_TIMEOUT="30")

    assert len(doubtful) == 1
    assert "raise ML_API_TIMEOUT" in doubtful[0]
    assert load_llm_settings().doubts() == []


def test_the_names_of_the_llm_are_no_mistakes_of_the_service() -> None:
    """LLM_API_URL is much like ML_API_URL, and meant."""
    names = ("LLM_API_URL", "LLM_API_KEY_FILE", "LLM_MODEL", "LLM_TIMEOUT")

    assert unread_names(dict.fromkeys(names, "x")) == ()
