"""Answers that were paid for."""

from contextlib import closing
from pathlib import Path

import pytest

from classifier.llm.calibration_file import CalibrationFileError, key_of
from classifier.llm.kept_answers import KeptAnswer, KeptAnswers, digest_of

KEY = key_of("https://llm.example/v1", "small", "2f1a")
ONE = KeptAnswer(digest_of(KEY, "a", "b"), "logprobs", {"A": 0.75, "B": 0.25})
TWO = KeptAnswer(digest_of(KEY, "c", "d"), "constant", {"B": 0.5})


def kept(path: Path, *answers: KeptAnswer) -> list[KeptAnswer]:
    with closing(KeptAnswers(path)) as file:
        for answer in answers:
            file.keep(answer)
        return list(file.answers.values())


def test_answers_are_read_as_they_were_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "answers.jsonl"

    kept(path, ONE)
    kept(path, TWO)

    assert kept(path) == [ONE, TWO]


def test_a_line_that_a_dying_process_wrote_half_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    kept(path, ONE, TWO)
    path.write_bytes(path.read_bytes()[:-20])

    assert kept(path, TWO) == [ONE, TWO]
    assert kept(path) == [ONE, TWO]


def test_another_ticket_prompt_model_or_endpoint_has_another_answer() -> None:
    keys = [KEY, KEY._replace(endpoint="x"), KEY._replace(model="x"), KEY._replace(prompt_sha256="x")]
    texts = [("a", "b"), ("ab", ""), ("a", "c")]

    assert len({digest_of(key, *text) for key in keys for text in texts}) == 12


def test_a_place_where_nothing_can_be_kept_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalibrationFileError, match="cannot be used: Is a directory; let this user write it"):
        KeptAnswers(tmp_path)
