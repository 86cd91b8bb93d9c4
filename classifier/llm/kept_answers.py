"""Answers that were paid for: an interrupted calibration goes on where it stood. No text of a ticket is kept."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from classifier.llm.calibration import Share
from classifier.llm.calibration_file import CalibrationFileError, CalibrationKey
from classifier.llm.types import Source

ANSWERS: Final = "llm-answers.jsonl"
"""The name of the file in `STATE_DIR`."""


class KeptAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer.

    Attributes:
        asked: by `digest_of`.
        shares: the probability of each choice, by its code.
    """

    asked: str
    source: Source
    shares: Annotated[dict[str, Share], msgspec.Meta(min_length=1)]


def digest_of(key: CalibrationKey, subject: str, description: str) -> str:
    """What names an answer: another endpoint, model, prompt or text has another one."""
    return hashlib.sha256(msgspec.json.encode([*key[:3], subject, description])).hexdigest()


class KeptAnswers:
    """A file of answers, one a line. One thread at a time may use it.

    Args:
        path: of the file; it is made when it is not there.

    Raises:
        CalibrationFileError: it cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b")
            self._answers = self._read()
        except OSError as error:
            raise _trouble(path, error) from None

    @property
    def answers(self) -> Mapping[str, KeptAnswer]:
        """All answers, by what was asked."""
        return self._answers

    def keep(self, answer: KeptAnswer) -> None:
        """Write an answer down.

        Raises:
            CalibrationFileError: it cannot be written.
        """
        try:
            self._file.write(msgspec.json.encode(answer) + b"\n")
            self._file.flush()
        except OSError as error:
            raise _trouble(self._path, error) from None
        self._answers[answer.asked] = answer

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read(self) -> dict[str, KeptAnswer]:
        self._file.seek(0)
        content = self._file.read()
        if content and not content.endswith(b"\n"):
            # A process died while it wrote the last line: the next one begins on a line of its own.
            self._file.write(b"\n")
        found = {}
        for line in content.splitlines():
            try:
                answer = msgspec.json.decode(line, type=KeptAnswer)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            found[answer.asked] = answer
        return found


def _trouble(path: Path, error: OSError) -> CalibrationFileError:
    reason = error.strerror or os.strerror(error.errno or 0)
    return CalibrationFileError(f"{path} cannot be used: {reason}; let this user write it, or name another STATE_DIR")
