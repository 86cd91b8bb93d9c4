"""The model of a sandbox: that of a project, an LLM, or the reference model, trained on what we ship."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from consumer.errors import ConfigurationError
from sandbox.labelled import ENGLISH
from sandbox.parts import PartDied
from sandbox.project import Project
from sandbox.running import Running

READY_S = 60.0
TRAINING_S = 600.0
TRAINING_PACK = ENGLISH
MODEL = "model"
# The exit code for a model, or for settings, that cannot be used.
_UNUSABLE = 2


class Model(Protocol):
    """What answers tickets over HTTP."""

    @property
    def is_there(self) -> bool:
        """Whether there is one, now or after `start`."""
        ...

    def start(self, parts: Running, port: int, announce: Callable[[str], None]) -> str:
        """Start it on a port of this machine, and return its address; empty when there is none."""
        ...


class ReferenceModel(NamedTuple):
    """The reference model.

    Attributes:
        folder: keeps it from one run to the next.
        embedding: whether a model that is trained here reads other languages too, if the extra multilingual is there.
    """

    folder: Path
    embedding: bool = False

    @property
    def is_there(self) -> bool:
        """As in `Model`."""
        return True

    def start(self, parts: Running, port: int, announce: Callable[[str], None]) -> str:
        """As in `Model`. It is trained before, when there is none or one that cannot be used."""
        self.trained(parts, announce)
        try:
            return _served(("--model", str(self.folder)), parts, port, announce)
        except PartDied as died:
            if died.code != _UNUSABLE:
                raise
        # An earlier version made it, or it is damaged.
        parts.stop(MODEL)
        self._train(parts, announce)
        return _served(("--model", str(self.folder)), parts, port, announce)

    def trained(self, parts: Running, announce: Callable[[str], None]) -> None:
        """Train it, if there is none."""
        if not (self.folder / "model.json").exists():
            self._train(parts, announce)

    def _train(self, parts: Running, announce: Callable[[str], None]) -> None:
        announce("model's training (once)")
        command = [sys.executable, "-m", "classifier", "train", str(TRAINING_PACK), "--out", str(self.folder)]
        # English questions stay with TF-IDF: second opinions on them would take the two cores that the demo has.
        command += ["--other-languages-only" if self.embedding else "--without-embedding"]
        part = parts.start("training", command)
        try:
            part.wait_until(lambda: part.has_ended, TRAINING_S)
        except PartDied as died:
            if died.code != 0:
                raise
        finally:
            parts.stop("training")


class ProjectsModel(NamedTuple):
    """The model of a project, which only `ticketstream train` makes: the champion of its models, if there is one."""

    project: Project

    @property
    def is_there(self) -> bool:
        """As in `Model`."""
        return self.project.served is not None

    def start(self, parts: Running, port: int, announce: Callable[[str], None]) -> str:
        """As in `Model`.

        Raises:
            ConfigurationError: it cannot be used.
        """
        if self.project.served is None:
            return ""
        try:
            return _served(self.project.served, parts, port, announce)
        except PartDied as died:
            if died.code != _UNUSABLE:
                raise
            why = parts[MODEL].last_line().removeprefix("classifier: ")
            raise ConfigurationError(
                f"the model of this project cannot be used: {why}. Make it anew with: {self.project.make_command}"
            ) from None


class LlmModel(NamedTuple):
    """An LLM, as the settings `LLM_*` say.

    Attributes:
        environment: all of it, as it was before the sandbox wrote its addresses: the LLM's endpoint is no part of the
            sandbox, and may be reached through a proxy.
    """

    environment: Mapping[str, str]

    @property
    def is_there(self) -> bool:
        """As in `Model`."""
        return True

    @property
    def needs(self) -> dict[str, str]:
        """What the service is set to, unless the environment says otherwise: one ticket a call."""
        return {"ML_BATCH_SIZE": self.environment.get("ML_BATCH_SIZE") or "1"}

    def start(self, parts: Running, port: int, announce: Callable[[str], None]) -> str:
        """As in `Model`.

        Raises:
            ConfigurationError: a setting is missing or impossible.
        """
        announce("LLM as the model")
        command = [sys.executable, "-m", "ticketstream", "llm", "serve", "--port", str(port)]
        part = parts.start(MODEL, command, {"NO_PROXY": "", "no_proxy": "", **self.environment})
        try:
            part.wait_until(lambda: part.json_line("port"), READY_S)
        except PartDied as died:
            if died.code != _UNUSABLE:
                raise
            raise ConfigurationError(part.last_line().removeprefix("ticketstream: ")) from None
        return f"http://127.0.0.1:{port}/"


def _served(which: tuple[str, str], parts: Running, port: int, announce: Callable[[str], None]) -> str:
    """Serve a model; `which` is the option that names it, and its folder."""
    announce(MODEL)
    command = [sys.executable, "-m", "classifier", "serve", *which, "--port", str(port)]
    part = parts.start(MODEL, command)
    part.wait_until(lambda: part.json_line("port"), READY_S)
    return f"http://127.0.0.1:{port}/"
