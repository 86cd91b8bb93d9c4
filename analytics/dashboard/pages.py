"""Pages: HTML in the visitor's language, which scripts fill and keep up to date."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from analytics.dashboard.figures import DAYS, SLICES_S
from analytics.dashboard.language import COOKIE, LANGUAGES, choose, words
from analytics.dashboard.static_files import StaticFiles

# In the order of the navigation: each page's name, and its address.
PAGES: Final = {
    "overview": "/",
    "accuracy": "/accuracy",
    "models": "/models",
    "operations": "/operations",
    "ticket": "/ticket",
    "review": "/review",
}
_THEMES: Final = ("light", "dark")
_YEAR_S: Final = 365 * 86400


class Pages:
    """Renders the templates."""

    def __init__(self, files: StaticFiles, names: Callable[[str], Mapping[str, str]]) -> None:
        """Take the page's files, and what gives the names of the labels in a language."""
        self._files = files
        self._names = {language: dict(names(language)) for language in LANGUAGES}
        self._words = {language: words(language) for language in LANGUAGES}
        self._templates = Environment(
            loader=PackageLoader("analytics.dashboard"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, request: Request, name: str, status: int = 200, **values: Any) -> Response:
        """Return a page in the chosen language and colours."""
        language = choose(request)
        theme = request.cookies.get("ticketstream_theme", "")
        body = self._templates.get_template(f"{name}.html").render(
            t=self._words[language],
            names=self._names[language],
            page=name,
            pages=PAGES,
            language=language,
            languages={code: (label, _address(request, lang=code)) for code, label in LANGUAGES.items()},
            theme=theme if theme in _THEMES else "",
            file=self._files.address,
            minutes=list(SLICES_S),
            days=list(DAYS),
            **values,
        )
        response = HTMLResponse(body, status, headers={"Vary": "Cookie, Accept-Language"})
        if request.query_params.get("lang") == language:
            response.set_cookie(COOKIE, language, _YEAR_S, httponly=True, samesite="lax")
        return response


def _address(request: Request, **changed: str) -> str:
    """Return the address of this page with other parameters."""
    query = request.url.include_query_params(**changed).query
    # Without the host, which may be another one behind a proxy.
    return f"?{query}"
