"""How labels and rules become an answer and a decision."""

import itertools
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.answer.decide import (
    UNCALIBRATED,
    AnswerBasis,
    Text,
    answer_from_labels,
    answer_from_reply,
    answer_from_rules,
    translated,
)
from consumer.answer.keyword_rules import MAX_ALTERNATIVES, Rules
from consumer.answer.policy import NEVER, Policy, Thresholds, default_policy
from consumer.answer.taxonomy import from_document
from consumer.answer.taxonomy_file import parse
from consumer.model.types import Label, ModelReply

if TYPE_CHECKING:
    from schemas.events import ModelOutcome

TAXONOMY = from_document(
    parse(
        """
        version = "t-1"
        languages = ["en"]
        retired = ["loans", "billing/old_fee"]
        [default]
        category = "cards"
        precision = 0.5
        n = 100
        [renamed]
        invoices = "billing"
        refunds = "billing/refund"
        [categories.billing]
        name = { en = "Billing" }
        [categories.billing.subcategories]
        fee = { en = "Fee" }
        refund = { en = "Refund" }
        [categories.cards]
        name = { en = "Cards" }
        [categories.cash]
        name = { en = "Cash" }
        [categories.account]
        name = { en = "Account" }
        [categories.security]
        name = { en = "Security" }
        [keywords.en]
        refund = { category = "billing", precision = 1.0, n = 99, subcategory = "refund", subcategory_precision = 0.9 }
        "lost card" = { category = "cards", precision = 0.6, n = 20 }
        """,
        "of the tests",
    )
)
RULES = Rules(TAXONOMY)
BASIS = AnswerBasis(TAXONOMY, RULES, Policy("p-1", Thresholds(0.8, 0.4)), 0.6)
KEYWORD = Text("A refund", "please", "en", "v2:00")
NOTHING = Text("Hello", "there", None, "v2:01")

names = st.sampled_from(["billing", "cards", "cash", "account", "security", "invoices", "refunds", "loans", "weather"])
parts = st.sampled_from([None, "fee", "refund", "old_fee", "sunshine"])
probabilities = st.floats(0, 1)
labels = st.lists(st.builds(Label, names, probabilities, parts, st.none() | probabilities), max_size=8)


@given(labels)
def test_foreign_labels_never_leave(given_labels: list[Label]) -> None:
    """For every reply, the translated labels are in the taxonomy, one per category, best first, with probabilities."""
    found = translated(TAXONOMY, given_labels)

    pairs = [(label.category, label.subcategory) for label in found]
    assert [TAXONOMY.translate(*pair) for pair in pairs] == pairs
    assert len({label.category for label in found}) == len(found)
    assert all(0 <= label.confidence <= 1 for label in found)
    assert all(0 <= (label.subcategory_confidence or 0) <= 1 for label in found)
    assert all(one.confidence >= other.confidence for one, other in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        (Label("billing", 0.7, "fee", 0.5), Label("billing", 0.7, "fee", 0.5)),
        (Label("invoices", 0.7, "fee", 0.5), Label("billing", 0.7, "fee", 0.5)),
        (Label("billing", 0.7, "old_fee", 0.5), Label("billing", 0.7)),
        (Label("billing", 0.7, "sunshine", 0.5), Label("billing", 0.7)),
        (Label("cards", 0.7, None, None), Label("cards", 0.7)),
    ],
)
def test_a_label_is_put_in_todays_words(said: Label, understood: Label) -> None:
    """Renamed categories are translated; a retired subcategory is dropped with its confidence."""
    assert translated(TAXONOMY, [said]) == [understood]


def test_labels_that_became_one_category_add_up() -> None:
    """P(category) is the sum; P(subcategory) is the sum of its labels, relative to the sum of the category."""
    merged = translated(
        TAXONOMY, [Label("billing", 0.4, "fee", 0.9), Label("cards", 0.3), Label("invoices", 0.2, "fee", 0.3)]
    )

    assert [label.category for label in merged] == ["billing", "cards"]
    assert merged[0].confidence == pytest.approx(0.6)
    assert merged[0].subcategory_confidence == pytest.approx(0.7)


