"""The settings of the LLM as the model: `ticketstream llm serve` and `ticketstream calibrate` read them."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from consumer.config.sources import (
    SECRET_SUFFIX,
    FromEnvironment,
    default_state_dir,
    process_environment,
    read_secret,
)
from consumer.config.values import as_meant, explain
from consumer.errors import ConfigurationError
from network.addresses import Address, read_address
from network.proxies import proxies_of
from network.route import Route, route_to
from network.tls import Certificates

_EXAMPLE = "https://api.openai.com/v1"


class _Secrets(PydanticBaseSettingsSource):
    """`LLM_API_KEY_FILE` and `LLM_API_URL_FILE`: the value is in a file."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Unused: this source gives all its values at once."""
        return field, field_name, False

    def __call__(self) -> dict[str, Any]:
        names = process_environment()
        given = {field: f"{field.upper()}{SECRET_SUFFIX}" for field in self.settings_cls.model_fields}
        return {field: read_secret(name, names[name]) for field, name in given.items() if names.get(name)}


class LlmSettings(FromEnvironment):
    """The settings of the LLM; field names are the environment's names in lower case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    # May hold credentials in its query.
    llm_api_url: SecretStr = SecretStr("")
    llm_api_key: SecretStr = SecretStr("")
    llm_api_ca_file: str = ""
    llm_api_client_cert_file: str = ""
    llm_api_client_key_file: str = ""
    llm_model: str = Field(default="", max_length=150)
    llm_examples: Path | None = None
    # Below the default of ML_API_TIMEOUT.
    llm_timeout: float = Field(default=9, gt=0)
    llm_max_ticket_chars: int = Field(default=8000, ge=200)
    llm_max_calls_per_minute: int = Field(default=0, ge=0)
    llm_budget_per_day: float = Field(default=0, ge=0)
    llm_price_input: float | None = Field(default=None, ge=0)
    llm_price_output: float | None = Field(default=None, ge=0)
    llm_price_cached: float | None = Field(default=None, ge=0)

    # The same as the service's.
    ml_api_timeout: float = Field(default=10, gt=0)
    taxonomy_file: Path | None = None
    state_dir: Path = Field(default_factory=default_state_dir)
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources as for the service: explicit values, the environment, `<NAME>_FILE`, `.env`."""
        explicit, environment, *others = super().settings_customise_sources(
            settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
        )
        return explicit, environment, _Secrets(settings_cls), *others

    @field_validator("*", mode="before")
    @classmethod
    def _as_meant(cls, value: object, info: ValidationInfo) -> object:
        meant = as_meant(value, str(info.field_name), cls.model_fields[str(info.field_name)].annotation)
        return meant.strip() if isinstance(meant, str) else meant

    @field_validator("llm_api_key")
    @classmethod
    def _can_be_sent(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ValueError("must be printable ASCII without blanks; copy the key alone")
        return value

    @model_validator(mode="after")
    def _prices_for_a_budget(self) -> Self:
        missing = [name for name in ("LLM_PRICE_INPUT", "LLM_PRICE_OUTPUT") if getattr(self, name.lower()) is None]
        if self.llm_budget_per_day and missing:
            raise ValueError(
                f"LLM_BUDGET_PER_DAY needs {' and '.join(missing)}: what the provider charges per million tokens"
            )
        if self.llm_budget_per_day and not (self.llm_price_input or self.llm_price_output):
            raise ValueError("LLM_BUDGET_PER_DAY has no meaning with prices of 0; use LLM_MAX_CALLS_PER_MINUTE instead")
        return self

    @model_validator(mode="after")
    def _endpoint_can_be_asked(self) -> Self:
        try:
            self._certificates.check()
            if self.llm_api_url.get_secret_value():
                self.route()
        except ValueError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def _certificates(self) -> Certificates:
        files = (self.llm_api_ca_file, self.llm_api_client_cert_file, self.llm_api_client_key_file)
        return Certificates("LLM_API", *files)

    def route(self) -> Route:
        """The way to the endpoint.

        Raises:
            ValueError: It is impossible; the message names the setting and the mend.
        """
        return route_to("LLM_API_URL", self._address(), self._certificates, proxies_of(process_environment()))

    def _address(self) -> Address:
        try:
            address = read_address(self.llm_api_url.get_secret_value(), example=_EXAMPLE)
        except ValueError as error:
            raise ValueError(f"LLM_API_URL {error}") from None
        if address.user is not None or address.password is not None:
            raise ValueError("LLM_API_URL has a user, which is not sent; give the key as LLM_API_KEY")
        return address

    def doubts(self) -> list[str]:
        """What is possible and hardly meant, a sentence each."""
        if self.llm_timeout < self.ml_api_timeout:
            return []
        numbers = f"LLM_TIMEOUT={self.llm_timeout:g} is not below ML_API_TIMEOUT={self.ml_api_timeout:g}"
        return [f"{numbers}: the service hangs up before a slow answer, which is paid for; raise ML_API_TIMEOUT"]

    def require(self) -> None:
        """Check that there is an endpoint and a model.

        Raises:
            ConfigurationError: One of them is not named; the message has an example.
        """
        if not self.llm_api_url.get_secret_value():
            raise ConfigurationError(
                f"LLM_API_URL is not set. Name an OpenAI-compatible endpoint, for example LLM_API_URL={_EXAMPLE}, or"
                " http://localhost:11434/v1 for Ollama on this machine."
            )
        if not self.llm_model:
            raise ConfigurationError("LLM_MODEL is not set. Name the model as the endpoint does, such as gpt-4o-mini.")


def load_llm_settings() -> LlmSettings:
    """Read the environment and `.env` of the working directory.

    Raises:
        ConfigurationError: A value is impossible; the message names each such setting and shows no secret.
    """
    try:
        return LlmSettings()
    except ValidationError as error:
        raise ConfigurationError(explain(error)) from None
