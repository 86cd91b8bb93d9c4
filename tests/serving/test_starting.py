"""Starting what cannot be started yet."""

import errno
import os
import subprocess
import sys

import pytest

from serving.starting import no_room, started, used_up

# It fills its descriptors, asks for a process, and gives the descriptors back when it is told the reason.
SCRIPT = """
import resource, subprocess, sys
from serving.starting import started
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
taken = []
try:
    while True:
        taken.append(open("/dev/null"))
except OSError:
    pass
told = []
def tell(reason):
    told.append(reason)
    while taken:
        taken.pop().close()
process = started(lambda: subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE), tell, 30, lambda: False)
print(len(told), process.wait(), told[0])
"""


def test_a_process_is_started_when_there_is_a_descriptor_for_it() -> None:
    """The reason is told once, with the mend."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.startswith("1 0 ")
    assert "ulimit -n" in done.stdout


def test_it_is_given_up_when_the_time_is_over_or_nobody_wants_it() -> None:
    """With the error of the last try."""
    tries = []

    def fail() -> None:
        tries.append(1)
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    told: list[str] = []
    with pytest.raises(BlockingIOError):
        started(fail, told.append, 0.5, lambda: False)
    with pytest.raises(BlockingIOError):
        started(fail, told.append, 60, lambda: True)

    assert len(tries) >= 3
    assert len(told) == 1
    assert "ulimit -u" in told[0]


def test_any_other_error_is_raised_at_once() -> None:
    """A program that is not there does not come by waiting."""
    told: list[str] = []
    with pytest.raises(FileNotFoundError):
        started(lambda: subprocess.Popen(["/there/is/none"]), told.append, 60, lambda: False)

    assert told == []


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM, errno.ENOBUFS])
def test_what_may_come_back_is_tried_again(number: int) -> None:
    """Each with its mend."""
    assert "(" in used_up(OSError(number, os.strerror(number)))
    assert used_up(OSError(number, "")) == no_room(OSError(number, ""))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_is_a_sentence_with_its_file(number: int) -> None:
    """It is not tried again."""
    error = OSError(number, os.strerror(number), "/data/state")

    assert no_room(error).startswith("/data/state: ")
    assert used_up(error) == ""


def test_other_errors_are_none_of_this() -> None:
    """They are told as what they are."""
    assert no_room(ValueError("x")) == ""
    assert no_room(FileNotFoundError(errno.ENOENT, "x")) == ""
