"""What people read of a report: the figures, what to do about them, and nothing that commands their terminal."""

from datetime import date

import pytest

from classifier.multilingual import BOTH_FOR_LEAST_SURE
from projects.accuracy.automatic import Automatic
from projects.accuracy.curve import Forecast, Point
from projects.accuracy.report import (
    Confusion,
    Contradiction,
    Duplicate,
    Estimate,
    Excerpt,
    LabelFigures,
    LanguageFigures,
    Reading,
    Report,
    RulesFigures,
)
from projects.accuracy.report_tables import sections
from projects.tickets.labelled import Spelling
from terminal.tables import laid_out

FIGURES = LabelFigures(("envios", None), "Envíos", 7, 7, 0.75, 0.5, 13)
REPORT = Report(
    model=f"shop-{date(2026, 11, 30)}-0a1b2c3d",
    tickets=400,
    skipped=((3, "has no category"), (9, "has no category"), (12, "is not UTF-8")),
    columns={"category": "Categoría"},
    languages=(LanguageFigures("es", 250, 250, 0.81, 40), LanguageFigures("en", 150, 150, 0.79, 30)),
    reading=Reading("words 1", ("en", "es"), BOTH_FOR_LEAST_SURE, 396, 0.687, 0.745, 0.738, 0.715),
    accuracy=Estimate(0.82, 0.77, 0.86, 400, 0.8, 320),
    whole_accuracy=None,
    curve=(Point(80, 0.55, 0.02, 82), Point(160, 0.69, 0.02, 164), Point(320, 0.8, 0.02, 327)),
    forecasts=(Forecast(400, 0.82, 0.81, 0.83), Forecast(800, 0.87, 0.86, 0.88)),
    automatic=Automatic("observed", 0.95, 0.8, 0.6, 0.96, 0.92),
    categories=(FIGURES, FIGURES._replace(label=("pagos", None), name="Pagos", tickets=393, missing=0)),
    subcategories=(),
    confusions=(Confusion("Envíos", "Pagos", 6, (Excerpt(5, "dónde está"), Excerpt(8, "no llega"))),),
    subcategory_confusions=(),
    duplicates=2,
    duplicated=(Duplicate((4, 6, 7), "igual"),),
    contradictions=2,
    contradicted=(Contradiction(("Envíos", "Pagos"), (10, 11), "lo mismo"),),
    alike=(Spelling(("Envíos", "Envío"), (30, 7)),),
    rules=RulesFigures(0.45, 0.9, 0.5),
)


@pytest.mark.parametrize(
    "said",
    [
        "400 labelled tickets (250 Spanish, 150 English) in 2 categories",
        "3 rows left out: 2 has no category (lines 3, 9); 1 is not UTF-8 (line 12)",
        "Tickets in English, Spanish are read by TF-IDF, and the mean of both for the least sure; those in",
        "those in other languages by words 1.",
        "Chosen by 396 held-out tickets, of whose labels TF-IDF alone finds 0.687, both for the least sure 0.745",
        "about 82% (77% to 86%)",
        "80 ▸ 0.55, 160 ▸ 0.69, 320 ▸ 0.80. All 400 give about 0.82; twice as many would give about 0.87",
        "60% of the tickets, those answered with a confidence of 0.8 or more; 96.0% of them were right",
        "needs 13 more",
        "line 5: dónde está",
        "line 8: no llega",
        "2 tickets repeat text and label of another one, numbers apart (for example lines 4, 6, 7)",
        "10, 11",
        "Envíos (30 tickets), Envío (7 tickets). If they are, say so: --merge 'Envío=Envíos'",
        "70 keywords for the rules",
    ],
)
def test_the_report_says_it(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure with what it means."""
    monkeypatch.setenv("COLUMNS", "400")

    assert said in laid_out(*sections(REPORT))


def test_what_is_bounded_and_what_is_not_are_told_apart() -> None:
    """A bound, a figure that proves nothing, and nothing at all."""
    bounded, nothing = (
        laid_out(*sections(REPORT._replace(automatic=found)))
        for found in (REPORT.automatic._replace(kind="bound"), Automatic("none", 0.95, None, 0.0, None, 0.0))
    )

    assert "at least 92.0% will be, with 90 % confidence" in bounded.replace("\n", " ")
    assert "no proof" in laid_out(*sections(REPORT))
    assert "nothing yet" in nothing


def test_too_few_tickets_forecast_nothing() -> None:
    """And the report says so."""
    assert "too few tickets to tell" in laid_out(*sections(REPORT._replace(forecasts=())))


def test_a_column_in_which_every_ticket_has_its_own_value_is_questioned() -> None:
    """Such as the ticket's number, taken for its category."""
    lonely = tuple(FIGURES._replace(label=(str(n), None), name=str(n), tickets=1) for n in range(30))

    assert "--map category=COLUMN" in laid_out(*sections(REPORT._replace(categories=lonely)))


def test_hostile_names_and_texts_do_not_reach_the_terminal_as_they_are() -> None:
    """Escape sequences of a ticket are shown, never obeyed; long names leave room for the rest."""
    report = REPORT._replace(
        confusions=(Confusion("\x1b[2J" + "x" * 500, "b\nb", 1, (Excerpt(2, "\x1b]0;title\x07"),)),),
        categories=(FIGURES._replace(name="\x1b[31m" + "y" * 500),),
    )

    text = laid_out(*sections(report))

    assert "\x1b" not in text
    assert "\x07" not in text
    assert "x" * 100 not in text


@pytest.mark.parametrize(("tickets", "warned"), [(19, True), (20, False)])
def test_a_few_tickets_a_label_come_with_a_warning(tickets: int, *, warned: bool) -> None:
    """Below ten on average; the figures themselves are still there."""
    text = laid_out(*sections(REPORT._replace(tickets=tickets)))

    assert ("Do not rely on these figures: there are 9.5 tickets a category" in " ".join(text.split())) is warned
    assert "about 82% (77% to 86%)" in text


def test_subcategories_may_be_the_few() -> None:
    """While the categories have enough."""
    finer = tuple(FIGURES._replace(label=("envios", f"{number}")) for number in range(50))
    text = laid_out(*sections(REPORT._replace(subcategories=finer)))

    assert "there are 8.0 tickets a subcategory" in " ".join(text.split())
