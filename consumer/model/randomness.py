"""Random numbers that are no secret: ids of requests, pauses between tries."""

import random


def new_generator() -> random.Random:
    """Return a generator of its own, seeded by the system.

    Not SystemRandom: a system call for every call's id would let a different thread take the interpreter.
    """
    return random.Random()  # noqa: S311 - no secret comes of it
