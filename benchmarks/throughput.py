"""Tickets a second of one categorizer on texts that it has in its cache, beside other programs that do the same."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import checking, quix_environment
from benchmarks.checking import Compared, Output
from benchmarks.contestants.options import Options, arguments
from benchmarks.contestants.work import save_answers
from benchmarks.model import Model, model
from benchmarks.processes import Machine
from benchmarks.report import Section, Table, Verdict, number, spread
from benchmarks.screen import Screen
from benchmarks.tickets import Text, load, repeated, text
from benchmarks.watching import STEADY, steady, until_done
from consumer.answer.decide import AnswerBasis, answer_from_labels
from consumer.answer.decide import Text as Asked
from consumer.answer.fingerprint import fingerprint
from consumer.answer.keyword_rules import Rules
from consumer.answer.policy import default_policy
from consumer.answer.taxonomy import load_taxonomy
from consumer.config.settings import Settings
from consumer.monitoring.setup import SERVICE_VERSION
from sandbox.parts import Part

OURS = "ticketstream"
BARE = "bare loop"
QUIX = "Quix Streams"
BARE_TARGET = 0.8
QUIX_TARGET = 1.6
INPUT = "benchmark-tickets"


class Size(NamedTuple):
    """How much is done.

    Attributes:
        tickets: of one run.
        texts: different ones among them.
        rounds: of every contestant.
        keys: what the others look up by, names of `benchmarks.contestants.work.KEYS`.
        quix: whether Quix Streams takes part; its environment is made when it is missing.
    """

    tickets: int = 100_000
    texts: int = 500
    rounds: int = 5
    keys: tuple[str, ...] = ("fingerprint", "text")
    quix: bool = True


class Contestant(NamedTuple):
    """Who works, and by what the cache goes: `fingerprint` or `text`; empty for the categorizer, which has both."""

    program: str
    key: str

    @property
    def name(self) -> str:
        return f"{self.program}, by {self.key}" if self.key else self.program


class Run(NamedTuple):
    """One contestant's pass over the input."""

    per_second: float
    output: Output


class Track:
    """The input, the answers and the model that all contestants share."""

    def __init__(self, machine: Machine, size: Size, url: str, answers: Path) -> None:
        self.machine = machine
        self.size = size
        self._url = url
        self._answers = answers
        self._programs = {BARE: [sys.executable, "-m", "benchmarks.contestants.bare"]}
        if size.quix:
            self._programs[QUIX] = [str(quix_environment.python()), "-m", "benchmarks.contestants.quix"]

    def contestants(self) -> list[Contestant]:
        return [
            Contestant(OURS, ""),
            *(Contestant(program, key) for program in self._programs for key in self.size.keys),
        ]

    def run(self, contestant: Contestant, input_topic: str, screen: Screen) -> Run:
        """One pass, watched and read back.

        Raises:
            BenchmarkFailed: the output is not whole.
        """
        with self.machine.topics(contestant.program.split()[0].lower(), input_topic) as settings:
            with self._started(contestant, settings) as part, screen.bar(contestant.name, self.size.tickets) as bar:
                samples = until_done(settings, part, bar)
            return Run(steady(samples).per_second(self.size.tickets), checking.read_output(settings))

    @contextmanager
    def _started(self, contestant: Contestant, settings: Settings) -> Iterator[Part]:
        if contestant.program == OURS:
            # Nobody else draws an audit sample, so nobody does; the rest is the service's defaults.
            with self.machine.categorizer(settings, {"ML_API_URL": self._url, "AUDIT_SHARE": "0"}) as part:
                yield part
            return
        given = Options(
            settings.kafka_bootstrap_servers,
            settings.kafka_group_id,
            settings.topics.created,
            settings.topics.categorized,
            self._answers,
            contestant.key,
            SERVICE_VERSION,
        )
        command = [*self._programs[contestant.program], *arguments(given)]
        with self.machine.part(contestant.program.split()[0].lower(), command, quix_environment.VARIABLES) as part:
            yield part


def throughput(machine: Machine, size: Size, screen: Screen) -> Section:
    """Run all contestants in turn, several times, over one input.

    Raises:
        BenchmarkFailed: an output is not whole, or two programs' events differ.
    """
    if size.quix:
        quix_environment.prepare(screen)
    with model(machine, "constant:5") as served, machine.topics("input") as settings:
        texts = [text(number) for number in range(size.texts)]
        answers = machine.folder / "answers.json"
        save_answers(answers, _answers(served, texts))
        track = Track(machine, size, served.url, answers)
        input_topic = settings.topics.created
        ticket_bytes = load(machine.kafka, input_topic, repeated(size.tickets, size.texts))
        rates, compared = _race(track, input_topic, screen)
    return _section(size, rates, compared, ticket_bytes)


