"""Measures the rules' keywords on the shipped labelled tickets, and the rules themselves.

    python -m benchmarks.keyword_precision          # write the figures into answer/taxonomy.toml, then report
    python -m benchmarks.keyword_precision --check  # exit 1 when the figures in the file are not up to date

Figures come from the `train` part, the report from `bench`.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from consumer.answer.keyword_rules import Rules
from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from projects.keyword_precision import Ticket, measure, report, rewrite

ROOT = Path(__file__).parent.parent
TAXONOMY = ROOT / "consumer" / "answer" / "taxonomy.toml"
DATA = ROOT / "sandbox" / "data"


def labelled_tickets() -> list[Ticket]:
    """Every ticket of the shipped packs."""
    rows: list[dict[str, str]] = []
    for path in sorted(DATA.glob("*.jsonl*")):
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        rows += [json.loads(line) for line in text.decode().splitlines()]
    return [Ticket(**{field: row[field] for field in Ticket.__annotations__}) for row in rows]


def _print_report(taxonomy: Taxonomy, tickets: Sequence[Ticket]) -> None:
    rules = Rules(taxonomy)
    for language in taxonomy.languages:
        of_language = [ticket for ticket in tickets if ticket.split == "bench" and ticket.language == language]
        done = report(rules, of_language)
        print(f"rules on bench, {language}: {done.tickets} tickets")
        for name, value in list(done._asdict().items())[1:-1]:
            print(f"  {name:24} {value:.3f}")
        for lower, count, accuracy in done.bins:
            print(f"  confidence {lower:.1f} to {lower + 0.1:.1f}    accuracy {accuracy:.3f} of {count}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the rules' keywords on the shipped labelled tickets.")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 when the figures are not up to date"
    )
    check: bool = parser.parse_args().check
    text = TAXONOMY.read_text("utf-8")
    taxonomy, tickets = load_taxonomy(TAXONOMY), labelled_tickets()
    measured = rewrite(text, *measure(taxonomy, [ticket for ticket in tickets if ticket.split == "train"]))
    if check:
        if measured != text:
            print("consumer/answer/taxonomy.toml is not up to date; run: python -m benchmarks.keyword_precision")
        return int(measured != text)
    TAXONOMY.write_text(measured, "utf-8")
    _print_report(load_taxonomy(TAXONOMY), tickets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
