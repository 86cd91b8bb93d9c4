"""Files of every kind, from their bytes to their rows."""

import csv
import gzip
import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.files.bad_lines import BadLine, FileRefused
from tickets.files.names import TICKET
from tickets.files.rows import Row
from tickets.files.ticket_file import Choices, TicketFile, opened_tickets

OPEN = Choices()
PLAIN: dict[str, str] = {"subject": "Pago", "description": "No puedo pagar, ayuda", "id": "7"}
# Words as people write them, as nothing else says that a file is cp1252; between them whatever CSV must quote.
spanish = st.sampled_from(
    ["Devolución", "no", "¿Cuándo", "mañana?", "quedé", "vergüenza", "Él", "3ª", "5 €", "año", "«hola»"]
)
between = st.text(st.sampled_from(" ,;|\t\"'\n\r.:="), min_size=1, max_size=4)
texts = st.lists(st.tuples(spanish, between).map("".join), max_size=5).map("".join)
words = st.text(st.sampled_from("abcdefg-0123456789"), min_size=1, max_size=8)
tickets = st.lists(
    st.fixed_dictionaries({"id": words, "subject": texts.map(lambda text: f"{text}año"), "description": texts}),
    min_size=1,
    max_size=5,
)
DIALECTS: dict[str, dict[str, Any]] = {
    "comma": {"delimiter": ","},
    "semicolon": {"delimiter": ";"},
    "tab": {"delimiter": "\t"},
    "pipe": {"delimiter": "|"},
    "unix": {"lineterminator": "\n", "quoting": csv.QUOTE_ALL},
    "mac": {"lineterminator": "\r", "quoting": csv.QUOTE_ALL},
    "all quoted": {"quoting": csv.QUOTE_ALL, "delimiter": ";"},
    "no numbers quoted": {"quoting": csv.QUOTE_NONNUMERIC},
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")


def _rows(path: Path, choices: Choices = OPEN) -> list[Row | BadLine]:
    with opened_tickets(path, TICKET, choices) as file:
        return list(file.rows())


def _file(path: Path, choices: Choices = OPEN) -> TicketFile:
    with opened_tickets(path, TICKET, choices) as file:
        return file


def _values(rows: list[Row | BadLine]) -> list[dict[str, str]]:
    return [{name: text for name, text in row.fields.items() if text} for row in rows if isinstance(row, Row)]


def _bad(rows: list[Row | BadLine]) -> dict[int, str]:
    return {row.line: row.problem for row in rows if isinstance(row, BadLine)}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=20)
@given(rows=tickets)
def test_whatever_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, dialect: str, encoding: str, rows: list[dict[str, str]]
) -> None:
    """Any ticket in any dialect and encoding is the same ticket again, without a word from the user."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["id", "subject", "description"], **DIALECTS[dialect])
    writer.writeheader()
    writer.writerows(rows)
    path = tmp_path_factory.mktemp("files") / "t.csv"
    path.write_bytes(text.getvalue().encode(encoding))

    assert _values(_rows(path)) == [{name: value for name, value in row.items() if value} for row in rows]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "subject;description;id\r\nPago;No puedo pagar, ayuda;7\r\n"),
        ("t.csv", 'sep=;\r\nsubject;description;id\r\nPago;"No puedo pagar, ayuda";7\r\n'),
        ("t.csv", 'subject, description, id\n"Pago", "No puedo pagar, ayuda", 7\n'),
        ("t.csv", '"subject", "description", "id"\n"Pago" , "No puedo pagar, ayuda" , "7"\n'),
        ("t.tsv", "ASUNTO\tDescripción\tTicket ID\nPago\tNo puedo pagar, ayuda\t7\n"),
        ("t.txt", "asunto|descripcion|Nº de ticket\rPago|No puedo pagar, ayuda|7\r"),
        ("t", 'subject,description,id\n\nPago,"No puedo pagar, ayuda",7\n\n,,\n'),
        ("t.jsonl", '{"id": 7, "subject": "Pago", "description": "No puedo pagar, ayuda"}\n\n'),
        ("t.ndjson", '\n{"ticket_id": "7", "Asunto": "Pago", "DESCRIPCIÓN": "No puedo pagar, ayuda"}'),
        ("t.json", '[{"id": 7.0, "subject": "Pago", "description": "No puedo pagar, ayuda"}]'),
        ("t.json", '{"n": 1, "tickets": [{"id": "7", "subject": "Pago", "body": "No puedo pagar, ayuda"}], "x": []}'),
        ("t.json", '{"data": {"page": [{"id": "7", "subject": "Pago", "body": "No puedo pagar, ayuda"}]}}'),
        ("t.json", '{\n"id": "7",\n"subject": "Pago", "text": "No puedo pagar, ayuda", "tags": ["a"]}'),
        ("t.json", '{"id": "7", "subject": "Pago", "text": "No puedo pagar, ayuda"}\n{}\n'),
        ("t", '{"id": null, "ticket_id": 7, "subject": "Pago", "description": "No puedo pagar, ayuda"}'),
        ("t.csv", 'id,subject,description\n="7",Pago,"No puedo pagar, ayuda"\n'),
        ("t.csv", 'id,subject,description\n"=""7""",Pago,"No puedo pagar, ayuda"\n'),
        ("t.jsonl", '{"_id": {"$oid": "7"}, "subject": "Pago", "description": "No puedo pagar, ayuda"}'),
        ("t.dat", ' [ {"id": "", "key": 7, "subject": "Pago", "description": "No puedo pagar, ayuda"} ] '),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_every_kind_of_file_holds_the_same_ticket(tmp_path: Path, name: str, content: str, ending: str) -> None:
    """Format, delimiter and columns are found, compressed or not."""
    path = tmp_path / f"{name}{ending}"
    path.write_bytes(gzip.compress(content.encode()) if ending else content.encode())

    assert _values(_rows(path))[:1] == [PLAIN]


