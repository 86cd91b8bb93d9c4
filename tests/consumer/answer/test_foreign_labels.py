"""When a model counts as one that speaks of categories outside the taxonomy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from consumer.answer.foreign_labels import (
    ENOUGH,
    MAX_NAME_CHARS,
    MAX_NAMED,
    Fit,
    ForeignLabels,
    Speech,
    log_speech,
    printable,
    sentence,
)
from consumer.model.types import Label
from tests.support.consumer_parts import BILLING, FOREIGN, TAXONOMY

UNKNOWN = (Label("shipping", 0.9),)


class Told:
    """What was told of the labels."""

    def __init__(self) -> None:
        self.speeches: list[Speech] = []
        self.labels = ForeignLabels(TAXONOMY, self.speeches.append)

    def judge(self, times: int, labels: tuple[Label, ...], model: str | None = "m-1") -> list[Fit]:
        return [self.labels.judge(model, labels, 0.0) for _ in range(times)]


def test_twenty_replies_in_a_row_without_a_known_label_are_enough() -> None:
    """Until then nothing is decided; it is told once, and once when a label is known again."""
    told = Told()
    fits = told.judge(ENOUGH + 5, FOREIGN)
    fits += told.judge(2, BILLING)

    assert fits == [Fit.UNDECIDED] * (ENOUGH - 1) + [Fit.FOREIGN] * 6 + [Fit.KNOWN] * 2
    assert told.speeches == [
        Speech(True, ENOUGH, ("shipping",), "m-1", TAXONOMY.version),
        Speech(False, 1, ("shipping",), "m-1", TAXONOMY.version),
    ]


def test_one_known_label_anywhere_in_a_reply_is_enough() -> None:
    """A model that shares some categories with the taxonomy is used as far as it goes."""
    told = Told()
    for _ in range(5):
        told.judge(ENOUGH - 1, UNKNOWN)
        told.judge(1, (Label("shipping", 0.9), Label("billing", 0.01)))

    assert told.speeches == []


def test_a_model_that_has_named_a_known_category_may_make_exceptions() -> None:
    """Under the same name; another model has to name one first. Twenty in a row are no exception."""
    told = Told()
    told.judge(1, BILLING)

    assert told.judge(1, UNKNOWN) == [Fit.EXCEPTION]
    assert told.judge(1, UNKNOWN, "m-2") == [Fit.UNDECIDED]
    assert told.judge(ENOUGH - 3, UNKNOWN) == [Fit.EXCEPTION] * (ENOUGH - 3)
    assert told.judge(1, UNKNOWN) == [Fit.FOREIGN]


def test_replicas_under_different_names_are_one_row() -> None:
    """Two replicas of a foreign model that take turns are noticed as one would be."""
    told = Told()
    fits = [told.judge(1, UNKNOWN, f"m-{number % 2}")[0] for number in range(ENOUGH)]

    assert fits[-1] is Fit.FOREIGN


def test_models_without_a_name_are_one_model() -> None:
    """The name is optional."""
    told = Told()
    told.judge(1, BILLING, None)

    assert told.judge(1, UNKNOWN, None) == [Fit.EXCEPTION]


def test_when_no_ticket_waits_nothing_is_known_any_more() -> None:
    """It is told as an end without a measurement, and the count begins anew."""
    told = Told()
    told.judge(ENOUGH, UNKNOWN)
    told.labels.forget()

    assert [(speech.foreign, speech.replies) for speech in told.speeches] == [(True, ENOUGH), (False, 0)]
    assert told.judge(1, UNKNOWN) == [Fit.UNDECIDED]


def test_probes_are_a_pause_apart() -> None:
    """The first one too; and a pause of 0 is a second."""
    slow, quick = (ForeignLabels(TAXONOMY, probe_every_s=pause_s) for pause_s in (30.0, 0.0))
    for labels in (slow, quick):
        for _ in range(ENOUGH):
            labels.judge("m-1", UNKNOWN, 100.0)

    assert [slow.may_probe(now) for now in (100.0, 129.9, 130.0, 130.1, 160.0)] == [False, False, True, False, True]
    assert [quick.may_probe(now) for now in (100.0, 101.0, 101.5)] == [False, True, False]


@given(st.lists(st.text(min_size=1), min_size=ENOUGH, max_size=ENOUGH))
def test_what_is_told_is_printable_short_and_bounded(names: list[str]) -> None:
    """Labels are the model's words: whatever they are, they fit into a log line, a metric and an alert."""
    told = Told()
    for name in names:
        told.judge(1, (Label(f"x{name}", 0.9),))
    (speech,) = told.speeches

    assert 1 <= len(speech.labels) <= MAX_NAMED
    assert all(label.isprintable() and len(label) <= MAX_NAME_CHARS and label.encode() for label in speech.labels)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("shipping", "shipping"),
        ("a\nb\x00", "a�b�"),
        ("\u202eevil", "�evil"),
        ("x" * 41, "x" * 39 + "…"),
        ("envío", "envío"),
    ],
)
def test_a_name_is_shown_as_far_as_it_can_be(name: str, shown: str) -> None:
    """Control characters and characters that turn the line around are replaced."""
    assert printable(name) == shown


def test_the_log_names_the_setting_and_the_labels() -> None:
    """As an error when it begins, and as information when it ends."""
    speech = Speech(True, ENOUGH, ("shipping", "returns"), "m\n1", "t-1")
    with capture_logs() as lines:
        for told in (speech, speech._replace(foreign=False, replies=1), speech._replace(foreign=False, replies=0)):
            log_speech(told)

    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("labels.foreign", "error"),
        ("labels.known", "info"),
        ("labels.forgotten", "info"),
    ]
    assert (lines[0]["setting"], lines[0]["labels"], lines[0]["model"]) == (
        "TAXONOMY_FILE",
        ["shipping", "returns"],
        "m�1",
    )
    assert lines[0]["detail"] == sentence("shipping, returns")
    assert "TAXONOMY_FILE" in sentence("shipping")
