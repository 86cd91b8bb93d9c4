"""Models of categories that somebody named."""

import json
from datetime import date
from pathlib import Path

import pytest

from classifier import storage
from classifier.embedding import open_embedding
from classifier.tickets import FileUnusable
from projects.names.category_list import read
from projects.names.named_model import model_here, model_of, texts_in
from tests.classifier.embeddings import WordEmbedding, needs_wheel
from tickets.files.ticket_file import Choices

A_DAY = date(2026, 12, 3)
LISTED = "Refund | Reembolso: my money back; Parcel; Login; Other"


def test_an_answer_is_never_surer_than_what_nobody_has_measured() -> None:
    """The confidence stays below the service's threshold for automatic answers; labels are those of the taxonomy."""
    model = model_of(read([LISTED]), embedding=WordEmbedding(), name="shop", today=A_DAY)
    best = [found[0] for found in model.predict([("", "I want my money back"), ("", "mi paquete llega tarde")], 4)]

    assert [found.category for found in best] == ["refund", "parcel"]
    assert max(found.confidence for found in best) <= 0.59
    assert sum(label.confidence for label in model.predict([("", "my parcel")], 4)[0]) == pytest.approx(0.59)


def test_a_text_without_words_belongs_to_what_is_left() -> None:
    """With as little confidence as any other category."""
    model = model_of(read([LISTED]), embedding=WordEmbedding(), name="shop", today=A_DAY)
    best = model.predict([("", "???")], 1)[0][0]

    assert best.category == "other"
    assert best.confidence == pytest.approx(0.59 / 4, rel=0.02)


def test_the_bound_is_kept_in_the_file(tmp_path: Path) -> None:
    """A model of labelled tickets has none."""
    model = model_of(read([LISTED]), embedding=WordEmbedding(), name="shop", today=A_DAY)
    storage.save(model, tmp_path)

    assert json.loads((tmp_path / "model.json").read_text())["ceiling"] == 0.59
    assert storage.labelled_tickets(tmp_path) == 0


def test_subcategories_do_not_make_a_category_more_probable() -> None:
    """A category with three parts and one without any are equally probable where nothing speaks for either."""
    parts = "Refund; Refund/Money; Refund/Back; Refund/Dinero; Parcel"
    model = model_of(read([parts]), embedding=WordEmbedding(useless=True), name="shop", today=A_DAY)
    found = {label.category: label.confidence for label in model.predict([("", "my password is wrong")], 2)[0]}

    assert found["refund"] == pytest.approx(found["parcel"], rel=0.01)
    assert ("refund", "money") in model.labels


def test_tickets_without_labels_are_read_from_the_whole_file(tmp_path: Path) -> None:
    """At most 300 of them; a file without texts is refused."""
    many = tmp_path / "many.csv"
    many.write_text("Asunto;Descripción\n" + "".join(f"a {n};texto {n}\n" for n in range(1000)))
    empty = tmp_path / "empty.csv"
    empty.write_text("subject,description\n,\n")
    texts = texts_in(many, Choices())

    assert (len(texts), texts[0], texts[-1]) == (300, "a 0\ntexto 0", "a 999\ntexto 999")
    for path, why in ((empty, "has no rows behind"), (tmp_path / "no.csv", "cannot be read"), (tmp_path, "read")):
        with pytest.raises(FileUnusable, match=f"--tickets {path}.*{why}"):
            texts_in(path, Choices())


@needs_wheel
def test_spanish_tickets_find_categories_that_are_named_in_english() -> None:
    """Surely enough to be suggested. An emoji counts by its name."""
    wheel = open_embedding()
    listed = read(["Billing: invoices; Shipping; Returns; Account; Other"])
    model = model_of(listed, embedding=wheel, name="shop", today=A_DAY)
    tickets = (
        "Ya van dos semanas y nadie me trae el pedido, ¿por dónde va?",
        "No recuerdo mi clave, no puedo iniciar sesión",
    )
    best = [model.predict([("", text)], 1)[0][0] for text in tickets]
    emoji = model_of(read(["🚚; 🔑"]), embedding=wheel, name="shop", today=A_DAY)

    assert [found.category for found in best] == ["shipping", "account"]
    assert min(found.confidence for found in best) >= 0.3
    assert emoji.predict([("", "the truck with my delivery is late")], 1)[0][0].category == "delivery_truck"


def test_without_the_embedding_there_is_no_model() -> None:
    """Where nobody wants it; the reason is told."""
    made = model_here(
        read([LISTED]), [], name="shop", today=A_DAY, without_embedding=True, on_progress=lambda _done: None
    )

    assert made == (None, "--without-embedding says so")
