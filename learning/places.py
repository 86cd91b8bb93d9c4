"""Where a learner takes its seed rows from and puts its models, and that nobody else is at work there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from classifier.writer_lock import FolderBusy, one_writer
from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.config.settings import Settings
from consumer.errors import ConfigurationError
from learning.rounds import NO_TEXTS
from learning.seed import is_project
from projects.files.folder import TAXONOMY

ROUND: Final = ".round"
LEARNER: Final = ".learner"
_BUSY: Final = {
    ROUND: "another `ticketstream train` or learner is training for the models in {folder}: wait until it has ended",
    LEARNER: "another learner is at work for the models in {folder}: stop one of the two",
}


class AtWork(ConfigurationError):
    """Another process does the same in the same folder."""


def seed_place(settings: Settings, named: Path | None, here: Path) -> Path:
    """Where the seed rows are: in the folder that was named, at LEARN_SEED, or in the project of this folder.

    Raises:
        ConfigurationError: nowhere.
    """
    if named is not None:
        return named
    if settings.learn_seed is not None:
        return settings.learn_seed
    if is_project(here):
        return here
    raise ConfigurationError(
        "LEARN_SEED is not set, and this folder is no project. What people said makes a model worse without labelled"
        " tickets to begin with: name the project's folder, or a file of labelled tickets, with LEARN_SEED"
    )


def taxonomy_of(settings: Settings, place: Path) -> Taxonomy:
    """The taxonomy in use: TAXONOMY_FILE; else that of the project that gives the seed rows, or the shipped one.

    Raises:
        ConfigurationError: it cannot be read or used.
    """
    of_project = place / TAXONOMY
    own = of_project if is_project(place) and of_project.exists() else None
    return load_taxonomy(settings.taxonomy_file or own)


def require_texts(settings: Settings) -> None:
    """Refuse to wait for texts that nobody stores.

    Raises:
        ConfigurationError: TEXTS_KEPT_DAYS is 0.
    """
    if not settings.texts_kept_days:
        raise ConfigurationError(f"TEXTS_KEPT_DAYS is 0: {NO_TEXTS}. The learner needs the same number in its settings")


@contextmanager
def alone(folder: Path, what: str) -> Iterator[None]:
    """Be the only learner (LEARNER), or the only one in a round (ROUND); a process that dies lets go.

    Args:
        folder: of the models; it is made if need be.
        what: LEARNER or ROUND.

    Raises:
        AtWork: another one is.
        ConfigurationError: the folder cannot be made.
    """
    try:
        (folder / what).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"MODELS_FOLDER={folder} cannot be written ({error.strerror}): name a folder that can"
        ) from None
    try:
        with one_writer(folder / what, wait_s=0):
            yield
    except FolderBusy:
        raise AtWork(_BUSY[what].format(folder=folder)) from None
