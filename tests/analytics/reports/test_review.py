"""The review queue asks about what is worth a judgement, and about nothing else."""

import datetime as dt
from typing import Any

import pytest

from analytics.clickhouse.client import Client
from analytics.reports.review import KINDS, Kind, ReviewTicket, review_candidates
from analytics.reports.review_choice import TURNS, chosen
from analytics.reports.review_question import waiting
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from tests.support.stored_events import NOON_MS, categorized, corrected

_NOW = dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC) + dt.timedelta(hours=1)
_DAY_MS = 86_400_000


def _asked(client: Client, **changed: Any) -> list[ReviewTicket]:
    return review_candidates(client, **{"limit": 50, "now": _NOW, "seed": 0, **changed})


def _kinds(found: list[ReviewTicket]) -> dict[str, Kind]:
    return {ticket.ticket_id: ticket.kind for ticket in found}


def _plain(number: int, **changed: Any) -> Row:
    """An automatic answer like many others."""
    return categorized(f"plain-{number}", 1000 + number, **changed)


def test_each_reason_is_found(client: Client) -> None:
    """Answers wait for the reason that they give, and plain automatic ones are spot-checked."""
    by_rules: dict[str, Any] = {"method": "RULES", "decision": "SUGGEST", "confidence": 0.5}
    RowWriter(client).write(
        [
            *(_plain(number) for number in range(20)),
            *(
                categorized(f"unsure-{number}", number, decision="SUGGEST", confidence=0.4 + number / 100)
                for number in range(3)
            ),
            categorized("drawn", 10, audit_probability=0.02),
            categorized(
                "overruled", 11, **by_rules, explanation=["model.below_min_confidence:0.6", "rule.keyword:pin"]
            ),
            categorized("unknown", 12, **by_rules, explanation=["model.no_known_label", "rule.default"]),
            categorized("default", 13, **by_rules, explanation=["model.below_min_confidence:0.6", "rule.default"]),
            categorized("rare", 14, language="pt"),
            categorized("later", 15, provisional=True),
        ]
    )

    found = _asked(client)

    kinds = _kinds(found)
    assert kinds["drawn"] == "audit"
    assert kinds["overruled"] == kinds["unknown"] == "disagreement"
    assert kinds["default"] == kinds["unsure-0"] == "unsure"
    assert kinds["rare"] == "new_kind"
    assert {kinds[f"plain-{number}"] for number in range(20)} == {"spot_check"}
    assert "later" not in kinds
    assert found[0].ticket_id == "drawn"
    unsure = [ticket.ticket_id for ticket in found if ticket.kind == "unsure"]
    assert unsure == ["unsure-0", "unsure-1", "unsure-2", "default"]


def test_a_ticket_carries_what_is_shown(client: Client) -> None:
    """All fields of the answer, and the text of its record."""
    answer = categorized("T-1", 7, audit_probability=0.5, channel="chat")
    text = {"ticket_id": "T-1", "received_at": NOON_MS, "subject": "Card", "description": "It is\nbroken"}
    RowWriter(client).write([answer])
    client.insert(
        "_ticket_texts",
        {
            "record_topic": ["ticket-created"],
            "record_partition": [0],
            "record_offset": [7],
            **{name: [value] for name, value in text.items()},
        },
        "text",
    )

    (found,) = _asked(client)

    assert found == ReviewTicket(
        event_id=answer.event["event_id"],
        ticket_id="T-1",
        kind="audit",
        category="billing",
        subcategory="payment_issue",
        confidence=0.93,
        decision="AUTO",
        method="MODEL",
        model="tickets-1",
        alternatives=(("account", None, 0.05), ("cards", "lost", 0.02)),
        explanation=("model.answered",),
        text=("Card", "It is\nbroken"),
        categorized_at=dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC),
        channel="chat",
        language="es",
        judged_by=(),
        audit_probability=0.5,
    )
    assert found.origin == "AUDIT"
    assert _asked(client, with_texts=False) == [found._replace(text=None)]


