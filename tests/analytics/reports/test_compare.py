"""Two models compared by their judged live answers, beside plain loops over the same events."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from analytics.clickhouse.client import Client
from analytics.reports.compare import Texts, compare
from analytics.reports.differences import TWO_SIDED, difference
from analytics.reports.figure import MINIMUM_N
from analytics.reports.question import Level, Question
from analytics.store.row_writer import RowWriter
from tests.support.stored_events import NOON_MS, categorized, corrected

if TYPE_CHECKING:
    from analytics.store.rows import Row

SINCE = datetime.fromtimestamp(NOON_MS / 1000, UTC) - timedelta(hours=1)
MODELS = ("old-1", "new-2")
LABELS = [("billing", "refund"), ("billing", "invoice"), ("account", None), ("payments", None)]
RENAMED = {"payments": "billing"}


class Stream:
    """Answers of three models to texts that come again, some of them judged."""

    def __init__(self, seed: int, texts: int, tickets: int) -> None:
        chance = random.Random(seed)
        self.answers: list[dict[str, Any]] = []
        self.truths: dict[int, list[tuple[dict[str, Any], tuple[str, str | None], bool]]] = defaultdict(list)
        self.rows: list[Row] = []
        true = [chance.choice(LABELS) for _ in range(texts)]
        for number in range(tickets):
            text = chance.randrange(texts)
            model = chance.choice([*MODELS, "other-3", None])
            label = true[text] if chance.random() < 0.7 else chance.choice(LABELS)
            audited = chance.random() < 0.5
            answer: dict[str, Any] = {
                "category": label[0],
                "subcategory": label[1],
                "subcategory_confidence": None if label[1] is None else 0.9,
                "model": model,
                "fingerprint": f"v2:{text:032x}",
                "audit_probability": 0.5 if audited else 0.0,
            }
            self.answers.append({**answer, "text": text, "number": number})
            at_ms = NOON_MS + number * 1000
            self.rows.append(categorized(f"T-{number}", number, at_ms=at_ms, **answer))
            if audited or chance.random() < 0.1:
                said = true[text] if chance.random() < 0.95 else chance.choice(LABELS)
                origin = "AUDIT" if audited else "AGENT"
                given: dict[str, Any] = {"subcategory": said[1], "origin": origin}
                self.rows.append(corrected(f"T-{number}", said[0], number, at_ms=at_ms + 500, **given))
                self.truths[text].append((answer, said, audited))

    def texts(self, level: Level, *, every_judgement: bool) -> Texts:
        """What the query should count."""
        n = both = only_a = only_b = 0
        for text, judged in self.truths.items():
            truths = {_label(said, level) for _, said, audited in judged if every_judgement or audited} - {None}
            last = {answer["model"]: answer for answer in self.answers if answer["text"] == text}
            if len(truths) != 1 or not all(model in last for model in MODELS):
                continue
            a, b = (
                _path((last[model]["category"], last[model]["subcategory"]), level) == next(iter(truths))
                for model in MODELS
            )
            n, both, only_a, only_b = n + 1, both + (a and b), only_a + (a and not b), only_b + (b and not a)
        return Texts(n, both, only_a, only_b)


def _label(said: tuple[str, str | None], level: Level) -> str | None:
    return None if level == "subcategory" and said[1] is None else _path(said, level)


def _path(label: tuple[str, str | None], level: Level) -> str:
    category = RENAMED.get(label[0], label[0])
    return category if level == "category" or label[1] is None else f"{category}/{label[1]}"


@pytest.mark.parametrize("every_judgement", [False, True], ids=["audit", "all"])
@pytest.mark.parametrize("level", ["category", "subcategory"])
def test_texts_of_both_models_are_counted_once(client: Client, level: Level, *, every_judgement: bool) -> None:
    """A seeded stream: the last answer of each model counts, contradicted texts and other models do not."""
    stream = Stream(28, texts=60, tickets=600)
    RowWriter(client).write(stream.rows)
    # Written twice, as after a crash.
    RowWriter(client).write(stream.rows)

    found = compare(client, Question(SINCE, level, None, RENAMED), MODELS, every_judgement=every_judgement)

    assert found.texts == stream.texts(level, every_judgement=every_judgement)
    assert found.texts.n >= MINIMUM_N if level == "category" else found.texts.n > 0
    assert min(found.texts.only_a, found.texts.only_b) > 0


def test_the_report_has_both_differences(client: Client) -> None:
    """Paired where texts are the same, unpaired by each model's own answers; facts name the models."""
    stream = Stream(5, texts=60, tickets=600)
    RowWriter(client).write(stream.rows)

    found = compare(client, Question(SINCE, "category", None, RENAMED), MODELS, every_judgement=False)
    report = found.report()

    same, different = report.tables[0].rows
    texts, apart = found.texts, found.unpaired
    assert same[:5] == ("same", texts.n, *difference(texts.only_b, texts.only_a, texts.n, TWO_SIDED))
    assert apart is not None
    assert different[2:5] == tuple(apart)
    assert apart.difference == pytest.approx(found.figures[1].share - found.figures[0].share)
    assert apart.low < apart.difference < apart.high
    assert (report.facts["model_a"], report.facts["model_b"]) == MODELS
    assert [row[1] for row in report.tables[1].rows] == list(MODELS)


def test_below_thirty_there_is_no_number(client: Client) -> None:
    """29 judged texts and answers: counts, and None for what would mislead."""
    for offset in range(29):
        answers = [
            categorized(f"{model}-{offset}", 2 * offset + side, model=model, fingerprint=f"v2:{offset:032x}")
            for side, model in enumerate(MODELS)
        ]
        judged = [corrected(f"{model}-{offset}", "billing", 2 * offset + side) for side, model in enumerate(MODELS)]
        RowWriter(client).write([*answers, *judged])

    report = compare(client, Question(SINCE), MODELS, every_judgement=True).report()

    assert report.tables[0].rows == (
        ("same", 29, None, None, None, 0, 0),
        ("different", 29, None, None, None, None, None),
    )


def test_models_that_nobody_judged_are_an_empty_report(client: Client) -> None:
    """So that the command says what to do."""
    RowWriter(client).write([categorized("T-1", 0, model=MODELS[0]), categorized("T-2", 1, model=MODELS[1])])

    assert compare(client, Question(SINCE), MODELS, every_judgement=False).report().empty
