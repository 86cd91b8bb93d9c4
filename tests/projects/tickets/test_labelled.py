"""Reading labelled tickets: what is used, what is left out and why, and which labels are one."""

import gzip
import json
from pathlib import Path

import pytest

from classifier.tickets import FileUnusable
from projects.tickets.labelled import Spelling, read_labelled
from tests.projects.examples import read, rows, written
from tickets.files.ticket_file import Choices

COLUMNS = ("Asunto", "Descripción", "Categoría", "Subcategoría")


def labels(path: Path, merge: dict[str, str] | None = None) -> list[tuple[str, str | None]]:
    return [one.label for one in read(path, merge).examples]


def test_spellings_of_one_label_become_one_under_the_most_frequent_name(tmp_path: Path) -> None:
    """Case, blanks and accents make no label of their own; subcategories are compared within their category."""
    path = written(
        tmp_path,
        [
            ("", "no llega", "ENVIOS ", "retraso"),
            ("", "no llega aún", "Envíos", "Retraso"),
            ("", "no llegó", "Envíos", "Retraso"),
            ("", "está mal", "Pagos", "RETRASO"),
        ],
        COLUMNS,
    )

    found = read(path)

    assert [one.label for one in found.examples] == [("envios", "retraso")] * 3 + [("pagos", "retraso")]
    assert found.names == {
        ("envios", None): "Envíos",
        ("envios", "retraso"): "Retraso",
        ("pagos", None): "Pagos",
        ("pagos", "retraso"): "RETRASO",
    }
    assert found.columns["category"] == "Categoría"


def test_rows_that_cannot_be_used_are_left_out_with_line_and_reason(tmp_path: Path) -> None:
    """One bad row never costs the others."""
    path = written(
        tmp_path,
        [("", "where is it", "A", ""), ("", "no label", "", ""), ("", "", "A", ""), ("", "blank", " \u200b ", "")],
        COLUMNS,
    )

    found = read(path)

    assert len(found.examples) == 1
    assert found.examples[0].subcategory is None
    assert found.skipped == (
        (3, "has no category"),
        (4, "has no text in subject and description"),
        (5, "has no category"),
    )


def test_the_language_of_each_ticket_is_found(tmp_path: Path) -> None:
    """Spanish and English ones, in one file."""
    found = read(written(tmp_path, rows(), COLUMNS[:3]))

    languages = [one.language for one in found.examples]
    expected = [("es", "en")[subject == "Hello"] for subject, _, _ in rows()]
    right = sum(one == other for one, other in zip(languages, expected, strict=True))
    assert set(languages) == {"es", "en"}
    assert right >= 0.95 * len(expected)


def test_near_equal_labels_are_reported_and_stay_two_until_they_are_merged(tmp_path: Path) -> None:
    """The spelling that stays gives the name, though the other one is more frequent."""
    path = written(tmp_path, [("", "no llega", name, "") for name in ("Envío", "Envío", "Envíos")], COLUMNS)

    assert read(path).alike == (Spelling(("Envío", "Envíos"), (2, 1)),)
    assert labels(path) == [("envio", None), ("envio", None), ("envios", None)]

    merged = read(path, {"envio": "Envíos"})
    assert merged.alike == ()
    assert merged.names == {("envios", None): "Envíos"}


def test_a_merge_of_spellings_of_one_label_chooses_its_name(tmp_path: Path) -> None:
    """They are one without it; people may prefer the rarer spelling."""
    path = written(tmp_path, [("", "no llega", name, "") for name in ("envios", "envios", "Envíos")], COLUMNS)

    assert read(path, {"envios": "Envíos"}).names == {("envios", None): "Envíos"}


def test_subcategories_are_merged_too(tmp_path: Path) -> None:
    """In each category that has them."""
    path = written(tmp_path, [("", "x y z", "A", "Late"), ("", "x y", "A", "Delay"), ("", "y", "B", "Late")], COLUMNS)

    assert labels(path, {"Late": "Delay"}) == [("a", "delay"), ("a", "delay"), ("b", "delay")]


@pytest.mark.parametrize(
    ("merge", "message"),
    [
        ({"Envoi": "Pagos"}, "no ticket has the label 'Envoi'; did you mean Envío?"),
        ({"Envío": "Nada"}, "no ticket has the label 'Nada'"),
        ({"Envío": "Pagos", "Pagos": "Acceso"}, "Envío becomes a label that goes itself .*; write 'Envío=Acceso'"),
        ({"Envío": "Pagos", "Pagos": "envio"}, "in a circle"),
        ({"Envío": "Envío"}, "cannot become itself"),
        ({"Envío": "Pagos", "ENVIO": "Acceso"}, "becomes 'Pagos' and 'Acceso'"),
        ({"Envío": "Retraso"}, "one is a category and the other a subcategory"),
    ],
)
def test_a_merge_that_does_not_fit_says_why(tmp_path: Path, merge: dict[str, str], message: str) -> None:
    """Labels that do not occur, chains and circles; the message names the mend."""
    path = written(tmp_path, [("", "x y", name, "Retraso") for name in ("Envío", "Pagos", "Acceso")], COLUMNS)

    with pytest.raises(FileUnusable, match=message):
        read(path, merge)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("no_category.csv", b"Subject,Description\nx,y\n", "--map category=COLUMN"),
        ("no_rows.csv", b"Subject,Description,Category\n", "has no rows"),
        ("empty.csv", b"", "is empty"),
        ("all_bad.csv", b"Subject,Description,Category\n,,A\nx,y,\n", "no row can be used .*--map category=COLUMN"),
        ("broken.csv.gz", b"\x1f\x8b\x08 no gzip", "cannot be read"),
        ("no_category.json", b'[{"subject": "x", "description": "y"}]', "--map category=COLUMN"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """And what to do about it, without any text of a ticket."""
    (tmp_path / name).write_bytes(content)

    with pytest.raises(FileUnusable, match=message):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["tickets.csv", "tickets.csv.gz", "tickets.jsonl", "tickets.json"])
def test_every_kind_of_file_is_read(tmp_path: Path, name: str) -> None:
    """CSV with a byte order mark, gzip, JSON Lines, and JSON whose rows stand on one line."""
    given = [{"subject": "Hola", "description": f"texto {letter}", "category": letter} for letter in "ab"]
    content = {
        "csv": "\ufeffsubject,description,category\n" + "".join(",".join(row.values()) + "\n" for row in given),
        "jsonl": "".join(json.dumps(row) + "\n" for row in given),
        "json": json.dumps(given),
    }[name.removesuffix(".gz").partition(".")[2]]
    raw = content.encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)

    assert labels(tmp_path / name) == [("a", None), ("b", None)]


def test_columns_can_be_named(tmp_path: Path) -> None:
    """As `publish` takes them."""
    path = written(tmp_path, [("where is it", "A"), ("it is here", "B")], ("foo", "bar"))

    found = read_labelled(path, Choices(chosen={"description": "foo", "category": "bar"}), {})

    assert [one.description for one in found.examples] == ["where is it", "it is here"]
