"""How a project's models are trained: with an embedding, where one runs."""

from collections.abc import Callable
from functools import partial

from classifier.embedding import EmbeddingUnavailable, open_embedding
from classifier.remembered_embedding import RememberedEmbedding
from classifier.training import train
from projects.accuracy.held_out import Train


def training(
    on_embedded: Callable[[int, int], None], on_unavailable: Callable[[str], None], *, without_embedding: bool
) -> Train:
    """Training with the embedding that is installed, which computes each text once; without, where none runs.

    Args:
        without_embedding: Whether to do without in any case.
        on_embedded: Receives how many texts are embedded, and of how many.
        on_unavailable: Receives why there is no embedding, and the mend.
    """
    embedding = embedding_here(on_embedded, on_unavailable, without_embedding=without_embedding)
    return partial(train, embedding=embedding) if embedding else train


def embedding_here(
    on_embedded: Callable[[int, int], None], on_unavailable: Callable[[str], None], *, without_embedding: bool
) -> RememberedEmbedding | None:
    """The embedding that is installed, which computes each text once; arguments are those of `training`."""
    if without_embedding:
        return None
    try:
        embedding = open_embedding()
    except EmbeddingUnavailable as error:
        on_unavailable(str(error))
        return None
    return RememberedEmbedding(embedding, on_embedded=on_embedded)
