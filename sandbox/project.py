"""The folder of a project, as `ticketstream init` makes it."""

from pathlib import Path
from typing import NamedTuple

from consumer.config.sources import process_environment
from consumer.errors import ConfigurationError

TAXONOMY = "taxonomy.toml"
_MODEL, _MANIFEST, _TICKETS = "model", "model.json", "tickets"
_MODELS, _CHAMPION = "models", "champion"


class Project(NamedTuple):
    """A project.

    Attributes:
        folder: its folder, absolute.
        model: the folder of its model; None where the rules answer alone.
    """

    folder: Path
    model: Path | None

    @property
    def models(self) -> Path:
        """The folder of the models that were made from what people judged, whether or not there is one yet."""
        return self.folder / _MODELS

    @property
    def served(self) -> tuple[str, str] | None:
        """What `classifier serve` serves: the champion, if there is one; else its model; None where there is none."""
        if (self.models / _CHAMPION).is_file():
            return "--models", str(self.models)
        return None if self.model is None else ("--model", str(self.model))

    @property
    def train_command(self) -> str:
        """What trains its model."""
        return f"ticketstream train {self.folder}"

    @property
    def make_command(self) -> str:
        """What makes its model anew: where there are no tickets, it was made of the names of categories."""
        if _holds_something(self.folder / _TICKETS):
            return self.train_command
        return f"ticketstream init {self.folder} --categories FILE"


def project_in(folder: Path, *, without_model: bool = False) -> Project:
    """Look at a project's folder.

    Args:
        folder: of the project.
        without_model: whether its model is not needed.

    Raises:
        ConfigurationError: it is none, or its model is missing.
    """
    folder = folder.resolve()
    if not (folder / TAXONOMY).is_file():
        raise ConfigurationError(
            f"{folder} is no project: it has no {TAXONOMY}. Make one with: ticketstream init {folder}"
        )
    project = Project(folder, folder / _MODEL)
    if (folder / _MODEL / _MANIFEST).is_file():
        return project
    if (
        not without_model
        and project.served == ("--model", str(project.model))
        and (_holds_something(folder / _MODEL) or _holds_something(folder / _TICKETS))
    ):
        raise ConfigurationError(f"{folder} has no model yet. Train it with: {project.train_command}")
    return project._replace(model=None)


def taxonomy_file(project: Project | None) -> Path | None:
    """The taxonomy that settings name in the working directory, or else the project's; None is the shipped one."""
    if named := process_environment().get("TAXONOMY_FILE"):
        return Path(named)
    return project.folder / TAXONOMY if project else None


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())
