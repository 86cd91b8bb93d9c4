"""The schema registry, by the three questions of Confluent's HTTP interface that are needed.

Confluent's own client knows neither the system's certificates beside others nor our rule for proxies, and it logs
addresses with their passwords.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import structlog
from urllib3 import PoolManager, ProxyManager
from urllib3.exceptions import HTTPError

from consumer import outside
from consumer.config.routes import route_of
from consumer.config.settings import Settings
from consumer.errors import ConfigurationError
from network.addresses import basic, read_registry_address
from network.proxies import NO_PROXIES, Proxies
from network.route import Route, route_to
from network.tls import Certificates
from schemas.codec import RegistryUnavailable
from schemas.references import self_contained

log = structlog.get_logger()

_SUCCESS = range(200, 300)
_NOT_FOUND = 404
_DENIED = (401, 403)
MAX_REFERENCES = 128
"""Each costs a request. A type beyond them stays undefined."""
MAX_ANSWER_BYTES = 1 << 24
_CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"
NO_CERTIFICATES = Certificates("SCHEMA_REGISTRY")


class _Answering:
    """Tells whether the registry answers: of each question, and once when answers come again."""

    def __init__(self) -> None:
        self._is_away = False

    @contextmanager
    def asked(self) -> Iterator[None]:
        """A question that raises RegistryUnavailable within this block has no answer."""
        try:
            yield
        except RegistryUnavailable:
            self._is_away = True
            outside.answers("registry", ok=False)
            raise
        outside.answers("registry", ok=True)
        if self._is_away:
            self._is_away = False
            log.info("registry.back")


class KafkaSchemaRegistry:
    """`schemas.codec.SchemaRegistry` over HTTP. Answers are kept: a schema of an id never changes.

    Args:
        url: Its credentials are sent where `user` is empty.
        user: For basic authentication.
        password: For basic authentication.
        certificates: Whom to trust beside the system's store, and what to show.
        proxies: Those that may be on the way.
        timeout_s: For one question. Without it a registry that hangs would hold the stream for ever.
        registers: Whether schemas that the registry does not have are registered, or only looked up.

    Raises:
        ValueError: The address, a proxy or a file cannot be used; the message shows no secret.
    """

    def __init__(
        self,
        url: str,
        user: str = "",
        password: str = "",
        *,
        certificates: Certificates = NO_CERTIFICATES,
        proxies: Proxies = NO_PROXIES,
        timeout_s: float = 5.0,
        registers: bool = True,
    ) -> None:
        self._route = route = route_to("SCHEMA_REGISTRY_URL", read_registry_address(url), certificates, proxies)
        self._timeout_s = timeout_s
        self._registers = registers
        self._pool = _pool(route)
        self._headers = {"Accept": f"{_CONTENT_TYPE}, application/json", "User-Agent": "ticketstream"}
        if credentials := basic(user, password) if user else route.address.basic:
            self._headers["Authorization"] = credentials
        self._kept: dict[int, str] = {}
        self._answering = _Answering()

    def schema(self, schema_id: int) -> str:
        """The schema with this id, with the types of other subjects to which it refers.

        Raises:
            KeyError: the registry does not know it.
            RegistryUnavailable: the registry cannot be asked now.
        """
        if schema_id not in self._kept:
            found = self._ask("GET", f"/schemas/ids/{schema_id}")
            if found is None:
                raise KeyError(schema_id)
            texts: list[str] = []
            self._collect(found, set(), texts)
            self._kept[schema_id] = self_contained(self._text(found), texts)
        return self._kept[schema_id]

    def register(self, subject: str, schema: str) -> int:
        """Register the schema, or find it registered; its id.

        Raises:
            RegistryUnavailable: the registry cannot be asked now, or has no such schema and takes none.
        """
        if not self._registers:
            found_id = self.registered(subject, schema)
            if found_id is None:
                raise RegistryUnavailable(
                    f"{self._route.named} does not have our schema under {subject}: register it there"
                    " (docs/OPERATING.md, Rights), or set SCHEMA_REGISTRY_AUTO_REGISTER=true"
                )
            return found_id
        found = self._ask("POST", f"/subjects/{quote(subject, safe='')}/versions", {"schema": schema})
        if found is None:
            raise RegistryUnavailable(f"{self._route.named} does not take schemas for {subject}")
        return self._id(found)

    def registered(self, subject: str, schema: str) -> int | None:
        """The id under which the registry has exactly this schema for the subject; None where it does not.

        Raises:
            RegistryUnavailable: the registry cannot be asked now.
        """
        found = self._ask("POST", f"/subjects/{quote(subject, safe='')}", {"schema": schema})
        return None if found is None else self._id(found)

    def is_compatible(self, subject: str, schema: str) -> bool | None:
        """Whether the registry would take the schema beside the subject's latest one; None where it has none yet.

        Raises:
            RegistryUnavailable: the registry cannot be asked now.
        """
        path = f"/compatibility/subjects/{quote(subject, safe='')}/versions/latest"
        found = self._ask("POST", path, {"schema": schema})
        if found is None:
            return None
        answer = found.get("is_compatible")
        if not isinstance(answer, bool):
            raise self._makes_no_sense()
        return answer

    def _id(self, found: Mapping[str, Any]) -> int:
        number = found.get("id")
        if not isinstance(number, int) or isinstance(number, bool):
            raise self._makes_no_sense()
        return number

    def _collect(self, schema: Mapping[str, Any], asked: set[tuple[str, int]], texts: list[str]) -> None:
        """Add the schemas to which this one refers, each behind those to which it refers itself.

        One that the registry does not have is left out: the decoder names the type that is missing.
        """
        references = schema.get("references") or ()
        for reference in references if isinstance(references, list) else ():
            subject, version = _reference(reference)
            if subject is None or version is None or (subject, version) in asked or len(asked) >= MAX_REFERENCES:
                continue
            asked.add((subject, version))
            found = self._ask("GET", f"/subjects/{quote(subject, safe='')}/versions/{version}?deleted=true")
            if found is not None:
                self._collect(found, asked, texts)
                texts.append(self._text(found))

    def _text(self, found: Mapping[str, Any]) -> str:
        text = found.get("schema")
        if not isinstance(text, str):
            raise self._makes_no_sense()
        return text

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Mapping[str, Any] | None:
        """The answer; None where the registry does not know."""
        with self._answering.asked(), outside.waiting("registry"):
            headers = {**self._headers, **({"Content-Type": _CONTENT_TYPE} if body is not None else {})}
            try:
                response = self._pool.request(
                    method,
                    f"{self._route.address.origin}{self._route.address.path.rstrip('/')}{path}",
                    body=None if body is None else json.dumps(body),
                    headers=headers,
                    timeout=self._timeout_s,
                    # Trying again is for those who ask: they have to go on polling meanwhile.
                    retries=False,
                    preload_content=False,
                )
                with response:
                    answer = response.read(MAX_ANSWER_BYTES, decode_content=True)
            except (HTTPError, OSError) as error:
                raise RegistryUnavailable(
                    f"{self._route.named} cannot be asked: {self._route.explain(error)}"
                ) from None
            return self._read(response.status, answer)

    def _read(self, status: int, answer: bytes) -> Mapping[str, Any] | None:
        if refused := self._route.refused_by_proxy(status):
            raise RegistryUnavailable(f"{self._route.named} cannot be asked: {refused}")
        try:
            found: object = json.loads(answer)
        except (ValueError, RecursionError):
            found = None
        if status == _NOT_FOUND and isinstance(found, dict) and "error_code" in found:
            return None
        if status not in _SUCCESS:
            raise RegistryUnavailable(f"{self._route.named} answered {status}{_mend(status)}")
        if not isinstance(found, dict):
            raise self._makes_no_sense()
        return found

    def _makes_no_sense(self) -> RegistryUnavailable:
        return RegistryUnavailable(
            f"{self._route.named} does not answer as a schema registry does; check that SCHEMA_REGISTRY_URL is right"
        )


def registry_of(settings: Settings) -> KafkaSchemaRegistry | None:
    """The registry at `SCHEMA_REGISTRY_URL`; None when the setting is empty.

    Raises:
        ConfigurationError: a setting cannot be used; the message names it and the mend.
    """
    if not settings.schema_registry_url:
        return None
    try:
        certificates = route_of(settings, "schema_registry").certificates
        return KafkaSchemaRegistry(
            settings.schema_registry_url,
            settings.schema_registry_user,
            settings.schema_registry_password.get_secret_value(),
            certificates=certificates,
            proxies=settings.proxies,
            registers=settings.schema_registry_auto_register,
        )
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def _mend(status: int) -> str:
    if status in _DENIED:
        return ": check SCHEMA_REGISTRY_USER and SCHEMA_REGISTRY_PASSWORD, and the user's rights"
    return ": look at its log, and check that SCHEMA_REGISTRY_URL is right"


def _reference(reference: object) -> tuple[str | None, int | None]:
    if not isinstance(reference, dict):
        return None, None
    subject, version = reference.get("subject"), reference.get("version")
    return subject if isinstance(subject, str) else None, version if isinstance(version, int) else None


def _pool(route: Route) -> PoolManager:
    """Connections to the registry. Without a context of its own the library would read the environment."""
    context = route.context()
    if route.proxy is None:
        return PoolManager(ssl_context=context)
    return ProxyManager(
        route.proxy.address.origin,
        proxy_headers=route.proxy.headers,
        ssl_context=context,
        proxy_ssl_context=context,
    )
