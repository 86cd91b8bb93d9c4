"""Shows how the system learns from people."""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from sandbox.data_folder import make
from sandbox.learning_data import learning_data, write_seed
from sandbox.models import FolderModel
from sandbox.parts import Interrupted
from sandbox.system import Sandbox, watch
from terminal.output import people_read, say, say_json, tell
from ticketstream.bars import bars_of
from ticketstream.choices import Format
from ticketstream.demo_tour import QUICK, VOICE
from ticketstream.learning_demo import AUDIT_SHARE, run
from ticketstream.learning_figures import Learned, as_json
from ticketstream.learning_models import make_first
from ticketstream.next_steps import enter, program, shown
from ticketstream.stopping import Stopping, unwind_on_signals

# Enough judgements for the gate twice over, and a few seconds of work.
TICKETS: Final = 3000


def show_learning_demo(rate: float, data: Path, tickets: int | None, output: Format, *, ends: bool) -> None:
    """Run it, tell each step, and on a terminal go on until Ctrl-C.

    Args:
        rate: tickets a second at the beginning; 0 is as fast as possible.
        data: the folder for models and logs.
        tickets: how many come in before a model learns; None for `TICKETS`.
        output: how the figures are written; as a table they are told step by step.
        ends: whether it ends after the figures, also on a terminal.

    Raises:
        PartDied: a part ended by itself.
    """
    unwind_on_signals()
    chosen = learning_data(tickets or TICKETS)
    folder = (data / "learning").resolve()
    models, seed = folder / "models", folder / "seed.jsonl"
    make(folder)
    # What commands read there, and nothing of the folder in which it was started.
    os.chdir(folder)

    def prepare() -> None:
        write_seed(chosen.seed, seed)
        make_first(models, seed)

    stop = threading.Event()
    stays = output is Format.TABLE and people_read() and not ends
    settings = {"AUDIT_SHARE": str(AUDIT_SHARE), "MODELS_FOLDER": str(models), "LEARN_SEED": str(seed)}
    with Sandbox(
        folder,
        models=FolderModel(models, prepare),
        fresh=True,
        extra={**QUICK, **settings},
        voice=VOICE,
        stopped=stop.is_set,
    ) as system:
        found = run(system, models, chosen, rate, bars_of, _say if output is Format.TABLE else _tell)
        if output is Format.JSON:
            say_json(as_json(found))
        else:
            _say([f"It took {found.took_s:.0f} s, beside the start of the parts. The page: {_page(system)}"])
        if stays:
            _stay(system, found, stop)
    if stays:
        tell("demo: all parts are stopped. Next, with tickets of your own: ticketstream init FOLDER --from export.csv")


def _say(lines: Iterable[str]) -> None:
    say("\n".join(lines))


def _tell(lines: Iterable[str]) -> None:
    tell("\n".join(lines))


def _page(system: Sandbox) -> str:
    return f"{system.addresses.http}/models"


def _stay(system: Sandbox, found: Learned, stop: threading.Event) -> None:
    """Say what to try, and keep the system up until Ctrl-C or SIGTERM, which end it well."""
    Stopping(stop)
    tell("\n".join(_to_try(system, found)))
    with suppress(Interrupted):
        watch(system, stop.is_set)


def _to_try(system: Sandbox, found: Learned) -> Iterator[str]:
    ours = program(system.data)
    yield from shown(
        ("To try more, open another terminal. It finds this demo from its folder:", [enter(system.data)]),
        (
            "What became of the models, and of what the new one was made:",
            [
                f"{ours} models list",
                f"{ours} models show {found.round.version}",
            ],
        ),
        ("Go back to the model before, and watch the page meanwhile:", [f"{ours} models rollback"]),
        ("What people decided for single texts:", [f"{ours} overrides list"]),
    )
    yield ""
    yield "Ctrl-C stops it all."
