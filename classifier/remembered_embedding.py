"""An embedding that computes each text once: a project trains some twenty models of parts of the same tickets."""

import threading
from collections.abc import Callable, Sequence
from hashlib import blake2b

import numpy as np
from cachetools import LRUCache

from classifier.embedding import Embedding, Vectors

REMEMBERED_TEXTS = 50_000
"""Vectors of 384 numbers, 77 MB of them."""

_DIGEST_BYTES = 16


class RememberedEmbedding:
    """The vectors of another embedding, those of the texts that were asked for last from memory.

    Args:
        embedding: Computes what is not remembered, a call's new texts in one call.
        remembered_texts: The most that are remembered; those not asked for longest are forgotten.
        on_embedded: Receives how many of a call's new texts are computed, and how many there are.

    Attributes:
        name: The other embedding's: a model does not depend on what was remembered.
    """

    def __init__(
        self,
        embedding: Embedding,
        remembered_texts: int = REMEMBERED_TEXTS,
        on_embedded: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> None:
        self.name = embedding.name
        self._embedding = embedding
        self._vectors: LRUCache[bytes, Vectors] = LRUCache(remembered_texts)
        self._on_embedded = on_embedded
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str], on_progress: Callable[[int], None] = lambda _done: None) -> Vectors:
        """Float32 (texts, dimensions), the same bytes as the other embedding's."""
        keys = [_key(text) for text in texts]
        with self._lock:
            found = {key: self._vectors[key] for key in dict.fromkeys(keys) if key in self._vectors}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new or not keys:
            known = len(keys) - len(new)

            def tell(done: int) -> None:
                self._on_embedded(done, len(new))
                on_progress(known + done)

            computed = self._embedding.embed(list(new.values()), tell)
            found.update(zip(new, computed, strict=True))
            if not keys:
                return computed
        with self._lock:
            self._vectors.update(found)
        on_progress(len(keys))
        return np.stack([found[key] for key in keys])


def _key(text: str) -> bytes:
    # Texts may be long; half of a character from a foreign file is no text that UTF-8 can hold.
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()
