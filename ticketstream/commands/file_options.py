"""Options of every command that reads a file of tickets: what need not be found out."""

from typing import Annotated

import typer

from tickets.files.formats import Format

Columns = Annotated[
    str | None,
    typer.Option(metavar="NAME,NAME", help="The names of all columns, for CSV whose first line is a ticket already."),
]
Delimiter = Annotated[
    str | None,
    typer.Option(metavar="CHARACTER", help="Between the cells of CSV, such as ; or tab. Found if not given."),
]
Encoding = Annotated[
    str | None, typer.Option(metavar="NAME", help="Such as utf-8, utf-16, cp1252. Found if not given.")
]
FileFormat = Annotated[
    Format | None, typer.Option("--format", help="Found by the file's name or its content if not given.")
]
