"""What is said of a round of learning: its rows, what was left out, figures, the gate's word, what is next."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from learning.choosing import LeftOut
from learning.gate import Keep, Promote, Verdict, as_json
from learning.rounds import Ended, Gathered
from terminal.safe_text import printable

_SHOWN: Final = 5
_KINDS: Final = {
    "seed": "labelled before",
    "correction": "corrected",
    "confirmation": "confirmed",
    "audit": "audited",
}


def chosen_text(data: Gathered, kept_days: int) -> str:
    """What a round learns from, and what it leaves out.

    Args:
        data: of the round.
        kept_days: TEXTS_KEPT_DAYS.
    """
    found = data.found
    kinds = ", ".join(f"{count:,} {_KINDS[kind]}" for kind, count in found.used().items() if count)
    lines = [
        f"{_count(len(found.rows), 'row')} to learn from: {kinds}.",
        f"{_count(len(found.gate), 'audited text')} belong to the gate, and no model learns from them.",
    ]
    if found.from_answer:
        lines.append(f"{found.from_answer:,} were given a category alone; their subcategory is that of the answer.")
    left = [*_left_out(found.left_out, data.taxonomy.version), *_without_text(data.judged.without_text, kept_days)]
    return "\n".join([*lines, *(["Left out:", *(f"  {line}" for line in left)] if left else [])])


def ended_text(end: Ended) -> str:
    """What came of a round."""
    lines = []
    if end.first:
        lines.append(f"The first champion is {end.first}: what was there before anybody judged.")
    made = f"trained from {end.recipe.get('seed_rows', 0) + end.recipe.get('judged_rows', 0):,} rows"
    lines.append(f"Model {end.version}, {made}{'' if end.is_new else ' before: nothing that it learns from is new'}.")
    if figures := (end.recipe.get("figures") or {}).get("held_out"):
        lines.append(
            f"The category is right for about {figures['accuracy']:.0%} ({figures['low']:.0%} to {figures['high']:.0%})"
            f" of rows like these: {figures['held_out']:,} were held out. What people correct is harder than other"
            " tickets, so only the gate compares models."
        )
    lines.append(_word(end.verdict, end))
    return "\n".join(lines)


def next_steps(end: Ended, folder: Path) -> list[str]:
    """What to type next."""
    at = printable(shlex.quote(str(folder)))
    steps = [
        (f"python -m classifier serve --models {at}", "serve the champion, and take up the next one while running"),
        (f"ticketstream models show {end.version} --models {at}", "of what the model was made"),
    ]
    match end.verdict:
        case Promote():
            steps.append((f"ticketstream models rollback --models {at}", "go back to the champion before"))
        case Keep(missing=missing) if missing:
            steps.append(("ticketstream review", f"judge audited tickets: the gate needs {missing:,} more"))
        case _:
            steps.append(("ticketstream review", "judge more answers"))
    width = max(len(command) for command, _ in steps)
    return ["What to do next:", *(f"  {command:{width}}  {why}" for command, why in steps)]


def chosen_json(data: Gathered) -> dict[str, Any]:
    """The same as `chosen_text`, for programs."""
    found, left = data.found, data.found.left_out
    return {
        "rows": found.used(),
        "gate_tickets": len(found.gate),
        "subcategory_from_answer": found.from_answer,
        "left_out": {
            "contradictions": [one._asdict() for one in left.contradictions],
            "one_sided": [one._asdict() for one in left.one_sided],
            "unknown_labels": dict(left.unknown),
            "for_gate": left.for_gate,
            "replaced": left.replaced,
            "earlier": left.earlier,
            "without_text": data.judged.without_text,
        },
        "judgements": data.judged.judgements,
    }


def ended_json(end: Ended) -> dict[str, Any]:
    """The same as `ended_text`, for programs."""
    return {
        "version": end.version,
        "is_new": end.is_new,
        "first_champion": end.first,
        "champion": end.champion,
        "gate": as_json(end.verdict) if end.verdict else None,
        "gate_not_asked": end.unasked,
        "recipe": dict(end.recipe),
    }


def _word(verdict: Verdict | None, end: Ended) -> str:
    match verdict:
        case Promote():
            return f"The gate promotes it: {end.version} is the champion now."
        case Keep(reason=reason, missing=missing):
            more = f" {_count(missing, 'more audited ticket')} have to be judged before it can be asked again."
            return f"The gate keeps the champion {end.champion}: {reason}.{more if missing else ''}"
        case None:
            return f"The gate was not asked: {end.unasked}. The champion is {end.champion}."


def _left_out(left: LeftOut, taxonomy: str) -> Iterator[str]:
    for person in left.one_sided:
        yield (
            f"{_count(person.left_out, 'judgement')} by {_name(person.by)}, who turns everything to one label"
            f" ({person.to_label:,} of {person.corrections:,} corrections are to {person.label}): they count"
            " where a second person agrees"
        )
    if left.contradictions:
        yield f"{_count(len(left.contradictions), 'text')} for which people gave different labels:"
        for one in left.contradictions[:_SHOWN]:
            people = ", ".join(_name(by or None) for by in one.people)
            yield f"  {', '.join(one.labels)} ({people}): {_some(one.event_ids)}"
        if left.contradictions[_SHOWN:]:
            yield f"  and {len(left.contradictions) - _SHOWN:,} more, all in --json"
    if left.unknown:
        named = _some([f"{label} ({count:,})" for label, count in left.unknown.items()])
        yield f"{_count(sum(left.unknown.values()), 'row')} with labels that the taxonomy {taxonomy} lacks: {named}"
    if left.for_gate:
        yield f"{_count(left.for_gate, 'labelled row')} whose text belongs to the gate"
    if left.replaced:
        yield f"{_count(left.replaced, 'labelled row')} whose text people judged meanwhile: their word counts"
    if left.earlier:
        yield f"{_count(left.earlier, 'judged text')} of answers before --since"


def _without_text(count: int, kept_days: int) -> Iterator[str]:
    if count:
        yield (
            f"{_count(count, 'judgement')} of tickets whose text is not stored, or not any more: TEXTS_KEPT_DAYS is"
            f" {kept_days}"
        )


def _some(texts: Sequence[str]) -> str:
    return ", ".join(texts[:_SHOWN]) + (", …" if texts[_SHOWN:] else "")


def _name(by: str | None) -> str:
    return "people without a name" if by is None else by


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
