"""What the model cost: by day, by model, and by category."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import floor, fsum
from typing import TYPE_CHECKING, Any, Final

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.question import Question
from analytics.reports.report import Report, Table

if TYPE_CHECKING:
    from analytics.reports.report import Cell

NO_TICKET: Final = "(no ticket)"
NO_MODEL: Final = "(no model)"
# Costs are shared out in billionths of the currency.
UNIT: Final = 1e9

_COUNTS: Final = ("calls", "retries", "input_tokens", "cached_tokens", "output_tokens")
_MONEY: Final = ("input_tokens", "cached_share", "output_tokens", "cost", "cost_per_1000_tickets")
_NOTES: Final = (
    "The tickets that a call answered share its tokens and its cost alike, also those of equal texts in one call.",
    "The largest remainders are rounded up, so that rows add up to the whole. Cached answers cost nothing.",
    f"{NO_TICKET}: calls that failed, or came too late for their tickets. Days are those of the calls, in UTC.",
    "cached_share: of the input tokens, by the provider. cost_per_1000_tickets: of all tickets, however answered.",
)
_NO_PRICES: Final = (
    "The model tells tokens and no cost: give its server prices (of `ticketstream llm serve`: LLM_PRICE_INPUT,"
    " LLM_PRICE_OUTPUT)."
)


@dataclass(frozen=True, slots=True)
class Spent:
    """Calls that have something in common, and the tickets.

    Attributes:
        name: the day, model or category.
        tickets: input records that were answered, in whatever way.
        asked: those of them that a call answered.
        cost: in the currency of the model's prices.
        calls: of the model.
        retries: their tries after the first ones.
        input_tokens: all of the prompts.
        cached_tokens: those of them from the provider's cache.
        output_tokens: of the answers.
    """

    name: str
    tickets: int
    asked: int
    cost: float
    calls: int
    retries: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int

    @property
    def cached_share(self) -> float | None:
        """Of the input tokens; None without any."""
        return self.cached_tokens / self.input_tokens if self.input_tokens else None

    @property
    def cost_per_1000_tickets(self) -> float | None:
        """Over all tickets; None without any."""
        return self.cost * 1000 / self.tickets if self.tickets else None


@dataclass(frozen=True, slots=True)
class Cost:
    """The report's figures.

    Attributes:
        question: what was asked; only its moment and its labels matter.
        untold: calls that told nothing of their cost.
        all: everything together.
        days: in their order.
        models: the dearest first; last the calls that answered no ticket.
        categories: the same.
    """

    question: Question
    untold: int
    all: Spent
    days: tuple[Spent, ...]
    models: tuple[Spent, ...]
    categories: tuple[Spent, ...]

    def report(self) -> Report:
        """Lay the figures out for showing; empty when no call told what it cost."""
        known = self.all.calls > self.untold
        facts: dict[str, Cell] = {"since": self.question.facts()["since"]}
        counted = ("tickets", "calls", "retries")
        facts |= {name: getattr(self.all, name) for name in (*counted, *_MONEY)} | {"calls_without_usage": self.untold}
        tables = tuple(
            _table(name, key, columns, groups if known else ())
            for name, key, columns, groups in (
                ("days", "day", (*counted, *_MONEY), self.days),
                ("models", "model", (*counted, *_MONEY), self.models),
                ("categories", "category", ("tickets", "asked", *_MONEY), self.categories),
            )
        )
        return Report("cost", facts, tables, self._notes())

    def _notes(self) -> tuple[str, ...]:
        untold = f"{self.untold:,} of {self.all.calls:,} calls told nothing of their cost; it is missing here."
        unpriced = self.all.input_tokens > 0 and not self.all.cost
        return (*([untold] if self.untold else []), *([_NO_PRICES] if unpriced else []), *_NOTES)


def cost(client: Client, question: Question) -> Cost:
    """Add up what the model's calls since a moment told of their cost, and share it among the tickets.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    asked = question.parameters()
    with ThreadPoolExecutor() as threads:
        of_tickets = threads.submit(client.rows, read("cost_tickets"), asked)
        of_days = threads.submit(client.rows, read("cost_days"), asked)
        told = any(row["calls"] > row["untold"] for row in of_days.result())
        shares = client.rows(read("cost_shares"), asked) if told else []
    tickets: dict[str, dict[str, int]] = defaultdict(dict)
    for row in of_tickets.result():
        tickets[row["trait"]][row["value"] or NO_MODEL] = row["tickets"]
    by_day = {row["day"]: row for row in of_days.result()}
    days = tuple(
        _day(day, by_day.get(day, {}), tickets["day"]) for day in sorted(tickets["day"].keys() | by_day.keys())
    )
    for row in shares:
        row["model"] = row["model"] or NO_MODEL
    return Cost(
        question,
        sum(row["untold"] for row in by_day.values()),
        _together(days),
        days,
        shared_out(shares, "model", tickets["model"]),
        shared_out(shares, "category", tickets["category"]),
    )


def shared_out(shares: Iterable[Mapping[str, Any]], trait: str, tickets: Mapping[str, int]) -> tuple[Spent, ...]:
    """Group fractions of calls by a trait of their tickets, in whole numbers that add up to the whole.

    Args:
        shares: with `asked`, the trait and the sums; `asked` is 0 where no ticket was answered.
        trait: `model` or `category`.
        tickets: how many were answered, by the trait.
    """
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for share in shares:
        groups[share[trait] if share["asked"] else NO_TICKET].append(share)
    names = sorted({*groups, *tickets})

    def whole(column: str, unit: float = 1.0) -> list[int]:
        return whole_numbers([unit * fsum(share[column] for share in groups[name]) for name in names])

    counts = zip(*(whole(column) for column in _COUNTS), strict=True)
    found = [
        Spent(name, tickets.get(name, 0), sum(share["asked"] for share in groups[name]), nano / UNIT, *counted)
        for name, nano, counted in zip(names, whole("cost", UNIT), counts, strict=True)
    ]
    return tuple(sorted(found, key=lambda spent: (spent.name == NO_TICKET, -spent.cost, -spent.tickets, spent.name)))


def whole_numbers(parts: Sequence[float]) -> list[int]:
    """Round numbers so that they add up to their rounded sum: by the largest remainders (A. Hamilton, 1792)."""
    rounded = [floor(part) for part in parts]
    left = round(fsum(parts)) - sum(rounded)
    by_remainder = sorted(range(len(parts)), key=lambda place: (rounded[place] - parts[place], place))
    for place in by_remainder[:left]:
        rounded[place] += 1
    return rounded


def _day(day: str, row: Mapping[str, Any], tickets: Mapping[str, int]) -> Spent:
    return Spent(day, tickets.get(day, 0), 0, float(row.get("cost", 0)), *(row.get(column, 0) for column in _COUNTS))


def _together(days: Sequence[Spent]) -> Spent:
    tickets, *counted = (sum(getattr(day, name) for day in days) for name in ("tickets", *_COUNTS))
    return Spent("", tickets, 0, fsum(day.cost for day in days), *counted)


def _table(name: str, key: str, columns: tuple[str, ...], groups: Iterable[Spent]) -> Table:
    rows = tuple((group.name, *(getattr(group, column) for column in columns)) for group in groups)
    return Table(name, (key, *columns), rows)
