"""What the page tells of a known story, of hostile rows, of an empty database and of a ClickHouse that is away."""

import socket
import time
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

import pytest

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from analytics.dashboard.asking import LONGEST_S
from analytics.store.row_writer import RowWriter
from tests.support.clickhouse_process import DoorProcess
from tests.support.page_server import Visitor, served
from tests.support.page_story import HOSTILE, alert, intrude

DATA = ["overview", "operations", "accuracy", "models", "tickets", "ticket?id=x"]


def test_the_overview_counts_first_answers(visitor: Visitor, client: Client) -> None:
    """Each ticket once, whatever came of it later: in total, by method, by decision and by slices of time."""
    told = visitor.get("/api/overview?minutes=1440").json()
    stored = client.rows("SELECT method, count() AS n FROM categorizations WHERE revision = 0 GROUP BY method")
    provisional = client.rows("SELECT count() AS n FROM categorizations WHERE provisional")

    assert told["methods"] == {row["method"]: row["n"] for row in stored}
    assert told["tickets"] == sum(told["methods"].values()) == sum(told["decisions"].values())
    assert told["tickets"] == sum(n for _, _, n in told["rates"])
    assert told["provisional"] == provisional[0]["n"] > 0
    assert len({(at, method) for at, method, _ in told["rates"]}) == len(told["rates"])


def test_the_overview_tells_how_long_it_took_and_what_the_model_did(visitor: Visitor) -> None:
    """Percentiles rise, tries beyond the first are retries, and the breaker's changes come newest first."""
    told = visitor.get("/api/overview?minutes=1440").json()

    assert all(p50 <= p95 <= p99 for _, p50, p95, p99 in told["percentiles"])
    assert told["latency"]["p50_ms"] <= told["latency"]["p95_ms"]
    # Three calls a minute; in twelve minutes each failed at its third try.
    assert (told["model"]["calls"], told["model"]["failures"]) == (360, 36)
    assert told["model"]["retries"] >= 72
    assert [change["state"] for change in told["breakers"]] == ["closed", "half_open", "open"]
    assert told["cost"] == {"cost": pytest.approx(360 * 6e-05), "tokens": 360 * 347}


@pytest.mark.parametrize(
    ("asked", "minutes"), [("15", 15), ("", 60), ("7", 60), ("-1", 60), ("9" * 5000, 60), ("\u0661", 60)]
)
def test_only_windows_that_can_be_chosen_are_asked_for(visitor: Visitor, asked: str, minutes: int) -> None:
    """Anything else is an hour: nobody can make ClickHouse read a year by an address."""
    assert visitor.get(f"/api/overview?minutes={quote(asked)}").json()["minutes"] == minutes


def test_the_operations_name_the_slowest_tickets(visitor: Visitor) -> None:
    """In order, with stages that together are the total."""
    told = visitor.get("/api/operations?minutes=1440").json()
    totals = [row["timings_ms"]["total"] for row in told["slowest"]]

    assert totals == sorted(totals, reverse=True)
    assert len(totals) == 15
    assert {group["method"] for group in told["stages"]} == {"MODEL", "CACHE", "RULES"}
    for row in told["slowest"]:
        stages = dict(row["timings_ms"])
        assert stages.pop("total") == pytest.approx(sum(stages.values()))


def test_the_accuracy_page_has_all_its_figures(visitor: Visitor, client: Client) -> None:
    """Three figures with intervals, categories, a square of pairs, a curve, and a trade-off that only falls."""
    told = visitor.get("/api/accuracy?days=1").json()
    grid = told["thresholds"]["grid"]
    # What the second person said was overruled.
    pairs = client.rows(
        "SELECT count() AS n FROM corrections WHERE label_state = 'corrected' AND corrected_by != 'noor'"
    )

    for figure in told["figures"].values():
        assert figure["low"] < figure["share"] < figure["high"]
    agreed = told["two_people"]
    assert agreed["n"] >= 100
    assert 0.5 < agreed["low"] < agreed["share"] < agreed["high"] < 1
    assert sum(category["n"] for category in told["categories"]) == told["figures"]["upper_bound"]["n"]
    heat = told["confusion"]
    wrong = sum(n for at, row in enumerate(heat["counts"]) for to, n in enumerate(row) if at != to)
    assert wrong == pairs[0]["n"] > 0
    assert {basis: len(curve["bins"]) > 3 for basis, curve in told["reliability"].items()} == {
        "audit": True,
        "verified": True,
    }
    assert [row["coverage"] for row in grid] == sorted((row["coverage"] for row in grid), reverse=True)
    assert all(row["proven"] < row["precision"] for row in grid if row["precision"] is not None)


def test_a_label_and_its_later_name_are_one(door: DoorProcess, client: Client, visitor: Visitor) -> None:
    """A category that was renamed counts with the one that it became."""
    before = {row["name"]: row["n"] for row in visitor.get("/api/accuracy?days=1").json()["categories"]}
    earlier, later = sorted(before)[:2]
    with served(partial(connect, door.url, client.database), renamed={earlier: later}) as address:
        told = Visitor(address).get("/api/accuracy?days=1").json()

    assert {row["name"]: row["n"] for row in told["categories"]} == {
        name: n + (before[earlier] if name == later else 0) for name, n in before.items() if name != earlier
    }
    assert earlier not in told["confusion"]["labels"]


