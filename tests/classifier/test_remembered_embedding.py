"""An embedding that computes each text once gives the vectors of the one behind it."""

from datetime import date

import numpy as np

from classifier.remembered_embedding import RememberedEmbedding
from classifier.training import train
from tests.classifier.conftest import small_tickets
from tests.classifier.embeddings import WordEmbedding

TEXTS = ["my parcel is late", "money back please", "my parcel is late", "mi contraseña", ""]


def test_a_text_is_computed_once() -> None:
    """In one call of all that is new, whatever was asked for before, and in which order."""
    words = WordEmbedding()
    remembered = RememberedEmbedding(words)
    first, again = remembered.embed(TEXTS[1:]), remembered.embed(TEXTS)

    assert sorted(words.asked) == sorted(set(TEXTS))
    assert np.array_equal(first, WordEmbedding().embed(TEXTS[1:]))
    assert np.array_equal(again, WordEmbedding().embed(TEXTS))
    assert remembered.name == words.name


def test_what_is_remembered_is_bounded() -> None:
    """A call may hold more texts than that; the one not asked for longest is computed again."""
    words = WordEmbedding()
    remembered = RememberedEmbedding(words, remembered_texts=2)
    vectors = remembered.embed(TEXTS)
    words.asked.clear()
    remembered.embed(TEXTS[-2:])
    remembered.embed(TEXTS[:1])

    assert np.array_equal(vectors, WordEmbedding().embed(TEXTS))
    assert words.asked == TEXTS[:1]


def test_nothing_is_no_text() -> None:
    """The width stays."""
    assert RememberedEmbedding(WordEmbedding()).embed([]).shape == (0, 5)


def test_half_a_character_is_a_text() -> None:
    """As a foreign file may hold one; it is another text than its replacement."""
    words = WordEmbedding()
    RememberedEmbedding(words).embed(["caf\udce9", "caf?"])

    assert words.asked == ["caf\udce9", "caf?"]


def test_progress_counts_what_was_known() -> None:
    """For the caller all texts, and beside that those that are computed."""
    told: list[int] = []
    computed: list[tuple[int, int]] = []
    remembered = RememberedEmbedding(WordEmbedding(), on_embedded=lambda done, of: computed.append((done, of)))
    remembered.embed(TEXTS[:2])
    remembered.embed(TEXTS, told.append)
    remembered.embed(TEXTS, told.append)

    assert computed == [(2, 2), (2, 2)]
    assert told == [5, 5, 5]


def test_a_model_is_the_same_with_it() -> None:
    """To the byte: what was remembered makes no difference."""
    day = date(2026, 11, 30)
    remembered = RememberedEmbedding(WordEmbedding())
    plain = train(small_tickets(), trained_on=day, embedding=WordEmbedding())
    models = [train(small_tickets(), trained_on=day, embedding=remembered) for _ in range(2)]

    assert plain.multilingual is not None
    for model in models:
        assert model.version == plain.version
        assert model.multilingual is not None
        assert model.multilingual.temperatures == plain.multilingual.temperatures
        assert model.multilingual.reader.weights.tobytes() == plain.multilingual.reader.weights.tobytes()
