"""Pages without a browser: what they refer to, which language they speak, what they forbid."""

import json
import re
from html.parser import HTMLParser
from importlib import resources

import pytest

from analytics.dashboard.language import LANGUAGES, words
from analytics.dashboard.pages import PAGES
from tests.analytics.dashboard.conftest import no_clickhouse
from tests.support.page_server import Visitor, served

HOSTILE = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
PACKAGE = resources.files("analytics.dashboard")


class Tags(HTMLParser):
    """Collects the tags of a page with their attributes, and the text inside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._within = tag

    def handle_data(self, data: str) -> None:
        if self._within in {"script", "style"}:
            self.inline += data.strip()

    def references(self) -> list[str]:
        """Addresses of what the browser would fetch by itself."""
        return [
            str(attributes[name])
            for tag, attributes in self.found
            for name in ("src", "href", "data-words")
            if name in attributes and tag in {"script", "link", "img", "body"}
        ]


def test_a_page_carries_the_names_of_its_labels() -> None:
    """In its own language, whatever signs a name holds, and only for those who may see the page."""
    names = {"en": {"a/b": 'Don\'t "quote" <b>&amp;</b>'}, "es": {"a/b": "Señal </script>"}}
    with served(no_clickhouse, token="secret", names=names.__getitem__) as address:
        for language, expected in names.items():
            page = Visitor(address).get(f"/?lang={language}", Authorization="Bearer secret").text
            (carried,) = (found["data-names"] for _, found in Tags(page).found if "data-names" in found)
            assert json.loads(carried or "") == expected
        assert "data-names" not in Visitor(address).get("/").text


@pytest.mark.parametrize("path", PAGES.values())
def test_a_page_needs_nothing_from_elsewhere(bare: Visitor, path: str) -> None:
    """No script or style stands in the page, and what it refers to is ours, is there, and may be kept for ever."""
    reply = bare.get(path)
    tags = Tags(reply.text)
    names = {name for _, attributes in tags.found for name in attributes}

    assert reply.status == 200
    assert tags.inline == ""
    assert not {name for name in names if name == "style" or name.startswith("on")}
    assert tags.references()
    for reference in tags.references():
        file = bare.get(reference)
        assert (reference[:7], file.status) == ("/files/", 200)
        assert "immutable" in file.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/api/live", "/api/overview", "/nowhere", "/livez", "/metrics", "/files/x/y"])
def test_every_answer_forbids_foreign_sources(bare: Visitor, path: str) -> None:
    """Errors too: the browser loads nothing from others, guesses no types and lets nobody frame us."""
    headers = bare.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_data_and_pages_are_never_kept(bare: Visitor) -> None:
    """A proxy or the browser's back button must not show yesterday's figures, or a page to the next user."""
    assert {bare.get(path).headers["Cache-Control"] for path in ("/", "/api/live", "/api/overview")} == {"no-store"}


def test_a_file_of_another_version_is_given_but_not_kept(bare: Visitor) -> None:
    """A page that was open during an update goes on to work."""
    current = next(name for name in Tags(bare.get("/").text).references() if name.endswith("page.css"))
    reply = bare.get(re.sub(r"/files/\w+/", "/files/000000000000/", current))

    assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize("path", ["../asking.py", "..%2fasking.py", "static/../asking.py", "templates/frame.html", ""])
def test_only_the_pages_files_are_given(bare: Visitor, path: str) -> None:
    """No way of writing the address leads to another file."""
    assert bare.get(f"/files/x/{path}").status == 404


@pytest.mark.parametrize(
    ("query", "headers", "language"),
    [
        ("", {}, "en"),
        ("", {"Accept-Language": "es-AR,es;q=0.9,en;q=0.8"}, "es"),
        ("", {"Accept-Language": "fr, en;q=0.4, es;q=0.7"}, "es"),
        ("", {"Accept-Language": "es;q=0, ;;q=x, \xff"}, "en"),
        ("", {"Accept-Language": "en", "Cookie": "ticketstream_lang=es"}, "es"),
        ("?lang=en", {"Cookie": "ticketstream_lang=es"}, "en"),
        ("?lang=xx", {"Cookie": "ticketstream_lang=es"}, "es"),
        (f"?lang={HOSTILE}", {"Cookie": f"ticketstream_theme={HOSTILE}; ticketstream_lang=../x"}, "en"),
    ],
)
def test_a_page_speaks_the_visitors_language(bare: Visitor, query: str, headers: dict[str, str], language: str) -> None:
    """The link before the choice made earlier, before the browser's wish, before English."""
    reply = bare.get(f"/{query}", **headers)

    assert f'<html lang="{language}">' in reply.text
    assert words(language)["lead.overview"] in reply.text
    assert ("ticketstream_lang" in reply.headers.get("Set-Cookie", "")) == (query == "?lang=en")


@pytest.mark.parametrize(
    "path", [f"/ticket?id={HOSTILE}", f"/?minutes={HOSTILE}&{HOSTILE}=1", f"/?lang=es&x={HOSTILE}"]
)
def test_what_stands_in_the_address_is_never_read_as_html(bare: Visitor, path: str) -> None:
    """It comes back in links only, encoded."""
    assert "<script>alert" not in bare.get(path).text


def test_both_languages_say_the_same() -> None:
    """Each text is there in each language, is not empty, and has the same places to fill in."""
    english, spanish = (words(language) for language in LANGUAGES)
    places = re.compile(r"\{\w+\}|`[^`]+`")

    assert list(english) == list(spanish)
    assert all(english.values())
    assert all(spanish.values())
    assert {
        name for name in english if sorted(places.findall(english[name])) != sorted(places.findall(spanish[name]))
    } == set()


def test_every_text_that_a_page_names_is_there() -> None:
    """A missing one would be shown as its name."""
    known = words("en")
    sources = [
        file.read_text(encoding="utf-8")
        for folder in ("templates", "static")
        for file in (PACKAGE / folder).iterdir()
        if file.name.endswith((".html", ".js"))
    ]
    named = {name for source in sources for name in re.findall(r"""\bt[(\[]['"]([\w.]+)['"][\]),]""", source)}
    begun = {name for source in sources for name in re.findall(r"\bt\(`([\w.]+\.)\$", source)}

    assert len(named) > 80
    assert named - known.keys() == set()
    assert {start for start in begun if not any(name.startswith(start) for name in known)} == set()


def test_vendored_files_have_their_licence() -> None:
    """uPlot is MIT: its notice goes with it."""
    notice = (PACKAGE / "static" / "vendor" / "uplot.LICENSE").read_text(encoding="utf-8")

    assert "Permission is hereby granted" in notice


def test_scripts_never_write_html() -> None:
    """Text stays text: none of our scripts uses a way to turn a string into elements or code."""
    ours = [file for file in (PACKAGE / "static").iterdir() if file.name.endswith(".js")]
    ways = re.compile(
        r"innerHTML\s*\+?=[^=]|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    )

    assert len(ours) >= 8
    assert [file.name for file in ours if ways.search(file.read_text(encoding="utf-8"))] == []


def test_the_catalogue_is_served_as_json(bare: Visitor) -> None:
    """The scripts read the same words as the templates."""
    reference = next(name for name in Tags(bare.get("/?lang=es").text).references() if name.endswith("es.json"))
    reply = bare.get(reference)

    assert json.loads(reply.text) == words("es")
    assert reply.headers["Content-Type"].startswith("application/json")
