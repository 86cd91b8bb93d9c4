"""JSON that is read value by value."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.files.json_values import MAX_VALUE_CHARACTERS, Element, NotJson, elements, parsed

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
rows = st.lists(st.dictionaries(st.text(max_size=4), values, max_size=3), min_size=1, max_size=4)


class Trickle(io.StringIO):
    """A text of which three characters come at a time."""

    def read(self, size: int | None = -1, /) -> str:
        return super().read(3 if size is None or size < 0 else min(size, 3))


def _elements(text: str) -> list[Element]:
    return list(elements(Trickle(text)))


@given(rows, st.sampled_from([None, 0, 2]), st.sampled_from(["escaped", "plain"]))
def test_the_rows_of_a_list_are_those_of_the_whole_document(
    document: list[dict[str, Any]],
    indent: int | None,
    escaped: str,
) -> None:
    """Wherever the pieces of the text end."""
    text = json.dumps(document, indent=indent, ensure_ascii=escaped == "escaped")

    assert [element.value for element in _elements(text)] == document


def test_the_lists_within_an_object_are_told_by_their_names() -> None:
    """Values of the object come too, and each element has the line in which it begins."""
    text = '{"count": 12,\n"data": {"page": [{"a": 1},\n 2]},\n"empty": [], "o": {}, "last": null}\n'

    assert _elements(text) == [
        Element(1, "count", 12, in_list=False),
        Element(2, "data.page", {"a": 1}, in_list=True),
        Element(3, "data.page", 2, in_list=True),
        Element(4, "last", None, in_list=False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1", '"a"', "[1", "[1,]", "[1 2]", "{", '{"a"}', '{"a": 1,}', "{1: 2}", "[1] 2", "[" * 100_000,
        '{"a":' * 100_000, '["' + "x" * (MAX_VALUE_CHARACTERS * 3) + '"]',
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_what_is_no_document_is_refused(text: str) -> None:
    """Also what would never end, or be nested without end."""
    with pytest.raises(NotJson):
        list(elements(io.StringIO(text)))


@pytest.mark.parametrize("text", ["", "{", "nul", "1 2", "[" * 100_000, "1e9999999999999999999", "9" * 5000, '"\n"'])
def test_what_is_no_value_is_refused(text: str) -> None:
    """The message holds nothing of the text."""
    with pytest.raises(NotJson) as caught:
        parsed(text)

    assert str(caught.value) == ""
    assert caught.value.__suppress_context__


def test_numbers_keep_their_digits_and_nan_is_nothing() -> None:
    """What a spreadsheet or a data frame wrote for an empty cell is no value."""
    assert str(parsed("[1.50, 12345678901234567890.10, NaN, -Infinity]")[0]) == "1.50"
    assert parsed("[NaN, Infinity]") == [None, None]
