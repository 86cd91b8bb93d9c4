"""From a file to a model, a taxonomy and a report: what they say is true of tickets that they did not see."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from classifier.model import CategoryLabel, Model
from classifier.tickets import DataError, LabelledTicket, read_tickets
from consumer.answer.taxonomy_file import parse
from projects.accuracy.report_tables import sections
from projects.learning import Learned, learn
from projects.tickets.labelled import Example, Labelled
from terminal.tables import laid_out
from tests.projects.examples import A_DAY, example, labelled, read, rows, written

CLINC = Path(__file__).parents[1] / "classifier" / "data" / "clinc150.jsonl.gz"
DOMAINS = ("meta", "small_talk", "utility")
COLUMNS = ("Asunto", "Descripción", "Categoría", "Subcategoría")


def learned(found: Labelled) -> Learned:
    return learn(found, today=A_DAY, name="desk", on_progress=lambda _done, _steps, _what: None)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """Of a small shop's tickets in both languages; one text has two labels and one row has none."""
    given = [*rows(), *rows()[:4], ("Hola", rows()[0][1], "Acceso"), ("Hola", "sin categoría", "")]
    return learned(read(written(tmp_path_factory.mktemp("shop"), given, COLUMNS[:3])))


def test_the_model_knows_the_labels_of_the_taxonomy(shop: Learned) -> None:
    """What it answers is in the file, under the names that people wrote."""
    document = parse(shop.taxonomy, "of a test")

    assert [label for label, _ in shop.model.labels] == ["acceso", "envios", "facturacion"]
    assert {label: table.name["en"] for label, table in document.categories.items()} == {
        "acceso": "Acceso",
        "envios": "Envíos",
        "facturacion": "Facturación",
    }
    assert document.languages == ["es", "en"]
    assert {"paquete", "factura"} <= document.keywords["es"].keys()
    assert {"parcel", "invoice"} <= document.keywords["en"].keys()


def test_the_report_counts_what_is_wrong_with_the_tickets(shop: Learned) -> None:
    """Rows without a category, repeated tickets, and texts with two labels."""
    report = shop.report

    assert report.tickets == len(rows()) + 5
    assert [reason for _, reason in report.skipped] == ["has no category"]
    assert report.duplicates == 4
    # The text, its repetition and its other label.
    assert report.contradictions == 3
    assert report.contradicted[0].labels == ("Acceso", "Envíos")
    assert report.whole_accuracy is None
    assert report.subcategories == ()


def test_the_report_is_plain_and_can_be_shown(shop: Learned) -> None:
    """As JSON and on a terminal."""
    document = json.loads(json.dumps(shop.report.as_json()))
    text = laid_out(*sections(shop.report))

    assert document["accuracy"]["held_out"] == shop.report.tickets
    assert {language["language"] for language in document["languages"]} == {"en", "es"}
    assert "twice as many" in text
    assert "Envíos" in text


def test_progress_only_grows_and_ends_at_its_end(tmp_path: Path) -> None:
    """And every step is named."""
    told: list[tuple[int, int, str]] = []

    learn(
        read(written(tmp_path, rows()[::4], COLUMNS[:3])),
        today=A_DAY,
        name="desk",
        on_progress=lambda done, steps, what: told.append((done, steps, what)),
    )

    done = [one[0] for one in told]
    assert done == sorted(done)
    assert done[-1] == told[-1][1]
    assert len({steps for _, steps, _ in told}) == 1
    assert all(what for _, _, what in told)


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    """The same tickets, sorted another way, give the same model, taxonomy and accuracy."""
    given = rows()[::3]

    first = learned(read(written(tmp_path, given, COLUMNS[:3])))
    second = learned(read(written(tmp_path, given[::-1], COLUMNS[:3])))

    assert first.model.version == second.model.version
    assert np.array_equal(first.model.weights, second.model.weights)
    assert first.taxonomy == second.taxonomy
    assert first.report.accuracy == second.report.accuracy
    assert first.report.curve == second.report.curve


