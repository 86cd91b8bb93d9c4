"""Batches in the form in which they are sent, made while ClickHouse is busy with the batch before."""

import secrets
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from analytics.clickhouse.queries import read
from analytics.store.encoded import EVENT, SENTINEL_BYTES, EncodedRow, container
from analytics.store.rows import TABLES, Row
from analytics.store.spans import Spans, in_words, spans


class Body(NamedTuple):
    """Encoded answers as one insert.

    Attributes:
        rows: how many they are.
        last: the last of them.
        statement: reads them from the body.
        body: an Avro object container.
        token: a name for exactly these rows.
    """

    rows: int
    last: EncodedRow
    statement: str
    body: bytes
    token: str


class Prepared(NamedTuple):
    """A batch.

    Attributes:
        decoded: what goes to ClickHouse as columns.
        encoded: what goes there as it is; None when there is nothing.
        answers: the records of its answers.
    """

    decoded: list[Row]
    encoded: Body | None
    answers: Spans


def prepared(rows: Sequence[Row | EncodedRow]) -> Prepared:
    """Return a batch in the form in which it is sent.

    Args:
        rows: in the order they were read; offsets ascend within a partition.
    """
    encoded = [row for row in rows if isinstance(row, EncodedRow)]
    decoded = [row for row in rows if isinstance(row, Row)]
    answers = spans(chain((row.position for row in encoded), (row.position for row in decoded if row.name == EVENT)))
    return Prepared(decoded, _body(encoded, answers) if encoded else None, answers)


def _body(rows: Sequence[EncodedRow], answers: Spans) -> Body:
    sentinel = secrets.token_bytes(SENTINEL_BYTES)
    made = container(rows, sentinel)
    statement = read("store_answers").replace("$sentinel", sentinel.hex())
    token = f"v2:{TABLES[EVENT]}:{in_words(answers)}:{made.checksum:08x}"
    return Body(len(rows), rows[-1], statement, made.body, token)
