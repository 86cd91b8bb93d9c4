"""Scripts for the model of a test: what it does with each request. `model.script = …` changes it at any time."""

import json
import random
import threading

from tests.support.model_server import Asked, Door, ModelServer, Script, answer

__all__ = [
    "ModelServer",
    "answering",
    "erring",
    "failing",
    "hanging",
    "held_at",
    "resetting",
    "slow",
    "slow_at",
    "speaking",
]


def answering(asked: Asked, door: Door) -> None:
    door.answer(asked)


def failing(_: Asked, door: Door) -> None:
    door.reply(b"", 500)


def hanging(_: Asked, door: Door) -> None:
    door.hang()


def resetting(_: Asked, door: Door) -> None:
    door.reset()


def speaking(category: str, model: str = "m1", confidence: float = 0.9) -> Script:
    """Answers each ticket with this category."""

    def script(asked: Asked, door: Door) -> None:
        labels = [{"category": category, "confidence": confidence}]
        predictions = [{"id": ticket["id"], "labels": labels} for ticket in asked.tickets]
        door.reply(json.dumps({"model": model, "predictions": predictions}).encode())

    return script


def slow(pause_s: float) -> Script:
    """Answers after a while."""

    def script(asked: Asked, door: Door) -> None:
        # The slow model is the point. It ends early when the server closes.
        door.closing.wait(pause_s)
        door.answer(asked)

    return script


def slow_at(word: str, pause_s: float) -> Script:
    """Answers calls with this word in a subject after a while, and all others at once."""

    def script(asked: Asked, door: Door) -> None:
        if any(word in ticket["subject"] for ticket in asked.tickets):
            # As above.
            door.closing.wait(pause_s)
        door.answer(asked)

    return script


def held_at(word: str, released: threading.Event) -> Script:
    """Answers calls with this word in a subject when they are released, and all others at once."""

    def script(asked: Asked, door: Door) -> None:
        if any(word in ticket["subject"] for ticket in asked.tickets):
            while not (released.is_set() or door.closing.is_set()):
                released.wait(0.05)
        door.answer(asked)

    return script


def erring(share: float, seed: int) -> Script:
    """Fails at random."""
    # Drawing is atomic, so that the threads of the model's server may share it.
    chance = random.Random(seed)

    def script(asked: Asked, door: Door) -> None:
        if chance.random() < share:
            door.reply(b"", 503)
        else:
            door.answer(asked)

    return script


def refusing(asked: Asked, door: Door) -> None:
    """Refuses a call that holds a ticket about refusing and garbles one that holds a ticket about garbling."""
    subjects = " ".join(ticket["subject"] for ticket in asked.tickets)
    if "Please refuse" in subjects:
        door.reply(b"", 422)
    elif "Please garble" in subjects:
        door.reply(answer(asked.tickets)[:-20])
    else:
        door.answer(asked)
