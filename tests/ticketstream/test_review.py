"""The parts of the review at the terminal: the list of labels, what can be taken back, and what is shown."""

import datetime as dt
from typing import Any

import pytest

from analytics.reports.review_tickets import TWICE_SHARE, Judgement, ReviewTicket
from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.commands.judging import correction_of
from consumer.config.settings import Settings
from consumer.config.ticket_link import link_of, problem_of_link
from schemas.codec import Decoder, Encoder
from schemas.position import Position
from ticketstream.label_choices import all_labels, by_key, search
from ticketstream.pending_judgements import UNDO_S, Pending
from ticketstream.review_session import Tally
from ticketstream.review_shown import in_words, ticket_text

_NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
_HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"


def _ticket(**changed: Any) -> ReviewTicket:
    fields: dict[str, Any] = {
        "event_id": "answer-1",
        "ticket_id": "T-1",
        "kind": "unsure",
        "category": "billing",
        "subcategory": "payment_issue",
        "confidence": 0.42,
        "decision": "SUGGEST",
        "method": "MODEL",
        "model": "tickets-1",
        "alternatives": (("cards", "change_pin", 0.3), ("cash", None, 0.1)),
        "explanation": ("model.below_min_confidence:0.6",),
        "text": ("Invoice", "It is wrong"),
        "categorized_at": _NOW - dt.timedelta(hours=3),
        "channel": "chat",
        "language": "en",
    }
    return ReviewTicket(**fields | changed)


def _judgement(category: str = "billing", subcategory: str | None = "payment_issue", **changed: Any) -> Judgement:
    return Judgement(_ticket(**changed), category, subcategory, "AGENT", "typed:ana")


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_taxonomy()


def _shown(ticket: ReviewTicket, *, link: str = "", rows: int | None = None, width: int = 80) -> str:
    return ticket_text(ticket, {"billing": "Billing matters"}, _NOW, link=link, width=width, rows=rows)


def test_letters_choose_categories_and_digits_alternatives(taxonomy: Taxonomy) -> None:
    """An alternative is chosen with its subcategory; one that is unknown has no digit."""
    keys = by_key(taxonomy, [("cash", "atm_support"), ("nowhere", None), ("security", "change_pin")])

    assert keys["1"] == ("cash", "atm_support")
    assert keys["2"] == ("security", "change_pin")
    letters = {key: pair for key, pair in keys.items() if key.isalpha()}
    assert list(letters.values()) == [(category, None) for category in taxonomy.subcategories]
    assert "3" not in keys
    assert letters.items() <= by_key(taxonomy, []).items()


def test_search_finds_labels_and_names(taxonomy: Taxonomy) -> None:
    """Whatever the case, the accents and the order of the words; at most nine, each with its digit."""
    labels, names = all_labels(taxonomy), taxonomy.names_in("es")

    assert search(labels, names, "PIN change")["1"] == ("security", "change_pin")
    assert search(labels, names, "facturacion")["1"][0] == "billing"
    assert list(search(labels, names, "")) == [str(digit) for digit in range(1, 10)]
    assert search(labels, names, "no such label") == {}


def test_judgements_wait_for_their_time() -> None:
    """The newest is taken back first, and none whose time is over; what is due comes in its order."""
    pending = Pending()
    first, second = _judgement(), _judgement("cash", None)
    pending.add(first, _NOW, 100.0)
    pending.add(second, _NOW, 103.0)

    assert pending.next_s(104.0) == UNDO_S - 4
    assert pending.due(104.9) == []
    assert [made.judgement for made in pending.due(105.0)] == [first]
    assert pending.undo(107.9) == second
    assert pending.undo(107.9) is None
    pending.add(first, _NOW, 200.0)
    assert pending.undo(205.0) is None
    assert [made.judgement for made in pending.all()] == [first]
    assert pending.next_s(205.0) is None


def test_the_correction_of_a_judgement() -> None:
    """It names the answer that was judged, reads as the service writes it, and is the same when it is made again."""
    judgement = _judgement("cash", None)

    made = correction_of(judgement, _NOW)

    assert made == correction_of(judgement, _NOW)
    assert made["event_id"] != correction_of(judgement, _NOW + dt.timedelta(seconds=1))["event_id"]
    assert made == {
        "event_id": made["event_id"],
        "ticket_id": "T-1",
        "category": "cash",
        "subcategory": None,
        "judged_event_id": "answer-1",
        "origin": "AGENT",
        "corrected_by": "typed:ana",
        "reason": None,
        "corrected_at": int(_NOW.timestamp() * 1000),
    }


