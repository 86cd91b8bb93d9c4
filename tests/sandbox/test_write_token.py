"""The token of a sandbox's page."""

from pathlib import Path

import pytest

from sandbox.write_token import FILE, write_settings
from ticketstream.next_steps import page_lines

ADDRESS = "http://127.0.0.1:8080"


def test_a_sandbox_has_a_token_of_its_own_that_stays(tmp_path: Path) -> None:
    """Only its user can read it, and it is printed beside the page."""
    (tmp_path / "other").mkdir()
    first, again = write_settings(tmp_path, {}), write_settings(tmp_path, {})
    other = write_settings(tmp_path / "other", {})

    assert first == again != other
    assert len(first["HTTP_WRITE_TOKEN"]) >= 16
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert list(page_lines(ADDRESS, first)) == [
        f"The page: {ADDRESS}",
        f"Judge answers there: {ADDRESS}/review, with the token {first['HTTP_WRITE_TOKEN']}",
    ]


@pytest.mark.parametrize("name", ["HTTP_WRITE_TOKEN", "HTTP_WRITE_TOKEN_FILE"])
def test_a_token_of_the_user_is_used_and_not_printed(tmp_path: Path, name: str) -> None:
    """Whether it stands in the environment or in a file."""
    settings = write_settings(tmp_path, {name: "own"})

    assert settings == {}
    assert not (tmp_path / FILE).exists()
    assert list(page_lines(ADDRESS, settings)) == [f"The page: {ADDRESS}"]
