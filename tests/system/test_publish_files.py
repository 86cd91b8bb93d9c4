"""Exports as help desks write them, published by the command, and read from the topic."""

import gzip
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

import pytest

from schemas.codec import BadRecord, Decoder
from tests.support.world import World

pytestmark = pytest.mark.long

TEN_MS = 1_795_946_400_000


class Export(NamedTuple):
    """A file, how it is published, and what then stands in the topic: subject, description, attributes by ticket_id."""

    content: bytes
    tickets: dict[str, tuple[str, str, dict[str, str]]]
    options: tuple[str, ...] = ()
    bad: tuple[int, ...] = ()


PAID = ("Pago", "No puedo pagar, ayuda", dict[str, str]())
EXPORTS = {
    "zendesk.csv": Export(
        b'Id,Subject,Description,Status\nz-1001,Cannot log in,"Hello,\nI cannot log in",open\n',
        {"z-1001": ("Cannot log in", "Hello,\nI cannot log in", {"Status": "open"})},
    ),
    "jira.csv": Export(
        b"Issue key,Issue id,Summary,Description\nSUP-1,10001,Cannot pay,card refused\n"
        b"SUP-2,10002,Cannot pay,card refused\n",
        {
            "SUP-1": ("Cannot pay", "card refused", {"Issue id": "10001"}),
            "SUP-2": ("Cannot pay", "card refused", {"Issue id": "10002"}),
        },
    ),
    "semicolon.csv": Export(
        "\ufeffasunto;descripción;id\r\nPago;No puedo pagar, ayuda;s-7\r\n".encode(), {"s-7": PAID}
    ),
    "sep.csv": Export(
        'sep=;\r\nTicket ID;subject;description\r\ns-8;Pago;"No puedo pagar, ayuda"\r\n'.encode("utf-16"), {"s-8": PAID}
    ),
    "spaces.csv": Export(b'subject, description, id\n"Pago", "No puedo pagar, ayuda", s-9\n', {"s-9": PAID}),
    "cp1252.tsv.gz": Export(
        gzip.compress("Nº de ticket\tASUNTO\tDescripción\rc-1\tDevolución\tMañana\r".encode("cp1252")),
        {"c-1": ("Devolución", "Mañana", {})},
    ),
    "mixed.csv": Export(
        b"Ticket ID,subject,description\nm-1,Refund,I want, my money\nm-2,Refund\nm-3,Refund,please\n",
        {"m-3": ("Refund", "please", {})},
        bad=(2, 3),
    ),
    "nullid.jsonl": Export(
        b'{"id": null, "ticket_id": "n-9", "subject": "a"}\n{"ticket_id": 770077, "subject": "a"}\n'
        b'{"id": "n-8", "subject": "a", "vip": true, "tags": ["x", "y"]}\n',
        {"n-9": ("a", "", {}), "770077": ("a", "", {}), "n-8": ("a", "", {"vip": "true", "tags": "x, y"})},
    ),
    "page.json": Export(
        b'{"count": 1, "tickets": [{"id": "p-1", "subject": "a", "via": {"source": "w"}}]}',
        {"p-1": ("a", "", {"via.source": "w"})},
    ),
    "mapped.txt": Export(
        b"Motivo:Frase:Nr\nPago:No puedo pagar, ayuda:k-1\n",
        {"k-1": PAID},
        ("--map", "subject=motivo", "--map", "description=Frase", "--map", "id=Nr", "--delimiter", ":"),
    ),
    "bare.csv": Export(b'b-1,Pago,"No puedo pagar, ayuda"\n', {"b-1": PAID}, ("--columns", "id,subject,description")),
    "-": Export(b'[{"ticket_id": "i-1", "subject": "a"}]', {"i-1": ("a", "", {})}),
}


def publish(world: World, name: str, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ticketstream", "publish", name, *EXPORTS[name].options, *options],
        env=world.environment,
        cwd=world.folder,
        input=EXPORTS[name].content.decode() if name == "-" else "",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def in_topic(world: World) -> list[dict[str, Any]]:
    decoder = Decoder("TicketCreated")
    found: list[dict[str, Any]] = []
    for record in world.committed(world.topics.created):
        # Other tests publish bytes there that are no tickets.
        with suppress(BadRecord):
            found.append(decoder.decode(record.value, record.position))
    return found


@pytest.fixture(scope="module")
def runs(ordinary: World) -> dict[str, list["subprocess.CompletedProcess[str]"]]:
    """Every file published twice."""
    for name, export in EXPORTS.items():
        if name != "-":
            (ordinary.folder / name).write_bytes(export.content)
    with ThreadPoolExecutor(3) as pool:
        return {
            name: [first, second]
            for name, first, second in zip(
                EXPORTS,
                pool.map(lambda name: publish(ordinary, name), EXPORTS),
                pool.map(lambda name: publish(ordinary, name), EXPORTS),
                strict=True,
            )
        }


@pytest.mark.parametrize("name", EXPORTS)
def test_every_row_is_published_under_its_id_or_named(
    ordinary: World, runs: dict[str, list["subprocess.CompletedProcess[str]"]], name: str
) -> None:
    """Texts, ids and further columns arrive; rows that do not fit are named; a second run repeats every event."""
    export, (first, second) = EXPORTS[name], runs[name]
    arrived = [ticket for ticket in in_topic(ordinary) if ticket["ticket_id"] in export.tickets]
    file = "standard input" if name == "-" else name

    assert first.returncode == second.returncode == int(bool(export.bad)), first.stderr
    assert f"published {len(export.tickets)} ticket" in first.stdout
    assert [line for line in range(1, 6) if f"{file}:{line}: " in first.stderr] == list(export.bad)
    assert {t["ticket_id"]: (t["subject"], t["description"], t["attributes"]) for t in arrived} == export.tickets
    assert set(Counter(ticket["event_id"] for ticket in arrived).values()) == {2}


def test_history_keeps_its_dates(ordinary: World) -> None:
    """The ticket has the date that the file gives."""
    (ordinary.folder / "history.csv").write_text(
        "ID,Asunto,Fecha de creación\nh-1,a,29/11/2026 10:00\nh-2,a,05/11/2026 10:00\n", encoding="utf-8"
    )
    done = ordinary.command("publish", "history.csv")
    dates = {ticket["ticket_id"]: ticket["created_at"] for ticket in in_topic(ordinary)}

    assert done.returncode == 0, done.stderr
    assert (dates["h-1"], dates["h-2"]) == (TEN_MS, TEN_MS - 24 * 86_400_000)
