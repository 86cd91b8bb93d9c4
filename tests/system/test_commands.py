"""publish, correct and tail, as people and scripts use them."""

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from schemas.codec import BadRecord, Decoder
from tests.support.processes import killed_at_the_end
from tests.support.terminals import on_terminal
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import World, a_ticket
from tests.terminal.test_safe_text import commands

pytestmark = pytest.mark.long

JSONL = """\
{"id": "file-1", "subject": "Refund", "description": "Where is my refund?", "language": "en", "channel": "mail"}
this is no JSON
{"subject": "", "description": "  "}
{"subject": "Sin id", "description": "No puedo pagar mi factura"}
{"id": "file-5", "subject": 5.5, "description": "A number is no text"}
"""
TEXTS = {("Refund", "Where is my refund?"), ("Sin id", "No puedo pagar mi factura")}
SLIPS = {
    ("correct", "T-1", "biling"): "did you mean billing",
    ("correct", "T-1", "billing", "payment_isue"): "did you mean payment_issue",
    (
        "correct",
        "T-1",
        "plain",
        "anything",
        "TAXONOMY_FILE=plain.toml",
    ): "that category has none; leave the subcategory",
    ("correct", "T-1", "billing", "--origin", "ROBOT"): "'audit'",
    ("tail", "ticket-nowhere"): "there is no topic ticket-nowhere",
    ("publish", "nowhere.jsonl"): "nowhere.jsonl",
}
# A taxonomy with a category that has no subcategories.
PLAIN = """
version = "plain"
languages = ["en"]
default = { category = "plain", precision = 0.5, n = 10 }
[categories.plain]
name = { en = "Plain" }
"""
HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m\r\nnext"
CSV = 'subject,description,id\n"PIN, again","I forgot\nmy PIN",csv-1\n,,csv-2\nCard,Lost,csv-3\n'


def published(world: World) -> list[dict[str, Any]]:
    decoder = Decoder("TicketCreated")
    found: list[dict[str, Any]] = []
    for record in world.committed(world.topics.created):
        # Other tests publish bytes there that are no tickets.
        with suppress(BadRecord):
            found.append(decoder.decode(record.value, record.position))
    return found


@pytest.fixture(scope="module")
def files(ordinary: World) -> list["subprocess.CompletedProcess[str]"]:
    """The output of publishing a JSONL file, a CSV file and the JSONL file again."""
    (ordinary.folder / "tickets.jsonl").write_text(JSONL, encoding="utf-8")
    (ordinary.folder / "tickets.csv").write_text(CSV, encoding="utf-8")
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(ordinary.command, 3 * ["publish"], ["tickets.jsonl", "tickets.csv", "tickets.jsonl"]))


def test_bad_lines_are_named_and_the_others_published(files: list["subprocess.CompletedProcess[str]"]) -> None:
    """Each line that is no ticket is named with what is wrong, the exit code is 1, and the rest is published."""
    jsonl, csv, _ = files

    assert (jsonl.returncode, csv.returncode) == (1, 1)
    assert "published 2 tickets" in jsonl.stdout
    assert "published 2 tickets" in csv.stdout
    assert [n for n in range(1, 6) if f"tickets.jsonl:{n}: " in jsonl.stderr] == [2, 3, 5]
    assert [n for n in range(1, 6) if f"tickets.csv:{n}: " in csv.stderr] == [4]
    assert "A number is no text" not in jsonl.stderr


def test_a_second_run_repeats_nothing(ordinary: World, files: list["subprocess.CompletedProcess[str]"]) -> None:
    """The same file published twice makes events with the same event_id; lines without an id get one."""
    assert files[0].stdout == files[2].stdout
    events = [ticket for ticket in published(ordinary) if (ticket["subject"], ticket["description"]) in TEXTS]

    assert len(events) == 4
    assert len({ticket["event_id"] for ticket in events}) == 2
    assert len({ticket["ticket_id"] for ticket in events}) == 2
    assert {"en", None} == {ticket["language"] for ticket in events}


def test_csv_fields_may_hold_commas_and_lines(
    ordinary: World,
    files: list["subprocess.CompletedProcess[str]"],  # noqa: ARG001 - published by it
) -> None:
    """Quoted fields of a CSV file arrive as they are, and so do their ids."""
    found = {ticket["ticket_id"]: ticket for ticket in published(ordinary) if ticket["ticket_id"].startswith("csv-")}

    assert {"csv-1", "csv-3"} == found.keys()
    assert (found["csv-1"]["subject"], found["csv-1"]["description"]) == ("PIN, again", "I forgot\nmy PIN")


def test_a_slip_is_met_with_a_hint(ordinary: World) -> None:
    """A word that the system does not know ends the command with 2 and a suggestion."""
    (ordinary.folder / "plain.toml").write_text(PLAIN, encoding="utf-8")

    def ended(slip: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
        settings = dict(word.split("=") for word in slip if word.startswith("TAXONOMY_FILE="))
        return ordinary.command(*(word for word in slip if "=" not in word), **settings)

    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(ended, SLIPS))

    assert [end.returncode for end in ends] == len(SLIPS) * [2]
    for hint, end in zip(SLIPS.values(), ends, strict=True):
        assert hint in " ".join(end.stderr.split())
        assert "did you mean ?" not in end.stderr
        assert "Traceback" not in end.stderr


