"""Whether the same text is answered rightly once a person has corrected it, and how soon."""

import time
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Final, NamedTuple

from sandbox.crowd import Crowd
from sandbox.labelled import Labelled
from sandbox.people import PEOPLE, is_right, person_of
from schemas.events import TicketCategorized

_EVERY_S: Final = 0.25
# Far longer than a correction may take; what is not right by then is told.
LONGEST_S: Final = 30.0
# So many texts are judged by a second person.
SECONDED: Final = 5


class RightAgain(NamedTuple):
    """What came of it.

    Attributes:
        asked: different texts.
        wrong: of them, those that were answered wrongly, and corrected.
        right: of these, those that an override answered rightly when the same text came again.
        median_s: half of them were sent again no later than this after the correction.
        slowest_s: the longest of these times.
        suggested: of the right ones, those that wait for a person to agree, because one person alone said so.
        seconded: those with which a second person agreed.
        automatic: of these, those that are answered without a person from then on.
    """

    asked: int
    wrong: int
    right: int
    median_s: float | None
    slowest_s: float | None
    suggested: int
    seconded: int
    automatic: int


def right_again(crowd: Crowd, tickets: Sequence[Labelled]) -> RightAgain:
    """Send texts that nobody has sent; send those that were corrected again and again, until they are right.

    Raises:
        DemoFailed: there was no progress for a minute.
        PartDied: a part of the sandbox ended.
    """
    crowd.publish(tickets, judged=True)
    crowd.wait_for([ticket.ticket_id for ticket in tickets])
    read = crowd.read
    wrong = [ticket for ticket in tickets if not is_right(read[ticket.ticket_id].answer, ticket)]
    said_s = crowd.verdicts
    found = _until_right(crowd, wrong)
    took_s = sorted(sent_s - said_s[ticket_id] for ticket_id, (sent_s, _) in found.items())
    suggested = sum(answer["decision"] == "SUGGEST" for _, answer in found.values())
    seconded = [ticket for ticket in wrong if ticket.ticket_id in found][:SECONDED]
    return RightAgain(
        asked=len(tickets),
        wrong=len(wrong),
        right=len(found),
        median_s=median(took_s) if took_s else None,
        slowest_s=max(took_s, default=None),
        suggested=suggested,
        seconded=len(seconded),
        automatic=_agreed(crowd, seconded, {name: answer for name, (_, answer) in found.items()}),
    )


def _until_right(crowd: Crowd, wrong: Sequence[Labelled]) -> dict[str, tuple[float, TicketCategorized]]:
    """When the first copy was sent that an override answered rightly, and its answer, by the id of the ticket."""
    sent: dict[str, tuple[Labelled, float]] = {}
    found: dict[str, tuple[float, TicketCategorized]] = {}
    began_s = time.monotonic()
    for number in range(int(LONGEST_S / _EVERY_S)):
        pending = [ticket for ticket in wrong if ticket.ticket_id not in found]
        if not pending:
            break
        copies = list(_copies(pending, f"again-{number}"))
        sent |= {copy.ticket_id: (ticket, time.monotonic()) for copy, ticket in zip(copies, pending, strict=True)}
        crowd.publish(copies, judged=False)
        time.sleep(max(0.0, began_s + (number + 1) * _EVERY_S - time.monotonic()))
        crowd.check()
        found = _first_right(crowd, sent)
    # A copy that was sent earlier may be answered later.
    crowd.wait_for(list(sent))
    return _first_right(crowd, sent)


def _first_right(
    crowd: Crowd, sent: Mapping[str, tuple[Labelled, float]]
) -> dict[str, tuple[float, TicketCategorized]]:
    read = crowd.read
    found: dict[str, tuple[float, TicketCategorized]] = {}
    for copy_id, (ticket, at_s) in sent.items():
        if copy_id in read and ticket.ticket_id not in found:
            answer = read[copy_id].answer
            if answer["method"] == "OVERRIDE" and is_right(answer, ticket):
                found[ticket.ticket_id] = at_s, answer
    return found


def _agreed(crowd: Crowd, tickets: Sequence[Labelled], answers: Mapping[str, TicketCategorized]) -> int:
    """Let a second person agree; how many of the texts are then answered automatically."""
    for ticket in tickets:
        second = next(name for name in PEOPLE if name != person_of(ticket.ticket_id))
        copy_id = answers[ticket.ticket_id]["ticket_id"]
        crowd.say(answers[ticket.ticket_id], ticket._replace(ticket_id=copy_id), second)
    crowd.finish()
    automatic: set[str] = set()
    give_up_s = time.monotonic() + LONGEST_S
    number = 0
    while len(automatic) < len(tickets) and time.monotonic() < give_up_s:
        pending = [ticket for ticket in tickets if ticket.ticket_id not in automatic]
        copies = list(_copies(pending, f"agreed-{number}"))
        crowd.publish(copies, judged=False)
        crowd.wait_for([copy.ticket_id for copy in copies])
        read = crowd.read
        automatic |= {
            ticket.ticket_id
            for copy, ticket in zip(copies, pending, strict=True)
            if read[copy.ticket_id].answer["decision"] == "AUTO" and is_right(read[copy.ticket_id].answer, ticket)
        }
        number += 1
        time.sleep(_EVERY_S)
    return len(automatic)


def _copies(tickets: Iterable[Labelled], name: str) -> Iterable[Labelled]:
    """The same texts as tickets of their own."""
    for ticket in tickets:
        yield ticket._replace(ticket_id=f"{ticket.ticket_id}-{name}")
