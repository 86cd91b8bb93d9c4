"""What correction memory gains and harms, with the sink's own rule: `python -m benchmarks.overrides`.

Streams of real tickets are answered by a model that is trained on a tenth of them; people correct some of its wrong
answers, and from then on the overrides answer equal texts.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from analytics.store.judged_fingerprints import JudgedText
from analytics.store.persons import person
from benchmarks import hardware
from benchmarks.report import Section, Table, TargetMissed, Verdict, markdown
from classifier.tickets import ALL_SPLITS, LabelledTicket, read_tickets
from classifier.training import train
from consumer.answer.fingerprint import fingerprint
from consumer.sink.override_rule import Text, Trust, decide, is_one_sided

if TYPE_CHECKING:
    from consumer.answer.override_record import Override

ROOT: Final = Path(__file__).parent.parent
PACKS: Final = {
    "banking77": ROOT / "sandbox" / "data" / "banking77.jsonl.gz",
    "clinc150": ROOT / "tests" / "classifier" / "data" / "clinc150.jsonl.gz",
}
SEEDS: Final = 5
SEED_SHARE: Final = 0.1
REPEATS: Final = 0.2
CORRECTED: Final = 0.3
# So many people correct, and one in ten corrections names nobody.
PEOPLE: Final = 10
NAMELESS: Final = 0.1
MOST_HARM: Final = 0.002
A_DAY: Final = date(2026, 11, 30)


class Variant(NamedTuple):
    """What people do.

    Attributes:
        name: for the table.
        wrong: the share of all corrections that name a wrong label. They also fall on answers that were right.
        one_sided: the share of tickets that one person sees, who corrects every one to the same label.
    """

    name: str
    wrong: float = 0.0
    one_sided: float = 0.0


VARIANTS: Final = (
    Variant("clean"),
    Variant("5 % wrong corrections", wrong=0.05),
    Variant("one person corrects everything to one label", one_sided=0.06),
    Variant("that person, and 5 % wrong corrections", wrong=0.05, one_sided=0.06),
)


class Arriving(NamedTuple):
    """A ticket of a stream.

    Attributes:
        fingerprint: of its text.
        label: the true one.
        answered: what the model says.
    """

    fingerprint: str
    label: str
    answered: str


class Memory:
    """What the sink does with judgements, without ClickHouse and Kafka: the same rule, decided again at each one."""

    def __init__(self) -> None:
        self.overrides: dict[str, Override] = {}
        self._judged: defaultdict[str, list[JudgedText]] = defaultdict(list)
        self._corrections: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
        self._texts: defaultdict[str | None, set[str]] = defaultdict(set)
        self._one_sided: set[str | None] = set()

    def judge(self, judged: JudgedText) -> None:
        """Somebody has judged an answer; who turns out to be one-sided, or not to be, has all their texts decided."""
        who = person(judged.corrected_by)
        self._judged[judged.fingerprint].append(judged)
        self._corrections[who][judged.category] += 1
        self._texts[who].add(judged.fingerprint)
        touched = {judged.fingerprint}
        if is_one_sided(self._corrections[who]) != (who in self._one_sided):
            self._one_sided ^= {who}
            touched |= self._texts[who]
        self._decide(touched)

    def _decide(self, fingerprints: Collection[str]) -> None:
        trust = Trust(0, self._one_sided, lambda category, subcategory: (category, subcategory))
        for each in fingerprints:
            override = decide(Text("benchmark", each), self._judged[each], trust)
            if override is not None:
                self.overrides[each] = override


class Outcome(NamedTuple):
    """What became of a stream.

    Attributes:
        tickets: how many there were.
        wrong: answers of the model that were wrong.
        corrections: how many people made.
        fixed: tickets whose override was right where the model was wrong.
        harmed: the same the other way round.
        used: how often overrides answered, by the number of people.
        right: how often they were right.
    """

    tickets: int
    wrong: int
    corrections: int
    fixed: int
    harmed: int
    used: Mapping[int, int]
    right: Mapping[int, int]


def answers(path: Path, seed: int) -> list[Arriving]:
    """The tickets of a pack that no model was trained on, in an order drawn with the seed, as the model answers them.

    The intents are the labels: 77 and 150 of them.
    """
    tickets = [_by_intent(ticket) for ticket in read_tickets([path], ALL_SPLITS)]
    random.Random(seed).shuffle(tickets)
    first = round(SEED_SHARE * len(tickets))
    model = train(tickets[:first], trained_on=A_DAY)
    rest = tickets[first:]
    said = model.predict([(ticket.subject, ticket.description) for ticket in rest], 1)
    return [
        Arriving(fingerprint(ticket.subject, ticket.description, None), ticket.category, best[0].category)
        for ticket, best in zip(rest, said, strict=True)
    ]


def _by_intent(ticket: LabelledTicket) -> LabelledTicket:
    return ticket._replace(category=ticket.subcategory or ticket.category, subcategory=None)


def with_repeats(arriving: Sequence[Arriving], draw: random.Random) -> Iterator[Arriving]:
    """The tickets, and among them exact repeats of earlier ones."""
    came: list[Arriving] = []
    for ticket in arriving:
        while came and draw.random() < REPEATS:
            yield draw.choice(came)
        came.append(ticket)
        yield ticket


def live(arriving: Sequence[Arriving], variant: Variant, seed: int) -> Outcome:
    """Answer a stream, and let people correct it."""
    draw = random.Random(1000 + seed)
    labels = sorted({ticket.label for ticket in arriving})
    target = draw.choice(labels)
    wrongly = _wrongly(arriving, variant)
    memory, used, right = Memory(), Counter[int](), Counter[int]()
    tickets = wrong = corrections = fixed = harmed = 0
    for at_ms, ticket in enumerate(with_repeats(arriving, draw)):
        tickets += 1
        wrong += ticket.answered != ticket.label
        override = memory.overrides.get(ticket.fingerprint)
        answered, method = ticket.answered, "MODEL"
        if override is not None and override.is_active:
            answered, method = override.category, "OVERRIDE"
            used[override.people] += 1
            right[override.people] += answered == ticket.label
            fixed += answered == ticket.label != ticket.answered
            harmed += answered != ticket.label == ticket.answered
        said = _correction(draw, ticket, answered, labels, wrongly)
        if draw.random() < variant.one_sided:
            said = (target, "one-sided") if answered != target else None
        if said is not None:
            corrections += 1
            category, who = said
            memory.judge(
                JudgedText(
                    ticket.fingerprint, f"T-{at_ms}", f"C-{at_ms}", who, at_ms, category, None, answered, None, method
                )
            )
    return Outcome(tickets, wrong, corrections, fixed, harmed, used, right)


def _wrongly(arriving: Sequence[Arriving], variant: Variant) -> float:
    """How often any ticket is corrected wrongly, so that those are the variant's share of all corrections."""
    wrong = sum(ticket.answered != ticket.label for ticket in arriving) / len(arriving)
    return variant.wrong / (1 - variant.wrong) * CORRECTED * wrong


