"""Files of tickets: what they are, and their rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tickets.files.bad_lines import BadLine, FileRefused, listed
from tickets.files.columns import Chosen, Doubled, layout
from tickets.files.csv_header import Table, table_of
from tickets.files.date_orders import DateOrders
from tickets.files.dialect import named_delimiter
from tickets.files.encoding import found, named
from tickets.files.formats import Format, format_of, list_of_rows
from tickets.files.names import Fields
from tickets.files.open_file import Source, chunks, opened, text_of
from tickets.files.raw_rows import RawRow, csv_rows, json_rows, jsonl_rows
from tickets.files.rows import Row, RowReader
from tickets.files.times import Order

_BEGINNING_CHARACTERS = 64 * 1024


class Choices(NamedTuple):
    """What a user said of a file; what was left open is found.

    Attributes:
        format: Of the file; without it the name's ending or the content says.
        encoding: By its name in Python.
        delimiter: Of CSV: one character, or a word such as `tab`.
        columns: The names of the columns, for CSV without a header.
        chosen: The column of a field, by field; empty for none.
        date_order: Of dates such as 05/11/2026.
    """

    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    columns: tuple[str, ...] = ()
    chosen: Chosen = MappingProxyType({})
    date_order: Order | None = None


class Form(NamedTuple):
    """How the bytes of a file become rows.

    Attributes:
        format: csv, jsonl or json.
        encoding: By its name in Python.
        table: The dialect and the header of CSV.
        list_name: The list of a JSON document that holds the rows; see `list_of_rows`.
    """

    format: Format
    encoding: str
    table: Table | None = None
    list_name: str | None = None


class TicketFile(NamedTuple):
    """A file that was read once.

    Attributes:
        form: How its bytes become rows.
        total: How many rows it has, bad ones too.
        date_order: Of dates such as 05/11/2026; None where no date depends on it.
        used: For each field the columns that held it in some row.
        attributes: The names of all other columns with a value.
        rows: Reads its rows from the first one on.
    """

    form: Form
    total: int
    date_order: Order | None
    used: dict[str, list[str]]
    attributes: list[str]
    source: Source
    fields: Fields
    chosen: Chosen

    def rows(self) -> Iterator[Row | BadLine]:
        """Every row, or what is wrong with it."""
        return _rows(self.source, self.form, RowReader(self.fields, self.chosen, self.form.encoding))


@contextmanager
def opened_tickets(path: Path, fields: Fields, choices: Choices) -> Iterator[TicketFile]:
    """Read a file once, to find out what it is.

    Encoding, order of dates and number of rows are known only at the end. What is read is never kept, so the file may
    be larger than the memory. Standard input (`-`) and pipes are copied to a temporary file.

    Args:
        path: The file, also compressed by gzip.
        fields: What is wanted of each row, and the names of its columns.
        choices: What need not be found.

    Raises:
        OSError: the file cannot be read.
        FileRefused: it holds no rows, or what it is cannot be told.
    """
    with opened(path) as source:
        form = _form(path, source, fields, choices)
        reader = RowReader(fields, choices.chosen, form.encoding)
        orders = DateOrders()
        total = 0
        for row in _rows(source, form, reader):
            total += 1
            if isinstance(row, Row):
                orders.see(row)
        _refuse_unfit(total, reader, form)
        date_order = choices.date_order or orders.decided()
        used = {field: list(columns) for field, columns in reader.used.items()}
        yield TicketFile(form, total, date_order, used, list(reader.attributes), source, fields, choices.chosen)


def _form(path: Path, source: Source, fields: Fields, choices: Choices) -> Form:
    delimiter = named_delimiter(choices.delimiter) if choices.delimiter else None
    encoding = named(choices.encoding) if choices.encoding else found(chunks(source))
    with text_of(source, encoding) as text:
        file_format = format_of(path, choices.format, text.read(_BEGINNING_CHARACTERS))
    if file_format in {"csv", "tsv"}:
        delimiter = delimiter or ("\t" if choices.format == "tsv" else None)
        with text_of(source, encoding) as text:
            return Form("csv", encoding, table_of(text, delimiter, choices.columns, fields, choices.chosen))
    if delimiter or choices.columns:
        raise FileRefused("is JSON: --delimiter and --columns are for CSV")
    if file_format == "jsonl":
        return Form("jsonl", encoding)
    with text_of(source, encoding) as text:
        return Form("json", encoding, None, list_of_rows(text, lambda names: _is_row(names, fields, choices.chosen)))


def _is_row(names: Sequence[str], fields: Fields, chosen: Chosen) -> bool:
    try:
        places = layout(names, fields, chosen)
    except Doubled:
        return True
    return bool(places.fields["subject"] or places.fields["description"])


def _rows(source: Source, form: Form, reader: RowReader) -> Iterator[Row | BadLine]:
    for raw in _raw_rows(source, form):
        yield reader.read(raw) if isinstance(raw, RawRow) else raw


def _raw_rows(source: Source, form: Form) -> Iterator[RawRow | BadLine]:
    with text_of(source, form.encoding) as text:
        match form:
            case Form("jsonl"):
                yield from jsonl_rows(text)
            case Form("json"):
                yield from json_rows(text, form.list_name)
            case Form(table=Table() as table):
                yield from csv_rows(text, table)


def _refuse_unfit(total: int, reader: RowReader, form: Form) -> None:
    if not total:
        raise FileRefused("holds no tickets" if form.table is None else "has no rows behind its first line")
    if reader.missing:
        raise FileRefused(
            f"has no column {listed(sorted(reader.missing))}; its columns are {listed(list(reader.columns))}"
        )
