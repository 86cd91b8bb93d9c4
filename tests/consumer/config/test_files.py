"""Files of settings as editors, volumes and people leave them, read by a process of its own."""

import codecs
import subprocess
import sys
from pathlib import Path

import pytest

from consumer.config.sources import read_secret
from consumer.errors import ConfigurationError
from tests.support.terminals import BARE

# Each process reads the file, as the service does for itself and for its workers.
SCRIPT = """
import sys
from consumer.config.settings import load_settings
from consumer.config.sources import process_environment
from consumer.errors import ConfigurationError
try:
    settings = load_settings()
except ConfigurationError as error:
    sys.exit(str(error))
print(ascii([settings.audit_seed, settings.topics.park, process_environment().get("AUDIT_SEED")]))
"""
DOTENV = "AUDIT_SEED='grüße'\r\nTOPIC_PARK=set-aside\r\n"
READ = "['gr\\xfc\\xdfe', 'set-aside', 'gr\\xfc\\xdfe']\n"
NONE = "['', 'ticket-dead-letter-parked', None]\n"


def read(folder: Path, **settings: str) -> tuple[str, str]:
    """What a process in this folder reads, and what it refuses."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env={**BARE, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    "content",
    [
        DOTENV.encode(),
        codecs.BOM_UTF8 + DOTENV.encode(),
        codecs.BOM_UTF16_LE + DOTENV.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + DOTENV.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with a mark", "utf-16-le", "utf-16-be"],
)
@pytest.mark.parametrize(
    "locale", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}], ids=["utf-8", "C"]
)
def test_dotenv_is_read_in_the_encoding_that_it_names(tmp_path: Path, content: bytes, locale: dict[str, str]) -> None:
    """The settings, the topics and the environment of workers are read alike, whatever the locale."""
    (tmp_path / ".env").write_bytes(content)

    assert read(tmp_path, **locale) == (READ, "")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (DOTENV.encode("latin-1"), "it is not UTF-8 text: line 1 holds the byte 0xfc; save it as UTF-8"),
        (b"A=1\nB=b\0c\n", "it holds a NUL character in line 2"),
        (codecs.BOM_UTF16_LE + b"A", "it is not UTF-8 text, nor UTF-16-LE"),
    ],
    ids=["latin-1", "nul", "half a letter"],
)
def test_a_dotenv_that_is_no_text_is_refused_by_its_path(tmp_path: Path, content: bytes, why: str) -> None:
    """The sentence names the file, the line and the mend."""
    (tmp_path / ".env").write_bytes(content)
    taken, refused = read(tmp_path)

    assert taken == ""
    assert refused.startswith(f"{tmp_path}/.env, which holds settings, cannot be read: {why}")
    assert "Traceback" not in refused


def test_a_dotenv_that_is_no_file_is_refused_unless_it_is_a_virtual_environment(tmp_path: Path) -> None:
    """A volume that lacks its file makes a folder of that name, and so does `python -m venv .env`."""
    (tmp_path / ".env").mkdir()
    assert "/.env, which holds settings, cannot be read: is a directory" in read(tmp_path)[1]

    (tmp_path / ".env" / "pyvenv.cfg").touch()
    assert read(tmp_path) == (NONE, "")


def test_a_dotenv_that_links_to_itself_is_refused(tmp_path: Path) -> None:
    """The system's own reason is passed on."""
    (tmp_path / ".env").symlink_to(".env")

    assert "cannot be read: too many levels of symbolic links" in read(tmp_path)[1]


def test_a_secret_is_read_in_the_encoding_that_it_names(tmp_path: Path) -> None:
    """What Windows saves as Unicode is a secret like any other."""
    secret = tmp_path / "secret"
    for content in (b"p\xc3\xa4ss\n", codecs.BOM_UTF8 + b"p\xc3\xa4ss", "pässr\r\n".replace("r", "").encode("utf-16")):
        secret.write_bytes(content)
        assert read_secret("ML_API_TOKEN_FILE", str(secret)) == "päss"


@pytest.mark.parametrize("content", [b"p\xe4ss", b"pass\0word"], ids=["latin-1", "nul"])
def test_a_secret_that_is_no_text_is_refused_without_quoting_it(tmp_path: Path, content: bytes) -> None:
    """The sentence names the setting and the file."""
    secret = tmp_path / "secret"
    secret.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"ML_API_TOKEN_FILE names .*save it as UTF-8") as refused:
        read_secret("ML_API_TOKEN_FILE", str(secret))
    assert "ss" not in str(refused.value).replace(str(secret), "")


@pytest.mark.parametrize("name", ["AUDIT_SEED", "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_SASL_USERNAME", "TOPIC_PARK"])
def test_a_value_that_is_no_text_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    """Bytes of another encoding in the environment end in a sentence, before a client chokes on them."""
    assert read(tmp_path, **{name: "gr\udcfc\udcdfe"}) == ("", f"{name} is not UTF-8 text; write it in UTF-8\n")


def test_a_path_may_hold_any_bytes(tmp_path: Path) -> None:
    """File systems know no encoding."""
    assert read(tmp_path, STATE_DIR=str(tmp_path / "gr\udcfc\udcdfe")) == (NONE, "")
