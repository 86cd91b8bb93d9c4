"""Whether the report of a new project keeps its promises, on samples of clinc150's ten domains.

    python -m benchmarks.projects_promise                # 40 samples of 400 labelled tickets: minutes
    python -m benchmarks.projects_promise --samples 5    # fewer
    python -m benchmarks.projects_promise --embedding    # with the extra multilingual; all texts are embedded first

Each sample draws 40 tickets of each domain from the part `train`; the domain is the category. What the report says of
the model's accuracy is compared with its accuracy on the part `bench`, and the forecast for twice as many tickets with
the accuracy of a model that learned from 800, the same 400 among them.
"""

import argparse
import multiprocessing
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from classifier.embedding import Embedding, open_embedding
from classifier.model import Model
from classifier.multilingual import sentences
from classifier.tickets import LabelledTicket, read_tickets
from classifier.training import train
from consumer.answer.keyword_rules import Rules
from consumer.answer.taxonomy import from_document
from consumer.answer.taxonomy_file import parse
from projects.learning import Learned, learn
from projects.tickets.labelled import Example, Labelled

TICKETS = Path(__file__).parent.parent / "tests" / "classifier" / "data" / "clinc150.jsonl.gz"
SAMPLES = 40
OF_DOMAIN = 40
NONE_OF_THEM = "oos"
BATCH = 256


class Outcome(NamedTuple):
    """One sample: what its report says, and what is true on `bench`."""

    accuracy: float
    low: float
    high: float
    true_accuracy: float
    forecast: float
    true_at_double: float
    automatic: str
    automatic_share: float
    automatic_precision: float | None
    keywords: int
    said_precision: float
    true_precision: float
    seconds: float
    used: str

    @property
    def is_held(self) -> bool:
        return self.low <= self.true_accuracy <= self.high


def domains(split: str) -> dict[str, list[LabelledTicket]]:
    """The tickets of each domain, labelled with the domain alone."""
    found: dict[str, list[LabelledTicket]] = defaultdict(list)
    for ticket in read_tickets([TICKETS], split):
        if ticket.category != NONE_OF_THEM:
            found[ticket.category].append(ticket._replace(subcategory=None))
    return found


class Given(NamedTuple):
    """What all samples share."""

    drawn_from: Mapping[str, Sequence[LabelledTicket]]
    bench: Sequence[LabelledTicket]
    embedding: Embedding | None


def outcome(given: Given, seed: int) -> Outcome:
    """Learn from one sample, and compare."""
    bench = given.bench
    chance = random.Random(seed)
    drawn = [chance.sample(tickets, 2 * OF_DOMAIN) for tickets in given.drawn_from.values()]
    day = datetime.now(UTC).date()
    started = time.perf_counter()
    learned = _learned([ticket for tickets in drawn for ticket in tickets[:OF_DOMAIN]], day, given.embedding)
    seconds = time.perf_counter() - started
    double = train([ticket for tickets in drawn for ticket in tickets], trained_on=day, embedding=given.embedding)
    report = learned.report
    answers = _answers(learned.model, bench)
    threshold = report.automatic.threshold
    above = [is_right for confidence, is_right in answers if threshold is not None and confidence >= threshold]
    said, true = _keyword_precision(learned, bench)
    return Outcome(
        accuracy=report.accuracy.accuracy,
        low=report.accuracy.low,
        high=report.accuracy.high,
        true_accuracy=_share(answers),
        forecast=report.forecasts[-1].accuracy,
        true_at_double=_share(_answers(double, bench)),
        automatic=report.automatic.kind,
        automatic_share=report.automatic.share,
        automatic_precision=sum(above) / len(above) if above else None,
        keywords=sum(language.keywords for language in report.languages),
        said_precision=said,
        true_precision=true,
        seconds=seconds,
        used=learned.model.multilingual.choice.used if learned.model.multilingual else "",
    )


def _learned(tickets: Sequence[LabelledTicket], day: date, embedding: Embedding | None) -> Learned:
    examples = tuple(
        Example(line, ticket.subject, ticket.description, ticket.category, None, "en")
        for line, ticket in enumerate(tickets, 2)
    )
    names = {example.label: example.category for example in examples}
    return learn(
        Labelled(examples, names, (), (), {}),
        today=day,
        name="clinc150",
        on_progress=lambda _done, _all, _what: None,
        train=partial(train, embedding=embedding),
    )


def _answers(model: Model, tickets: Sequence[LabelledTicket]) -> list[tuple[float, bool]]:
    """Confidence of each answer, and whether it is right."""
    found = []
    for start in range(0, len(tickets), BATCH):
        some = tickets[start : start + BATCH]
        answers = model.predict([(ticket.subject, ticket.description) for ticket in some], 1)
        found += [
            (best.confidence, best.category == ticket.category)
            for (best, *_), ticket in zip(answers, some, strict=True)
        ]
    return found


def _share(answers: Sequence[tuple[float, bool]]) -> float:
    return sum(is_right for _, is_right in answers) / len(answers)


def _keyword_precision(learned: Learned, bench: Sequence[LabelledTicket]) -> tuple[float, float]:
    """How often the keywords found in `bench` are right: as the taxonomy says, and in truth."""
    rules = Rules(from_document(parse(learned.taxonomy, "of this sample")))
    found = [
        (keyword.precision, keyword.category == ticket.category)
        for ticket in bench
        for keyword in rules.keywords(ticket.subject, ticket.description)
    ]
    return sum(said for said, _ in found) / len(found), sum(right for _, right in found) / len(found)


