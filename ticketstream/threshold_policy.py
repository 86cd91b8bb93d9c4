"""`report thresholds --write`: proven thresholds as a file for THRESHOLD_POLICY."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from analytics.reports.thresholds import Scope, Thresholds
from consumer.answer import policy
from consumer.answer.policy_file import load_policy, policy_text, replace_file
from consumer.answer.taxonomy import Taxonomy
from consumer.errors import TicketstreamError
from network.errors import system_words
from terminal.output import tell


def write(path: Path, found: Thresholds, taxonomy: Taxonomy, suggest: float, *, unproven: bool) -> None:
    """Write the thresholds to a file, as a policy with a new version.

    Args:
        path: the file.
        found: the thresholds of all categories.
        taxonomy: thresholds are written for its categories.
        suggest: the lower threshold, which stays as it is without a policy.
        unproven: whether thresholds that are not proven may be written.

    Raises:
        TicketstreamError: nothing is proven, the confidences are not calibrated, or the file cannot be written.
    """
    overall = found.overall
    if found.uncalibrated.answers and not unproven:
        raise TicketstreamError(
            f"{' '.join(found.uncalibrated.notes())} So {path} was not written: after that, confidences mean something"
            " else. --unproven writes it all the same."
        )
    if overall.used is None or (overall.choice.status != "proven" and not unproven):
        raise TicketstreamError(
            f"No threshold is proven to reach a precision of {found.goal:g}, so {path} was not written. Let people"
            " judge more of ticket-audit, look further back with --days, lower --precision, or take unproven thresholds"
            " with --unproven."
        )
    written = _policy(found, taxonomy, suggest)
    text = policy_text(written, _comments(found))
    try:
        replace_file(path, text)
    except OSError as error:
        raise TicketstreamError(
            f"{path} cannot be written: {system_words(error)}. Name a different file with --write."
        ) from None
    load_policy(path, taxonomy)
    tell(
        f"Wrote the policy {written.version} to {path}. The service reads it when THRESHOLD_POLICY names the file, and"
        " reads it again within two seconds when it changes."
    )


def _policy(found: Thresholds, taxonomy: Taxonomy, suggest: float) -> policy.Policy:
    overall = _thresholds(found.overall, suggest)
    own = {
        scope.category: _thresholds(scope, suggest)
        for scope in found.categories
        if scope.used != found.overall.used and scope.category in taxonomy.subcategories
    }
    content = policy_text(policy.Policy("", overall, own), ())
    version = f"{datetime.now(UTC):%Y-%m-%d}-{sha256(content.encode()).hexdigest()[:8]}"
    return policy.Policy(version, overall, own)


def _thresholds(scope: Scope, suggest: float) -> policy.Thresholds:
    auto = policy.NEVER if scope.used is None else scope.used
    return policy.Thresholds(auto, min(suggest, auto))


def _comments(found: Thresholds) -> list[str]:
    since = found.report().facts["since"]
    lines = [f"Written by `ticketstream report thresholds --precision {found.goal:g}` on the basis {found.basis},"]
    lines.append(f"from answers since {since}.")
    for scope in (found.overall, *found.categories):
        chosen = scope.choice.chosen
        why = f"n {chosen.judged}, precision at least {chosen.proven:.3f}" if chosen else f"n {scope.choice.judged}"
        lines.append(f"{scope.category}: {scope.choice.status}, {why}")
    return lines