def test_without_a_right_on_texts_there_are_none(client: Client) -> None:
    """The answers are there all the same."""
    RowWriter(client).write([categorized("T-1", 1)])
    client.command("RENAME TABLE _ticket_texts TO _hidden_texts")
    try:
        (found,) = _asked(client)
    finally:
        client.command("RENAME TABLE _hidden_texts TO _ticket_texts")

    assert (found.ticket_id, found.text) == ("T-1", None)


def test_what_was_judged_is_not_asked_about(client: Client) -> None:
    """Any correction of the ticket ends it, by whomever."""
    RowWriter(client).write([categorized("T-1", 1), categorized("T-2", 2), corrected("T-1", corrected_by=None)])

    assert set(_kinds(_asked(client))) == {"T-2"}


def test_a_judged_ticket_that_was_sent_again_is_not_asked_about(client: Client) -> None:
    """Also when the judged answer is not among the newest any more."""
    RowWriter(client).write([categorized("T-1", 1), corrected("T-1"), categorized("T-1", 90_000)])

    assert _asked(client) == []


def test_an_audit_waits_for_an_audit(client: Client) -> None:
    """An agent's correction is no audit: without those answers the audit would see fewer wrong ones than there are."""
    RowWriter(client).write(
        [
            categorized("by-agent", 1, audit_probability=0.1),
            categorized("by-audit", 2, audit_probability=0.1),
            corrected("by-agent", offset=1),
            corrected("by-audit", offset=2, origin="AUDIT"),
        ]
    )

    assert _kinds(_asked(client)) == {"by-agent": "audit"}
    assert waiting(client, _NOW, 1.0).audit == 1


def test_the_oldest_drawn_answer_comes_first(client: Client) -> None:
    """Whatever the partitions; what is older than the window is not asked about."""
    RowWriter(client).write(
        [
            categorized("young", 1, partition=0, audit_probability=0.1),
            categorized("old", 2, partition=1, audit_probability=0.1, at_ms=NOON_MS - 10 * _DAY_MS),
            categorized("older", 0, partition=2, audit_probability=0.1, at_ms=NOON_MS - 12 * _DAY_MS),
            categorized("gone", 9, partition=1, audit_probability=0.1, at_ms=NOON_MS - 20 * _DAY_MS),
        ]
    )

    assert [ticket.ticket_id for ticket in _asked(client)] == ["older", "old", "young"]
    assert [ticket.ticket_id for ticket in _asked(client, limit=1)] == ["older"]


def test_an_answer_given_again_is_asked_about_once(client: Client) -> None:
    """The newest revision of a record, and the newest record of a ticket; also of drawn ones."""
    RowWriter(client).write(
        [
            categorized("T-1", 1, decision="SUGGEST", provisional=True),
            categorized("T-1", 1, 1, at_ms=NOON_MS + 1000),
            categorized("T-2", 2, audit_probability=0.1, provisional=True),
            categorized("T-2", 2, 1, audit_probability=0.1, at_ms=NOON_MS + 1000),
            categorized("T-3", 3),
            categorized("T-3", 4, source={"timestamp": NOON_MS + 5000}),
        ]
    )

    found = _asked(client)

    newest = {
        categorized("T-1", 1, 1).event["event_id"],
        categorized("T-2", 2, 1).event["event_id"],
        categorized("T-3", 4).event["event_id"],
    }
    assert {ticket.event_id for ticket in found} == newest
    assert len(found) == 3
    assert waiting(client, _NOW, 1.0).audit == 1


def test_equal_texts_are_asked_about_once(client: Client) -> None:
    """One answer stands for all of a text."""
    RowWriter(client).write([_plain(number, fingerprint="v2:same") for number in range(30)])

    assert len(_asked(client)) == 1


def test_rows_stored_twice_are_one(client: Client) -> None:
    """A sink that was killed stores again."""
    rows = [categorized("T-1", 1), categorized("T-2", 2, audit_probability=0.1)]
    RowWriter(client).write(rows)
    RowWriter(client).write([*rows, categorized("T-4", 4)])

    assert sorted(_kinds(_asked(client))) == ["T-1", "T-2", "T-4"]


