"""`python -m tests.mail_figures --out FILE`: what mail around a question costs the reference model's accuracy.

Takes some minutes. Costs in microseconds are processor time, the lowest of several rounds.
"""

import argparse
import gzip
import json
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from benchmarks import hardware
from classifier.model import CategoryLabel, Model
from classifier.tickets import LabelledTicket, read_tickets
from classifier.training import train
from sandbox.system import TRAINING_PACK
from tests.support.mail_layouts.seen import SEEN
from tests.support.mail_layouts_final import FINAL
from tests.support.mail_layouts_measuring import MEASURING
from tests.support.mail_layouts_unseen import UNSEEN
from tickets.text.cleaning import clean

CALL = 64
ROUNDS = 9
CONFIDENT = 0.6
SPANISH = Path("tests/classifier/data/mtod-es-bench.jsonl.gz")
PLAIN = (
    "Llevo dos días intentando pagar la factura de octubre y la página me da error al final. ¿Cómo lo hago? También "
    "probé desde la aplicación móvil, pero el botón de pagar no hace nada y ya no sé qué más puedo intentar para que "
    "no me "
    "corten el servicio. ¿Podrían ayudarme, por favor, lo antes posible?"
)
LINES = (
    "Hola,\nllevo dos días intentando pagar la factura de octubre.\nLa página me da error al final.\n\n¿Cómo lo hago? "
    "También probé desde la aplicación móvil,\npero el botón de pagar no hace nada y ya no sé qué más\npuedo intentar "
    "para que no me corten el servicio.\n¿Podrían ayudarme, por favor?"
)
Wrap = Callable[[str, int], tuple[str, str]]


class Layouts(NamedTuple):
    """Layouts that were written together, and whether the cleaning was tuned to them."""

    name: str
    wraps: dict[str, Wrap]


class Loss(NamedTuple):
    """By how much a layout lowers the share of right categories."""

    loss: float
    layout: str


def all_layouts() -> list[Layouts]:
    """The sets of layouts, in the order in which they were written."""
    return [
        Layouts(
            "at hand while the cleaning was written",
            {f"{one.name}, {one.language}": _any(one.wrap) for one in SEEN},
        ),
        Layouts("written apart, then tuned to", {one.name: one.wrap for one in UNSEEN}),
        Layouts("written apart, then tuned to (2)", {one.name: one.wrap for one in MEASURING}),
        Layouts(
            "written apart, measured last; one fault that it showed was mended", {one.name: one.wrap for one in FINAL}
        ),
    ]


def losses(model: Model, tickets: Sequence[LabelledTicket], layouts: Layouts) -> list[Loss]:
    """The loss of each layout, the largest first."""
    plain = _right(model, [(ticket.subject, ticket.description) for ticket in tickets], tickets)
    found = [
        Loss(plain - _right(model, [wrap(ticket.description, i) for i, ticket in enumerate(tickets)], tickets), name)
        for name, wrap in layouts.wraps.items()
    ]
    return sorted(found, reverse=True)


def main() -> None:
    """Measure and write the page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--each", type=int, default=1, help="take every so manieth ticket")
    given = arguments.parse_args()
    bench = read_tickets([TRAINING_PACK], "bench")[:: given.each]
    model = train(read_tickets([TRAINING_PACK], "train"), trained_on=date(2026, 11, 29))
    lines = [*_heading(len(bench)), *_accuracy(model, bench), *_spanish(model), *_costs()]
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _heading(tickets: int) -> Iterable[str]:
    yield "# Mail around a question\n"
    yield "Made by `python -m tests.mail_figures`.\n"
    yield "| measured on |  |\n| --- | --- |"
    yield from ("| " + " | ".join(row) + " |" for row in hardware.describe().rows)
    yield f"\nbanking77's bench part, {tickets:,} tickets in each layout. A loss is that of right categories, of 1.\n"


def _accuracy(model: Model, bench: Sequence[LabelledTicket]) -> Iterable[str]:
    plain = _right(model, [(ticket.subject, ticket.description) for ticket in bench], bench)
    yield f"The layouts are in `tests/support/mail_layouts/`. Without mail: {plain:.4f}.\n"
    yield "| layouts | number | mean loss | worst | which |\n| --- | --- | --- | --- | --- |"
    for layouts in all_layouts():
        found = losses(model, bench, layouts)
        worst = ", ".join(f"{one.layout} {one.loss:.3f}" for one in found[:3])
        average = mean(one.loss for one in found)
        yield f"| {layouts.name} | {len(found)} | {average:.4f} | {found[0].loss:.4f} | {worst} |"


def _spanish(model: Model) -> Iterable[str]:
    with gzip.open(SPANISH, "rt", encoding="utf-8") as lines:
        tickets = [("", str(json.loads(line)["description"])) for line in lines]
    answered = sum(labels[0].confidence >= CONFIDENT for labels in _predict(model, tickets))
    yield f"\nOf {len(tickets):,} Spanish requests the English model answers {answered} at {CONFIDENT} or more.\n"


def _costs() -> Iterable[str]:
    yield "| cleaning of | characters | microseconds |\n| --- | --- | --- |"
    style = "<style>" + "p.MsoNormal, li.MsoNormal {margin:0cm; font-size:11.0pt;}\n" * 290 + "</style>"
    paragraph = f"<p class=MsoNormal><span style='font-size:11pt'>{PLAIN}<o:p></o:p></span></p>"
    mail = f"<html><head>{style}</head><body>{paragraph * 4}</body></html>"
    markup = (
        "<html><body>"
        + f"<p class=MsoNormal><span style='font-size:11pt'>{PLAIN[:60]}</span></p>" * 160
        + "</body></html>"
    )
    for name, text, times in (
        ("a plain ticket, accented Spanish", PLAIN, 20_000),
        ("the same in lines", LINES, 5_000),
        ("an HTML mail, most of it style", mail, 100),
        ("an HTML mail, most of it markup", markup, 100),
    ):
        yield f"| {name} | {len(text):,} | {_lowest_us(text, times):.1f} |"


def _lowest_us(text: str, times: int) -> float:
    rounds = []
    for _ in range(ROUNDS):
        began_s = time.process_time()
        for _ in range(times):
            clean("No puedo pagar", text)
        rounds.append((time.process_time() - began_s) / times * 1e6)
    return min(rounds)


def _right(model: Model, asked: Sequence[tuple[str, str]], tickets: Sequence[LabelledTicket]) -> float:
    answers = zip(_predict(model, asked), tickets, strict=True)
    return mean(labels[0].category == ticket.category for labels, ticket in answers)


def _predict(model: Model, asked: Sequence[tuple[str, str]]) -> Iterable[list[CategoryLabel]]:
    for start in range(0, len(asked), CALL):
        yield from model.predict(asked[start : start + CALL], top_k=1)


def _any(wrap: Callable[[str], tuple[str, str]]) -> Wrap:
    return lambda question, _: wrap(question)


if __name__ == "__main__":
    main()