def lines(outcomes: Sequence[Outcome]) -> list[str]:
    """The results as Markdown."""
    n = len(outcomes)
    held = sum(one.is_held for one in outcomes)
    automatic = [one for one in outcomes if one.automatic_precision is not None]
    used_by = Counter(one.used for one in outcomes)
    rows = {
        f"samples of {10 * OF_DOMAIN} tickets in 10 categories": f"{n}",
        "intervals that hold the accuracy on `bench`": f"{held} of {n}",
        "mean width of the intervals": f"{_mean([one.high - one.low for one in outcomes]):.3f}",
        "mean accuracy, said / true": _pair(
            [one.accuracy for one in outcomes], [one.true_accuracy for one in outcomes]
        ),
        "mean absolute error of the accuracy": f"{_mean([abs(o.accuracy - o.true_accuracy) for o in outcomes]):.4f}",
        "mean accuracy with 800 tickets, forecast / true": _pair(
            [one.forecast for one in outcomes], [one.true_at_double for one in outcomes]
        ),
        "mean absolute error of that forecast": f"{_mean([abs(o.forecast - o.true_at_double) for o in outcomes]):.4f}",
        "automatic at 95 %, bounded / observed / none": " / ".join(_kinds(outcomes)),
        "share automatic / its precision on `bench`": _pair(
            [one.automatic_share for one in automatic], [one.automatic_precision or 0.0 for one in automatic]
        ),
        "mean number of keywords": f"{_mean([one.keywords for one in outcomes]):.0f}",
        "precision of keywords found in `bench`, said / true": _pair(
            [one.said_precision for one in outcomes], [one.true_precision for one in outcomes]
        ),
        **{f"models in which {used} reads tickets": f"{count}" for used, count in sorted(used_by.items()) if used},
        "mean seconds for one `learn`, on a busy machine": f"{_mean([one.seconds for one in outcomes]):.0f}",
    }
    return ["| figure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]


def _pair(said: Sequence[float], true: Sequence[float]) -> str:
    return f"{_mean(said):.3f} / {_mean(true):.3f}"


def _kinds(outcomes: Sequence[Outcome]) -> list[str]:
    return [str(sum(one.automatic == kind for one in outcomes)) for kind in ("bound", "observed", "none")]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


def main() -> None:
    """Report as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--first", type=int, default=0, help="seed of the first sample")
    parser.add_argument("--embedding", action="store_true", help="learn with the embedding of the extra multilingual")
    parser.add_argument("--processes", type=int, default=1, help="samples at once")
    parser.add_argument("--vectors", type=Path, help="keeps the vectors of all texts for the next run: a .npz file")
    options = parser.parse_args()
    drawn_from = domains("train")
    bench = [ticket for tickets in domains("bench").values() for ticket in tickets]
    all_texts = [ticket.text for tickets in (*drawn_from.values(), bench) for ticket in tickets]
    given = Given(drawn_from, bench, _embedding_of(all_texts, options.vectors) if options.embedding else None)
    seeds = range(options.first, options.first + options.samples)
    outcomes = []
    for seed, last in zip(seeds, _outcomes(given, seeds, options.processes), strict=True):
        outcomes.append(last)
        print(
            f"seed {seed}: said {last.accuracy:.3f} ({last.low:.3f} to {last.high:.3f}), true"
            f" {last.true_accuracy:.3f}; forecast {last.forecast:.3f}, true {last.true_at_double:.3f}"
            f"{f'; {last.used}' if last.used else ''}",
            flush=True,
        )
    print()
    print("\n".join(lines(outcomes)))


def _outcomes(given: Given, seeds: Sequence[int], processes: int) -> Iterator[Outcome]:
    # Forked, since 18,000 vectors would have to be sent to each otherwise.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("fork"), _shared.append, (given,)) as pool:
        yield from pool.map(_outcome_of_shared, seeds)


_shared: list[Given] = []


def _outcome_of_shared(seed: int) -> Outcome:
    return outcome(_shared[0], seed)


class Vectors:
    """The embedding with the vectors of all texts, so that no sample has to compute one."""

    def __init__(self, name: str, vectors: Mapping[str, npt.NDArray[np.float32]]) -> None:
        self.name = name
        self._vectors = vectors

    def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] = lambda _done: None
    ) -> npt.NDArray[np.float32]:
        """Float32 (texts, dimensions)."""
        on_progress(len(texts))
        return np.stack([self._vectors[text] for text in texts])


def _embedding_of(texts: Sequence[str], file: Path | None) -> Embedding:
    """The embedding of these texts, read from the file if that is there, and else written to it."""

    def tell(done: int) -> None:
        print(f"\rembedding {done:,} of {len(everything):,} texts", end="", file=sys.stderr, flush=True)

    embedding = open_embedding()
    everything = list(dict.fromkeys([*texts, *(text for some in sentences().values() for text in some)]))
    if file and file.exists():
        vectors = np.load(file)["vectors"]
    else:
        vectors = embedding.embed(everything, tell)
        if file:
            np.savez(file, vectors=vectors)
    return Vectors(embedding.name, dict(zip(everything, vectors, strict=True)))


if __name__ == "__main__":
    main()
