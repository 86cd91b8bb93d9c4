"""The prefix: instructions, then the choices with all that is known of them, in as few tokens as that takes."""

from classifier.llm.choices import LabelPair, choices_of
from classifier.llm.prompt import fingerprint, prefix

PAIRS = [
    LabelPair("billing", "refund", {"en": "Billing: Refund", "es": "Facturas: Reembolso"}, "Money\nback."),
    LabelPair("billing", "invoice", {"en": "Billing: Invoice", "es": "Facturas: Factura"}),
    LabelPair("delivery", None, {"en": "Delivery", "es": "Delivery"}),
    LabelPair("account", "login", {"en": "Account: Login"}),
    LabelPair("other", None, {}),
]


def listed(pairs: list[LabelPair]) -> list[str]:
    return prefix(choices_of(pairs)).partition("each with its code:\n")[2].splitlines()


def test_what_the_names_of_a_category_share_stands_once() -> None:
    """Names in both languages, descriptions on one line, and a label where there is no name."""
    assert listed(PAIRS) == [
        "Billing / Facturas:",
        "- A: Refund / Reembolso. Money back.",
        "- B: Invoice / Factura",
        "C: Delivery",
        "D: Account: Login",
        "E: other",
    ]


def test_the_prefix_is_the_same_for_the_same_choices_and_another_for_others() -> None:
    """Its fingerprint tells them apart."""
    one, same, other = (prefix(choices_of(pairs)) for pairs in (PAIRS, list(PAIRS), PAIRS[1:]))

    assert one == same
    assert fingerprint(one) == fingerprint(same) != fingerprint(other)


def test_codes_have_one_length_so_that_none_begins_another() -> None:
    """Letters up to 26, then pairs of them, then three."""
    for number, length in ((2, 1), (26, 1), (27, 2), (200, 2), (676, 2), (677, 3)):
        codes = [choice.code for choice in choices_of(PAIRS[:1] * number)]

        assert len(set(codes)) == number
        assert {len(code) for code in codes} == {length}