def test_rows_that_do_not_fit_the_header_are_named_by_their_first_line(tmp_path: Path) -> None:
    """Nothing of a row is cut off; empty cells behind the last column are no values."""
    path = tmp_path / "t.csv"
    path.write_text('id,subject,description\n1,"a\nb",c\n2,"d\ne",f,g\n3,h\n4,i,j,,\n"5,k,l\n6,m,n\n')
    found = _rows(path)

    assert _bad(found) == {
        4: "has 4 cells, and the header has 3",
        6: "has 2 cells, and the header has 3",
        8: "is not CSV: a quote is not closed",
    }
    assert [row["id"] for row in _values(found)] == ["1", "4", "6"]


def test_a_lone_cr_ends_no_line_where_lines_end_otherwise(tmp_path: Path) -> None:
    """Forms send them within texts, and not every program quotes them."""
    path = tmp_path / "t.csv"
    path.write_bytes(b'subject,description\na\rb,"c"\n"d",e\rf\n')

    assert _values(_rows(path)) == [
        {"subject": "a\rb", "description": "c"},
        {"subject": "d", "description": "e\rf"},
    ]


def test_further_columns_are_attributes(tmp_path: Path) -> None:
    """Nothing of a file is lost; what is empty is left out."""
    path = tmp_path / "t.csv"
    path.write_text("Id,Subject,Status,,Tags,Tags,Empty,Summary\n1,a,open,x,t,u,  ,longer\n2,,closed,,,,,b\n")
    first, second = _rows(path)

    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert first.attributes == {"Status": "open", "column 4": "x", "Tags": "t", "Tags 2": "u", "Summary": "longer"}
    assert (second.fields["subject"], second.attributes) == ("b", {"Status": "closed"})


def test_values_of_json_become_text(tmp_path: Path) -> None:
    """Simple values keep their digits, objects within are taken apart, lists are one text, nothing is no attribute."""
    row = """{"id": 12345678901234567890123, "subject": "a", "priority": 3, "vip": true, "x": null, "price": 1.50,
        "via": {"channel": "web", "source": {"rel": null, "from": "me"}}, "tags": ["a", 1, null], "empty": [], "o": {},
        "deep": [{"a": 1.10}], "nan": NaN}""".replace("\n", " ")
    path = tmp_path / "t.jsonl"
    path.write_text(row)
    (found,) = _rows(path)

    assert isinstance(found, Row)
    assert (found.fields["id"], found.fields["channel"]) == ("12345678901234567890123", "web")
    assert found.attributes == {
        "priority": "3", "vip": "true", "price": "1.50", "via.source.from": "me", "tags": "a, 1",
        "deep": '[{"a": 1.10}]',
    }  # fmt: skip


