"""Named moments at which tests kill the process. In production nothing happens at them.

They stand where something has just become visible to other processes, or is about to. There are at most a few per poll
or transaction, never one per record. Call `crash_points.reached("name")` with a literal name: tests search for them.
"""


def reached(name: str) -> None:
    """The process has reached this moment; tests replace this function."""
