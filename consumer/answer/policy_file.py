"""The file that THRESHOLD_POLICY names: how it is read, checked and written.

Each problem is reported with its mend.
"""

import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from consumer.answer.policy import NEVER, Policy, Thresholds
from consumer.answer.taxonomy import Taxonomy
from consumer.errors import ConfigurationError
from network.errors import system_words
from schemas.probability import clamped

Confidence = Annotated[float, AfterValidator(clamped), Field(ge=0, le=1)]

_MENDS = {
    "missing": "is missing; add it",
    "extra_forbidden": "is an unknown key; remove it or correct its spelling",
    "string_pattern_mismatch": "is no version; write 1 to 64 characters without spaces",
}


class InvalidPolicy(ConfigurationError):
    """A policy file cannot be used; the message lists every problem, each with its mend."""

    def __init__(self, where: Path, problems: list[str]) -> None:
        """Take the file and at least one problem."""
        super().__init__(
            f"the threshold policy THRESHOLD_POLICY={where} cannot be used:\n"
            + "\n".join(f"- {problem}" for problem in problems)
        )
        self.problems = tuple(problems)


class _ThresholdsTable(BaseModel):
    """Two thresholds; `never` keeps a category from ever being automatic."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    auto: Confidence | Literal["never"]
    suggest: Confidence

    @property
    def thresholds(self) -> Thresholds:
        """With `never` as a threshold above every confidence."""
        return Thresholds(NEVER if self.auto == "never" else self.auto, self.suggest)


class _Document(_ThresholdsTable):
    """The whole file: the overall thresholds, and those of the categories that have their own."""

    version: Annotated[str, StringConstraints(pattern=r"^\S{1,64}$")]
    categories: dict[str, _ThresholdsTable] = {}


def load_policy(path: Path, taxonomy: Taxonomy) -> Policy:
    """Read a policy; categories that were renamed since it was written are translated.

    Raises:
        InvalidPolicy: when the file cannot be read or used; it is a ConfigurationError.
    """
    try:
        document = _Document.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else system_words(error).capitalize()
        mend = "correct THRESHOLD_POLICY, or unset it to let MIN_CONFIDENCE decide"
        raise InvalidPolicy(path, [f"{reason}; {mend}"]) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidPolicy(path, [f"it is not valid TOML: {error}"]) from error
    except ValidationError as error:
        raise InvalidPolicy(
            path, list(dict.fromkeys(_misshapen(found["loc"], found["type"]) for found in error.errors()))
        ) from None
    if problems := list(_problems(document, taxonomy)):
        raise InvalidPolicy(path, problems)
    categories = {_known(taxonomy, name): table.thresholds for name, table in document.categories.items()}
    return Policy(document.version, document.thresholds, categories)


def policy_text(policy: Policy, comments: Iterable[str]) -> str:
    """The file's content, comments first."""
    lines = [f"# {comment}" for comment in comments]
    lines += ["", f"version = {json.dumps(policy.version)}", *_table(policy.overall)]
    for category, thresholds in sorted(policy.categories.items()):
        lines += ["", f"[categories.{json.dumps(category)}]", *_table(thresholds)]
    return "\n".join(lines) + "\n"


def _table(thresholds: Thresholds) -> tuple[str, str]:
    auto = '"never"' if thresholds.auto == NEVER else repr(thresholds.auto)
    return f"auto = {auto}", f"suggest = {thresholds.suggest!r}"


def replace_file(path: Path, text: str) -> None:
    """Write the text to a temporary file beside `path`, then rename it: a reader sees the old file or the new one.

    Raises:
        OSError: when the directory cannot be written.
    """
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        # mkstemp lets its own user alone read the file, and the service often runs as another user.
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _known(taxonomy: Taxonomy, name: str) -> str:
    return (taxonomy.translate(name) or (name, None))[0]


def _misshapen(location: tuple[int | str, ...], kind: str) -> str:
    # pydantic reports each member of a union by itself; the mend is the same.
    path = [str(part) for part in location if part not in {"constrained-float", "float", "literal['never']"}]
    return f"{'.'.join(path)} {_MENDS.get(kind, _what_fits(path))}"


def _what_fits(path: list[str]) -> str:
    match path[-1]:
        case "auto":
            return 'is no threshold; write a number from 0 to 1, or "never"'
        case "suggest":
            return "is no threshold; write a number from 0 to 1"
        case _:
            return "is wrong; write it as `ticketstream report thresholds --write` does"


def _problems(document: _Document, taxonomy: Taxonomy) -> Iterator[str]:
    for name, table in {"": document, **document.categories}.items():
        prefix = f"categories.{name}." if name else ""
        if table.thresholds.auto < table.suggest:
            yield f"{prefix}auto is below {prefix}suggest; let it be at least as high"
    seen: dict[str, str] = {}
    for name in document.categories:
        if taxonomy.translate(name) is None:
            known = f"of the taxonomy {taxonomy.version}: {', '.join(sorted(taxonomy.subcategories))}"
            yield f"categories.{name} is no category; remove it, or name one {known}"
        elif (current := _known(taxonomy, name)) in seen:
            yield f"categories.{name} and categories.{seen[current]} are one category now, {current}; keep one"
        else:
            seen[current] = name
