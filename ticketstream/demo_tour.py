"""What the demo shows on a terminal when its figures are there: the page, three tickets, and what to try."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from sandbox.demo_examples import Example, examples
from sandbox.labelled import Labelled
from sandbox.model_keeper import ModelKeeper, ModelOf
from sandbox.models import MODEL
from sandbox.parts import Interrupted
from sandbox.system import Sandbox, Voice
from schemas.events import TicketCategorized
from terminal.output import tell
from terminal.safe_text import printable
from ticketstream.label_names import reader_language
from ticketstream.next_steps import enter, page_lines, program, shown, ticket_command
from ticketstream.stopping import Stopping

# Long enough to publish a ticket and look at its answer meanwhile.
MODEL_AWAY_S: Final = 40.0
# So that people see within seconds what production allows minutes for. The shipped taxonomy is that of the tickets.
QUICK: Final = MappingProxyType(
    {"CIRCUIT_BREAKER_TIMEOUT": "2", "RETRY_INITIAL_DELAY": "0.2", "RETRY_MAX_DELAY": "2", "TAXONOMY_FILE": ""}
)
VOICE: Final = Voice(lambda part: tell(f"demo: {part} …", "dim"), lambda sentence: tell(f"demo: {sentence}"))
_LOOK_EVERY_S: Final = 0.2
_METHODS: Final = MappingProxyType(
    {"MODEL": "by the model", "CACHE": "from the cache", "RULES": "by keyword rules", "OVERRIDE": "by a correction"}
)


def give_tour(
    system: Sandbox, tickets: Sequence[Labelled], answers: Mapping[str, TicketCategorized], stop: threading.Event
) -> None:
    """Print it, and keep the system up until Ctrl-C or SIGTERM, which end it well.

    Args:
        system: runs, in the working directory.
        tickets: those of the demo.
        answers: to them, by ticket_id.
        stop: set by Ctrl-C and SIGTERM from now on.

    Raises:
        PartDied: a part ended by itself; the model is started again instead.
    """
    Stopping(stop)
    taxonomy = load_taxonomy()
    language = reader_language(None)
    tell("\n".join((*_answered(examples(tickets, answers), taxonomy, language), *_to_try(system))))
    keeper = ModelKeeper(ModelOf(system), MODEL_AWAY_S, lambda: _tell_of_death(system), lambda: _tell_of_return(system))
    try:
        while not stop.wait(_LOOK_EVERY_S):
            system.check(but=(MODEL,))
            keeper.look(time.monotonic())
    except Interrupted:
        # Ctrl-C came while the model was starting again.
        pass


def _answered(chosen: Iterable[Example], taxonomy: Taxonomy, language: str) -> Iterator[str]:
    yield ""
    yield "Three of the tickets, and their answers:"
    for ticket, answer, right in chosen:
        text = ". ".join(filter(None, (ticket.subject, ticket.description)))
        method = _METHODS.get(answer["method"], answer["method"])
        given = _named(taxonomy, answer["category"], answer["subcategory"], language)
        yield f"  “{printable(text)}”"
        yield f"    {given}, confidence {answer['confidence']:.2f}, {method}"
        if not right:
            yield f"    corrected by a person: {_named(taxonomy, ticket.category, ticket.subcategory, language)}"


def _named(taxonomy: Taxonomy, category: str, subcategory: str | None, language: str) -> str:
    return " ▸ ".join(filter(None, taxonomy.names(category, subcategory, language)))


def _to_try(system: Sandbox) -> Iterator[str]:
    ours = program(system.data)
    yield ""
    yield from page_lines(system.addresses.http, system.environment())
    yield from shown(
        ("To try more, open another terminal. It finds this demo from its folder:", [enter(system.data)]),
        (
            "Publish a ticket of your own, with any text (each with an id of its own), and see its answer:",
            [
                ticket_command(ours, "MINE-1", "Lost card", "I left my card in a taxi, what should I do?"),
                f"{ours} explain MINE-1",
            ],
        ),
        ("Say what would have been right:", [f"{ours} correct MINE-1 security lost_or_stolen_card"]),
        (
            f"Kill the model, and publish while it is away ({MODEL_AWAY_S:.0f} s; then the demo starts it again):",
            [
                _kill(system),
                ticket_command(ours, "MINE-2", "Cash machine", "The cash machine kept my money back, please help"),
                f"{ours} explain MINE-2",
            ],
        ),
    )
    yield "  The answer is provisional. When the model is back, the same `explain` shows a second one, the model's."
    yield ""
    yield "Ctrl-C stops it all."


def _kill(system: Sandbox) -> str:
    return f"kill {system.parts[MODEL].pid}"


def _tell_of_death(system: Sandbox) -> None:
    # What is left of it, where only the process that looks after it was killed.
    system.parts[MODEL].stop()
    tell(f"demo: the model is gone; answers are provisional. It starts again in {MODEL_AWAY_S:.0f} s.")


def _tell_of_return(system: Sandbox) -> None:
    tell(f"demo: the model is back, and is asked about the provisional answers again. Kill it anew: {_kill(system)}")
