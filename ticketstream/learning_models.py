"""What becomes of models in the demo that learns: the first one, a challenger, and who answers from when on."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from classifier.model_folder import ModelFolder
from classifier.training import train
from consumer.answer.taxonomy import load_taxonomy
from learning.choosing import chosen
from learning.retraining import recipe_of, trained_on
from learning.seed import read_seed
from projects.accuracy.held_out import Trainer
from projects.tickets.labelled import Example
from sandbox.crowd import Crowd, Read
from sandbox.demo import DemoFailed

BY: Final = "demo"
# A round on an idle machine takes seconds.
_LONGEST_S: Final = 600.0


def make_first(models: Path, seed: Path) -> str:
    """Make a folder of models anew, with a champion that learned from labelled tickets alone; returns its version.

    Args:
        models: the folder.
        seed: the file of labelled tickets.
    """
    shutil.rmtree(models, ignore_errors=True)
    now = datetime.now(UTC)
    taxonomy = load_taxonomy()
    labelled = read_seed(seed, taxonomy, None)
    found = chosen((), labelled.rows, taxonomy)
    examples = [
        Example(number, row.subject, row.description, row.category, row.subcategory, "")
        for number, row in enumerate(found.rows)
    ]
    # Without an embedding, which would take the two cores that the service needs.
    trainer = Trainer(train, labelled.name, now.date(), len(examples), lambda _done, _steps, _what: None)
    recipe = {
        **recipe_of(found, now),
        "embedding": None,
        "figures": {"held_out": None},
        "sources": [labelled.source],
        "taxonomy": taxonomy.version,
        "judgements": 0,
    }
    folder = ModelFolder(models)
    version = folder.add(trainer.train(examples, "learning"), recipe, trained_on(found.rows), by=BY, now=now)
    folder.promote(version, "the first model: there is nothing to compare it with", BY, now=now)
    return version


class Round(NamedTuple):
    """A round of learning.

    Attributes:
        version: of the model that it made.
        recipe: of what.
        gate: the verdict as JSON; None where the gate was not asked.
        unasked: why it was not asked.
        took_s: from the start of the command to its end.
    """

    version: str
    recipe: Mapping[str, Any]
    gate: Mapping[str, Any] | None
    unasked: str | None
    took_s: float

    @property
    def promoted(self) -> bool:
        """Whether the gate let it take the champion's place."""
        return self.gate is not None and self.gate["verdict"] == "promote"


def learn(crowd: Crowd, logs: Path) -> Round:
    """Run `ticketstream train --from-clickhouse` in the working directory, as a person would type it.

    Args:
        crowd: is looked after meanwhile.
        logs: the folder for what it prints.

    Raises:
        DemoFailed: it failed.
        PartDied: a part of the sandbox ended.
    """
    command = [sys.executable, "-m", "ticketstream", "train", "--from-clickhouse", "--without-embedding", "--json"]
    began = datetime.now(UTC)
    with (logs / "train.log").open("w+", encoding="utf-8") as told:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, text=True)
        try:
            while (code := _code(process)) is None:
                crowd.check()
                if (datetime.now(UTC) - began).total_seconds() > _LONGEST_S:
                    raise DemoFailed(f"`ticketstream train` has not ended within {_LONGEST_S:.0f} s")
        finally:
            process.kill()
            out, _ = process.communicate()
        if code:
            told.seek(0)
            raise DemoFailed(f"`ticketstream train` ended with code {code}: {told.read()[-1000:].strip()}")
    took_s = (datetime.now(UTC) - began).total_seconds()
    end = json.loads(out.splitlines()[-1])
    return Round(end["version"], end["recipe"], end["gate"], end["gate_not_asked"], took_s)


def _code(process: subprocess.Popen[str]) -> int | None:
    try:
        return process.wait(0.2)
    except subprocess.TimeoutExpired:
        return None


class TakenUp(NamedTuple):
    """How the model server took up another champion.

    Attributes:
        version: the champion.
        first_s: from the moment it was named to its first answer.
        last_s: from the same moment to the last answer of the one before; 0.0 where none came any more.
    """

    version: str
    first_s: float
    last_s: float


def champion_since_ms(models: Path) -> int:
    """When the folder's champion was named, in milliseconds."""
    return (models / "champion").stat().st_mtime_ns // 1_000_000


def taken_up(read: Mapping[str, Read], version: str, before: str, since_ms: int) -> TakenUp | None:
    """When a model began to answer, and the one before ended; None while it has not answered yet.

    Answers from the cache keep the name of the model that gave them, so they do not count.

    Args:
        read: the answers.
        version: of the model.
        before: of the one before.
        since_ms: when the folder named it.
    """
    answers = [one.answer for one in read.values() if one.answer["method"] == "MODEL"]
    after = [answer for answer in answers if answer["categorized_at"] >= since_ms]
    first = min((answer["categorized_at"] for answer in after if answer["model"] == version), default=None)
    last = max((answer["categorized_at"] for answer in after if answer["model"] == before), default=since_ms)
    return None if first is None else TakenUp(version, (first - since_ms) / 1000, (last - since_ms) / 1000)
