"""What is said of models: versions, recipes, comparisons, and the gate's word."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from classifier.model_history import HistoryEvent
from classifier.model_versions import Version
from learning.gate import Comparison, Keep, Promote, Verdict, as_json
from terminal.tables import Grid

_SERVES: Final = frozenset({"promoted", "rolled_back"})


class Listed(NamedTuple):
    """A version in the list.

    Attributes:
        version: with its recipe.
        is_champion: whether it is served.
        promoted_at: when it became the champion last; None where it never did.
        gate: what the gate said of it last, as JSON; None where it was never asked.
    """

    version: Version
    is_champion: bool
    promoted_at: datetime | None
    gate: Mapping[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """For programs: shares from 0 to 1."""
        recipe, held_out = self.version.recipe, _held_out(self.version.recipe)
        audited = (self.gate or {}).get("champion") or {}
        return {
            "version": self.version.name,
            "champion": self.is_champion,
            "held_out": held_out.get("held_out"),
            "accuracy": held_out.get("accuracy"),
            "accuracy_low": held_out.get("low"),
            "accuracy_high": held_out.get("high"),
            "audited": audited.get("n"),
            "audited_accuracy": audited.get("challenger"),
            "seed_rows": recipe.get("seed_rows"),
            "judged_rows": recipe.get("judged_rows"),
            "trained_at": recipe.get("trained_at"),
            "promoted_at": self.promoted_at.isoformat() if self.promoted_at else None,
            "gate": (self.gate or {}).get("verdict"),
        }


def listed(versions: Sequence[Version], champion: str | None, history: Sequence[HistoryEvent]) -> list[Listed]:
    """The versions with what happened to them."""
    return [
        Listed(
            version,
            version.name == champion,
            max((event.at for event in events_of(history, version.name) if event.event in _SERVES), default=None),
            next((event.gate for event in reversed(events_of(history, version.name)) if event.gate), None),
        )
        for version in versions
    ]


def events_of(history: Sequence[HistoryEvent], version: str) -> list[HistoryEvent]:
    """What happened to a version, the oldest first."""
    return [event for event in history if event.version == version]


def versions_grid(versions: Sequence[Listed], folder: str) -> Grid:
    """The list for people."""
    return Grid(
        columns=("version", "state", "accuracy held out", "audited", "rows", "judged", "trained", "promoted"),
        rows=tuple(_row(version.as_json()) for version in versions),
        title=f"models in {folder}",
        numeric=frozenset({"accuracy held out", "audited", "rows", "judged"}),
        dispensable=("audited", "trained", "rows"),
    )


def recipe_grid(recipe: Mapping[str, Any]) -> Grid:
    """Of what a version was made."""
    return Grid(("made of", ""), tuple(_flat(recipe)), title="recipe")


def history_grid(events: Sequence[HistoryEvent]) -> Grid:
    """What happened, the oldest first."""
    return Grid(
        columns=("when", "what", "by", "reason"),
        rows=tuple(
            (_minute(event.at.isoformat()), event.event, event.by or "-", event.reason or "-") for event in events
        ),
        title="history",
    )


def history_json(events: Sequence[HistoryEvent]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [{**event._asdict(), "at": event.at.isoformat()} for event in events]


def comparison_grid(standing: str, challenger: str, compared: Comparison) -> Grid:
    """Both models on the same tickets, with the 95 % interval of the difference."""
    points = compared.difference
    return Grid(
        columns=("model", "right", "right alone"),
        rows=(
            (standing, f"{compared.champion:.1%}", f"{compared.lost:,}"),
            (challenger, f"{compared.challenger:.1%}", f"{compared.gained:,}"),
            (
                "difference in points",
                f"{100 * points.difference:+.1f} ({100 * points.low:+.1f} to {100 * points.high:+.1f})",
                "",
            ),
        ),
        title=f"{compared.n:,} judged tickets, answered by both",
        numeric=frozenset({"right", "right alone"}),
    )


def verdict_text(verdict: Verdict) -> str:
    """What the gate says, in a sentence or two."""
    match verdict:
        case Promote():
            return "The gate says yes."
        case Keep(reason=reason, missing=missing):
            more = (
                f" {missing:,} more audited tickets have to be judged before it can be asked again." if missing else ""
            )
            return f"The gate says no: {reason}.{more}"


def comparison_json(standing: str, challenger: str, compared: Comparison, verdict: Verdict) -> dict[str, Any]:
    """The same for programs; `low` and `high` are the ends of the paired 95 % interval."""
    points = compared.difference
    return {
        "a": standing,
        "b": challenger,
        "n": compared.n,
        "a_accuracy": compared.champion,
        "b_accuracy": compared.challenger,
        "a_right_alone": compared.lost,
        "b_right_alone": compared.gained,
        "difference": points.difference,
        "difference_low": points.low,
        "difference_high": points.high,
        "gate": as_json(verdict),
    }


def _row(version: Mapping[str, Any]) -> tuple[str, ...]:
    accuracy, audited = version["accuracy"], version["audited_accuracy"]
    rows = [version[name] for name in ("seed_rows", "judged_rows")]
    known = [count for count in rows if count is not None]
    return (
        version["version"],
        "champion" if version["champion"] else "was champion" if version["promoted_at"] else "-",
        f"{accuracy:.1%} ({100 * version['accuracy_low']:.1f} to {100 * version['accuracy_high']:.1f})"
        if accuracy is not None
        else "-",
        f"{audited:.1%} of {version['audited']:,}" if audited is not None else "-",
        f"{sum(known):,}" if known else "-",
        f"{rows[1]:,}" if rows[1] is not None else "-",
        _minute(version["trained_at"]),
        _minute(version["promoted_at"]),
    )


def _held_out(recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    figures = recipe.get("figures")
    held_out = figures.get("held_out") if isinstance(figures, dict) else None
    return held_out if isinstance(held_out, dict) else {}


def _flat(recipe: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in recipe.items():
        label = f"{before}{name}".replace("_", " ")
        match value:
            case dict():
                rows += _flat(value, f"{label}, ")
            case list():
                rows.append((label, ", ".join(map(str, value)) or "-"))
            case float():
                rows.append((label, f"{value:.4g}"))
            case int() if not isinstance(value, bool):
                rows.append((label, f"{value:,}"))
            case _:
                rows.append((label, "-" if value is None else str(value)))
    return rows


def _minute(moment: str | None) -> str:
    return "-" if moment is None else str(moment)[:16].replace("T", " ")