@pytest.mark.parametrize("row", ['{"id": 1, "description": {"type": "doc"}}', '{"fields": {"summary": {"en": "a"}}}'])
def test_an_object_in_the_place_of_a_text_makes_a_bad_row(tmp_path: Path, row: str) -> None:
    """Its parts are not scattered over attributes; a user can say which of them is the text."""
    path = tmp_path / "t.jsonl"
    path.write_text(f'{row}\n{{"description": {{"es": "a"}}, "subject": "b"}}')

    assert list(_bad(_rows(path))) == [1, 2]
    assert _values(_rows(path, Choices(chosen={"description": "description.es"})))[-1] == {
        "description": "a",
        "subject": "b",
    }


@pytest.mark.parametrize(
    ("value", "text"), [("77", "77"), ("77.0", "77"), ('"007"', "007"), ('" 7 "', "7"), ("1e3", "1000"), ("null", None)]
)
def test_an_id_is_its_text(tmp_path: Path, value: str, text: str | None) -> None:
    """A whole number is that number however it is written; leading zeros stay."""
    path = tmp_path / "t.jsonl"
    path.write_text(f'{{"id": {value}, "subject": "a"}}')
    (found,) = _rows(path)

    assert isinstance(found, Row)
    assert found.fields["id"] == text


@pytest.mark.parametrize("value", ["1.5", "true", "[]", "[1]", "1e999999999", '"a", "ID": "b"'])
def test_an_id_that_is_no_text_makes_a_bad_row(tmp_path: Path, value: str) -> None:
    """There is no guess what it could mean."""
    path = tmp_path / "t.jsonl"
    path.write_text(f'{{"id": {value}, "subject": "a"}}\n{{"subject": "b"}}')
    found = _rows(path)

    assert list(_bad(found)) == [1]
    assert _values(found) == [{"subject": "b"}]


def test_bad_bytes_are_named_and_not_replaced(tmp_path: Path) -> None:
    """Also when they come long after the first characters were read."""
    path = tmp_path / "t.csv"
    good = "subject,description\n" + "Devolución,año\n" * 20_000
    path.write_bytes(good.encode() + b"x,ma\xf1ana\n" + b"y,z\n")
    found = _rows(path)

    assert _bad(found) == {20_002: "is not UTF-8"}
    assert len(found) == 20_002


def test_an_encoding_and_a_delimiter_can_be_given(tmp_path: Path) -> None:
    """What is given is not looked for."""
    path = tmp_path / "t.csv"
    path.write_bytes("subject:description\nPago:Mañana\n".encode("cp1252"))
    found = _rows(path, Choices(encoding="latin-1", delimiter=":"))

    assert _values(found) == [{"subject": "Pago", "description": "Mañana"}]
    assert _bad(_rows(path, Choices(encoding="utf-8", delimiter=":"))) == {2: "is not UTF-8"}


def test_columns_can_be_given_where_there_is_no_header(tmp_path: Path) -> None:
    """The first line is a row then."""
    path = tmp_path / "t.csv"
    path.write_text("1;Pago;No puedo, ayuda\n2;Card;Lost, or stolen\n")
    found = _rows(path, Choices(columns=("id", "Asunto", "body")))

    assert [row["subject"] for row in _values(found)] == ["Pago", "Card"]


REFUSED = {
    "is empty": b"",
    "has no rows behind its first line": b"id,subject\n\n,\n",
    "has a first line that names no columns": b",,\n1,2,3\n",
    r"no column named subject or description.*\(1, Pago, Hola\).*--map.*--columns": b"1,Pago,Hola\n2,a,b\n",
    "has several columns for subject: Subject, subject; say which with --map": b"Subject,subject\na,b\n",
    "2 columns called subject; rename": b"subject,subject\na,b\n",
    "has a first line that is not CSV: a quote is not closed": b'"subject,description\na,b\n',
    "neither .jsonl nor .csv but a spreadsheet": b"PK\x03\x04rest",
    "dates that can begin with the day or the month, first in line 2.*--date-order dmy": (
        b"subject,created\na,05/11/2026\nb,06/11/2026\nc,7/7/2026\n"
    ),
    "begins with the day in line 3, and one that begins with the month in line 2": (
        b"subject,created\na,05/13/2026\nb,13/05/2026\n"
    ),
    "is empty ": b"\n\n",
}


