"""Calibrates an LLM by labelled tickets, and shows its ledger."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from classifier.llm import prompt
from classifier.llm.asking import Asked
from classifier.llm.asking_all import Stopped, Ticket, ask_all
from classifier.llm.calibration import LEAST_ANSWERS
from classifier.llm.calibration_file import CALIBRATIONS, CalibrationFileError, CalibrationKey, Fitted, key_of, write
from classifier.llm.chat.endpoint import chat_address
from classifier.llm.chat.failures import Failure, sentence_of
from classifier.llm.examples import MOST_CHARS
from classifier.llm.kept_answers import ANSWERS, KeptAnswer, KeptAnswers, digest_of
from classifier.llm.ledger import Ledger, LedgerError
from classifier.llm.measuring import LabelledAnswer, Measured, measured
from classifier.llm.types import Source, Usage
from consumer.answer.policy import Policy, default_policy
from consumer.answer.policy_file import load_policy
from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.config.llm_settings import LlmSettings, load_llm_settings
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from projects.tickets.file_trouble import file_trouble
from projects.tickets.labelled import read_labelled
from projects.tickets.relabelling import relabelled, unknown
from terminal.output import console, say, say_json, tell
from terminal.safe_text import printable
from tickets.files.ticket_file import Choices
from tickets.text.cleaning import clean
from ticketstream.calibration_shown import figures, ledger_report, sentences
from ticketstream.choices import ReportFormat
from ticketstream.rendering import report_csv, report_json, report_table

if TYPE_CHECKING:
    from ticketstream.actions.llm import Parts

_NAMED = 10


class _Labelled(NamedTuple):
    ticket: Ticket
    category: str
    subcategory: str | None
    digest: str


def calibrate_llm(
    export: Path, choices: Choices, limit: int, at_once: int, ledger: Path | None, *, as_json: bool
) -> None:
    """Ask about labelled tickets, fit, and print the figures.

    Args:
        export: the file of labelled tickets.
        choices: what was said of it.
        limit: tickets to ask about at most.
        at_once: calls at the same time.
        ledger: the file of what was spent; None for that in `STATE_DIR`.
        as_json: whether the figures are one line of JSON.

    Raises:
        ConfigurationError: a setting, the taxonomy or the file cannot be used, or its labels are others.
        TicketstreamError: the asking had to end, or there are too few answers.
    """
    from ticketstream.actions.llm import meter_of, parts_of

    settings = load_llm_settings()
    settings.require()
    taxonomy = load_taxonomy(settings.taxonomy_file)
    policy = _policy(taxonomy)
    with _trouble(), meter_of(settings, ledger) as meter:
        parts = parts_of(settings, meter)
        key = _key(settings, parts.prefix)
        tickets = _tickets(export, choices, taxonomy, parts.prefix, key, limit)
        with closing(KeptAnswers(settings.state_dir / ANSWERS)) as kept:
            _ask(tickets, parts, settings.llm_timeout, kept, at_once)
            answers = _answers(tickets, parts, kept)
        found, few = _fitted(answers)
        _write(settings.state_dir / CALIBRATIONS, key, found)
    _show(found, few, policy, as_json=as_json)


def print_ledger(ledger: Path | None, output: ReportFormat) -> None:
    """Print what calls have cost.

    Raises:
        ConfigurationError: there is no ledger, or it cannot be used.
    """
    from ticketstream.actions.llm import LEDGER

    path = ledger or load_llm_settings().state_dir / LEDGER
    if not path.exists():
        raise ConfigurationError(f"there is no ledger {path} yet; name another one with --ledger")
    with _trouble(), closing(Ledger(path)) as opened:
        report = ledger_report(path, opened.days(), exact=output is not ReportFormat.JSON)
    writers = {ReportFormat.TABLE: report_table, ReportFormat.JSON: report_json, ReportFormat.CSV: report_csv}
    say(writers[output](report))


@contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except (LedgerError, CalibrationFileError) as error:
        raise ConfigurationError(str(error)) from None


def _policy(taxonomy: Taxonomy) -> Policy:
    """The service's thresholds."""
    settings = load_settings()
    if settings.threshold_policy:
        return load_policy(settings.threshold_policy, taxonomy)
    return default_policy(settings.min_confidence)


def _key(settings: LlmSettings, prefix: str) -> CalibrationKey:
    return key_of(chat_address(settings.llm_api_url.get_secret_value()), settings.llm_model, prompt.fingerprint(prefix))


def _tickets(
    export: Path, choices: Choices, taxonomy: Taxonomy, prefix: str, key: CalibrationKey, limit: int
) -> list[_Labelled]:
    """The tickets to ask about: cleaned, each text once, in an order by chance that is always the same.

    Raises:
        ConfigurationError: the file cannot be used, has other labels, or too few tickets.
    """
    with file_trouble():
        labelled = relabelled(read_labelled(export, choices, {}), taxonomy)
    if missing := unknown(labelled, taxonomy):
        named = printable(", ".join(missing[:_NAMED])) + (", …" if missing[_NAMED:] else "")
        raise ConfigurationError(
            f"{export}: the taxonomy has no {named}. Add these labels to TAXONOMY_FILE, or say what they are called now"
            " with `ticketstream taxonomy rename`, or take their tickets out"
        )
    found: dict[str, _Labelled] = {}
    for example in labelled.examples:
        cleaned = clean(example.subject, example.description)
        # The LLM has seen the answer to an example of its prompt.
        if prompt.ticket(cleaned.subject, cleaned.description[:MOST_CHARS]) not in prefix:
            ticket = Ticket(cleaned.subject, cleaned.description)
            digest = digest_of(key, *ticket)
            found.setdefault(digest, _Labelled(ticket, example.category, example.subcategory, digest))
    if len(found) < LEAST_ANSWERS:
        raise ConfigurationError(
            f"{export}: has {len(found):,} different labelled tickets that are no examples of the prompt, and"
            f" {LEAST_ANSWERS} are needed: {LEAST_ANSWERS - len(found):,} more"
        )
    return [found[digest] for digest in sorted(found)][:limit]