def _race(track: Track, input_topic: str, screen: Screen) -> tuple[dict[Contestant, list[float]], dict[str, Compared]]:
    """Tickets a second of each contestant by round, and how many of its events were equal to ours, field by field."""
    rates: dict[Contestant, list[float]] = {each: [] for each in track.contestants()}
    compared: dict[str, Compared] = {}
    ours: Output = {}
    for turn in range(track.size.rounds):
        for contestant in _order(list(rates), turn):
            run = track.run(contestant, input_topic, screen)
            rates[contestant].append(run.per_second)
            screen.say(f"round {turn + 1}: {contestant.name}: {number(run.per_second)} tickets/s")
            if contestant.program == OURS:
                ours = ours or run.output
            elif contestant.name not in compared:
                compared[contestant.name] = checking.compare(ours, run.output)
    return rates, compared


def _order(contestants: list[Contestant], turn: int) -> list[Contestant]:
    """Everyone's place changes from round to round; in the first one ours comes first, which others are compared to."""
    place = turn % len(contestants)
    return contestants[place:] + contestants[:place]


def _answers(served: Model, texts: list[Text]) -> list[tuple[str, str, dict[str, object]]]:
    """The warm cache of those who have no cache of their own to warm: asked of the same model."""
    taxonomy = load_taxonomy()
    defaults = Settings.model_fields["min_confidence"].default
    basis = AnswerBasis(taxonomy, Rules(taxonomy), default_policy(defaults), defaults)
    name, labels = served.ask(texts)
    return [
        (
            said.subject,
            said.description,
            answer_from_labels(
                basis, Asked(said.subject, said.description, "en", fingerprint(*said, None)), each, name, "CACHE"
            ),
        )
        for said, each in zip(texts, labels, strict=True)
    ]


def _section(
    size: Size, rates: dict[Contestant, list[float]], compared: dict[str, Compared], ticket_bytes: float
) -> Section:
    ours = rates[Contestant(OURS, "")]
    rows = []
    for contestant, found in rates.items():
        ratios = [mine / theirs for mine, theirs in zip(ours, found, strict=True)]
        ratio = "1" if contestant.program == OURS else spread(ratios)
        same = f"{compared[contestant.name].equal:,}" if contestant.name in compared else ""
        rows.append((contestant.name, spread(found), ratio, same))
    verdicts = [
        Verdict(f"{OURS} / {contestant.name}", _ratio(ours, rates[contestant]), bound)
        for contestant, bound in (
            (Contestant(BARE, "fingerprint"), BARE_TARGET),
            (Contestant(QUIX, "fingerprint"), QUIX_TARGET),
        )
        if contestant in rates
    ]
    asked = max(each.left_out for each in compared.values()) / size.tickets
    verdicts.append(
        Verdict("share of the tickets that came before the cache was warm", asked, STEADY.begin, at_least=False)
    )
    columns = ("program", "tickets/s", f"{OURS} / this", "events equal to ours, field by field")
    return Section("Throughput on cached texts", _method(size, ticket_bytes), [Table(columns, rows)], verdicts)


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(mine / other for mine, other in zip(ours, theirs, strict=True))


def _method(size: Size, ticket_bytes: float) -> str:
    return (
        f"{size.tickets:,} tickets of {ticket_bytes:.0f} bytes with {size.texts} different texts wait in one topic of "
        "three partitions on the sandbox's broker. One process answers them, exactly once, in transactions of up to "
        f"500 records with their offsets; its speed is taken between {STEADY} of the committed output. "
        f"{size.rounds} rounds, everyone in turn; ratios are of the same round.\n\n"
        "ticketstream is `ticketstream run --role categorizer` with its defaults, except that no audit sample is drawn "
        "(nobody else would). It asks a model over HTTP for each text once, before the timing begins; the others start "
        "with the same model's answers in a dict. The bare loop and Quix Streams run one function: decode with "
        "fastavro, look up, build the full event, `uuid.uuid5`, encode with fastavro. Looking up by fingerprint is "
        "what the project does, so that similar tickets hit; looking up by text is cheaper and hits letter by letter "
        "only. Every output was read back: each ticket answered exactly once, and every event that no call to the "
        "model shaped is equal to ours in every field except timings and categorized_at. "
        f"{QUIX} {quix_environment.pinned('quixstreams')}, in exactly-once mode, has an environment of its own with "
        f"older libraries (confluent-kafka {quix_environment.pinned('confluent-kafka')}; see "
        "benchmarks/quix-requirements.txt): it shares the schemas, the fingerprint and that function, not librdkafka's "
        "version."
    )
