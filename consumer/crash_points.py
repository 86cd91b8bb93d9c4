"""Named moments at which a process may die. Nothing happens at them; tests put a death in the place of `reached`.

They stand where something has just become visible or is about to: at most a few a poll or transaction, never one a
record. Call it as `crash_points.reached("name")`, with the name written out, so that tests find every one.
"""


def reached(name: str) -> None:
    """This moment has come."""