def _ask(tickets: Sequence[_Labelled], parts: "Parts", timeout_s: float, kept: KeptAnswers, at_once: int) -> None:
    """Ask about those that were not asked about before, and keep each answer.

    Raises:
        TicketstreamError: the asking had to end. What was answered is kept.
    """
    asked = [one for one in tickets if one.digest not in kept.answers]
    if len(asked) < len(tickets):
        tell(
            f"{len(tickets) - len(asked):,} of {len(tickets):,} tickets were answered before, and are not asked again."
        )
    failed: dict[str, int] = {}
    stop = threading.Event()

    def ask(subject: str, description: str) -> Asked | Failure:
        return parts.asker.ask(subject, description, time.monotonic() + timeout_s)

    with _progress(len(asked)) as done:
        results = ask_all([one.ticket for one in asked], ask, at_once, stop)
        try:
            for number, result in results:
                done(result.usage)
                if isinstance(result, Asked):
                    shares = {choice.code: share for choice, share in result.probabilities}
                    kept.keep(KeptAnswer(asked[number].digest, result.source, shares))
                else:
                    failed[result.code] = failed.get(result.code, 0) + 1
        except Stopped as stopped:
            raise _ended(stopped.failure, sum(one.digest in kept.answers for one in tickets), len(tickets)) from None
    for code, times in failed.items():
        tell(f"{times:,} tickets without an answer: {sentence_of(code)}")
    if failed:
        tell("The same command asks about these again.")


def _ended(failure: Failure, answered: int, tickets: int) -> TicketstreamError:
    kind = ConfigurationError if failure.status in {401, 403, 404} else TicketstreamError
    return kind(
        f"{sentence_of(failure.code)}. {answered:,} of {tickets:,} answers are kept: the same command goes on there"
    )


@contextmanager
def _progress(tickets: int) -> Iterator[Callable[[Usage], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        task = bars.add_task("asking the LLM", total=tickets)
        total = Usage()

        def done(usage: Usage) -> None:
            nonlocal total
            total = total._replace(cost=total.cost + usage.cost)
            spent = f", {total.cost:.4g} spent" if total.cost else ""
            bars.update(task, advance=1, description=f"asking the LLM{spent}")

        yield done


def _answers(tickets: Sequence[_Labelled], parts: "Parts", kept: KeptAnswers) -> list[LabelledAnswer]:
    by_code = {choice.code: choice for choice in parts.choices}
    found = []
    for one in tickets:
        answer = kept.answers.get(one.digest)
        if answer is not None and answer.shares.keys() <= by_code.keys():
            ranked = sorted(answer.shares.items(), key=lambda share: -share[1])
            probabilities = tuple((by_code[code], share) for code, share in ranked)
            found.append(LabelledAnswer(probabilities, answer.source, one.category, one.subcategory))
    return found


def _fitted(answers: Sequence[LabelledAnswer]) -> tuple[dict[Source, Measured], dict[Source, int]]:
    """What was fitted, and of which source there are too few answers.

    Raises:
        TicketstreamError: nothing could be fitted.
    """
    by_source: dict[Source, list[LabelledAnswer]] = {}
    for answer in answers:
        by_source.setdefault(answer.source, []).append(answer)
    found = {source: measured(of, source) for source, of in by_source.items() if len(of) >= LEAST_ANSWERS}
    few = {source: len(of) for source, of in by_source.items() if source not in found}
    if not found:
        most = max(few.values(), default=0)
        raise TicketstreamError(
            f"{most:,} tickets were answered, and {LEAST_ANSWERS} answers are needed: {LEAST_ANSWERS - most:,} more."
            " Name a file with more labelled tickets; answers are kept"
        )
    return found, few


def _write(path: Path, key: CalibrationKey, found: Mapping[Source, Measured]) -> None:
    now = datetime.now(UTC)
    fitted = [
        Fitted(
            *key._replace(confidence_source=source),
            one.calibration,
            one.answers,
            one.accuracy,
            one.ece_before,
            one.ece_after,
            now,
        )
        for source, one in found.items()
    ]
    write(path, fitted)
    tell(f"The calibration is in {printable(str(path))}, for this endpoint, model and prompt.")


def _show(found: Mapping[Source, Measured], few: Mapping[Source, int], policy: Policy, *, as_json: bool) -> None:
    if as_json:
        say_json(figures(found, few, policy))
    else:
        say("\n".join(sentences(found, few, policy)))
    tell(
        "What to do next: nothing for `ticketstream llm serve`, which takes it up while it runs. Set MIN_CONFIDENCE, or"
        " a THRESHOLD_POLICY, to a confidence from which answers are right often enough."
    )