def test_a_correction_reaches_the_reports(ordinary: World) -> None:
    """`correct` makes the ticket's final category the person's, and keeps what was judged."""
    ordinary.publish([a_ticket("to-correct", "Lost card", "I lost my card, please block it")])
    (answer,) = [a for a in ordinary.answers_to(["to-correct"]) if a["ticket_id"] == "to-correct"]
    done = ordinary.command("correct", "to-correct", "billing", "payment_issue", "--by", "ana", "--reason", "x")
    columns = "ticket_id, category, final_category, final_subcategory, label_state, judged_revision"
    rows = until(
        lambda: [row for row in ordinary.rows("tickets", columns) if (row[0], row[4]) == ("to-correct", "corrected")]
    )

    assert done.returncode == 0, done.stderr
    assert answer["category"] != "billing"
    assert rows == [("to-correct", answer["category"], "billing", "payment_issue", "corrected", 0)]


def test_tail_shows_what_is_there_and_follows(ordinary: World) -> None:
    """`tail --format json` prints one document a line, with --ticket of one ticket, until Ctrl-C ends it with 130."""
    ordinary.publish([a_ticket("tailed", "PIN", "I forgot my PIN"), a_ticket("not-tailed", "PIN", "I forgot my PIN")])
    ordinary.answers_to(["tailed", "not-tailed"])
    wanted = [ordinary.topics.categorized, "--ticket", "tailed", "--format", "json"]
    with (
        subprocess.Popen(
            [sys.executable, "-m", "ticketstream", "tail", *wanted],
            stdout=subprocess.PIPE,
            env=ordinary.environment,
            cwd=ordinary.folder,
            text=True,
        ) as tail,
        killed_at_the_end(tail),
    ):
        assert tail.stdout is not None
        first = json.loads(tail.stdout.readline())
        ordinary.publish([{**a_ticket("tailed", "Card", "I lost my card"), "event_id": "tailed-again"}])
        second = json.loads(tail.stdout.readline())
        tail.send_signal(signal.SIGINT)
        code = tail.wait(10)
        rest = tail.stdout.read()

    assert code == 130
    assert rest == ""
    assert [document["value"]["ticket_id"] for document in (first, second)] == ["tailed", "tailed"]
    assert (ordinary.topics.categorized, "tailed") == (first["topic"], first["key"])
    assert first["headers"].keys() == {"ts-category", "ts-decision", "ts-provisional", "ts-revision"}


def test_a_correction_of_an_unknown_ticket_is_published_with_a_warning(ordinary: World) -> None:
    """It counts once an answer comes, so the exit code is 0; the warning says what was looked up, or why nothing."""
    ordinary.publish([a_ticket("to-confirm", "Lost card", "I lost my card, please block it")])
    ordinary.answers_to(["to-confirm"])
    until(lambda: [row for row in ordinary.rows("tickets", "ticket_id") if row == ("to-confirm",)])
    known = ordinary.command("correct", "to-confirm", "billing")
    unknown = ordinary.command("correct", "nobody", "billing")
    unset = ordinary.command("correct", "nobody", "billing", CLICKHOUSE_URL="")
    down = ordinary.command("correct", "nobody", "billing", CLICKHOUSE_URL="http://127.0.0.1:1")

    assert [done.returncode for done in (known, unknown, unset, down)] == [0, 0, 0, 0]
    assert all(done.stdout.startswith("published the correction of ") for done in (known, unknown, unset, down))
    assert "warning" not in known.stderr
    assert "holds no answer to the ticket 'nobody'" in unknown.stderr
    assert "warning: CLICKHOUSE_URL is not set" in unset.stderr
    assert "warning: it is not known whether this ticket was ever answered: ClickHouse at 127.0.0.1:1" in down.stderr


def test_the_way_from_a_missing_answer_to_its_dead_letter_is_named(ordinary: World) -> None:
    """`explain` names the command that finds the dead letter, and the command finds it."""
    ordinary.put([Put(b"\x00garbage", b"lost one")])
    with ordinary.reader(ordinary.topics.dead_letter) as reader:
        reader.until(lambda records: any(record.key == b"lost one" for record in records), 40)
    explained = ordinary.command("explain", "lost one")
    listed = ordinary.command("dlq", "list", "--ticket", "lost one")

    assert explained.returncode == 1
    assert "`ticketstream dlq list --ticket 'lost one'` says why" in explained.stderr
    assert f"`ticketstream tail {ordinary.topics.categorized} --ticket 'lost one'`" in explained.stderr
    assert "lost one" in listed.stdout


def test_no_record_commands_the_terminal(ordinary: World) -> None:
    """Keys, values and headers of anybody's records are shown by every command that shows records, never obeyed."""
    hostile = HOSTILE.encode()
    ordinary.put([Put(hostile, hostile), Put(ordinary.encoded(a_ticket("steers", HOSTILE)), b"steers")])
    with ordinary.reader(ordinary.topics.dead_letter) as reader:
        (letter, *_) = [
            record
            for record in reader.until(lambda records: any(record.key == hostile for record in records), 40)
            if record.key == hostile
        ]
    name = f"{letter.position.partition}@{letter.position.offset}"
    for arguments in (
        ["tail", ordinary.topics.created, "--no-follow"],
        ["tail", ordinary.topics.dead_letter, "--no-follow", "--full"],
        ["tail", ordinary.topics.created, "--no-follow", "--format", "json"],
        ["dlq", "list"],
        ["dlq", "list", "--format", "json"],
        ["dlq", "show", name],
        ["dlq", "replay", name, "--dry-run"],
    ):
        done = on_terminal(["ticketstream", *arguments], ordinary.folder, 80, ordinary.environment)

        assert done.code == 0, done.out
        assert [line for line in done.lines if commands(line)] == [], arguments
    assert name in ordinary.command("dlq", "list").stdout
