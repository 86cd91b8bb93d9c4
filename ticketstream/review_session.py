"""One person's review at a terminal: tickets one by one, judged by keys."""

import shutil
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

from analytics.reports.review_tickets import Judgement, ReviewTicket
from consumer.answer.taxonomy import Taxonomy
from terminal.keys import BACKSPACE, END, ENTER, ESCAPE
from terminal.output import clear, say
from terminal.safe_text import printable
from ticketstream.label_choices import Pair, all_labels, by_key, lines, path, search
from ticketstream.label_names import Names
from ticketstream.pending_judgements import UNDO_S, Made, Pending
from ticketstream.review_shown import ticket_text

_KEYS: Final = "Enter right   c wrong   s skip   u undo   m whole text   ? help   q quit"
_HELP: Final = f"""Enter or y   the answer is right, category and subcategory
c            it is wrong: then a digit for what the model would have said instead, or a letter for a label of the list;
             / searches by typing, Esc goes back
s            leave the ticket to somebody else, or to another day
u            take the last judgement back, within {UNDO_S:g} s; then it is published
m            the whole text
q            publish what was judged, and end"""
# Lines around the text: the head, the answer with its reasons and alternatives, the keys.
_AROUND: Final = 14
_LEAST_ROWS: Final = 5


class Keys(Protocol):
    """What a session needs of `terminal.keys.Keyboard`."""

    def key(self, timeout_s: float | None) -> str | None: ...


class View(NamedTuple):
    """How a session shows what it asks about.

    Attributes:
        taxonomy: the labels that can be chosen.
        names: of the labels.
        link: TICKET_URL; may be empty.
        by: who judges, as it is published.
    """

    taxonomy: Taxonomy
    names: Names
    link: str
    by: str | None


@dataclass
class Tally:
    """What became of the tickets.

    Attributes:
        confirmed: answers that were right.
        corrected: those that were wrong.
        skipped: tickets that were left.
    """

    confirmed: int = 0
    corrected: int = 0
    skipped: int = 0

    @property
    def seen(self) -> int:
        return self.confirmed + self.corrected + self.skipped

    def count(self, judgement: Judgement, by: int) -> None:
        """Count a judgement, or with -1 take it out again."""
        ticket = judgement.ticket
        if (judgement.category, judgement.subcategory or ticket.subcategory) == (ticket.category, ticket.subcategory):
            self.confirmed += by
        else:
            self.corrected += by


class _Ended(Exception):
    """The person goes."""