def test_the_tally_tells_right_from_wrong() -> None:
    """The answer's category alone confirms as far as it goes; taking back counts down."""
    tally = Tally()
    for judgement in (
        _judgement(),
        _judgement("billing", None),
        _judgement("billing", "extra"),
        _judgement("cash", None),
    ):
        tally.count(judgement, 1)
    tally.count(_judgement("cash", None), -1)

    assert (tally.confirmed, tally.corrected, tally.seen) == (2, 1, 3)


def test_a_ticket_is_shown() -> None:
    """Why, text, answer, reasons in words, alternatives."""
    shown = _shown(_ticket(), width=120)

    assert "Ticket T-1: the service was not sure (chat, en, answered 3 hours ago)" in shown
    assert "Invoice\n\nIt is wrong\n" in shown
    assert "billing/payment_issue (Billing matters/payment_issue), confidence 0.42, SUGGEST by MODEL" in shown
    assert "Because  the model was less confident than MIN_CONFIDENCE (0.6)" in shown
    assert "Instead  cards/change_pin, 0.30\n         cash, 0.10" in shown


def test_no_ticket_commands_the_terminal() -> None:
    """Every field that comes from outside."""
    shown = _shown(
        _ticket(
            ticket_id=f"T{_HOSTILE}",
            text=(f"S{_HOSTILE}", f"D{_HOSTILE}\nnext"),
            channel=f"C{_HOSTILE}",
            model=f"M{_HOSTILE}",
            category=f"L{_HOSTILE}",
            explanation=(f"rule.keyword:K{_HOSTILE}",),
        )
    )

    assert not {sign for sign in shown if sign in _HOSTILE and not sign.isprintable()}
    for letter in "TSDCMLK":
        assert f"{letter}\N{REPLACEMENT CHARACTER}" in shown


def test_a_long_text_is_cut() -> None:
    """Its first lines are shown, and how many there are; all of them when asked for."""
    long = _ticket(text=("Subject", "\n".join(f"line {number}" for number in range(30))))

    cut, whole = _shown(long, rows=10), _shown(long)

    assert "line 9\n... 20 more lines: m shows all" in cut
    assert "line 10" not in cut
    assert "line 29" in whole
    assert "more lines" not in whole


def test_without_a_text_there_is_an_address() -> None:
    """Or the setting that would give one."""
    bare = _ticket(text=None, ticket_id="T/1?")

    assert "https://helpdesk.example/T%2F1%3F" in _shown(bare, link="https://helpdesk.example/{ticket_id}")
    assert "TICKET_URL" in _shown(bare)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("https://helpdesk.example/{ticket_id}", ""),
        ("http://localhost:8000/?id={ticket_id}#x", ""),
        ("https://helpdesk.example/tickets", "needs {ticket_id} once"),
        ("https://helpdesk.example/{ticket_id}/{ticket_id}", "needs {ticket_id} once"),
        ("https://{ticket_id}.example/", "needs {ticket_id} once"),
        ("javascript:alert({ticket_id})", "is no address"),
        ("helpdesk.example/{ticket_id}", "is no address"),
        ("https:///{ticket_id}", "is no address"),
        ("https://helpdesk.example:99999/{ticket_id}", "is no address"),
        ("https://helpdesk.example/a b/{ticket_id}", "is no address"),
    ],
)
def test_addresses_of_tickets_are_checked(template: str, problem: str) -> None:
    """Only http and https, with the id once and not in the host's name."""
    found = problem_of_link(template)

    assert found.startswith(problem)
    assert bool(found) == bool(problem)


def test_the_share_of_second_opinions_has_one_default() -> None:
    """The setting's is that of the queue, which knows no settings."""
    assert Settings.model_fields["review_twice_share"].default == TWICE_SHARE


@pytest.mark.parametrize(
    ("ticket_id", "path"), [("T-1", "T-1"), ("a/b", "a%2Fb"), ("..", "%2E%2E"), ("ñ&x=1", "%C3%B1%26x%3D1")]
)
def test_ids_are_encoded(ticket_id: str, path: str) -> None:
    """No id leads anywhere else."""
    assert link_of("https://h.example/t/{ticket_id}", ticket_id) == f"https://h.example/t/{path}"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("rule.keyword:lost card", "the keyword “lost card” was found"),
        ("model.confident", "the model was confident"),
        ("something.new:1", "something.new:1"),
    ],
)
def test_codes_in_words(code: str, words: str) -> None:
    """An unknown code stays as it is."""
    assert in_words(code) == words


def test_the_service_reads_what_is_published() -> None:
    """The event is encoded, and decoded as the sink does it."""
    made = correction_of(_judgement(), _NOW)
    value = Encoder("TicketCorrected", "single-object", "ticket-corrected", None).encode({**made})

    assert Decoder("TicketCorrected").decode(value, Position("ticket-corrected", 0, 0, 0)) == made