@pytest.mark.parametrize("message", REFUSED)
def test_a_csv_file_that_cannot_be_understood_is_refused_with_the_mend(tmp_path: Path, message: str) -> None:
    """Nothing is published of it; the message names the option that helps."""
    path = tmp_path / "t.csv"
    path.write_bytes(REFUSED[message])

    with pytest.raises(FileRefused, match=message.strip()):
        _rows(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.jsonl", "\n \n", "holds no tickets"),
        ("t.json", "[]", "holds no tickets"),
        ("t.json", "", "is not JSON"),
        ("t.json", '{"tickets": []}', "holds no tickets"),
        ("t.json", '{"a": [{"x": 1}], "b": [{"x": 1}]}', r"several lists \(a, b\)"),
        ("t.json", "nonsense", "is not JSON"),
    ],
)
def test_json_that_holds_no_tickets_is_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    """There is no silent success over nothing."""
    path = tmp_path / name
    path.write_text(content)

    with pytest.raises(FileRefused, match=message):
        _rows(path)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (Choices(chosen={"subject": "Motivo"}), "has no column Motivo; its columns are id, subject"),
        (Choices(delimiter="ab"), "--delimiter ab: name one character"),
        (Choices(encoding="utf-99"), "--encoding utf-99: there is no such encoding"),
        (Choices(delimiter=";"), "is JSON: --delimiter"),
        (Choices(columns=("a",)), "is JSON: --delimiter and --columns"),
    ],
)
def test_choices_that_do_not_fit_are_refused(tmp_path: Path, choices: Choices, message: str) -> None:
    """The message names the option and what there is."""
    path = tmp_path / "t.jsonl"
    path.write_text('{"id": 1, "subject": "a"}\n')

    with pytest.raises(FileRefused, match=message):
        _rows(path, choices)


def test_a_document_of_many_pieces_is_read_row_by_row(tmp_path: Path) -> None:
    """Rows are named by the lines in which they begin, and numbers are whole wherever a piece ends."""
    rows: list[dict[str, Any]] = [{"id": number, "subject": "x" * (number % 97)} for number in range(1, 8_001)]
    path = tmp_path / "t.json"
    path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + ",\n{]")
    found = _rows(path)

    assert [(row.line, row.fields["id"]) for row in found[:-1] if isinstance(row, Row)] == [
        (number + 1, str(number)) for number in range(1, 8_001)
    ]
    assert _bad(found) == {8_001: "is not JSON in this row or behind it; the rest of the file was not read"}


def test_what_was_found_is_told(tmp_path: Path) -> None:
    """Format, encoding, delimiter, order of dates, the columns of each field and how many rows there are."""
    path = tmp_path / "t.csv"
    path.write_bytes("Nº;Asunto;Creada;Estado\n1;Año;29/11/2026;x\n2;Mes;05/11/2026;\n3;a\n".encode("cp1252"))
    file = _file(path)

    assert (file.form.format, file.form.encoding, file.total, file.date_order) == ("csv", "cp1252", 3, "dmy")
    assert file.form.table
    assert file.form.table.dialect.delimiter == ";"
    assert {field: names for field, names in file.used.items() if names} == {
        "id": ["Nº"],
        "subject": ["Asunto"],
        "created_at": ["Creada"],
    }
    assert file.attributes == ["Estado"]


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    """It can be read only once; its rows come nevertheless."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"subject;id\nPago;7\n",), daemon=True)
    writer.start()
    found = _rows(path)
    writer.join()

    assert _values(found) == [{"id": "7", "subject": "Pago"}]


def test_a_damaged_archive_is_an_unreadable_file(tmp_path: Path) -> None:
    """A truncated or corrupted archive is reported as a file that cannot be read."""
    whole = gzip.compress(b"".join(json.dumps({"subject": str(n)}).encode() + b"\n" for n in range(1000)))
    corrupted = bytearray(whole)
    corrupted[len(whole) // 2 : len(whole) // 2 + 20] = b"\xff" * 20
    for damaged in (whole[:-100], bytes(corrupted), b"no archive"):
        path = tmp_path / "t.jsonl.gz"
        path.write_bytes(damaged)

        with pytest.raises(OSError, match=r"damaged|CRC|Not a gzip"):
            _rows(path)
