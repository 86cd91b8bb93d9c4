"""Lists of categories as people write and export them."""

from pathlib import Path

import pytest

from consumer.errors import ConfigurationError
from projects.names.category_list import Named, read, read_list


def file(folder: Path, content: str | bytes, name: str = "names.txt") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("Envíos: a: b, c\nPagos\tcobros\ty más\n", [Named("Envíos", "a: b, c"), Named("Pagos", "cobros y más")]),
        (
            "Envíos | Shipping: dónde\nPagos|Billing",
            [Named("Envíos", "dónde", "Shipping"), Named("Pagos", "", "Billing")],
        ),
        ("Envíos | Envíos\nPagos | ", [Named("Envíos", ""), Named("Pagos", "")]),
        ('"Envíos: dónde"\n"Pagos"\n', [Named("Envíos", "dónde"), Named("Pagos", "")]),
        ('Envíos: dice "no" y; sí\r\nPagos\r\n', [Named("Envíos", 'dice "no" y; sí'), Named("Pagos", "")]),
        ("Billing; Shipping; Other", [Named("Billing", ""), Named("Shipping", ""), Named("Other", "")]),
        ("🚚\n💶: cobros", [Named("🚚", ""), Named("💶", "cobros")]),
        ("envios | Shipping\nENVÍOS: tarde\nPagos", [Named("envios", "tarde", "Shipping"), Named("Pagos", "")]),
        ("Facturación\nEnvíos\n".encode("cp1252"), [Named("Facturación", ""), Named("Envíos", "")]),
        (b"\xef\xbb\xbfPagos\n\n# nada\n\t\nOtros", [Named("Pagos", ""), Named("Otros", "")]),
    ],
)
def test_files_are_read_as_they_are_written(tmp_path: Path, content: str | bytes, named: list[Named]) -> None:
    """With sentences that hold colons, tabs, quotes; with names in both languages; in the encodings of editors."""
    assert read([file(tmp_path, content)]) == named


def test_the_header_of_a_column_is_no_category(tmp_path: Path) -> None:
    """A CSV of one column is a list of names."""
    assert read([file(tmp_path, 'Categoría\n"Pagos"\nEnvíos\n', "names.csv")]) == [
        Named("Pagos", ""),
        Named("Envíos", ""),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("names.txt", "", "names.txt names nothing: write at least two"),
        ("names.txt", "# nothing\n\n", "names.txt names nothing"),
        ("names.txt", "Pagos\n", "names.txt names one category"),
        ("names.txt", "Pagos\n" + "x" * 300, "line 2: the name that begins with 'x+…' is longer than 80 characters"),
        ("names.txt", "Pagos | " + "x" * 81 + "\nOtros", "line 1: the name that begins with 'x"),
        ("names.txt", "Pagos\n\n...: nada", "line 3: '...: nada' begins with no name; write NAME"),
        ("names.txt", "Pagos\n| Other", "line 2: '| Other' begins with no name"),
        ("names.txt", "a | b | c\nPagos", "line 1: more than two names"),
        ("names.txt", "Pagos;cobros\nEnvíos;paquetes", "line 1: 'Pagos;cobros' has ; in it; write one category a line"),
        ("names.txt", "Pagos | Payments\nCobros | payments", "'Pagos' and 'Cobros' have the same name in the other"),
        (
            "names.txt",
            "id,subject,category\n1,a,b\n",
            "line 1: these are the columns of a table; tickets belong to --from",
        ),
        ("names.csv", "Pagos,cobros\nEnvíos,paquetes\n", "line 1: this is a table with , between cells"),
        ("names.txt", '[{"category": "a"}]', "line 1: this is JSON"),
        ("names.txt", b"PK\x03\x04\x00\xff", "cannot be used: it "),
        ("names.txt", "\n".join(f"ticket {n}" for n in range(1001)), "names 1,001 categories, and 1,000 is the most"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    """With the line and the mend."""
    with pytest.raises(ConfigurationError, match=message):
        read([file(tmp_path, content, name)])


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    """Neither is taken for a category, nor is a text that no file can have for a name refused."""
    with pytest.raises(ConfigurationError, match="is a folder; name the file in it"):
        read([str(tmp_path)])
    with pytest.raises(ConfigurationError, match="there is no file 'names' either"):
        read(["names"])
    assert len(read(["; ".join(f"Category number {number}" for number in range(200))])) == 200


def test_doubles_are_told(tmp_path: Path) -> None:
    """The same name in several lines is one category; one that is near to it may be."""
    notes = read_list([file(tmp_path, "Envíos\nPagos\nenvios: tarde\nEnvío\n")]).notes

    assert notes[0].startswith("'Envíos' is named 2 times (")
    assert "line 1, " in notes[0]
    assert notes[1] == "'Envío' and 'Envíos' look like one category: name it once, if it is one"
    assert read_list(["Pagos; Envíos"]).notes == []


def test_subcategories_of_two_categories_may_have_one_name() -> None:
    """Also in the other language."""
    values = "Envíos | Shipping; Envíos/Otros | Other; Pagos | Payments; Pagos/Otros | Other"

    assert len(read([values])) == 4
