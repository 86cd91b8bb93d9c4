"""Tickets and models on disk."""

import gzip
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from classifier import storage
from classifier.model import Model
from classifier.tickets import MAX_CHARACTERS, DataError, LabelledTicket, read_tickets, ticket_text
from classifier.training import train
from tests.classifier.conftest import A_DAY, rows, small_tickets
from tickets.files.ticket_file import Choices

GOOD = {"subject": "s", "description": "d", "category": "billing", "subcategory": "refund", "split": "train"}


def test_tickets_are_read_from_plain_and_compressed_files(tmp_path: Path) -> None:
    """JSON Lines are read from both kinds of file, in order; empty lines and missing fields are no error."""
    plain = rows(tmp_path / "a.jsonl", [GOOD, {"description": "only this", "category": "x", "split": "train"}])
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(b"\n" + json.dumps({**GOOD, "source": "desk"}).encode() + b"\n\n"))

    tickets = read_tickets([plain, packed], "train")

    found = [(ticket.subject, ticket.subcategory, ticket.source) for ticket in tickets]
    assert found == [("s", "refund", "tickets"), ("", None, "tickets"), ("s", "refund", "desk")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "Asunto;Descripción;Categoría;Subcategoría;split\r\nPago;No puedo, ayuda;billing;refund;train\r\n"),
        ("t.tsv", "subject\tbody\tLABEL\tSub-category\tSplit\nPago\tNo puedo, ayuda\tbilling\trefund\ttrain\n"),
        (
            "t.json",
            """[{"Title": "Pago", "text": "No puedo, ayuda", "category": "billing", "subcategory": "refund",
                 "split": "train", "tags": ["x"]}]""",
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_tickets_are_read_from_exports(tmp_path: Path, name: str, content: str, encoding: str) -> None:
    """Format, encoding, delimiter and columns are found as they are when tickets are published."""
    path = tmp_path / name
    path.write_bytes(content.encode(encoding))

    assert read_tickets([path], "train") == [
        LabelledTicket("Pago", "No puedo, ayuda", "billing", "refund", "tickets", "train")
    ]


@pytest.mark.parametrize(("split", "kept"), [("train", [1]), ("bench", [2]), ("", [1, 2, 3])])
def test_without_a_choice_the_tickets_to_learn_from_are_read(tmp_path: Path, split: str, kept: list[int]) -> None:
    """The train part, or every ticket of files that are not divided, as exports of help desks are."""
    parts = ["train", "bench", ""] if split else ["", "", ""]
    file = rows(tmp_path / "a.jsonl", [{**GOOD, "subject": str(n), "split": part} for n, part in enumerate(parts, 1)])

    assert [int(ticket.subject) for ticket in read_tickets([file], None if split in {"train", ""} else split)] == kept


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("subject,category\nCANARY,billing\nCANARY\n", r"bad\.csv:3: has 1 cells, and the header has 2"),
        ("subject,topic\nCANARY,billing\n", r"bad\.csv: has no column named category, or the like; name it with --map"),
        ("CANARY,category\na,b\n", r"bad\.csv: has no column named subject or description"),
        ("", r"bad\.csv: is empty"),
    ],
)
def test_an_export_that_cannot_be_learnt_from_is_named(tmp_path: Path, content: str, message: str) -> None:
    """Training on what was half understood would be worse than none."""
    path = tmp_path / "bad.csv"
    path.write_text(content)

    with pytest.raises(DataError, match=message):
        read_tickets([path], "all")


def test_columns_can_be_named(tmp_path: Path) -> None:
    """Where the names say nothing, a user does."""
    path = tmp_path / "t.csv"
    path.write_text("Frase:Thema\nPago:billing\n")
    choices = Choices(delimiter=":", chosen={"description": "Frase", "category": "Thema"})

    assert read_tickets([path], "all", choices) == [LabelledTicket("", "Pago", "billing", None, "tickets", None)]


def test_only_the_asked_part_is_read(tmp_path: Path) -> None:
    """A split keeps its own tickets; `all` keeps every one."""
    path = rows(tmp_path / "a.jsonl", [GOOD, {**GOOD, "split": "bench"}, {**GOOD, "split": None}])

    assert [len(read_tickets([path], split)) for split in ("train", "bench", "all")] == [1, 1, 3]


