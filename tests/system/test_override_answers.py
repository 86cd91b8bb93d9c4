"""What people correct answers the next equal text: soon, in every worker, whatever dies, and each ticket once."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import Literal

import pytest

from consumer.answer.override_record import Override, encode
from schemas.events import TicketCategorized
from tests.support.corrections import PROMISED_S, Told, fingerprint, p99, subject
from tests.support.model_behaviour import slow
from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.service import fetched
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import EAGER, PARTITIONS, Shared, World, a_ticket
from tests.system.conftest import Worlds
from tests.system.proxy import proxy_before
from tests.system.test_crash_points import STEPS, death_at, through
from tests.system.worker import worker

pytestmark = [pytest.mark.delivery, pytest.mark.long]

# So many texts are corrected, so many at once.
TEXTS, AT_ONCE = 200, 25


def an_override(
    world: World, text: str, category: str = "transfers", *, people: Literal[1, 2] = 1, active: bool = True, name: str
) -> Override:
    return Override(
        scope=world.settings.kafka_group_id,
        fingerprint=fingerprint(world, text),
        category=category,
        subcategory=None,
        people=people,
        state="active" if active else "retired",
        reason=None if active else "contradicted",
        correction_id=name,
        corrected_at=time.time_ns() // 1_000_000,
    )


def override(world: World, *overrides: Override) -> None:
    world.put_to(world.topics.overrides, [Put(encode(each), each.key) for each in overrides])


def test_a_correction_answers_the_next_equal_text_within_seconds(
    worlds: Worlds, model: ModelServer, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """By t + 5 s in three workers, p99 of 200; after kill -9 of everything they know it before their first answer."""
    world = worlds(ML_API_URL=model.url, CACHE_MAX_SIZE="10000", **EAGER)
    everything = ("--workers", "3")
    took_s: list[float] = []

    def measure(told: Told, texts: range) -> None:
        for first in texts[::AT_ONCE]:
            told.correct(range(first, first + AT_ONCE))
            took_s.extend(told.until_corrected(range(first, first + AT_ONCE)))

    with world.reader(world.topics.categorized) as reader:
        told = Told(world, reader)
        with world.service(*everything) as service:
            # Until everybody is there.
            told.correct([TEXTS])
            told.until_corrected([TEXTS])
            measure(told, range(TEXTS // 2))
            told.correct([TEXTS + 1])
            service.kill()
        with world.service(*everything):
            again = told.probe(range(TEXTS // 2))
            told.until_corrected([TEXTS + 1])
            measure(told, range(TEXTS // 2, TEXTS))
    in_topic_s = told.in_topic_s()
    record_testsuite_property("in_topic_p50_s", sorted(in_topic_s)[len(in_topic_s) // 2])
    record_testsuite_property("took_p50_s", sorted(took_s)[len(took_s) // 2])
    record_testsuite_property("took_p99_s", p99(took_s))

    assert len(took_s) == TEXTS * PARTITIONS
    assert {each["method"] for each in again} == {"OVERRIDE"}
    assert p99(took_s) < PROMISED_S
    assert wrongs(world) == []


@pytest.fixture(scope="module")
def ruled(worlds: Worlds) -> Iterator[World]:
    """A worker without a model, whose overrides are written to the topic directly."""
    world = worlds(ML_API_URL="", AUDIT_SHARE="1", EVENT_FORMAT="json")
    override(world, an_override(world, "Before the start", name="before", people=2))
    with world.service("--role", "categorizer") as service:
        world.http = service.address()
        yield world


def answer_to(world: World, ticket_id: str, text: str) -> TicketCategorized:
    world.publish([a_ticket(ticket_id, text)])
    [found] = [each for each in world.answers_to({ticket_id}) if each["ticket_id"] == ticket_id]
    return found


def test_what_stood_before_the_start_answers_the_first_ticket(ruled: World) -> None:
    """Two people: the answer is automatic, names the correction and no model, and is drawn for the audit."""
    found = answer_to(ruled, "first", "before the START")

    assert (found["method"], found["decision"], found["confidence"]) == ("OVERRIDE", "AUTO", 0.97)
    assert (found["category"], found["model"], found["alternatives"]) == ("transfers", None, [])
    assert found["explanation"] == ["override:before", "override.people:2"]
    assert (found["model_outcome"], found["provisional"], found["audit_probability"]) == ("not_asked", False, 1.0)
    assert "first" in {each["ticket_id"] for each in ruled.decoded(ruled.committed(ruled.topics.audit))}


def test_an_override_is_followed_until_it_is_retired(ruled: World) -> None:
    """One person: SUGGEST at most. What takes its place, or retires it, counts as soon as it is read."""
    numbers = count()

    def comes(method: str, category: str | None = None) -> TicketCategorized:
        found: list[TicketCategorized] = []

        def is_there() -> bool:
            found.append(answer_to(ruled, f"meanwhile-{next(numbers)}", "Meanwhile"))
            return found[-1]["method"] == method and category in {None, found[-1]["category"]}

        until(is_there)
        return found[-1]

    before = comes("RULES")
    override(ruled, an_override(ruled, "Meanwhile", name="one"))
    one = comes("OVERRIDE")
    override(ruled, an_override(ruled, "Meanwhile", "cards", name="two", people=2))
    two = comes("OVERRIDE", "cards")
    override(ruled, an_override(ruled, "Meanwhile", name="two", active=False))
    after = comes("RULES")

    assert (one["decision"], one["explanation"]) == ("SUGGEST", ["override:one", "override.people:1"])
    assert (two["decision"], two["explanation"]) == ("AUTO", ["override:two", "override.people:2"])
    assert before["category"] == after["category"]


def test_a_record_that_cannot_be_read_stops_nothing_and_takes_away_what_stood(ruled: World) -> None:
    """Of a newer version, or no override at all: nobody can know whether what stood before still does."""
    known = an_override(ruled, "Unreadable", name="known")
    override(ruled, known)
    until(lambda: answer_to(ruled, f"unreadable-{time.time_ns()}", "Unreadable")["method"] == "OVERRIDE")
    newer = {**json.loads(encode(known)), "v": 2}
    ruled.put_to(ruled.topics.overrides, [Put(json.dumps(newer).encode(), known.key), Put(b"\x00", b"|")])
    until(lambda: answer_to(ruled, f"unreadable-{time.time_ns()}", "Unreadable")["method"] == "RULES")


def test_the_metrics_say_how_many_stand(ruled: World) -> None:
    """Texts with an override, and answers by method."""
    answer_to(ruled, "measured", "Before the start")

    def found() -> bool:
        _, page = fetched(f"{ruled.http}/metrics")
        return 'ticketstream_answers_total{method="OVERRIDE"' in page and "\nticketstream_overrides 0.0" not in page

    until(found)


def test_with_overrides_off_nobody_asks_for_them(worlds: Worlds) -> None:
    """The topic may even be missing, and is not made; what stands in it answers nothing."""
    world = worlds(ML_API_URL="", OVERRIDES="off", TOPIC_OVERRIDES="never-made")
    on = worlds(ML_API_URL="", OVERRIDES="off")
    override(on, an_override(on, "Switched off", name="off"))
    with world.service("--role", "categorizer"), on.service("--role", "categorizer"):
        methods = [answer_to(each, "switched-off", "Switched off")["method"] for each in (world, on)]
    log = "".join(path.read_text(encoding="utf-8") for path in world.folder.glob("service-*.log"))

    assert methods == ["RULES", "RULES"]
    assert "overrides" not in log


def test_other_groups_and_other_taxonomies_share_nothing(worlds: Worlds) -> None:
    """Their overrides stand in the same topic, under another scope."""
    world = worlds(ML_API_URL="")
    other = an_override(world, "Not ours", name="other")
    world.put_to(world.topics.overrides, [Put(encode(other).replace(b"w", b"x"), other.key.replace(b"w", b"x", 1))])
    with world.service("--role", "categorizer"):
        assert answer_to(world, "theirs", "Not ours")["method"] == "RULES"


def test_deaths_while_people_correct_change_nothing(worlds: Worlds, shared: Shared, model: ModelServer) -> None:
    """Killed at any request of its transactions, while overrides come and go: each ticket is answered once.

    Its answer is the model's, or names a correction that there was.
    """
    model.script = slow(0.02)
    names = []
    with proxy_before(shared.kafka) as proxy:
        world = worlds(ML_API_URL=model.url, AUDIT_SHARE="0.5", **through(proxy))
        for number, step in enumerate(STEPS):
            burst = [a_ticket(f"burst-{number}-{place}", subject(place % 8)) for place in range(40)]
            names.append(f"correction-{number}")
            with death_at(world, proxy, "categorizer", step):
                world.publish(burst[:20])
                override(
                    world,
                    *(an_override(world, subject(text), name=names[-1], active=text % 3 > 0) for text in range(4)),
                )
                world.publish(burst[20:])
            with worker(world, "categorizer"):
                world.answers_to((ticket["ticket_id"] for ticket in burst), timeout_s=60)
    answers = world.answers()
    by_method = Counter(answer["method"] for answer in answers)
    named = {each["explanation"][0] for each in answers if each["method"] == "OVERRIDE"}

    assert wrongs(world) == []
    assert len(answers) == 40 * len(STEPS)
    assert by_method.keys() <= {"MODEL", "CACHE", "OVERRIDE"}
    assert named <= {f"override:{name}" for name in names}
    assert by_method["OVERRIDE"] > 0
