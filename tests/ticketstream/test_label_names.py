"""The names of categories in the reader's language."""

from pathlib import Path

import pytest

from analytics.reports.report import Report, Table
from consumer.answer.taxonomy import load_taxonomy
from ticketstream.choices import Language
from ticketstream.label_names import label_of, named, reader_language, with_names

TAXONOMY = load_taxonomy()
SPANISH = TAXONOMY.names_in("es")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "es_MX.UTF-8"}, "es"),
        ({"LANG": "es"}, "es"),
        ({"LANG": "es_ES.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "es_ES"}, "es"),
        ({"LANG": "es_ES", "LC_ALL": ""}, "es"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_terminal_s_language_decides(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], language: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert reader_language(None) == language
    assert reader_language(Language.SPANISH) == "es"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("cards", "Tarjetas"),
        ("cards/activate_my_card", "Tarjetas/Activar mi tarjeta"),
        ("cards/none_of_these", "Tarjetas/none_of_these"),
        ("unheard_of", "unheard_of"),
        ("unheard_of/activate_my_card", "unheard_of/activate_my_card"),
        ("", ""),
    ],
)
def test_what_has_no_name_stays_as_it_is(label: str, name: str) -> None:
    assert named(label, SPANISH) == name


def test_only_labels_get_names() -> None:
    """A value of another column stays, whatever it says, and so does what is missing."""
    table = Table("pairs", ("answered", "channel", "n"), (("cards", "cards", 3), (None, None, 4)))
    report = Report("confusion", {"category": "cards", "level": "category"}, (table,), ())
    shown = with_names(report, SPANISH)
    assert shown.facts == {"category": "Tarjetas", "level": "category"}
    assert shown.tables[0].rows == (("Tarjetas", "cards", 3), (None, None, 4))
    assert with_names(report, {}) == report


@pytest.mark.parametrize("given", ["cards", "Tarjetas", "tarjetas", "Cards"])
def test_a_category_is_found_by_its_name_too(given: str) -> None:
    assert label_of(given, TAXONOMY) == "cards"


@pytest.mark.parametrize("given", ["tarjeta", "Activar mi tarjeta", ""])
def test_a_name_that_no_category_has_is_left_to_be_refused(given: str) -> None:
    assert label_of(given, TAXONOMY) == given