def test_copies_of_tickets_prove_nothing(tmp_path: Path) -> None:
    """Labels that no text explains are not learned, though each ticket is there five times."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    given = [
        ("", f"text {letters[number % 26]}{letters[(number * 7) % 26]} about nothing", "AB"[number * 13 % 7 % 2])
        for number in range(40)
    ] * 5

    estimate = learned(read(written(tmp_path, given, COLUMNS[:3]))).report.accuracy

    assert estimate.measured < 0.75
    assert estimate.high - estimate.low > 0.2


def _sample(per_domain: int) -> tuple[Labelled, list[LabelledTicket]]:
    """Tickets of three domains of clinc150, and the part `bench` of the same domains."""
    tickets = read_tickets([CLINC], "train")
    drawn = [
        ticket
        for domain in DOMAINS
        for ticket in random.Random(4).sample([one for one in tickets if one.category == domain], per_domain)
    ]
    bench = [ticket for ticket in read_tickets([CLINC], "bench") if ticket.category in DOMAINS]
    examples = [
        example(ticket.description, ticket.category, ticket.subcategory, line=line)
        for line, ticket in enumerate(drawn, 2)
    ]
    return labelled(examples), bench


def _accuracy(
    model: Model, bench: list[LabelledTicket], is_right: Callable[[LabelledTicket, CategoryLabel], bool]
) -> float:
    answers = model.predict([(ticket.subject, ticket.description) for ticket in bench], 1)
    return sum(is_right(ticket, answer[0]) for ticket, answer in zip(bench, answers, strict=True)) / len(bench)


@pytest.fixture(scope="module")
def domains() -> tuple[Learned, list[LabelledTicket]]:
    found, bench = _sample(40)
    return learned(found), bench


def test_the_intervals_hold_the_accuracy_on_tickets_that_nobody_saw(
    domains: tuple[Learned, list[LabelledTicket]],
) -> None:
    """Of categories, and of categories with subcategories. benchmarks/projects_promise.py repeats this 40 times."""
    found, bench = domains
    category, whole = found.report.accuracy, found.report.whole_accuracy

    assert whole is not None
    assert category.low <= _accuracy(found.model, bench, lambda t, a: t.category == a.category) <= category.high
    both = _accuracy(found.model, bench, lambda t, a: (t.category, t.subcategory) == (a.category, a.subcategory))
    assert whole.low <= both <= whole.high


def test_confused_pairs_are_shown_with_tickets_of_theirs(domains: tuple[Learned, list[LabelledTicket]]) -> None:
    """At most two each, and the same pair of a category never with itself."""
    report = domains[0].report

    assert report.subcategory_confusions
    for pair in (*report.confusions, *report.subcategory_confusions):
        assert pair.name != pair.answered
        assert 1 <= len(pair.examples) <= min(2, pair.times)
    assert sum(pair.times for pair in report.confusions) <= report.tickets


def test_labels_with_too_few_tickets_say_how_many_are_missing(domains: tuple[Learned, list[LabelledTicket]]) -> None:
    """Ten for a subcategory; the categories have enough."""
    report = domains[0].report

    assert all(one.missing == max(0, 10 - one.tickets) for one in report.subcategories)
    assert any(one.missing for one in report.subcategories)
    assert not any(one.missing for one in report.categories)
    assert "needs" in laid_out(*sections(report))


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([example("one", "only"), example("two", "only")], "two at least.*--map category=COLUMN"),
        ([example("same", "a"), example("Same", "b")], "the same text.*--map description=COLUMN"),
        ([example("order 1", "a"), example("order 2", "b")], "the same text"),
        ([example("🚚", "a"), example("💳", "b")], "no words"),
        ([example(f"text {n}", "ab"[n % 2], f"id {n}") for n in range(600)], "600 labels .*--map subcategory="),
    ],
)
def test_what_cannot_be_learned_says_why(examples: list[Example], message: str) -> None:
    """In a sentence with the mend."""
    with pytest.raises(DataError, match=message):
        learned(labelled(examples))


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param([example(f"text of {word}", word) for word in ("one", "two", "three")], id="one ticket each"),
        pytest.param([example("where is it", "a"), example("pay me", "b")], id="two tickets"),
        pytest.param(
            [example(f"thing {chr(97 + x)}{chr(98 + x)}", c, c) for x in range(6) for c in ("pagos", "envios")],
            id="a subcategory called like its category",
        ),
    ],
)
def test_a_handful_of_tickets_gives_a_report(examples: list[Example]) -> None:
    """Which claims little."""
    found = learned(labelled(examples))

    parse(found.taxonomy, "of a test")
    assert found.report.accuracy.high - found.report.accuracy.low > 0.2
    assert found.report.automatic.kind == "none"
    assert laid_out(*sections(found.report))
