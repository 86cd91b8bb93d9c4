import textwrap
from pathlib import Path

import pytest

from consumer.answer.taxonomy import InvalidTaxonomy, load_taxonomy
from consumer.errors import ConfigurationError

GOOD = """
version = "2026-11-7"
languages = ["es", "en"]
retired = ["loans", "billing/old_fee"]

[default]
category = "billing"
precision = 0.5
n = 10

[renamed]
invoices = "bills"
bills = "billing"
"bills/late" = "billing/overdue"
"billing/late_fee" = "billing/fee"
"cards/fee" = "billing/fee"
refunds = "billing/refund"
"billing/misc" = "billing"

[categories.billing]
name = { es = "Facturación", en = "Billing" }

[categories.billing.subcategories]
fee = { es = "Comisión", en = "Fee" }
refund = { es = "Reembolso", en = "Refund" }
overdue = { es = "Vencida", en = "Overdue" }

[categories.cards]
name = { es = "Tarjetas", en = "Cards" }

[keywords.en]
refund = { category = "billing", precision = 0.9, n = 20, subcategory = "refund", subcategory_precision = 0.8 }
"lost card" = { category = "cards", precision = 1.0, n = 4 }

[keywords.es]
tarjeta = { category = "cards", precision = 0.7, n = 30 }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "taxonomy.toml"
    path.write_text(textwrap.dedent(text), "utf-8")
    return path


def problems(folder: Path, text: str) -> str:
    with pytest.raises(InvalidTaxonomy) as caught:
        load_taxonomy(written(folder, text))
    return str(caught.value)


def test_the_shipped_taxonomy_is_sound() -> None:
    """The shipped file loads, has about ten categories, and holds billing/payment_issue."""
    taxonomy = load_taxonomy()

    assert len(taxonomy.subcategories) == 10
    assert taxonomy.translate("billing", "payment_issue") == ("billing", "payment_issue")
    assert taxonomy.names("billing", "payment_issue", "es") == ("Facturación", "Problema al pagar una factura")
    assert {keyword.language for keyword in taxonomy.keywords} == {"es", "en"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("billing", "fee"), ("billing", "fee")),
        (("billing", None), ("billing", None)),
        (("billing", "never_heard_of"), ("billing", None)),
        (("cards", "anything"), ("cards", None)),
        (("nothing", "fee"), None),
        (("nothing", None), None),
        (("loans", None), None),
        (("loans", "mortgage"), None),
        (("billing", "old_fee"), ("billing", None)),
        (("bills", None), ("billing", None)),
        (("bills", "refund"), ("billing", "refund")),
        (("invoices", "refund"), ("billing", "refund")),
        (("bills", "late"), ("billing", "overdue")),
        (("invoices", "late"), ("billing", "overdue")),
        (("bills", "late_fee"), ("billing", "fee")),
        (("bills", "old_fee"), ("billing", None)),
        (("billing", "late_fee"), ("billing", "fee")),
        (("cards", "fee"), ("billing", "fee")),
        (("refunds", None), ("billing", "refund")),
        (("refunds", "partial"), ("billing", "refund")),
        (("billing", "misc"), ("billing", None)),
    ],
)
def test_labels_are_translated(
    tmp_path: Path, given: tuple[str, str | None], expected: tuple[str, str | None] | None
) -> None:
    """Labels in use stay, renamed ones follow their chain, unknown and retired ones give none."""
    taxonomy = load_taxonomy(written(tmp_path, GOOD))

    assert expected == taxonomy.translate(*given)


def test_renamed_and_retired_categories_are_known(tmp_path: Path) -> None:
    """A model that speaks of them speaks of an earlier version of the taxonomy, and not of another one."""
    taxonomy = load_taxonomy(written(tmp_path, GOOD))
    known = [taxonomy.knows(name) for name in ("billing", "bills", "invoices", "loans")]

    assert known == [True] * 4
    assert [taxonomy.knows(name) for name in ("shipping", "refund", "billing/refund", "")] == [False] * 4


def test_names_fall_back_to_labels(tmp_path: Path) -> None:
    """A label that is not in use, or has no name in the language, is its own name."""
    taxonomy = load_taxonomy(written(tmp_path, GOOD))

    assert taxonomy.names("billing", "refund", "en") == ("Billing", "Refund")
    assert taxonomy.names("billing", None, "es") == ("Facturación", None)
    assert taxonomy.names("billing", "gone", "fr") == ("billing", "gone")
    assert taxonomy.names("loans", "gone") == ("loans", "gone")


KEYWORD = (
    'refund = { category = "billing", precision = 0.9, n = 20, subcategory = "refund", subcategory_precision = 0.8 }'
)


@pytest.mark.parametrize(("written_as", "read"), [("1.0000001", 1.0), ("-1e-9", 0.0)])
def test_a_precision_that_was_computed_may_be_rounded(tmp_path: Path, written_as: str, read: float) -> None:
    """Within one in a thousand of the range it is moved back into it."""
    text = GOOD.replace(KEYWORD, KEYWORD.replace("precision = 0.9", f"precision = {written_as}", 1))
    taxonomy = load_taxonomy(written(tmp_path, text))

    assert [keyword.precision for keyword in taxonomy.keywords if keyword.text == "refund"] == [read]


@pytest.mark.parametrize(
    ("found", "replaced", "named"),
    [
        ('version = "2026-11-7"', "", "version is missing"),
        ('version = "2026-11-7"', 'version = "2026-11-7"\ncolour = 1', "colour is an unknown key"),
        ('en = "Cards"', 'en = "Billing"', "billing and cards have the same name in 'en'"),
        ('en = "Fee"', 'en = "Refund"', "billing/fee and billing/refund have the same name in 'en'"),
        (', en = "Cards"', "", "cards has no name in 'en'; add it"),
        (', en = "Fee"', "", "billing/fee has no name in 'en'; add it"),
        (', en = "Fee"', ', en = "Fee", fr = "Frais"', "billing/fee has an undeclared name in 'fr'"),
        ("refund = { es", "fee = { es", "a label may be written once only"),
        ("refund = { es", "Fee = { es", "billing/fee is written in several spellings"),
        ('category = "billing"\nprecision', 'category = "bilbo"\nprecision', "default.category: bilbo is no category"),
        ('retired = ["loans"', 'retired = ["loans", "loans"', "retired: loans is listed twice"),
        ('retired = ["loans"', 'retired = ["cards"', "cards is in use and retired"),
        ('retired = ["loans"', 'retired = ["bills"', "bills is both retired and renamed"),
        ('retired = ["loans"', 'retired = ["lo ans"', "retired.0 is not a label"),
        ('bills = "billing"', 'bills = "invoices"', "invoices is renamed in a circle"),
        ('bills = "billing"', 'bills = "loans"', "invoices leads to loans, which is retired"),
        ('bills = "billing"', 'bills = "bilbo"', "bills leads to bilbo, which is unknown"),
        ('invoices = "bills"', 'cards = "bills"', "cards is in use and renamed"),
        (KEYWORD, 'refund = { category = "billing", n = 20 }', "keywords.en.refund.precision is missing; measure it"),
        (KEYWORD, 'refund = { category = "billing", precision = 1.5, n = 2 }', "keywords.en.refund.precision is wrong"),
        (KEYWORD, 'refund = { category = "billing", precision = 1, n = 0 }', "keywords.en.refund.n is wrong"),
        (KEYWORD, KEYWORD.replace("n = 20", "n = 20, x = 1"), "keywords.en.refund.x is an unknown key"),
        (KEYWORD, KEYWORD.replace('"refund"', '"refnd"'), "points at the unknown label billing/refnd"),
        (KEYWORD, KEYWORD.replace('"billing"', '"bilbo"'), "points at the unknown label bilbo/refund"),
        (KEYWORD, KEYWORD.replace(", subcategory_precision = 0.8", ""), "needs both subcategory and"),
        (KEYWORD, f"{KEYWORD}\nRefund{KEYWORD.removeprefix('refund')}", "keywords.en: 'refund' is written in several"),
        ("[keywords.es]", "[keywords.fr]", "keywords.fr: the language is not in `languages`"),
        ("tarjeta = ", '"¡!" = ', "keywords.es.'¡!' holds no word"),
        ("[categories.cards]", "[categories.cards", "it is not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_the_mend(tmp_path: Path, found: str, replaced: str, named: str) -> None:
    """Each mistake in the file is refused by an error that names the label and says what to do."""
    assert found in GOOD

    message = problems(tmp_path, GOOD.replace(found, replaced, 1))

    assert named in message
    assert "taxonomy.toml" in message


def test_every_problem_is_listed_at_once(tmp_path: Path) -> None:
    """All problems are reported at once, so that an operator mends them in one round."""
    message = problems(tmp_path, GOOD.replace(', en = "Fee"', "").replace('bills = "billing"', 'bills = "bilbo"'))

    assert "billing/fee has no name" in message
    assert "which is unknown" in message


def test_a_file_that_cannot_be_read_is_refused_by_its_setting(tmp_path: Path) -> None:
    """A missing or binary file ends in a configuration error that names TAXONOMY_FILE."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")

    for path, reason in ((tmp_path / "absent.toml", "No such file"), (binary, "not UTF-8"), (tmp_path, "directory")):
        with pytest.raises(ConfigurationError, match="TAXONOMY_FILE") as caught:
            load_taxonomy(path)

        assert reason in str(caught.value)
        assert str(path) in str(caught.value)


DESCRIBED = GOOD.replace(
    "[categories.billing]",
    """[descriptions]
"bills/late" = " Paid after the day it was due. "
billing = "All about invoices."
[categories.billing]""",
    1,
)


def test_a_description_is_that_of_the_label_of_today(tmp_path: Path) -> None:
    """Also where it was written for an earlier name."""
    taxonomy = load_taxonomy(written(tmp_path, DESCRIBED))

    assert taxonomy.description("billing", "overdue") == "Paid after the day it was due."
    assert taxonomy.description("billing") == "All about invoices."
    assert taxonomy.description("cards") == ""


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        ('"billing/nothing" = "x"', "descriptions: billing/nothing is no label in use; correct or remove it"),
        ('loans = "x"', "descriptions: loans is no label in use"),
        ('"billing/overdue" = "x"', "are one label today; keep one description"),
        ('cards = ""', "descriptions.cards"),
    ],
)
def test_a_description_of_nothing_is_a_problem(tmp_path: Path, line: str, mend: str) -> None:
    """The message names the label and the mend."""
    assert mend in problems(tmp_path, DESCRIBED.replace("[descriptions]", f"[descriptions]\n{line}"))
