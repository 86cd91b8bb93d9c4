"""The tickets of the example shop: they are read as they stand, and what is wrong with them is what their page says."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import chain, combinations
from pathlib import Path

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from classifier.languages import deciding_words
from classifier.tickets import ticket_text
from tickets.files.names import LABELLED, TICKET
from tickets.files.rows import Row
from tickets.files.ticket_file import Choices, opened_tickets
from tickets.files.times import epoch_ms

SHOP = Path(__file__).parents[1] / "examples" / "shop"
FIELDS = {**TICKET, **LABELLED}
OCTOBER_MS = 1_790_812_800_000
"""2026-10-01T00:00Z."""
SPELLINGS = {"envios": "Envíos", "Envíos ": "Envíos", "Devolución": "Devoluciones"}


def _tickets(name: str) -> list[dict[str, str]]:
    """The fields of every row of a file, empty where the row has none."""
    with opened_tickets(SHOP / name, FIELDS, Choices()) as file:
        rows = list(file.rows())
        total = file.total
    tickets = [
        {field: text or "" for field, text in row.fields.items()} | row.attributes
        for row in rows
        if isinstance(row, Row)
    ]
    assert len(tickets) == total, "a line cannot be read"
    return tickets


@pytest.fixture(scope="module")
def labelled() -> list[dict[str, str]]:
    return _tickets("tickets.csv")


@pytest.fixture(scope="module")
def new() -> list[dict[str, str]]:
    return _tickets("new.csv")


@pytest.fixture(scope="module")
def page() -> str:
    return " ".join((SHOP / "README.md").read_text(encoding="utf-8").split())


def _text(ticket: dict[str, str]) -> str:
    return ticket_text(ticket["subject"], ticket["description"])


def _label(ticket: dict[str, str]) -> tuple[str, str]:
    return SPELLINGS.get(ticket["category"], ticket["category"]), ticket["subcategory"]


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(["en", "es"])
    return identifier


def _languages(tickets: Iterable[dict[str, str]]) -> Counter[str]:
    identifier = _identifier()
    return Counter(identifier.classify(deciding_words(_text(ticket)))[0] for ticket in tickets)


def _repeated(tickets: list[dict[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """The labels of each text that occurs more than once."""
    labels: dict[str, list[tuple[str, str]]] = {}
    for ticket in tickets:
        labels.setdefault(_text(ticket), []).append(_label(ticket))
    return {text: given for text, given in labels.items() if len(given) > 1}


def test_the_page_says_how_many_rows_there_are(
    labelled: list[dict[str, str]], new: list[dict[str, str]], page: str
) -> None:
    assert f"{len(labelled)} labelled tickets" in page
    assert f"{len(new)} tickets that came later" in page
    assert not any(ticket["category"] or ticket["subcategory"] for ticket in new)


def test_the_languages_are_those_that_the_page_says(
    labelled: list[dict[str, str]], new: list[dict[str, str]], page: str
) -> None:
    """A short text without accents may be taken for the other language."""
    said = [int(count) for count in re.findall(r"(\d+) in (?:Spanish|English)", page)]

    counted = [_languages(filter(_text, tickets)) for tickets in (labelled, new)]
    found = [count[language] for count in counted for language in ("es", "en")]

    assert found == [pytest.approx(count, abs=1 + 0.02 * count) for count in said]


def test_no_two_tickets_have_one_id(labelled: list[dict[str, str]], new: list[dict[str, str]]) -> None:
    ids = [ticket["id"] for ticket in chain(labelled, new)]

    assert all(ids)
    assert len(set(ids)) == len(ids)


def test_tickets_are_listed_as_they_came_and_the_new_ones_came_last(
    labelled: list[dict[str, str]], new: list[dict[str, str]]
) -> None:
    times = [epoch_ms(ticket["created_at"], None) or 0 for ticket in chain(labelled, new)]

    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < OCTOBER_MS


def test_every_category_is_large_enough_to_learn_and_divided(labelled: list[dict[str, str]], page: str) -> None:
    labels = Counter(_label(ticket) for ticket in labelled if ticket["category"])
    categories = Counter(category for category, _ in labels.elements())

    assert len(categories) == 9
    assert "nine categories" in page
    assert f"{len(labels)} subcategories" in page
    assert min(categories.values()) >= 15
    assert max(categories.values()) <= 85
    assert min(labels.values()) >= 8
    assert set(Counter(category for category, _ in labels).values()) <= {2, 3, 4}


def test_the_labels_are_wrong_as_the_page_says(labelled: list[dict[str, str]], page: str) -> None:
    written = Counter(ticket["category"] for ticket in labelled)
    repeated = _repeated(labelled)
    equal = sum(len(given) - len(set(given)) for given in repeated.values())
    contradicted = sum(len(set(given)) > 1 for given in repeated.values())

    assert f"{written['envios'] + written['Envíos ']} rows say `envios` or `Envíos` with a blank" in page
    assert written["envios"] > 0
    assert written["Envíos "] > 0
    assert f"{written['Devolución']} rows say `Devolución`" in page
    assert f"{equal} rows repeat another one" in page
    assert f"{contradicted} texts occur twice with different labels" in page
    assert f"{written['']} rows have no category" in page
    assert f"{sum(not _text(ticket).strip() for ticket in labelled)} row has no text" in page


def test_only_the_rows_that_repeat_are_alike(labelled: list[dict[str, str]], new: list[dict[str, str]]) -> None:
    """No two other tickets share nine of ten words, so a ticket that is held out is not one that was learned."""
    texts = {_text(ticket).strip().lower() for ticket in chain(labelled, new)} - {""}
    words = [frozenset(re.findall(r"\w+", text)) for text in sorted(texts)]

    assert [pair for pair in combinations(words, 2) if len(pair[0] & pair[1]) > 0.9 * len(pair[0] | pair[1])] == []


@pytest.mark.parametrize("name", ["tickets.csv", "new.csv"])
def test_addresses_are_invented(name: str) -> None:
    domains = re.findall(r"(?:@|https?://)([\w.-]*\w)", (SHOP / name).read_text(encoding="utf-8"))

    assert domains
    assert {domain for domain in domains if not domain.endswith(".example.com")} == set()