@dataclass
class Session:
    """Asks until the person goes, nothing is left, or the limit is reached.

    Args:
        keys: of the person.
        fetch: more tickets, without those whose event_ids are given.
        publish: sends judgements.
        view: how it is shown.
        limit: the most tickets to ask about; None is no limit.
    """

    keys: Keys
    fetch: Callable[[Collection[str]], Sequence[ReviewTicket]]
    publish: Callable[[Iterable[Made]], None]
    view: View
    limit: int | None = None
    tally: Tally = field(default_factory=Tally)
    _queue: deque[ReviewTicket] = field(default_factory=deque)
    _shown: set[str] = field(default_factory=set)
    _pending: Pending = field(default_factory=Pending)
    _note: str = ""

    @property
    def asked(self) -> int:
        """How many tickets were shown."""
        return len(self._shown)

    def run(self) -> None:
        """Ask. However it ends, what was judged is published."""
        try:
            while (ticket := self._next()) is not None or self._taken_back_at_the_end():
                if ticket is not None:
                    self._ask(ticket)
        except _Ended:
            pass
        finally:
            self.publish(self._pending.all())

    def _next(self) -> ReviewTicket | None:
        if self.limit is not None and self.tally.seen >= self.limit:
            return None
        if not self._queue:
            self._queue.extend(self.fetch(self._shown))
        if not self._queue:
            return None
        ticket = self._queue.popleft()
        self._shown.add(ticket.event_id)
        return ticket

    def _taken_back_at_the_end(self) -> bool:
        """Whether the last judgement was taken back in the time that is left for it."""
        if self._pending.next_s(time.monotonic()) is None:
            return False
        clear()
        say("That was the last ticket. u takes the judgement back, any other key ends.")
        while self._pending.next_s(time.monotonic()) is not None:
            if (key := self._waited()) is not None:
                return key == "u" and self._undo()
        return False

    def _ask(self, ticket: ReviewTicket) -> None:
        whole = False
        while True:
            self._show(ticket, whole=whole)
            match self._key():
                case "enter" | "y":
                    self._judge(ticket, (ticket.category, ticket.subcategory))
                    return
                case "c":
                    if (chosen := self._choose(ticket)) is not None:
                        self._judge(ticket, chosen)
                        return
                case "s":
                    self.tally.skipped += 1
                    self._note = f"skipped {printable(ticket.ticket_id)}"
                    return
                case "u":
                    if self._undo():
                        self._queue.insert(1, ticket)
                        return
                case "m":
                    whole = not whole
                case "q":
                    raise _Ended
                case _:
                    self._note = _HELP

    def _judge(self, ticket: ReviewTicket, label: Pair) -> None:
        judgement = Judgement(ticket, *label, ticket.origin, self.view.by)
        self._pending.add(judgement, datetime.now(UTC), time.monotonic())
        self.tally.count(judgement, 1)
        self._note = f"{printable(ticket.ticket_id)}: {printable(path(label))}. u takes it back for {UNDO_S:g} s."

    def _undo(self) -> bool:
        judgement = self._pending.undo(time.monotonic())
        if judgement is None:
            self._note = (
                f"Nothing to take back: a judgement is published after {UNDO_S:g} s. Judge the ticket again with"
                " `ticketstream correct`; the last judgement counts."
            )
            return False
        self.tally.count(judgement, -1)
        self._queue.appendleft(judgement.ticket)
        self._note = "taken back"
        return True

    def _choose(self, ticket: ReviewTicket) -> Pair | None:
        """The right label; None when the person went back."""
        keys = by_key(self.view.taxonomy, [(category, within) for category, within, _ in ticket.alternatives])
        if not any(key.isalpha() for key in keys):
            return self._search()
        clear()
        say("\n".join(["What is right?", *lines(keys, self.view.names), "", "/ search   Esc back"]))
        while True:
            key = self._key()
            if key in keys:
                return keys[key]
            if key == "/":
                return self._search()
            if key in {ESCAPE, BACKSPACE}:
                return None

    def _search(self) -> Pair | None:
        labels = all_labels(self.view.taxonomy)
        typed = ""
        while True:
            found = search(labels, self.view.names, typed)
            clear()
            say(
                "\n".join(
                    [f"Search: {typed}_", *lines(found, self.view.names), "", "1-9 choose   Enter the first   Esc back"]
                )
            )
            key = self._key()
            if key in found:
                return found[key]
            if key == ENTER and found:
                return found["1"]
            if key == ESCAPE:
                return None
            if key == BACKSPACE:
                typed = typed[:-1]
            elif len(key) == 1:
                typed += key

    def _show(self, ticket: ReviewTicket, *, whole: bool) -> None:
        width, height = shutil.get_terminal_size()
        rows = None if whole else max(_LEAST_ROWS, height - _AROUND)
        clear()
        shown = ticket_text(ticket, self.view.names, datetime.now(UTC), link=self.view.link, width=width, rows=rows)
        note, self._note = self._note, ""
        say("\n\n".join(filter(None, (shown, note, _KEYS))))

    def _key(self) -> str:
        while (key := self._waited()) is None:
            pass
        return key

    def _waited(self) -> str | None:
        """A key; None when a judgement was published first."""
        key = self.keys.key(self._pending.next_s(time.monotonic()))
        self.publish(self._pending.due(time.monotonic()))
        if key == END:
            raise _Ended
        return key
