"""How an instance claims its name."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.errors import ConfigurationError, Fenced
from consumer.service.instance import claim

if TYPE_CHECKING:
    from consumer.service.instance import Instance

CLAIM_AND_WAIT = """
import sys, time
from pathlib import Path
from consumer.service.instance import claim
instance = claim(Path(sys.argv[1]), "", "host")
print(instance.name, flush=True)
time.sleep(60)
"""


def test_processes_of_one_host_get_places_of_their_own(tmp_path: Path) -> None:
    """Each process claims the lowest free slot; a missing folder is created."""
    held = [claim(tmp_path / "state", "", "host") for _ in range(3)]
    names = [instance.name for instance in held]
    for instance in held:
        instance.release()

    assert names == ["host-0", "host-1", "host-2"]


@given(st.lists(st.integers(0, 4)))
def test_the_lowest_free_slot_is_taken(tmp_path_factory: pytest.TempPathFactory, releases: list[int]) -> None:
    """In any order of starts and stops, no two processes share a name, and a restarted one gets its own again."""
    folder = tmp_path_factory.mktemp("state")
    held: dict[str, Instance] = {}
    for slot in releases:
        expected = next(f"host-{slot}" for slot in range(len(held) + 1) if f"host-{slot}" not in held)
        instance = claim(folder, "", "host")
        assert expected == instance.name
        held[instance.name] = instance
        if f"host-{slot}" in held:
            held.pop(f"host-{slot}").release()
    for instance in held.values():
        instance.release()


def test_a_killed_process_leaves_its_place_free(tmp_path: Path) -> None:
    """After a SIGKILL the next process claims the same name at once: no file has to be removed."""
    with subprocess.Popen([sys.executable, "-c", CLAIM_AND_WAIT, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        name = holder.stdout.readline().decode().strip()
        beside = claim(tmp_path, "", "host")
        holder.send_signal(signal.SIGKILL)
    again = claim(tmp_path, "", "host")
    for instance in (beside, again):
        instance.release()

    assert (name, beside.name, again.name) == ("host-0", "host-1", "host-0")


def test_children_do_not_keep_a_place(tmp_path: Path) -> None:
    """A worker that outlives its supervisor for a moment does not hold the supervisor's name."""
    first = claim(tmp_path, "", "host")
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False) as child:
        assert child.stdout is not None
        child.stdout.readline()
        first.release()
        again = claim(tmp_path, "", "host")
        child.communicate(b"\n")
    again.release()

    assert again.name == first.name


def test_a_place_that_is_named_is_held_once(tmp_path: Path) -> None:
    """A second process with the same INSTANCE_ID ends with a message and the exit code of Fenced."""
    instance = claim(tmp_path, "east-1", "host")
    with pytest.raises(Fenced, match="INSTANCE_ID=east-1 is held by another process") as fenced:
        claim(tmp_path, "east-1", "host")
    instance.release()
    again = claim(tmp_path, "east-1", "host")
    again.release()

    assert (instance.name, again.name, fenced.value.exit_code) == ("east-1", "east-1", 3)


def test_a_name_that_looks_like_a_slot_is_the_same_place(tmp_path: Path) -> None:
    """INSTANCE_ID=host-0 and the first slot of that host never run side by side: they would fence each other."""
    named = claim(tmp_path, "host-0", "host")
    slot = claim(tmp_path, "", "host")
    for instance in (named, slot):
        instance.release()

    assert (named.name, slot.name) == ("host-0", "host-1")


def test_hosts_that_share_a_folder_do_not_share_places(tmp_path: Path) -> None:
    """Each host counts its own slots."""
    one, other = claim(tmp_path, "", "one"), claim(tmp_path, "", "other")
    for instance in (one, other):
        instance.release()

    assert (one.name, other.name) == ("one-0", "other-0")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The message says which setting to change."""
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match=r"STATE_DIR=.*file/state.*set STATE_DIR"):
        claim(tmp_path / "file" / "state", "", "host")


def test_a_refused_claim_leaks_no_descriptor(tmp_path: Path) -> None:
    """Trying slot after slot leaves open only the lock that was taken."""
    held = [claim(tmp_path, "", "host") for _ in range(3)]
    before = _open_descriptors()
    last = claim(tmp_path, "", "host")
    after = _open_descriptors()
    for instance in [*held, last]:
        instance.release()

    assert (after, _open_descriptors()) == (before + 1, before - 3)


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
