"""Models from names and phrases, without a labelled ticket."""

from pathlib import Path

import pytest

from classifier import storage
from classifier.embedding import Embedding
from classifier.prototypes import from_phrases
from classifier.tickets import DataError
from tests.classifier.conftest import A_DAY
from tests.classifier.embeddings import SUBJECTS, WordEmbedding, needs_wheel

NAMES: dict[str, list[str]] = {subject: [] for subject in SUBJECTS}
DESCRIBED = {subject: [f"my {words[1]} and {words[2]}"] for subject, words in SUBJECTS.items()}


def answers(categories: dict[str, list[str]], texts: list[str], unlabelled: list[str]) -> list[str]:
    model = from_phrases(categories, embedding=WordEmbedding(), trained_on=A_DAY, unlabelled=unlabelled)
    return [found[0].category for found in model.predict([("", text) for text in texts], 1)]


@pytest.mark.parametrize("unlabelled", [[], ["my refund is late", "tengo una pregunta"] * 30], ids=["none", "some"])
def test_names_and_phrases_are_enough(unlabelled: list[str]) -> None:
    """What a name says is found, in another language too; phrases add what the name does not say."""
    assert answers(NAMES, ["where is my refund please", "no ha llegado mi paquete"], unlabelled) == ["refund", "parcel"]
    assert answers(DESCRIBED, ["I want my money back now", "the delivery is late"], unlabelled) == ["refund", "parcel"]


def test_the_version_depends_on_what_is_described() -> None:
    """Other phrases or other unlabelled tickets make another model; the same ones make the same."""
    versions = [
        from_phrases(categories, embedding=WordEmbedding(), trained_on=A_DAY, name="shop", unlabelled=texts).version
        for categories, texts in ((NAMES, []), (NAMES, []), (DESCRIBED, []), (NAMES, ["my refund"]))
    ]

    assert versions[0] == versions[1]
    assert len(set(versions)) == 3
    assert versions[0].startswith("shop-2026-11-22-")


@pytest.mark.parametrize(
    ("categories", "message"),
    [({}, "at least two categories"), ({"refund": []}, "at least two categories"), ({"!": [], "?": ["-"]}, "no words")],
)
def test_what_describes_nothing_is_refused(categories: dict[str, list[str]], message: str) -> None:
    """A model needs two categories, and words."""
    with pytest.raises(DataError, match=message):
        from_phrases(categories, embedding=WordEmbedding(), trained_on=A_DAY)


@needs_wheel
def test_spanish_tickets_find_english_names_and_the_model_is_stored_like_any_other(
    wheel: Embedding, tmp_path: Path
) -> None:
    """Three names answer Spanish tickets; without words none is preferred; and reloading changes nothing."""
    names: dict[str, list[str]] = {"invoices": [], "delivery": [], "passwords": []}
    model = from_phrases(names, embedding=wheel, trained_on=A_DAY)
    texts = [
        ("", "necesito una copia de la factura de octubre"),
        ("", "el paquete todavía no ha llegado"),
        ("", "he olvidado la contraseña"),
        ("", "???"),
    ]

    storage.save(model, tmp_path)
    found = storage.load(tmp_path).predict(texts, 3)

    assert [labels[0].category for labels in found[:3]] == ["invoices", "delivery", "passwords"]
    assert found[3][0].confidence == pytest.approx(1 / 3)
    assert found == model.predict(texts, 3)
