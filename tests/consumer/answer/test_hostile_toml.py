"""Files that the parser of TOML chokes on: refused like any that is no TOML."""

from pathlib import Path

import pytest

from consumer.answer.policy_file import load_policy
from consumer.answer.taxonomy import load_taxonomy
from consumer.errors import ConfigurationError

HOSTILE = {
    "deep": "a = " + "[" * 5000,
    "many digits": f"version = {'9' * 5000}",
    "form feeds before the error": "\x0c = 1\x0c\x0c\n\n[a\n",
    "separators of lines": 'version = "\u2028\u2028"\nb =\n',
    "empty": "",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_the_parser_cannot_take_is_refused(tmp_path: Path, name: str) -> None:
    """The file's setting is named, for the taxonomy and for the policy."""
    path = tmp_path / "hostile.toml"
    path.write_text(HOSTILE[name], encoding="utf-8")
    taxonomy = load_taxonomy()

    with pytest.raises(ConfigurationError, match="TAXONOMY_FILE="):
        load_taxonomy(path)
    with pytest.raises(ConfigurationError, match="THRESHOLD_POLICY="):
        load_policy(path, taxonomy)


def test_windows_unicode_is_read(tmp_path: Path) -> None:
    """A policy that an editor saved as UTF-16, with a byte order mark."""
    path = tmp_path / "policy.toml"
    path.write_bytes('version = "1"\nauto = 0.8\nsuggest = 0.3\n'.encode("utf-16"))

    assert load_policy(path, load_taxonomy()).overall.auto == 0.8
