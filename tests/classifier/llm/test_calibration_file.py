"""Calibrations on disk."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifier.llm.calibration import Isotonic, Temperature
from classifier.llm.calibration_file import (
    CalibrationFileError,
    CalibrationKey,
    Calibrations,
    Fitted,
    key_of,
    read,
    write,
)

URL = "https://user:secret@llm.example/v1/chat/completions?api-key=secret"
KEY = key_of(URL, "small", "2f1a", "logprobs")
WHEN = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def fitted(key: CalibrationKey = KEY, temperature: float = 2.0) -> Fitted:
    return Fitted(*key, Temperature(temperature), 240, 0.83, 0.12, 0.03, WHEN)


class Heard(list[str]):
    """The warnings."""

    def warn(self, text: str) -> None:
        self.append(text)


def test_a_calibration_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "calibration.json"
    curve = Fitted(*KEY._replace(confidence_source="constant"), Isotonic((0.1, 0.9), (0.2, 0.7)), 1200, 1, 0, 0, WHEN)

    write(path, [fitted(), curve])

    assert read(path) == {fitted().key: fitted(), curve.key: curve}
    assert "secret" not in path.read_text()
    assert [file.name for file in path.parent.iterdir()] == ["calibration.json"]


def test_a_new_calibration_takes_the_place_of_the_old_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    other = fitted(KEY._replace(model="large"))
    write(path, [fitted(), other])

    write(path, [fitted(temperature=3.0)])

    assert read(path) == {KEY: fitted(temperature=3.0), other.key: other}


@pytest.mark.parametrize(
    "key",
    [
        key_of("https://other.example/v1", "small", "2f1a", "logprobs"),
        key_of(URL, "large", "2f1a", "logprobs"),
        key_of(URL, "small", "2f1b", "logprobs"),
        key_of(URL, "small", "2f1a", "constant"),
    ],
)
def test_another_endpoint_model_prompt_or_source_is_uncalibrated(tmp_path: Path, key: CalibrationKey) -> None:
    path = tmp_path / "calibration.json"
    write(path, [fitted()])
    heard = Heard()

    assert Calibrations(path, KEY, heard.warn).calibrated((0.8, 0.2), "logprobs") == pytest.approx((2 / 3, 1 / 3))
    assert Calibrations(path, key, heard.warn).calibrated((0.8, 0.2), key.confidence_source) is None
    assert heard == []


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """A server need not start again after a calibration."""
    path = tmp_path / "calibration.json"
    heard = Heard()
    calibrations = Calibrations(path, KEY, heard.warn)
    before = calibrations.calibrated((0.8, 0.2), "logprobs")
    write(path, [fitted()])
    between = calibrations.calibrated((0.8, 0.2), "logprobs")
    path.unlink()

    assert (before, calibrations.calibrated((0.8, 0.2), "logprobs")) == (None, None)
    assert between == pytest.approx((2 / 3, 1 / 3))
    assert heard == []


GOOD = {"method": "temperature", "temperature": 2.0}


@pytest.mark.parametrize(
    "calibration",
    [
        {"method": "temperature", "temperature": 0},
        {"method": "temperature", "temperature": -1.0},
        {"method": "temperature", "temperature": "2"},
        {"method": "temperature"},
        {"method": "another"},
        {"method": "isotonic", "confidences": [], "accuracies": []},
        {"method": "isotonic", "confidences": [0.1, 0.2], "accuracies": [0.5]},
        {"method": "isotonic", "confidences": [0.1, 0.2], "accuracies": [0.5, 0.4]},
        {"method": "isotonic", "confidences": [0.1], "accuracies": [1.5]},
        None,
    ],
)
def test_a_damaged_calibration_is_none_and_told_once(tmp_path: Path, calibration: object) -> None:
    path = tmp_path / "calibration.json"
    write(path, [fitted()])
    document = json.loads(path.read_bytes())
    document["calibrations"][0]["calibration"] = calibration
    path.write_text(json.dumps(document))
    heard = Heard()
    calibrations = Calibrations(path, KEY, heard.warn)

    assert [calibrations.calibrated((0.8, 0.2), "logprobs") for _ in range(3)] == [None] * 3
    assert [text.startswith(f"{path} holds no calibrations") for text in heard] == [True]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 2, "calibrations": []}']
)
def test_another_file_is_uncalibrated_and_never_written_over(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(content)
    heard = Heard()

    assert Calibrations(path, KEY, heard.warn).calibrated((0.8, 0.2), "logprobs") is None
    assert len(heard) == 1
    with pytest.raises(CalibrationFileError, match="move it away and calibrate again"):
        write(path, [fitted()])
    assert path.read_bytes() == content


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    heard = Heard()

    assert Calibrations(tmp_path, KEY, heard.warn).calibrated((1.0,), "logprobs") is None
    assert [text.startswith(f"{tmp_path} cannot be read") for text in heard] == [True]


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CalibrationFileError, match=r"calibration\.json cannot be .*; let this user"):
        write(tmp_path / "file" / "calibration.json", [fitted()])
