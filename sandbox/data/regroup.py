"""Writes the sandbox's tickets: banking77 with its intents grouped by our taxonomy.

    python -m sandbox.data.regroup PATH/TO/ORIGINAL/banking77.jsonl.gz

The original pack holds one category, `banking`. A row's new category is the one that lists the row's intent as a
subcategory in the shipped taxonomy; every other field is kept as it is.
"""

import argparse
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from consumer.answer.taxonomy import load_taxonomy

TARGET = Path(__file__).parent / "banking77.jsonl.gz"


def category_of_intent() -> dict[str, str]:
    """Return the category of each subcategory of the shipped taxonomy.

    Raises:
        ValueError: two categories list the same subcategory, so that an intent alone names neither.
    """
    owners: dict[str, str] = {}
    for category, subcategories in load_taxonomy().subcategories.items():
        for subcategory in subcategories:
            if subcategory in owners:
                raise ValueError(f"{subcategory} is listed by both {owners[subcategory]} and {category}")
            owners[subcategory] = category
    return owners


def regroup(lines: Iterator[str], owners: Mapping[str, str]) -> Iterator[str]:
    """Yield the JSON lines with the `category` of their `subcategory`.

    Raises:
        KeyError: the intent of a row is in no category of the taxonomy.
    """
    for line in lines:
        row = json.loads(line)
        row["category"] = owners[row["subcategory"]]
        yield json.dumps(row, ensure_ascii=False) + "\n"


def compress(lines: Iterator[str]) -> bytes:
    """Gzip without file name and time, so that equal rows give equal bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0, compresslevel=9) as stream:
        stream.writelines(line.encode() for line in lines)
    return packed.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the sandbox's tickets from the original banking77 pack.")
    parser.add_argument("original", type=Path, help="the original pack, banking77.jsonl.gz")
    original: Path = parser.parse_args().original
    with gzip.open(original, mode="rt", encoding="utf-8") as lines:
        TARGET.write_bytes(compress(regroup(lines, category_of_intent())))


if __name__ == "__main__":
    main()
