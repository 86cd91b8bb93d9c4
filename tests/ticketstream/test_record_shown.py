"""Records of every event and of none, as `tail` shows them."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from schemas.events import EventName
from tests.support.event_examples import EXAMPLES
from tests.terminal.test_safe_text import ANY_TEXT, commands
from ticketstream.record_shown import full_form, short_form


def document(value: Any, headers: Mapping[str, str | None] | None = None, **changed: Any) -> dict[str, Any]:
    return {
        "topic": "t",
        "partition": 2,
        "offset": 17,
        "timestamp": 1_795_348_800_000,
        "key": "TKT-1",
        "headers": {**(headers or {})},
        "value": value,
        **changed,
    }


@pytest.mark.parametrize("event", EXAMPLES)
@pytest.mark.parametrize("columns", [80, 160])
def test_a_record_is_one_line_of_the_terminal(monkeypatch: pytest.MonkeyPatch, event: EventName, columns: int) -> None:
    """When it was written, where it stands, its key, and what matters most of its event."""
    monkeypatch.setenv("COLUMNS", str(columns))
    line = short_form(document(EXAMPLES[event]))

    assert line.startswith("2026-11-22T12:00:00.000+00:00  2@17  TKT-1  ")
    assert cell_len(line) <= columns
    assert len(line) > 50


@pytest.mark.parametrize("event", EXAMPLES)
def test_full_shows_every_field_whole(event: EventName) -> None:
    """Nothing that has a value is cut or left out."""
    value = {**EXAMPLES[event], "detail": "x" * 500}
    line = full_form(document(value, {"h": "v"}))

    assert [name for name, field in value.items() if field not in (None, "", [], {}) and f"  {name}=" not in line] == []
    assert "x" * 500 in line
    assert line.endswith("  h=v")


def test_a_dead_letter_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reason, topic and detail, not the value that nobody can read."""
    monkeypatch.setenv("COLUMNS", "200")
    line = short_form(
        document("\x00\x01", {"ts-failed-at": "x", "ts-reason": "invalid_field", "ts-detail": "too long"})
    )

    assert line.endswith("TKT-1  ts-reason=invalid_field  ts-detail=too long")


@given(ANY_TEXT, st.none() | ANY_TEXT, st.none() | st.integers())
def test_no_record_commands_the_terminal(text: str, key: str | None, timestamp_ms: int | None) -> None:
    """Whatever its writer put into value, key, headers and timestamp."""
    hostile = document(text, {text: text, "ts-detail": text}, key=key, timestamp=timestamp_ms, problem=text)
    event = document({**EXAMPLES["TicketCreated"], "subject": text, "attributes": {text: text}}, key=key)
    for line in (short_form(hostile), full_form(hostile), short_form(event), full_form(event)):
        assert commands(line) == []