def test_the_likelier_subcategory_stands_when_categories_became_one() -> None:
    """Of several subcategories the most probable one is named, with its share of the category."""
    merged = translated(TAXONOMY, [Label("billing", 0.5, "fee", 0.4), Label("invoices", 0.4, "refund", 1.0)])

    assert [(label.category, label.subcategory) for label in merged] == [("billing", "refund")]
    assert merged[0].confidence == pytest.approx(0.9)
    assert merged[0].subcategory_confidence == pytest.approx(0.4 / 0.9)


def test_a_confident_model_is_believed() -> None:
    """At or above the minimum confidence the model's answer is taken and the rules are not asked."""
    fields = answer_from_labels(BASIS, KEYWORD, [Label("cash", 0.6, None, None), Label("cards", 0.3)], "m-1", "MODEL")

    assert fields == {
        "category": "cash",
        "subcategory": None,
        "confidence": 0.6,
        "subcategory_confidence": None,
        "decision": "SUGGEST",
        "method": "MODEL",
        "provisional": False,
        "alternatives": [{"category": "cards", "confidence": 0.3, "subcategory": None, "subcategory_confidence": None}],
        "model": "m-1",
        "taxonomy": "t-1",
        "policy": "p-1",
        "threshold_auto": 0.8,
        "threshold_suggest": 0.4,
        "fingerprint": "v2:00",
        "explanation": ["model.confident"],
    }


@given(labels, probabilities, st.sampled_from(["MODEL", "CACHE"]), st.sampled_from([KEYWORD, NOTHING]))
def test_an_uncalibrated_answer_is_never_automatic(
    given_labels: list[Label], auto: float, method: Literal["MODEL", "CACHE"], text: Text
) -> None:
    """Whatever the thresholds say; nothing else about it changes, and it says why."""
    basis = BASIS._replace(policy=Policy("p", Thresholds(auto, 0.0), {"billing": Thresholds(0.0, 0.0)}))
    doubtful, trusted = (
        answer_from_labels(basis, text, given_labels, "m-1", method, calibrated=calibrated)
        for calibrated in (False, True)
    )

    assert doubtful["decision"] == "SUGGEST"
    by_rules = trusted["method"] == "RULES"
    assert doubtful["explanation"] == trusted["explanation"] + ([] if by_rules else [UNCALIBRATED])
    for left_out in ("decision", "explanation"):
        del doubtful[left_out], trusted[left_out]
    assert doubtful == trusted


def test_a_reply_says_whether_its_answer_may_be_automatic() -> None:
    """AUTO by its confidence, SUGGEST when that is not calibrated."""
    reply = ModelReply("answered", (Label("cash", 0.99),), "m-1")
    said = [reply, reply._replace(calibrated=False)]

    assert [answer_from_reply(BASIS, NOTHING, each)["decision"] for each in said] == ["AUTO", "SUGGEST"]


def test_below_the_minimum_the_more_confident_stands() -> None:
    """Below it the more confident answer is taken: a strong keyword wins, a missing keyword does not."""
    doubtful = [Label("cash", 0.59), Label("billing", 0.2)]
    keyword = answer_from_labels(BASIS, KEYWORD, doubtful, "m-1", "MODEL")
    nothing = answer_from_labels(BASIS, NOTHING, doubtful, "m-1", "MODEL")

    assert (keyword["method"], keyword["category"], keyword["subcategory"]) == ("RULES", "billing", "refund")
    assert [label["category"] for label in keyword["alternatives"]] == ["cash"]
    assert keyword["explanation"] == ["model.below_min_confidence:0.6", "rule.keyword:refund"]
    assert (nothing["method"], nothing["category"]) == ("MODEL", "cash")
    assert nothing["explanation"] == ["model.below_min_confidence:0.6"]


@given(labels, st.sampled_from([KEYWORD, NOTHING]))
def test_the_answer_is_the_most_confident_one_asked(given_labels: list[Label], text: Text) -> None:
    """The answer is the model's or the rules', and below the minimum it is the more confident of the two."""
    fields = answer_from_labels(BASIS, text, given_labels, "m-1", "MODEL")
    known = translated(TAXONOMY, given_labels)
    heard = RULES.answer(text.subject, text.description, text.language)

    if fields["method"] == "RULES":
        assert fields["confidence"] == heard.confidence
        assert not known or heard.confidence > known[0].confidence
    else:
        assert fields["confidence"] == known[0].confidence
        assert fields["confidence"] >= min(0.6, heard.confidence)
    assert len(fields["alternatives"]) <= MAX_ALTERNATIVES
    assert fields["category"] not in [label["category"] for label in fields["alternatives"]]
    assert not any(word in code for word in ("Hello", "please") for code in fields["explanation"])