def test_a_search_finds_what_begins_so(visitor: Visitor) -> None:
    """The ticket of exactly this name first; signs that mean something in SQL mean themselves."""
    found = [row["ticket_id"] for row in visitor.get("/api/tickets?beginning=TKT-4801").json()["tickets"]]

    assert len(found) == 10
    assert all(name.startswith("TKT-4801") for name in found)
    for nothing in ("tkt-4801", "TKT-4801%", "%", "_", "' OR 1=1 --", "\\"):
        assert visitor.get(f"/api/tickets?beginning={quote(nothing)}").json()["tickets"] == []


def test_without_a_search_the_latest_tickets_are_shown(visitor: Visitor) -> None:
    """A page that is opened shows something to click on."""
    found = visitor.get("/api/tickets").json()["tickets"]
    times = [row["categorized_at"] for row in found]

    assert len(found) == 25
    assert len({row["ticket_id"] for row in found}) == 25
    assert times == sorted(times, reverse=True)


def test_a_tickets_life_holds_every_revision(visitor: Visitor, client: Client) -> None:
    """From the provisional answer to the healed one."""
    healed = client.rows("SELECT ticket_id FROM categorizations WHERE revision = 1 LIMIT 1")[0]["ticket_id"]
    told = visitor.get(f"/api/ticket?id={healed}").json()

    assert [(a["revision"], a["provisional"], a["method"]) for a in told["answers"]] == [
        (0, True, "RULES"),
        (1, False, "MODEL"),
    ]
    assert told["answers"][0]["explanation"] == ["model.breaker_open", "rule.keyword:refund"]


@pytest.fixture
def hostile(door: DoorProcess) -> Iterator[Visitor]:
    """A page over rows in which everything that may come from outside is hostile."""
    with connect(door.url, "hostile") as client:
        migrate(client)
        intrude(client, time.time_ns() // 1_000_000)
        with served(partial(connect, door.url, "hostile")) as address:
            yield Visitor(address)
        client.outside("DROP DATABASE hostile")


def test_hostile_rows_come_through_as_they_are(hostile: Visitor) -> None:
    """As JSON, which no browser reads as a page."""
    reply = hostile.get(f"/api/ticket?id={quote(HOSTILE)}")
    told = reply.json()

    assert reply.headers["Content-Type"] == "application/json"
    assert told["ticket_id"] == HOSTILE
    assert told["answers"][0]["category"] == HOSTILE
    assert told["corrections"][0]["reason"] == HOSTILE
    assert hostile.get(f"/api/tickets?beginning={quote(HOSTILE[:9])}").json()["tickets"][0]["ticket_id"] == HOSTILE
    assert {hostile.get(f"/api/{path}").status for path in DATA} == {200}


def test_an_empty_database_is_no_error(door: DoorProcess) -> None:
    """Every question has an answer: nothing yet."""
    with connect(door.url, "fresh") as client:
        migrate(client)
        with served(partial(connect, door.url, "fresh")) as address:
            told = {path: Visitor(address).get(f"/api/{path}") for path in DATA}
        client.outside("DROP DATABASE fresh")

    assert {reply.status for reply in told.values()} == {200}
    assert (told["overview"].json()["tickets"], told["overview"].json()["newest"]) == (0, None)
    assert told["overview"].json()["cost"] is None
    assert told["accuracy"].json()["figures"]["upper_bound"] == {"n": 0, "share": None, "low": None, "high": None}


@pytest.mark.parametrize("path", DATA)
def test_a_database_without_tables_is_told_with_the_mend(door: DoorProcess, path: str) -> None:
    """No traceback: a problem with a name, and the command that solves it."""
    with served(partial(connect, door.url, "nowhere")) as address:
        reply = Visitor(address).get(f"/api/{path}")

    assert (reply.status, reply.json()["problem"]) == (503, "misconfigured")
    assert "ticketstream migrate" in reply.json()["detail"]


def test_a_clickhouse_that_is_away_is_told_and_comes_back(door: DoorProcess) -> None:
    """The page itself and the service's own state are there all the while."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    urls = [f"http://user:canary@127.0.0.1:{port}", door.url]

    def connect_now() -> Client:
        return connect(urls[0], "default", LONGEST_S)

    with served(connect_now) as address:
        visitor = Visitor(address)
        away = visitor.get("/api/tickets")
        alive = [visitor.get(path).status for path in ("/", "/ticket", "/api/live")]
        urls.pop(0)
        back = visitor.get("/api/tickets?beginning=later")

    assert (away.status, away.json()["problem"]) == (503, "unavailable")
    assert "CLICKHOUSE_URL" in away.json()["detail"]
    assert "canary" not in away.text
    assert alive == [200, 200, 200]
    assert back.json()["problem"] == "misconfigured"


def test_without_an_address_the_setting_is_named(bare: Visitor) -> None:
    """A categorizer need not know a ClickHouse."""
    reply = bare.get("/api/overview")

    assert (reply.status, reply.json()["problem"]) == (503, "misconfigured")
    assert "CLICKHOUSE_URL" in reply.json()["detail"]


def test_open_alerts_are_shown(door: DoorProcess) -> None:
    """Only those that have not ended, with what was measured and a sentence."""
    began_ms = time.time_ns() // 1_000_000
    with connect(door.url, "alarmed") as client:
        migrate(client)
        over = [alert(began_ms - 9000), alert(began_ms - 9000, began_ms, 1)]
        RowWriter(client).write([*over, alert(began_ms, None, 2, kind="p95", value=9.5)])
        with served(partial(connect, door.url, "alarmed")) as address:
            alerts = Visitor(address).get("/api/overview").json()["alerts"]
        client.outside("DROP DATABASE alarmed")

    assert [(row["kind"], row["value"], row["threshold"]) for row in alerts] == [("p95", 9.5, 5.0)]
    assert "not asked" in alerts[0]["detail"]