def _correction(
    draw: random.Random, ticket: Arriving, answered: str, labels: Sequence[str], wrongly: float
) -> tuple[str, str | None] | None:
    """What somebody says of an answer, and who; None when nobody says anything."""
    who = None if draw.random() < NAMELESS else f"person-{draw.randrange(PEOPLE)}"
    if draw.random() < wrongly:
        return draw.choice([label for label in labels if label not in {ticket.label, answered}]), who
    if answered != ticket.label and draw.random() < CORRECTED:
        return ticket.label, who
    return None


def measured(packs: Collection[str], seeds: int) -> Section:
    """All packs, variants and seeds as one section."""
    rows, precision, verdicts = [], [], []
    for name in packs:
        arriving = [answers(PACKS[name], seed) for seed in range(seeds)]
        used, right = Counter[int](), Counter[int]()
        for variant in VARIANTS:
            outcomes = [live(each, variant, seed) for seed, each in enumerate(arriving)]
            rows.append(_row(name, variant, outcomes))
            worst = max(outcome.harmed / outcome.tickets for outcome in outcomes)
            verdicts.append(
                Verdict(f"{name}, {variant.name}: % harmed, worst seed", 100 * worst, 100 * MOST_HARM, False)
            )
            for outcome in outcomes:
                used.update(outcome.used)
                right.update(outcome.right)
        precision += [
            (name, "one" if people == 1 else "two or more", f"{used[people]:,}", f"{right[people] / used[people]:.3f}")
            for people in sorted(used)
        ]
    columns = (
        "pack",
        "corrections are",
        "tickets",
        "wrong by the model",
        "corrections",
        "% fixed",
        "% harmed",
        "worst seed",
    )
    told = ("pack", "people who agree", "answers by overrides", "share that was right")
    return Section("Correction memory", _METHOD, [Table(columns, rows), Table(told, precision)], verdicts)


_METHOD: Final = """The tickets of a pack in random order, five seeds each. A model of `python -m classifier` is trained
on the first 10 %; the rest arrives, and 20 % of what arrives are exact repeats of earlier tickets. Labels are the
intents. 30 % of wrong answers are corrected by one of 10 people, 10 % of them without a name. Wrong corrections fall on
any ticket, and the one-sided person sees 6 % of the tickets and corrects each to one label. Overrides are decided by
the sink's own rule (`consumer/sink/override_rule.py`).

*Fixed* are tickets whose override was right where the model was wrong, *harmed* the other way round; both in percent of
all tickets."""


def _row(name: str, variant: Variant, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    tickets = sum(outcome.tickets for outcome in outcomes)
    harmed = sum(outcome.harmed for outcome in outcomes)
    return (
        name,
        variant.name,
        f"{tickets:,}",
        f"{sum(outcome.wrong for outcome in outcomes) / tickets:.1%}",
        f"{sum(outcome.corrections for outcome in outcomes):,}",
        f"{100 * sum(outcome.fixed for outcome in outcomes) / tickets:.2f}",
        f"{100 * harmed / tickets:.3f}",
        f"{100 * max(outcome.harmed / outcome.tickets for outcome in outcomes):.3f}",
    )


def main(
    out: Annotated[Path | None, typer.Option(help="Write the results to this markdown file.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many streams of each kind.")] = SEEDS,
) -> None:
    """Measure what overrides fix and harm; ten minutes of one core. Exit code 1 means more harm than is allowed."""
    section = measured(list(PACKS), seeds)
    text = markdown(hardware.describe(), [section], quick=False, made_by="python -m benchmarks.overrides")
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text, encoding="utf-8")
    missed = [verdict.what for verdict in section.verdicts if not verdict.met]
    if missed:
        raise TargetMissed(f"missed: {'; '.join(missed)}")


if __name__ == "__main__":
    typer.run(main)
