"""The language of a page, and its words: one file for each language."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Final

from starlette.requests import Request

LANGUAGES: Final = {"en": "English", "es": "Español"}
COOKIE = "ticketstream_lang"


def words(language: str) -> dict[str, str]:
    """Return every text of the page by its name."""
    folder = resources.files("analytics.dashboard") / "languages"
    found: dict[str, str] = json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
    return found


def choose(request: Request) -> str:
    """Return the language of the link, else of the cookie, else the browser's first that we have, else English."""
    wanted = [request.query_params.get("lang", ""), request.cookies.get(COOKIE, "")]
    wanted += _preferred(request.headers)
    return next((language for language in wanted if language in LANGUAGES), "en")


def _preferred(headers: Mapping[str, str]) -> list[str]:
    """Return the languages of `Accept-Language` without their regions, best first."""
    ranked = []
    for part in headers.get("accept-language", "")[:500].split(","):
        name, _, quality = part.partition(";q=")
        try:
            ranked.append((float(quality or 1), name.strip().partition("-")[0].lower()))
        except ValueError:
            continue
    return [name for quality, name in sorted(ranked, key=lambda pair: -pair[0]) if quality > 0]
