"""The policy file: what it may hold, how it is refused, and how it is read again while the service runs."""

import os
import re
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from consumer.answer.cache import AnswerCache
from consumer.answer.policy import NEVER, Thresholds
from consumer.answer.policy_file import InvalidPolicy, load_policy
from consumer.answer.policy_watch import LOOK_EVERY_S, PolicyWatch
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.waiting import Waiting
from consumer.commands.doctor import examine
from consumer.commands.finding import Finding
from consumer.config.settings import settings_of
from consumer.errors import ConfigurationError
from tests.support.answerers import DEADLINE_S, encode, fields
from tests.support.consumer_parts import BASIS, TAXONOMY, QuietCallers, an_envelope, answered

GOOD = """
version = "2026-11"
auto = 0.8
suggest = 0.3

[categories.billing]
auto = 0.55
suggest = 0.2

[categories.security]
auto = "never"
suggest = 0.5
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "policy.toml"
    made.write_text(GOOD)
    return made


def _rewrite(path: Path, text: str) -> None:
    """Replace the file by a rename, as a careful writer does."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


def test_a_policy_is_read(path: Path) -> None:
    """The overall thresholds hold for every category without its own; `never` is above every confidence."""
    policy = load_policy(path, TAXONOMY)

    assert policy.version == "2026-11"
    assert [policy.of(name) for name in ("cards", "billing", "security")] == [
        Thresholds(0.8, 0.3),
        Thresholds(0.55, 0.2),
        Thresholds(NEVER, 0.5),
    ]


