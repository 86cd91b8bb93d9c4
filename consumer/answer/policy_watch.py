"""Thresholds that change while the service runs: the policy file is read again when it has changed."""

from collections.abc import Callable
from pathlib import Path

import structlog

from consumer.answer.policy import Policy
from consumer.answer.policy_file import InvalidPolicy, load_policy
from consumer.answer.taxonomy import Taxonomy
from serving.starting import used_up

log = structlog.get_logger()

# Often enough that a change takes hold at once for a person, rare enough to cost nothing.
LOOK_EVERY_S = 1.0

# Given the monotonic time, returns the policy that replaced the last one; None while there is none.
Renewed = Callable[[float], Policy | None]
Signature = tuple[int, int, int]


class PolicyWatch:
    """The policy in a file, and each valid policy that replaces it.

    A file that cannot be used is logged once per change, and the last valid policy stays.

    Args:
        path: the file that THRESHOLD_POLICY names.
        taxonomy: its categories are those that a policy may name.

    Raises:
        InvalidPolicy: the file cannot be used at the start.
    """

    def __init__(self, path: Path, taxonomy: Taxonomy) -> None:
        self._path = path
        self._taxonomy = taxonomy
        # Taken before the file is read, so that a write during the read shows as a change.
        self._signature = _signature(path)
        self._looked_s = float("-inf")
        self.policy = load_policy(path, taxonomy)

    def renewed(self, now: float) -> Policy | None:
        """The policy that replaced the last one; None when it has not changed. It looks at most once a second.

        Args:
            now: monotonic time.
        """
        if now - self._looked_s < LOOK_EVERY_S:
            return None
        self._looked_s = now
        signature = _signature(self._path)
        if signature == self._signature:
            return None
        self._signature = signature
        return self._read()

    def _read(self) -> Policy | None:
        try:
            found = load_policy(self._path, self._taxonomy)
            self._check_version(found)
        except InvalidPolicy as error:
            problems = error.problems
            if error.__cause__ is not None and used_up(error.__cause__):
                # The file may be right: it is read again at the next look.
                self._signature = None
        else:
            return self._take(found)
        log.error("policy.invalid", path=str(self._path), problems=problems, kept=self.policy.version)
        return None

    def _check_version(self, found: Policy) -> None:
        """Refuse changed thresholds under the same version: events name thresholds by their version."""
        if found != self.policy and found.version == self.policy.version:
            problem = f"the thresholds changed and the version is still {found.version}; give it another version"
            raise InvalidPolicy(self._path, [problem])

    def _take(self, found: Policy) -> Policy | None:
        if found == self.policy:
            return None
        log.info("policy.renewed", version=found.version, before=self.policy.version)
        self.policy = found
        return found


def _signature(path: Path) -> Signature | None:
    """A value that differs when the file has changed or was replaced; None while there is no file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