def test_unwanted_answers_are_left_out(client: Client) -> None:
    """However many they are, as many others are found."""
    RowWriter(client).write([categorized(f"T-{number}", number, audit_probability=0.1) for number in range(40)])

    first = _asked(client, limit=20)
    then = _asked(client, limit=20, without=[ticket.event_id for ticket in first])

    assert len({ticket.ticket_id for ticket in [*first, *then]}) == 40


def test_kinds_can_be_chosen(client: Client) -> None:
    """Of these alone."""
    RowWriter(client).write([categorized("T-1", 1, audit_probability=0.1), categorized("T-2", 2)])

    assert _kinds(_asked(client, kinds=["audit"])) == {"T-1": "audit"}


def test_a_second_person_is_asked(client: Client) -> None:
    """Somebody else who is known, about what one known person judged; never the same, nobody, or a typed name."""
    RowWriter(client).write(
        [
            *(categorized(f"T-{number}", number) for number in range(5)),
            corrected("T-0", offset=0, corrected_by="ana"),
            corrected("T-1", offset=1, corrected_by=None),
            corrected("T-2", offset=2, corrected_by="typed:ben"),
            corrected("T-3", offset=3, corrected_by="ana"),
            corrected("T-3", offset=4, corrected_by="cleo"),
            corrected("T-4", offset=5, corrected_by="ana", origin="IMPORT"),
        ]
    )

    def asked(by: str | None) -> list[tuple[str, tuple[str, ...]]]:
        return [(ticket.ticket_id, ticket.judged_by) for ticket in _asked(client, by=by, twice_share=1.0)]

    assert asked("ben") == [("T-0", ("ana",))]
    assert asked("ana") == asked(" Ana") == asked(None) == asked("typed:ben") == asked("Typed:ben") == []
    assert waiting(client, _NOW, 1.0).second_opinion == 1
    assert _asked(client, by="ben", twice_share=0.0) == []


def test_about_as_many_as_the_share_are_judged_twice(client: Client) -> None:
    """The choice is by a hash of the answer: the same each time."""
    RowWriter(client).write(
        [
            row
            for number in range(1000)
            for row in (categorized(f"T-{number}", number), corrected(f"T-{number}", offset=number))
        ]
    )

    counted = [waiting(client, _NOW, share).second_opinion for share in (0.05, 0.05, 0.1)]

    assert counted[0] == counted[1]
    assert 25 <= counted[0] <= 80
    assert counted[2] > counted[0]


def test_nothing_is_asked_about_nothing(client: Client) -> None:
    """An empty database, and answers that the library stored."""
    assert _asked(client) == []
    RowWriter(client).write([categorized("T-1", 1, source={"topic": "library"})])
    assert _asked(client) == []


@pytest.mark.parametrize("seed", range(20))
def test_no_kind_starves(seed: int) -> None:
    """Each kind gets its turns in a round, wherever the round begins."""
    lines: dict[Kind, list[str]] = {kind: [f"{kind}-{number}" for number in range(50)] for kind in KINDS}

    taken = chosen(lines, sum(TURNS.values()), [], seed)

    assert {kind: [one for _, one in taken].count(kind) for kind in KINDS} == dict(TURNS)
    assert [kind for _, kind in taken[:11]] == ["audit"] * 10 + ["second_opinion"]
    for kind in KINDS:
        of_kind = [event_id for event_id, one in taken if one == kind]
        assert of_kind == lines[kind][: len(of_kind)]


def test_one_at_a_time_no_kind_starves() -> None:
    """A page that asks for one answer each time sees all kinds, if its seeds differ."""
    lines: dict[Kind, list[str]] = {kind: [kind] for kind in KINDS}

    seen = [chosen(lines, 1, [], seed)[0][1] for seed in range(sum(TURNS.values()))]

    assert {kind: seen.count(kind) for kind in KINDS} == dict(TURNS)


def test_what_is_left_fills_the_rest() -> None:
    """Kinds without answers leave their turns to the others; an answer with two reasons is taken once."""
    lines: dict[Kind, list[str]] = {"audit": ["a"], "unsure": ["b", "a", "c"], "spot_check": []}

    assert sorted(event_id for event_id, _ in chosen(lines, 10, ["b"], 3)) == ["a", "c"]
