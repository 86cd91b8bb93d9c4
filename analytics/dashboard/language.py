"""Which language a page speaks, and its words: one file for each."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

LANGUAGES: Final = {"en": "English", "es": "Español"}
COOKIE = "ticketstream_lang"


def words(language: str) -> dict[str, str]:
    """Every text of the page, by name."""
    folder = resources.files("analytics.dashboard") / "languages"
    found: dict[str, str] = json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
    return found


def choose(request: Request) -> str:
    """What the link says, else what was chosen before, else the first of the browser's that we speak, else English."""
    wanted = [request.query_params.get("lang", ""), request.cookies.get(COOKIE, "")]
    wanted += _preferred(request.headers)
    return next((language for language in wanted if language in LANGUAGES), "en")


def _preferred(headers: Mapping[str, str]) -> list[str]:
    """The languages of `Accept-Language`, best first, without their regions."""
    ranked = []
    for part in headers.get("accept-language", "")[:500].split(","):
        name, _, quality = part.partition(";q=")
        try:
            ranked.append((float(quality or 1), name.strip().partition("-")[0].lower()))
        except ValueError:
            continue
    return [name for quality, name in sorted(ranked, key=lambda each: -each[0]) if quality > 0]
