"""Calibrations on disk, each for one endpoint, model and prompt: another prompt is uncalibrated again."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from classifier.llm.calibration import Calibration, Share
from classifier.llm.metering import public_address
from classifier.llm.types import Source

CALIBRATIONS: Final = "llm-calibration.json"
"""The name of the file in `STATE_DIR`."""

_FORMAT: Final = 1


class CalibrationKey(NamedTuple):
    """What a calibration is for."""

    endpoint: str
    """Its address without secrets."""
    model: str
    prompt_sha256: str
    """Of the part of the prompt that is the same for every ticket."""
    confidence_source: Source


class Fitted(msgspec.Struct, frozen=True):
    """A calibration, with what was measured when it was fitted."""

    endpoint: str
    model: str
    prompt_sha256: str
    confidence_source: Source
    calibration: Calibration
    answers: int
    accuracy: Share
    ece_before: Share
    ece_after: Share
    """Of answers that the calibration was not fitted to."""
    fitted_at: datetime

    @property
    def key(self) -> CalibrationKey:
        """What it is for."""
        return CalibrationKey(self.endpoint, self.model, self.prompt_sha256, self.confidence_source)


class _File(msgspec.Struct, frozen=True):
    format: int
    calibrations: tuple[Fitted, ...]


class CalibrationFileError(ValueError):
    """The file is there and cannot be used, or cannot be written. The message names it and the mend."""


def key_of(endpoint: str, model: str, prompt_sha256: str, source: Source = "logprobs") -> CalibrationKey:
    """The key of answers; user, password and query of the address do not count."""
    return CalibrationKey(public_address(endpoint), model, prompt_sha256, source)


def read(path: Path) -> dict[CalibrationKey, Fitted]:
    """All calibrations of a file; none when it is not there.

    Raises:
        CalibrationFileError: it cannot be read, or holds something else.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CalibrationFileError(f"{path} cannot be read: {error.strerror}; let this user read it") from None
    try:
        file = msgspec.json.decode(content, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CalibrationFileError(
            f"{path} holds no calibrations ({error}); move it away and calibrate again"
        ) from None
    if file.format != _FORMAT:
        raise CalibrationFileError(
            f"{path} has format {file.format}, and this version reads {_FORMAT}; move it away and calibrate again"
        )
    return {fitted.key: fitted for fitted in file.calibrations}


def write(path: Path, fitted: Sequence[Fitted]) -> None:
    """Put calibrations into a file, in the place of those for the same; a reader finds the old file or the new one.

    Raises:
        CalibrationFileError: it cannot be written, or what is there cannot be read.
    """
    kept = {**read(path), **{one.key: one for one in fitted}}
    content = msgspec.json.format(msgspec.json.encode(_File(_FORMAT, tuple(kept.values()))), indent=1) + b"\n"
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise CalibrationFileError(
            f"{path} cannot be written: {error.strerror}; let this user write its folder, or name another file"
        ) from None


class Calibrations:
    """The calibrations of a file for one endpoint, model and prompt, as they are now: a changed file is read again.

    Args:
        path: of the file; it need not be there.
        key: what they are for; its source does not count.
        warn: is told once of each file that cannot be used. Answers are uncalibrated then.
    """

    def __init__(self, path: Path, key: CalibrationKey, warn: Callable[[str], None]) -> None:
        self._path = path
        self._key = key
        self._warn = warn
        self._state: tuple[object, dict[CalibrationKey, Fitted]] = (None, {})

    def calibrated(self, probabilities: Sequence[float], source: Source) -> tuple[float, ...] | None:
        """The calibrated probabilities; None where no calibration fits."""
        fitted = self.fitted(source)
        return fitted.calibration.apply(probabilities) if fitted and probabilities else None

    def fitted(self, source: Source) -> Fitted | None:
        """The calibration of answers whose confidence comes from there."""
        identity = self._identify()
        if identity != self._state[0]:
            self._state = (identity, self._read())
        return self._state[1].get(self._key._replace(confidence_source=source))

    def _identify(self) -> object:
        try:
            found = self._path.stat()
        except OSError as error:
            return error.errno
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self) -> dict[CalibrationKey, Fitted]:
        try:
            return read(self._path)
        except CalibrationFileError as error:
            self._warn(str(error))
            return {}
