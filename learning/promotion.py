"""From a challenger to the champion, or not: the trial, the gate, and what the folder remembers of both."""

from collections.abc import Iterable
from datetime import datetime

from classifier.model_folder import ModelFolder
from learning.gate import Keep, Promote, Verdict, as_json, judge
from learning.trials import AuditedTicket, Translate, Trial, trial

# The causes for which the gate does not look at the answers: its tickets stay new.
_NOT_LOOKED = ("few_tickets", "few_new")


def challenge(
    folder: ModelFolder,
    challenger: str,
    tickets: Iterable[AuditedTicket],
    translate: Translate,
    *,
    by: str,
    now: datetime,
) -> Verdict:
    """Ask the gate about a version of the folder; promote it, or write down why not.

    Args:
        folder: has the challenger and a champion. The first version of a folder is promoted without a gate, for there
            is nothing to compare it with.
        challenger: its version.
        tickets: audited tickets that belong to the gate; see `learning.trials.trial`.
        translate: to labels in use.
        by: who asks.
        now: for the history.

    Raises:
        classifier.storage.ModelError: there is no champion, or a model cannot be loaded.
        classifier.writer_lock.FolderBusy: another process is writing to the folder.
        OSError: the folder cannot be written.
    """
    held = trial(folder, challenger, tickets, translate)
    verdict = verdict_of(held)
    gate = as_json(verdict) | {"best_version": held.best_version, "left_out": held.left_out}
    match verdict:
        case Promote():
            folder.promote(challenger, promoted_because(held, verdict), by, gate, now)
        case Keep(reason=reason):
            folder.refuse(challenger, reason, by, gate, now)
    if looked_at(verdict):
        folder.note_gate(held.event_ids)
    return verdict


def verdict_of(held: Trial) -> Verdict:
    """What the gate says of a trial."""
    return judge(held.pairs, held.best, since_last=held.since_last)


def looked_at(verdict: Verdict) -> bool:
    """Whether the gate looked at the answers, so that it has to wait for new tickets."""
    return not isinstance(verdict, Keep) or verdict.cause not in _NOT_LOOKED


def promoted_because(held: Trial, verdict: Promote) -> str:
    """The reason of a promotion, in a sentence."""
    against = verdict.figures.champion
    if against is None:
        return "the gate says yes"
    points, bound = 100 * against.difference.difference, 100 * against.difference.low
    return (
        f"{points:+.1f} points beside {held.champion} on {against.n} audited tickets,"
        f" at least {bound:+.1f} (one-sided 95 % bound)"
    )
