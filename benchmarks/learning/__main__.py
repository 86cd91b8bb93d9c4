"""Measure training again and the gate on seeded streams.

    python -m benchmarks.learning --lines FILE                       # 100 streams of each set
    python -m benchmarks.learning --streams 3 --narrow 3 --races 1   # a few
    python -m benchmarks.learning --lines FILE --streams 0 --narrow 0 --races 0   # report on what is in FILE

Streams of a few categories of a set are many for little. All of it takes about an hour of one core. FILE keeps each
result as soon as it is there: the same command goes on where it was ended.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks import hardware
from benchmarks.learning.again import MODELS, Line, measured
from benchmarks.learning.choice import Choice
from benchmarks.learning.findings import Measured, by_stream
from benchmarks.learning.gains import training_again
from benchmarks.learning.lines import Lines
from benchmarks.learning.packs import FILES, Source, read
from benchmarks.learning.promotions import gate, spoilt
from benchmarks.learning.races import rounds
from benchmarks.learning.rounds import Grown, grown
from benchmarks.report import Section, Table, table_lines, verdicts
from benchmarks.screen import Screen

STREAMS = 100
RACES = 34
CATEGORIES = 3
FEW = {"early": 30, "hidden": 20, "sly": 10, "corrections": 10, "confirmations": 10}
"""Models that are made for the first streams alone; the others for all."""


def measure(lines: Lines, sources: Iterable[Source], streams: int, races: int, screen: Screen) -> None:
    """Add what the lines do not have yet, a stream of each source after the other."""
    for seed in range(max(streams, races)):
        for source in sources:
            if seed < streams:
                _add_stream(lines, source, seed)
            known = any(one.pack == source.name and one.seed == seed for one in races_of(lines))
            if seed < races and source.categories is None and not known:
                lines.add({"race": grown(source.whole, seed)._asdict()})
        screen.say(f"stream {seed + 1} of {max(streams, races)}")


def _add_stream(lines: Lines, source: Source, seed: int) -> None:
    known = {line.model for line in models_of(lines) if line.pack == source.name and line.seed == seed}
    wanted = [name for name in MODELS if seed < FEW.get(name, seed + 1) and name not in known]
    if wanted:
        pack = source.of(seed)
        for line in measured(pack, Choice(pack), seed, wanted):
            if line.model not in known:
                lines.add({"model": line._asdict()})


def models_of(lines: Lines) -> Iterator[Line]:
    """The models of streams in the lines."""
    return (Line(**line["model"]) for line in lines if "model" in line)


def races_of(lines: Lines) -> Iterator[Grown]:
    """The refits of thirty rounds in the lines."""
    return (Grown.restored(line["race"]) for line in lines if "race" in line)


def document(machine: Table, found: list[Section]) -> str:
    """The report as markdown."""
    text = [
        "# Training again and the gate",
        "",
        "Made by `python -m benchmarks.learning`.",
        "",
        ABOUT,
        "",
        *table_lines(machine),
        "",
    ]
    for section in found:
        text += [f"## {section.title}", "", section.method, ""]
        for table in section.tables:
            text += [*table_lines(table), ""]
        text += [*table_lines(verdicts(section)), ""]
    return "\n".join(text)


ABOUT = """\
# Training again and the gate

Made by `python -m benchmarks.learning`.

Streams are seeded. A tenth of a set is labelled at first; the champion learns from that tenth and answers the rest, in
random order. People correct 30 % of its wrong answers, confirm 10 % of its right ones, and judge the 5 % that are
drawn for the audit. `learning.choosing` chooses what a refit learns from, and `learning.gate` judges it. Models are
the linear model of `classifier.training` without calibration and without an embedding. No bench ticket has the same
text as one that arrives; `oos` of clinc150 is left out. Where a set has *3 categories*, each stream has three others of
it, with all their subcategories. Brackets are 95 % intervals; draws of one stream share its
models, so that intervals over many draws are a little too narrow."""


def main() -> None:
    """Measure, and report as markdown; exit code 1 means that a target was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.learning", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", choices=list(FILES), default=list(FILES), help="which sets (default: all)")
    parser.add_argument("--streams", type=int, default=STREAMS, help="streams of each set (default: %(default)s)")
    parser.add_argument(
        "--narrow", type=int, default=STREAMS, help="streams of a few categories of each set (default: %(default)s)"
    )
    parser.add_argument("--categories", type=int, default=CATEGORIES, help="how many those have (default: %(default)s)")
    parser.add_argument("--races", type=int, default=RACES, help="of 30 rounds, of each set (default: %(default)s)")
    parser.add_argument("--lines", type=Path, help="keep the results in this file, and go on from those in it")
    parser.add_argument("--out", type=Path, help="write the report to this markdown file too")
    options = parser.parse_args()
    machine = hardware.describe()
    wholes = [read(name) for name in options.sets]
    whole = [Source(each) for each in wholes]
    narrow = [Source(each, options.categories) for each in wholes]
    sources = {source.name: source for source in [*whole, *narrow]}
    lines = Lines(options.lines)
    measure(lines, whole, options.streams, options.races, Screen())
    measure(lines, narrow, options.narrow, 0, Screen())
    streams = by_stream([line for line in models_of(lines) if line.pack in sources])
    races = [race for race in races_of(lines) if race.pack in sources]
    measured_ = Measured(sources, streams, races)
    found = [section(measured_) for section in (training_again, gate, spoilt, rounds)]
    text = document(machine, found)
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    missed = [verdict.what for section in found for verdict in section.verdicts if not verdict.met]
    if missed:
        sys.exit(f"missed: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
