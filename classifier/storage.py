"""Models on disk: a readable manifest and a file of numbers.

    DIR/model.json           the manifest, with the name and SHA-256 of the file with the numbers
    DIR/weights-<hash>.npz   numpy arrays, and the terms as UTF-8 JSON in an array of bytes

Neither file can run code when it is read; pickle (and so joblib) can. That matters because a process with secrets often
reads a model from a shared folder. skops would be as safe, but ties a file to the classes of the scikit-learn version
that wrote it. This format contains only numbers and strings; FORMAT changes with it.
"""

import hashlib
import io
import json
import zipfile
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from classifier.durable_files import replace_file
from classifier.embedding import Embedding, EmbeddingUnavailable, open_embedding
from classifier.features import Features, Terms
from classifier.languages import Languages
from classifier.model import Model
from classifier.multilingual import Choice, EmbeddingReader, Multilingual, Temperatures

FORMAT = 2
FORMAT_WITH_EMBEDDING = 3
MANIFEST = "model.json"


# What reading a damaged file raises, beside what its numbers and shapes then do.
_DAMAGES = (
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError),
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError),
)


class ModelError(ValueError):
    """There is no usable model in the folder. The message says why, and how to mend it."""


def prepare(folder: Path) -> None:
    """Make the folder for a model. Call it before the training, so that a bad folder does not waste hours.

    Raises:
        ModelError: The folder contains something other than a model.
        OSError: The folder cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MANIFEST).exists() and any(folder.iterdir()):
        raise ModelError(f"{folder} is neither empty nor a model's folder; name another one with --out")


def save(model: Model, folder: Path) -> Path:
    """Write the model into the folder and replace the old one. Equal models give equal bytes.

    The manifest is replaced last and in one step, so a reader finds either the old model or the new one, complete.

    Returns:
        The manifest's path.

    Raises:
        ModelError: The folder contains something other than a model.
        OSError: The folder cannot be written.
    """
    prepare(folder)
    weights = _weights(model)
    digest = hashlib.sha256(weights).hexdigest()
    name = f"weights-{digest[:12]}.npz"
    replace_file(folder / name, weights)
    replace_file(folder / MANIFEST, _manifest(model, name, digest))
    for old in folder.glob("weights-*.npz"):
        if old.name != name:
            old.unlink()
    return folder / MANIFEST


def load(folder: Path) -> Model:
    """The model in the folder.

    Raises:
        ModelError: There is no model, its format is a different one, or a file is damaged.
    """
    manifest = _read_manifest(folder / MANIFEST)
    try:
        packed = _read_weights(folder / str(manifest["weights"]), manifest["sha256"])
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            return _restore(manifest, arrays)
    except ModelError:
        raise
    except _DAMAGES as error:
        raise ModelError(
            f"{folder}: the model is incomplete ({type(error).__name__}: {error}); train it again"
        ) from error


def labelled_tickets(folder: Path) -> int:
    """From how many labelled tickets the model in the folder has learned, whether or not it can be served here.

    Raises:
        ModelError: There is no model, or its manifest is damaged.
    """
    manifest = _read_manifest(folder / MANIFEST)
    try:
        return int(manifest["tickets"])
    except (LookupError, TypeError, ValueError):
        raise ModelError(f"{folder}: the model's manifest is incomplete; train it again") from None


def _manifest(model: Model, weights: str, digest: str) -> bytes:
    manifest = {
        "format": FORMAT_WITH_EMBEDDING if model.multilingual else FORMAT,
        "version": model.version,
        "trained_on": model.trained_on.isoformat(),
        "tickets": model.tickets,
        "temperature": model.temperature,
        **({"ceiling": model.ceiling} if model.ceiling < 1 else {}),
        "languages": model.languages._asdict(),
        **({"embedding": _manifest_of(model.multilingual)} if model.multilingual else {}),
        "labels": model.labels,
        "weights": weights,
        "sha256": digest,
    }
    return json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n"


def _weights(model: Model) -> bytes:
    words, characters = model.features.terms
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        weights=model.weights,
        intercept=model.intercept,
        prior=model.prior,
        words=_pack(words.names),
        word_idf=words.idf,
        characters=_pack(characters.names),
        character_idf=characters.idf,
        **(_arrays_of(model.multilingual) if model.multilingual else {}),
    )
    return packed.getvalue()


def _manifest_of(multilingual: Multilingual) -> dict[str, Any]:
    return {
        "name": multilingual.embedding.name,
        "languages": multilingual.languages._asdict(),
        "unsure_below": multilingual.unsure_below,
        "chosen": multilingual.choice._asdict(),
        "temperatures": {code: values._asdict() for code, values in multilingual.temperatures.items()},
        "centers": list(multilingual.reader.centers),
    }


def _arrays_of(multilingual: Multilingual) -> dict[str, Any]:
    reader = multilingual.reader
    return {
        "embedding_weights": reader.weights,
        "embedding_intercept": reader.intercept,
        "embedding_centers": np.array(list(reader.centers.values()), dtype=np.float32),
    }


def _pack(names: list[str]) -> Any:
    return np.frombuffer(json.dumps(names, ensure_ascii=False).encode(), dtype=np.uint8)


def _unpack(packed: Any) -> list[str]:
    names: list[str] = json.loads(packed.tobytes())
    return names


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ModelError(
            f"{path.parent} contains no model; make one with: python -m classifier train FILE --out {path.parent}"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found not in {FORMAT, FORMAT_WITH_EMBEDDING}:
        raise ModelError(
            f"{path} has format {found}, and this version reads {FORMAT} and {FORMAT_WITH_EMBEDDING}; "
            "train the model again with this version, or serve it with the version that wrote it"
        )
    result: dict[str, Any] = manifest
    return result


def _read_weights(path: Path, digest: str) -> bytes:
    packed = path.read_bytes()
    if hashlib.sha256(packed).hexdigest() != digest:
        raise ModelError(f"{path} is damaged; train the model again or copy it anew")
    return packed


def _restore(manifest: dict[str, Any], arrays: Any) -> Model:
    return Model(
        version=str(manifest["version"]),
        trained_on=date.fromisoformat(manifest["trained_on"]),
        tickets=int(manifest["tickets"]),
        labels=tuple((category, subcategory) for category, subcategory in manifest["labels"]),
        features=Features.restore(
            Terms(_unpack(arrays["words"]), arrays["word_idf"]),
            Terms(_unpack(arrays["characters"]), arrays["character_idf"]),
        ),
        weights=arrays["weights"],
        intercept=arrays["intercept"],
        prior=arrays["prior"],
        temperature=float(manifest["temperature"]),
        languages=_languages(manifest["languages"]),
        multilingual=_restore_multilingual(manifest, arrays) if "embedding" in manifest else None,
        ceiling=float(manifest.get("ceiling", 1.0)),
    )


def _languages(written: dict[str, list[str]]) -> Languages:
    return Languages(**{name: tuple(codes) for name, codes in written.items()})


def _restore_multilingual(whole: dict[str, Any], arrays: Any) -> Multilingual:
    manifest = whole["embedding"]
    embedding = _embedding(str(manifest["name"]), labelled=int(whole["tickets"]))
    centers = dict(zip(manifest["centers"], arrays["embedding_centers"], strict=True))
    return Multilingual(
        embedding=embedding,
        languages=_languages(manifest["languages"]),
        reader=EmbeddingReader(centers, arrays["embedding_weights"], arrays["embedding_intercept"]),
        temperatures={code: Temperatures(**values) for code, values in manifest["temperatures"].items()},
        unsure_below=float(manifest["unsure_below"]),
        choice=Choice(**manifest["chosen"]),
    )


def _embedding(name: str, labelled: int) -> Embedding:
    """The embedding with which the model was trained; another version's vectors would mean something else to it."""
    try:
        found = open_embedding()
    except EmbeddingUnavailable as error:
        without = (
            "train it again with --without-embedding, for texts in the languages of its tickets alone"
            if labelled
            else "remove it, for it knows nothing but names: the rules then answer alone"
        )
        raise ModelError(f"the model needs {name}, and {error}; or {without}") from None
    if found.name != name:
        raise ModelError(
            f"the model was trained with {name}, and {found.name} is installed; install that version, or train again"
        )
    return found