@pytest.mark.parametrize(
    ("was", "is_now", "sentence"),
    [
        ("auto = 0.8", "auto = 1.8", r'- auto is no threshold; write a number from 0 to 1, or "never"'),
        ("auto = 0.8", "auto = nan", "- auto is no threshold"),
        ("auto = 0.8", 'auto = "always"', "- auto is no threshold"),
        ("auto = 0.8", "", "- auto is missing; add it"),
        ("suggest = 0.3", 'suggest = "never"', "- suggest is no threshold; write a number from 0 to 1"),
        ("suggest = 0.3", "sugest = 0.3", "- sugest is an unknown key"),
        ("suggest = 0.3", "suggest = 0.9", "- auto is below suggest"),
        ("suggest = 0.2", "suggest = 0.9", r"- categories\.billing\.auto is below categories\.billing\.suggest"),
        ("auto = 0.55", "auto = -1", r"- categories\.billing\.auto is no threshold"),
        (
            "[categories.billing]",
            "[categories.biling]",
            r"- categories\.biling is no category; remove it, or name one .*billing",
        ),
        ('version = "2026-11"', 'version = "two words"', "- version is no version"),
        ('version = "2026-11"', "version =", "- it is not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_mend(path: Path, was: str, is_now: str, sentence: str) -> None:
    """Each problem is one line, and the message names the file."""
    path.write_text(GOOD.replace(was, is_now, 1))

    with pytest.raises(InvalidPolicy, match=sentence) as caught:
        load_policy(path, TAXONOMY)

    assert isinstance(caught.value, ConfigurationError)
    assert str(path) in str(caught.value)
    assert len(caught.value.problems) == len(set(caught.value.problems))


@pytest.mark.parametrize(
    ("auto", "suggest", "read"),
    [("1.0000001", "-1e-9", Thresholds(1.0, 0.0)), ("1.001", "1", Thresholds(1.0, 1.0))],
)
def test_a_threshold_that_was_computed_may_be_rounded(path: Path, auto: str, suggest: str, read: Thresholds) -> None:
    """Within one in a thousand of the range a threshold is moved back into it; `never` is not near."""
    path.write_text(GOOD.replace("0.8", auto, 1).replace("0.3", suggest, 1))

    assert load_policy(path, TAXONOMY).overall == read


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message names the setting and both mends."""
    with pytest.raises(InvalidPolicy, match="correct THRESHOLD_POLICY, or unset it"):
        load_policy(tmp_path / "none.toml", TAXONOMY)


def test_a_changed_file_is_taken_up(path: Path) -> None:
    """The file is checked once a second, and each policy is returned once."""
    watch = PolicyWatch(path, TAXONOMY)
    quiet = watch.renewed(0.0)
    _rewrite(path, GOOD.replace("2026-11", "2026-12").replace("0.55", "0.65"))
    too_soon = watch.renewed(LOOK_EVERY_S / 2)
    taken = watch.renewed(LOOK_EVERY_S)
    again = watch.renewed(LOOK_EVERY_S * 2)

    assert (quiet, too_soon, again) == (None, None, None)
    assert taken is not None
    assert (taken.version, taken.of("billing").auto) == ("2026-12", 0.65)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace("0.8", "8"), "auto is no threshold"),
        (GOOD.replace("0.8", "0.9"), "the version is still 2026-11"),
        (None, "No such file"),
    ],
)
def test_a_changed_file_that_cannot_be_used(path: Path, text: str | None, problem: str) -> None:
    """The last valid policy stays, one error is logged, and the next valid file is taken."""
    watch = PolicyWatch(path, TAXONOMY)
    if text is None:
        path.unlink()
    else:
        _rewrite(path, text)
    with capture_logs() as logs:
        looks = [watch.renewed(second) for second in (0.0, 1.0, 2.0)]
    _rewrite(path, GOOD.replace("2026-11", "2026-12"))
    mended = watch.renewed(3.0)

    assert looks == [None, None, None]
    assert [(line["event"], line["log_level"], line["kept"]) for line in logs] == [
        ("policy.invalid", "error", "2026-11")
    ]
    assert problem in " ".join(logs[0]["problems"])
    assert mended is not None
    assert mended.version == "2026-12"


def test_a_file_written_again_unchanged_is_no_news(path: Path) -> None:
    """Only a file with different thresholds is a new policy."""
    watch = PolicyWatch(path, TAXONOMY)
    os.utime(path, ns=(0, time.time_ns()))

    assert watch.renewed(0.0) is None


def test_a_policy_that_cannot_be_opened_for_want_of_descriptors_is_read_later(path: Path) -> None:
    """The file is right, and is not written again: it is taken as soon as it can be opened."""
    watch = PolicyWatch(path, TAXONOMY)
    _rewrite(path, GOOD.replace("2026-11", "2026-12"))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        unread = watch.renewed(0.0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    taken = watch.renewed(LOOK_EVERY_S)

    assert unread is None
    assert taken is not None
    assert taken.version == "2026-12"


def test_cached_answers_are_made_again_under_the_next_policy(path: Path) -> None:
    """The bytes encoded under the earlier policy are forgotten; every later answer names the new one."""
    watch = PolicyWatch(path, TAXONOMY)
    callers = QuietCallers()
    basis = BASIS._replace(policy=watch.policy)
    cache = AnswerCache(10, 3600, lambda: 0.0)
    waiting = Waiting(DEADLINE_S, endless=False)
    answerer = Answerer(basis, encode, cache, callers, waiting, hold=False, renewed=watch.renewed)
    envelopes = [an_envelope(offset) for offset in range(3)]
    answerer.take(envelopes[0])
    answerer.dispatch()
    callers.reply_with(answered())
    answerer.collect(1.0)
    answerer.take(envelopes[1])
    _rewrite(path, GOOD.replace("2026-11", "2026-12").replace("0.55", "1.0"))
    answerer.collect(5.0)
    answerer.take(envelopes[2])

    seen: list[dict[str, Any]] = [fields(envelope) for envelope in envelopes]
    assert [(fields["method"], fields["policy"], fields["decision"]) for fields in seen] == [
        ("MODEL", "2026-11", "AUTO"),
        ("CACHE", "2026-11", "AUTO"),
        ("CACHE", "2026-12", "SUGGEST"),
    ]


def _finding(**names: str) -> Finding:
    return next(found for found in examine(settings_of(names), time.monotonic) if found.part == "policy")


def test_doctor_looks_at_the_policy(path: Path) -> None:
    """Its finding shows the thresholds, or the problem."""
    by_default, good = _finding(), _finding(THRESHOLD_POLICY=str(path))
    path.write_text("{")
    bad = _finding(THRESHOLD_POLICY=str(path))

    assert by_default[:3] == ("policy", "ok", "default: AUTO from 0.6, SUGGEST from 0.3")
    assert good[:3] == ("policy", "ok", "2026-11: AUTO from 0.8, SUGGEST from 0.3; 2 categories have their own")
    assert (bad.state, bool(re.search(f"{path} cannot be used", bad.detail))) == ("failed", True)


def test_an_empty_setting_names_no_file() -> None:
    """THRESHOLD_POLICY= counts as not set, like every empty setting."""
    assert settings_of({"THRESHOLD_POLICY": "", "TAXONOMY_FILE": ""}).threshold_policy is None