def test_a_model_without_a_known_label_leaves_it_to_the_rules() -> None:
    """Retired and unknown labels are no answer; the rules' answer is final and says why they were asked."""
    fields = answer_from_labels(BASIS, KEYWORD, [Label("loans", 0.9), Label("weather", 0.1)], "m-1", "MODEL")

    assert (fields["method"], fields["category"], fields["provisional"]) == ("RULES", "billing", False)
    assert fields["explanation"][0] == "model.no_known_label"


@pytest.mark.parametrize("provisional", [True, False])
def test_rules_alone_are_never_automatic(provisional: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """An answer without the model is a suggestion at most, for any confidence of the keyword."""
    fields = answer_from_rules(BASIS, KEYWORD, "model.timeout", provisional=provisional)

    assert fields["confidence"] >= BASIS.policy.overall.auto
    assert (fields["decision"], fields["provisional"], fields["model"]) == ("SUGGEST", provisional, None)
    assert fields["explanation"][0] == "model.timeout"


@given(probabilities, probabilities, probabilities)
def test_a_decision_follows_its_thresholds(confidence: float, auto: float, suggest: float) -> None:
    """AUTO from the first, SUGGEST from the second, REVIEW below; an answer that must not be AUTO never is."""
    thresholds = Thresholds(auto, suggest)
    decision = thresholds.decide(confidence, may_be_automatic=True)

    assert (decision == "AUTO") == (confidence >= auto)
    assert (decision == "REVIEW") == (confidence < auto and confidence < suggest)
    assert thresholds.decide(confidence, may_be_automatic=False) != "AUTO"


def test_without_a_policy_the_minimum_confidence_decides() -> None:
    """The thresholds are the minimum confidence and half of it."""
    policy = default_policy(0.6)

    assert policy.of("billing") == (0.6, 0.3)


def test_a_category_may_have_thresholds_of_its_own() -> None:
    """Such a category is decided by its own thresholds, and the event carries them; others have the overall ones."""
    policy = Policy("p-2", Thresholds(0.8, 0.4), {"cash": Thresholds(0.95, 0.5), "security": Thresholds(NEVER, 0.1)})
    basis = BASIS._replace(policy=policy)
    made = [
        answer_from_labels(basis, NOTHING, [Label(category, confidence)], "m-1", "MODEL")
        for category, confidence in [("cash", 0.9), ("cards", 0.9), ("security", 1.0)]
    ]

    assert [(fields["decision"], fields["threshold_auto"], fields["threshold_suggest"]) for fields in made] == [
        ("SUGGEST", 0.95, 0.5),
        ("AUTO", 0.8, 0.4),
        ("SUGGEST", NEVER, 0.1),
    ]


@pytest.mark.parametrize(
    ("outcome", "provisional"),
    [
        ("not_asked", False),
        ("refused", False),
        ("garbled", False),
        ("timeout", True),
        ("unavailable", True),
        ("breaker_open", True),
        ("deadline", True),
    ],
)
def test_without_labels_the_rules_answer_and_say_why(outcome: "ModelOutcome", provisional: bool) -> None:  # noqa: FBT001
    """Provisional when the model could not be asked, final when it refuses the ticket or there is no model."""
    expected = answer_from_rules(BASIS, KEYWORD, f"model.{outcome}", provisional=provisional)

    assert answer_from_reply(BASIS, KEYWORD, ModelReply(outcome)) == expected


def test_a_reply_with_labels_is_the_model_s_answer() -> None:
    """A reply with labels is answered from these labels."""
    labels = (Label("cards", 0.9),)

    assert answer_from_reply(BASIS, KEYWORD, ModelReply("answered", labels, "m1")) == answer_from_labels(
        BASIS, KEYWORD, labels, "m1", "MODEL"
    )
