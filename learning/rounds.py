"""One round of learning: what people said, a model of it, and whether it takes the champion's place.

A round may be killed at any moment. What is in the folder of models is whole then, and the next round goes on from
there: the same data give the same version, which is trained only where it is not there yet.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from analytics.clickhouse.client import Client
from classifier import storage
from classifier.model_folder import ModelFolder
from classifier.storage import ModelError
from classifier.training import Progress
from consumer import crash_points
from consumer.answer.taxonomy import Taxonomy
from consumer.errors import ConfigurationError, TicketstreamError
from learning.choosing import Chosen, chosen
from learning.gate import Verdict
from learning.judged_tickets import EVER, JudgedTickets, judged_tickets, texts_are_stored
from learning.promotion import challenge
from learning.retraining import Retrained, Training, data_fingerprint, never_learned, recipe_of, retrained, trained_on
from learning.seed import Seed, read_seed

NO_TEXTS: Final = (
    "no text of a ticket is stored, and without texts there is nothing to learn from: set TEXTS_KEPT_DAYS for the sink,"
    " for example TEXTS_KEPT_DAYS=180, and start it again. It then reads ticket-created from its beginning, as far as"
    " Kafka keeps it and the days go back"
)
_FIRST: Final = "the first model of the folder: there is nothing to compare it with"
_SERVED: Final = "it is the champion already: nothing was judged since that changes it"
_TAKEN_BACK: Final = "people went back from it, and nothing was judged since that changes it"


class NothingJudged(TicketstreamError):
    """Nobody has judged a ticket whose text is stored."""


class Sources(NamedTuple):
    """From what a round learns.

    Attributes:
        seed: the folder of a project, or a file of labelled tickets.
        taxonomy: the one in use.
        key: FINGERPRINT_KEY.
        since: judgements of answers given before are not learned from.
        texts_kept_days: TEXTS_KEPT_DAYS, for messages.
    """

    seed: Path
    taxonomy: Taxonomy
    key: bytes | None
    since: datetime = EVER
    texts_kept_days: int = 0


class Gathered(NamedTuple):
    """All that a round learns from, and what is left out.

    Attributes:
        nothing: why there is nothing that people said, in a sentence; None where there is.
    """

    judged: JudgedTickets
    seed: Seed
    taxonomy: Taxonomy
    found: Chosen
    nothing: str | None

    @property
    def about(self) -> dict[str, Any]:
        """What a recipe says of the sources."""
        return {
            "sources": [self.seed.source, "ClickHouse"],
            "taxonomy": self.taxonomy.version,
            "judgements": self.judged.judgements,
            "without_text": self.judged.without_text,
        }


class Ended(NamedTuple):
    """What came of a round.

    Attributes:
        version: of the newest model.
        is_new: whether this round trained it.
        recipe: of that model.
        first: the version that became champion because there was none; None where there was one.
        champion: the version that is served now.
        verdict: of the gate; None where it was not asked.
        unasked: why the gate was not asked, in a sentence; None where it was.
    """

    version: str
    is_new: bool
    recipe: Mapping[str, Any]
    first: str | None
    champion: str
    verdict: Verdict | None
    unasked: str | None


def gathered(client: Client, sources: Sources) -> Gathered:
    """Read what people said and the seed rows, and choose.

    Raises:
        ConfigurationError: no texts are kept, or there are no seed rows.
        analytics.clickhouse.errors.AnalyticsError: ClickHouse does not answer, or has to be changed first.
    """
    judged = judged_tickets(client, EVER, sources.key)
    nothing = None if judged.tickets else _nothing(judged, sources.texts_kept_days, has_texts=texts_are_stored(client))
    seed = read_seed(sources.seed, sources.taxonomy, sources.key)
    found = chosen(judged.tickets, seed.rows, sources.taxonomy, sources.since)
    if not any(row.kind == "seed" for row in found.rows):
        named = ", ".join(list(found.left_out.unknown)[:5])
        raise ConfigurationError(
            f"the taxonomy {sources.taxonomy.version} knows no label of the seed rows ({named}): set TAXONOMY_FILE to"
            " the taxonomy that they are labelled by"
        )
    return Gathered(judged, seed, sources.taxonomy, found, nothing)


def ended(
    models: ModelFolder,
    data: Gathered,
    training: Training,
    *,
    now: datetime,
    by: str,
    on_progress: Progress = lambda _done, _steps, _what: None,
) -> Ended:
    """Train where there is something new, and let the gate decide.

    A folder without a champion gets one first: the model of the project, or one of the seed rows alone. So there is
    something to serve from the beginning, and the first model that learned from people is compared with it.

    Args:
        models: the folder.
        data: of this round.
        training: makes the models.
        now: for history and recipes.
        by: who runs the round.
        on_progress: as in `learning.retraining.retrained`.

    Raises:
        NothingJudged: there is a champion, and nothing that people said.
        DataError: nothing can be learned from the rows.
        ModelError: a version that is needed is damaged.
        FolderBusy: another process is writing to the folder.
        OSError: the folder cannot be written.
    """
    first = _first_champion(models, data, training, now=now, by=by, on_progress=on_progress)
    crash_points.reached("round_has_champion")
    if data.nothing is not None:
        if first is None:
            raise NothingJudged(data.nothing)
        return Ended(first, True, _recipe(models, first), first, first, None, data.nothing)
    version = _version_of(models, data_fingerprint(data.found.rows), training.embedding)
    is_new = version is None
    if version is None:
        made = retrained(
            data.found,
            name=data.seed.name,
            day=(data.found.newest or now).date(),
            training=training,
            about=data.about,
            now=now,
            on_progress=on_progress,
        )
        crash_points.reached("round_trained")
        version = models.add(made.model, made.recipe, made.trained_on, by=by, now=now)
        crash_points.reached("round_added")
    verdict, unasked = _decided(models, version, data, now=now, by=by)
    return Ended(version, is_new, _recipe(models, version), first, models.champion() or version, verdict, unasked)


def _first_champion(
    models: ModelFolder, data: Gathered, training: Training, *, now: datetime, by: str, on_progress: Progress
) -> str | None:
    """Give a folder without a champion one, and return its version; None where there is one."""
    if models.champion() is not None:
        return None
    found = chosen((), data.seed.rows, data.taxonomy)
    made = _of_project(data.seed, found, now) or retrained(
        found, name=data.seed.name, day=now.date(), training=training, about={}, now=now, on_progress=on_progress
    )
    recipe = {**made.recipe, "sources": [data.seed.source], "taxonomy": data.taxonomy.version, "judgements": 0}
    version = models.add(made.model, recipe, made.trained_on, by=by, now=now)
    crash_points.reached("round_added_first")
    models.promote(version, _FIRST, by, now=now)
    return version


def _of_project(seed: Seed, found: Chosen, now: datetime) -> Retrained | None:
    """The model that was made of the seed rows already; None where there is none that can be used here."""
    if seed.model is None:
        return None
    try:
        model = storage.load(seed.model)
    except ModelError:
        return None
    embedding = model.multilingual.embedding.name if model.multilingual else None
    recipe = {**recipe_of(found, now), "embedding": embedding, "figures": {"held_out": None}}
    return Retrained(model, recipe, trained_on(found.rows))


def _decided(
    models: ModelFolder, version: str, data: Gathered, *, now: datetime, by: str
) -> tuple[Verdict | None, str | None]:
    """What the gate says of a version, and why nobody asked it."""
    if models.champion() == version:
        return None, _SERVED
    if any(event.event == "rolled_back" and event.before == version for event in models.history()):
        return None, _TAKEN_BACK
    learned = frozenset[str]().union(*(models.trained_on(known.name) for known in models.versions()))
    tickets = never_learned(data.found.gate, learned.__contains__)
    verdict = challenge(models, version, tickets, data.taxonomy.translate, by=by, now=now)
    crash_points.reached("round_decided")
    return verdict, None


def _recipe(models: ModelFolder, version: str) -> Mapping[str, Any]:
    return next(known.recipe for known in models.versions() if known.name == version)


def _version_of(models: ModelFolder, fingerprint: str, embedding: str | None) -> str | None:
    """The version that was trained on the same rows in the same way; None where there is none that can be used."""
    for known in reversed(models.versions()):
        made_of = known.recipe.get("data_fingerprint"), known.recipe.get("embedding")
        if made_of == (fingerprint, embedding):
            try:
                models.load(known.name)
            except ModelError:
                continue
            return str(known.name)
    return None


def _nothing(judged: JudgedTickets, kept_days: int, *, has_texts: bool) -> str:
    """Why there is nothing that people said.

    Raises:
        ConfigurationError: because no texts are kept.
    """
    if not has_texts and not kept_days:
        raise ConfigurationError(NO_TEXTS)
    if not has_texts and judged.without_text:
        return f"{NO_TEXTS}. Here it is {kept_days}"
    if not judged.without_text:
        return (
            "nobody has judged an answer yet, so there is nothing to learn: judge some with `ticketstream review`, or"
            " correct them with `ticketstream correct TICKET_ID CATEGORY`"
        )
    return (
        f"people judged {judged.without_text:,} tickets, and the text of none is stored any more: raise TEXTS_KEPT_DAYS"
        f" (it is {kept_days}), and fill texts again with `ticketstream rebuild`, as far as Kafka keeps the tickets"
    )
