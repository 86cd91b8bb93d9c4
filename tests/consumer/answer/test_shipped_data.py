import gzip
import json
from collections import Counter
from collections.abc import Iterator
from importlib import resources

import pytest

from consumer.answer.fingerprint import normalise
from consumer.answer.keyword_rules import Rules
from consumer.answer.taxonomy import load_taxonomy, shipped_text
from projects.rules.keyword_precision import Ticket, measure, report, rewrite
from sandbox.data.regroup import TARGET, category_of_intent, compress, regroup
from sandbox.labelled import ENGLISH as ENGLISH_PACK
from sandbox.labelled import SPANISH as SPANISH_PACK


def _tickets() -> Iterator[Ticket]:
    """Every ticket of the shipped packs."""
    for text in (gzip.decompress(ENGLISH_PACK.read_bytes()).decode(), SPANISH_PACK.read_text("utf-8")):
        for row in map(json.loads, text.splitlines()):
            yield Ticket(**{field: row[field] for field in Ticket.__annotations__})


TAXONOMY = load_taxonomy()
TICKETS = list(_tickets())
SPANISH = [ticket for ticket in TICKETS if ticket.language == "es"]
ENGLISH = [ticket for ticket in TICKETS if ticket.language == "en"]


def test_the_packs_hold_what_their_readme_says() -> None:
    """2,604 real tickets to replay, 7,865 to learn from, and Spanish ones marked as written for the purpose."""
    splits = Counter((ticket.language, ticket.split) for ticket in TICKETS)

    assert splits == {("en", "train"): 7865, ("en", "bench"): 2604, ("es", "train"): 145, ("es", "bench"): 88}


def test_every_label_is_in_the_taxonomy() -> None:
    """Gold labels are labels in use, so that no ticket is lost in the accuracy."""
    labels = {(ticket.category, ticket.subcategory) for ticket in TICKETS}

    assert all(TAXONOMY.translate(*label) == label for label in labels)


@pytest.mark.parametrize("tickets", [SPANISH, ENGLISH], ids=["es", "en"])
def test_no_text_is_both_learned_from_and_tested_on(tickets: list[Ticket]) -> None:
    """Train and bench share no text, case aside."""
    texts = {
        split: {f"{t.subject}\n{t.description}".casefold() for t in tickets if t.split == split}
        for split in ("train", "bench")
    }

    assert not texts["train"] & texts["bench"]


def test_spanish_tickets_are_marked_and_distinct() -> None:
    """Every Spanish row says that it was written for the purpose, and no two say the same."""
    rows = [json.loads(line) for line in (TARGET.parent / "spanish.jsonl").read_text("utf-8").splitlines()]

    assert {row["source"] for row in rows} == {"written-for-ticketstream"}
    assert {row["licence"] for row in rows} == {"CC0-1.0"}
    assert len({row["ticket_id"] for row in rows}) == len(rows)
    assert len({(normalise(row["subject"]), normalise(row["description"])) for row in rows}) == len(rows)
    assert {row["category"] for row in rows} == set(TAXONOMY.subcategories)
    assert sum(row["subcategory"] == "payment_issue" for row in rows) >= 25


def test_the_grouping_is_derived_from_the_taxonomy() -> None:
    """Regrouping rows of any category gives the shipped rows, and equal rows give equal bytes."""
    shipped = gzip.decompress(TARGET.read_bytes()).decode()
    original = [json.dumps(json.loads(line) | {"category": "banking"}) for line in shipped.splitlines()]

    regrouped = list(regroup(iter(original), category_of_intent()))

    assert shipped == "".join(regrouped)
    assert compress(iter(regrouped)) == compress(iter(regrouped))
    assert compress(iter(regrouped))[3:8] == bytes(5), "no flags, so no file name, and no time"


def test_licences_ship_with_the_data() -> None:
    """The attribution and the licence that the pack asks for are package data."""
    data = resources.files("sandbox.data")

    assert "Attribution 4.0 International" in (data / "banking77.LICENSE").read_text("utf-8")
    assert "PolyAI" in (data / "README.md").read_text("utf-8")


def test_the_taxonomys_figures_are_the_measured_ones() -> None:
    """Every keyword's precision and n, and the default's, equal what the train part gives today."""
    text = shipped_text()

    default, keywords = measure(TAXONOMY, [ticket for ticket in TICKETS if ticket.split == "train"])

    assert text == rewrite(text, default, keywords)
    assert len(keywords) == len(TAXONOMY.keywords)


def test_wrong_figures_would_be_noticed() -> None:
    """Rewriting puts the measured figures where others stood and leaves all else alone."""
    text = shipped_text()
    measured = measure(TAXONOMY, [ticket for ticket in TICKETS if ticket.split == "train"])

    assert "n = 11," in text
    assert rewrite(text.replace("n = 11,", "n = 12,"), *measured) == text


def test_a_keyword_that_no_ticket_holds_is_refused() -> None:
    """A keyword is never shipped with a precision that was not measured."""
    with pytest.raises(ValueError, match=r"no labelled ticket contains .*es\.factura"):
        measure(TAXONOMY, ENGLISH[:50])


@pytest.mark.parametrize(
    ("tickets", "accuracy", "precision"), [(ENGLISH, 0.80, 0.90), (SPANISH, 0.75, 0.85)], ids=["en", "es"]
)
def test_the_rules_keep_their_word(tickets: list[Ticket], accuracy: float, precision: float) -> None:
    """On unseen tickets the rules are as accurate as reported, and more often right than their confidence says."""
    done = report(Rules(TAXONOMY), [ticket for ticket in tickets if ticket.split == "bench"])

    assert done.accuracy >= accuracy
    assert done.precision_on_hit >= precision
    assert done.precision_on_hit >= done.mean_confidence_on_hit