def test_a_missing_part_names_those_there_are(tmp_path: Path) -> None:
    """Asking for a part that no ticket belongs to says which parts were found and what to do."""
    path = rows(tmp_path / "a.jsonl", [{**GOOD, "split": None}])

    with pytest.raises(DataError, match=r"no ticket has the split 'train' \(found: \(none\)\).*--split all"):
        read_tickets([path], "train")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"CANARY {", "is not JSON"),
        (b'"CANARY"', "is not a JSON object"),
        (b'{"description": "CANARY"}', "category is missing or empty"),
        (b'{"description": "CANARY", "category": [7]}', "category: not text"),
        (b'{"description": ["CANARY"], "category": "x"}', "description: not text"),
        (b'{"subject": " ", "category": "CANARY"}', "subject and description are both"),
        (b"\xff\xfeCANARY", "is not JSON"),
    ],
)
def test_a_bad_line_is_named_and_not_quoted(tmp_path: Path, line: bytes, message: str) -> None:
    """The error names file, line and fault, and holds nothing of the ticket."""
    path = tmp_path / "bad.jsonl"
    path.write_bytes(json.dumps(GOOD).encode() + b"\n" + line + b"\n")

    with pytest.raises(DataError, match=rf"bad\.jsonl:2: {message}") as caught:
        read_tickets([path], "all")

    assert "CANARY" not in str(caught.value)


def test_a_truncated_gzip_file_is_named(tmp_path: Path) -> None:
    """A file that was cut off is a data error, not a traceback."""
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(GOOD).encode() * 100)[:-20])

    with pytest.raises(DataError, match=r"cut\.jsonl\.gz: cannot be read"):
        read_tickets([path], "all")


def test_a_text_is_cut_at_the_limit() -> None:
    """A huge ticket is read up to the limit."""
    assert ticket_text("s" * 10, "d" * MAX_CHARACTERS) == "s" * 10 + "\n" + "d" * (MAX_CHARACTERS - 11)


def test_a_model_is_the_same_after_reloading(small_model: Model, small_folder: Path) -> None:
    """A saved model answers exactly as the one that was trained."""
    texts = [("", ticket.description) for ticket in small_tickets()] + [("", "¿dónde está mi factura?")]

    loaded = storage.load(small_folder)

    assert small_model.version == loaded.version
    assert small_model.labels == loaded.labels
    assert small_model.predict(texts, top_k=3) == loaded.predict(texts, top_k=3)


def test_equal_tickets_give_equal_files(small_folder: Path, tmp_path: Path) -> None:
    """Training and saving twice gives the same bytes."""
    storage.save(train(small_tickets(), trained_on=A_DAY), tmp_path)

    assert {path.name: path.read_bytes() for path in small_folder.iterdir()} == {
        path.name: path.read_bytes() for path in tmp_path.iterdir()
    }


def test_a_newer_model_replaces_the_old_one(small_model: Model, tmp_path: Path) -> None:
    """Saving into a model's folder leaves only the new model there."""
    storage.save(small_model, tmp_path)
    storage.save(train(small_tickets()[:9], trained_on=A_DAY), tmp_path)

    assert len(list(tmp_path.iterdir())) == 2
    assert storage.load(tmp_path).tickets == 9


def test_a_folder_of_other_things_is_left_alone(small_model: Model, tmp_path: Path) -> None:
    """A folder that holds something else is refused as a target."""
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(storage.ModelError, match="neither empty nor a model's folder"):
        storage.save(small_model, tmp_path)


@pytest.fixture
def copied(small_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_folder, tmp_path / "model"))


def _change(folder: Path, **fields: object) -> None:
    manifest = json.loads((folder / storage.MANIFEST).read_text("utf-8"))
    (folder / storage.MANIFEST).write_text(json.dumps({**manifest, **fields}), "utf-8")


def test_another_format_is_refused(copied: Path) -> None:
    """A model of another format version names both versions and the mend."""
    _change(copied, format=storage.FORMAT_WITH_EMBEDDING + 1)

    with pytest.raises(storage.ModelError, match=r"has format 4, and this version reads 2 and 3; train the model"):
        storage.load(copied)


def test_damaged_numbers_are_refused(copied: Path) -> None:
    """One flipped bit in the weights is noticed before they answer anything."""
    weights = next(copied.glob("*.npz"))
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)

    with pytest.raises(storage.ModelError, match="is damaged"):
        storage.load(copied)


def test_missing_parts_are_named(copied: Path, tmp_path: Path) -> None:
    """The messages differ for a folder without a model, one without weights and one with half a manifest."""
    with pytest.raises(storage.ModelError, match="contains no model; make one with"):
        storage.load(tmp_path / "nowhere")

    _change(copied, languages=None)
    with pytest.raises(storage.ModelError, match="incomplete"):
        storage.load(copied)

    next(copied.glob("*.npz")).unlink()
    with pytest.raises(storage.ModelError, match="incomplete"):
        storage.load(copied)

    (copied / storage.MANIFEST).write_text("{")
    with pytest.raises(storage.ModelError, match="cannot be read"):
        storage.load(copied)


def test_a_model_file_cannot_run_code(copied: Path) -> None:
    """Pickled objects, which could run code when read, are refused even under a right checksum."""
    weights = next(copied.glob("*.npz"))
    with np.load(weights) as arrays:
        content = {**arrays, "prior": np.array([object()], dtype=object)}
    np.savez(weights, **content)
    _change(copied, sha256=hashlib.sha256(weights.read_bytes()).hexdigest())

    with pytest.raises(storage.ModelError, match="allow_pickle"):
        storage.load(copied)
