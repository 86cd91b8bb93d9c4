"""A report for people: sentences and tables, the most important first."""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

from projects.accuracy.automatic import Automatic
from projects.accuracy.report import Confusion, Estimate, LabelFigures, Report
from projects.tickets.spellings import shown
from terminal.output import writes_unicode
from terminal.tables import Grid

LABELS_SHOWN = 20
SKIPPED_SHOWN = 3
FEW_OF_LABEL = 10
"""Of 40 intents of clinc150, drawn three times, the accuracy was said 11 points too low on average with 4 tickets each,
2 with 7, 1 with 10; the range held it in none of three, two, and two."""

_NAME_CHARACTERS = 60
_LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German", "it": "Italian", "pt": "Portuguese"}


def sections(report: Report) -> list[str | Grid]:
    """What `terminal.tables.laid_out` lays out."""
    return [
        *_tickets(report),
        *_reading(report),
        "",
        *_accuracy(report),
        "",
        _automatic(report.automatic, report.accuracy),
        "",
        *_labels("Categories", report.categories),
        *_confused("Categories that are confused most", report.confusions),
        *_labels("Subcategories", report.subcategories),
        *_confused("Subcategories that are confused most, where the category is right", report.subcategory_confusions),
        *_repeats(report),
        *_alike(report),
        _rules(report),
    ]


def _tickets(report: Report) -> Iterator[str]:
    languages = ", ".join(f"{one.tickets:,} {_LANGUAGES.get(one.language, one.language)}" for one in report.languages)
    yield f"{report.tickets:,} labelled tickets ({languages}) in {len(report.categories):,} categories{_finer(report)}."
    if report.skipped:
        reasons = Counter(reason for _, reason in report.skipped).most_common()
        lines = {reason: [line for line, why in report.skipped if why == reason] for reason, _ in reasons}
        said = "; ".join(f"{times:,} {reason} ({_lines(lines[reason])})" for reason, times in reasons[:SKIPPED_SHOWN])
        more = f"; and {len(reasons) - SKIPPED_SHOWN} other reasons" if len(reasons) > SKIPPED_SHOWN else ""
        yield f"{_count(len(report.skipped), 'row')} left out: {said}{more}."


def _reading(report: Report) -> Iterator[str]:
    reading = report.reading
    if reading is None:
        yield "Read without an embedding: tickets in other languages than these get answers of little confidence."
        return
    known = ", ".join(_LANGUAGES.get(language, language) for language in reading.languages) or "every language"
    yield f"Tickets in {known} are read by {reading.used}; those in other languages by {reading.embedding}."
    if reading.tickets:
        yield (
            f"(Chosen by {_count(reading.tickets, 'held-out ticket')}, of whose labels TF-IDF alone finds"
            f" {reading.tfidf:.3f}, both for the least sure {reading.least_sure:.3f}, both for all {reading.all:.3f},"
            f" {reading.embedding} alone {reading.alone:.3f}.)"
        )


def _finer(report: Report) -> str:
    return f" and {len(report.subcategories):,} subcategories" if report.subcategories else ""


def _lines(lines: Sequence[int]) -> str:
    some = ", ".join(map(str, lines[:SKIPPED_SHOWN]))
    return f"line {some}" if len(lines) == 1 else f"lines {some}{', …' if len(lines) > SKIPPED_SHOWN else ''}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _accuracy(report: Report) -> Iterator[str]:
    accuracy = report.accuracy
    yield f"The category is right for {_share(accuracy)} of tickets that the model has not seen."
    if report.whole_accuracy:
        yield f"Category and subcategory are both right for {_share(report.whole_accuracy)}."
    yield (
        f"(Measured on {_count(accuracy.held_out, 'ticket')} that were held out of training; {accuracy.measured:.3f} of"
        f" them were right, by models that learned from {accuracy.learned_from:,} tickets. The model of all"
        f" {report.tickets:,} is a little better. The range holds its accuracy in 95 of 100 cases, for tickets like"
        " these.)"
    )
    yield from _few(report)
    yield from (
        f"{_LANGUAGES.get(one.language, one.language)}: {one.accuracy:.2f} of {one.held_out:,}."
        for one in report.languages
        if len(report.languages) > 1 and one.accuracy is not None and one.held_out >= 10
    )
    arrow = "▸" if writes_unicode() else "->"
    measured = ", ".join(f"{point.tickets:,} {arrow} {point.accuracy:.2f}" for point in report.curve)
    if not report.forecasts:
        yield "These are too few tickets to tell what more of them would give."
        return
    now, double = report.forecasts
    yield (
        f"Accuracy by tickets: {measured}. All {now.tickets:,} give about {now.accuracy:.2f}; twice as many would give"
        f" about {double.accuracy:.2f} ({double.low:.2f} to {double.high:.2f})."
    )


def _few(report: Report) -> Iterator[str]:
    for what, labels in (("category", len(report.categories)), ("subcategory", len(report.subcategories))):
        if report.tickets < FEW_OF_LABEL * labels:
            yield (
                f"Do not rely on these figures: there are {report.tickets / labels:.1f} tickets a {what}. With fewer"
                f" than {FEW_OF_LABEL} the model is often better than they say, by up to 14 points, and often outside"
                " of the range. Label more tickets, or merge labels."
            )
            return


def _share(estimate: Estimate) -> str:
    return f"about {estimate.accuracy:.0%} ({estimate.low:.0%} to {estimate.high:.0%})"


def _automatic(found: Automatic, accuracy: Estimate) -> str:
    if found.threshold is None or found.precision is None:
        return (
            f"Automatic at {found.goal:.0%}: nothing yet. No confidence was right often enough for"
            f" {found.goal:.0%}, in at least 30 tickets. More labelled tickets help."
        )
    share = (
        f"Automatic at {found.goal:.0%}: {found.share:.0%} of the tickets, those answered with a confidence of"
        f" {found.threshold:g} or more; {found.precision:.1%} of them were right"
    )
    if found.kind == "bound":
        return (
            f"{share}, and at least {found.at_least:.1%} will be, with 90 % confidence (for models of"
            f" {accuracy.learned_from:,} tickets)."
        )
    return (
        f"{share}. That is what was seen, and no proof: {found.at_least:.1%} are certain with 90 % confidence. Judged"
        " answers prove more: `ticketstream report thresholds`."
    )


def _labels(title: str, figures: Sequence[LabelFigures]) -> Iterator[str | Grid]:
    if not figures:
        return
    few = [one for one in figures if one.missing]
    shown = list(dict.fromkeys([*figures[:LABELS_SHOWN], *few[:LABELS_SHOWN]]))
    rest = len(figures) - len(shown)
    yield Grid(
        ("name", "label", "tickets", "recall", "precision", "too few"),
        tuple(_label_row(one) for one in shown),
        f"{title}, worst first{f' ({rest:,} better ones not shown)' if rest else ''}. recall: of its tickets, the share"
        " that is answered with it. precision: of the answers with it, the share that is right.",
        numeric=frozenset(("tickets", "recall", "precision")),
        dispensable=("label",),
    )
    if 2 * len(figures) > sum(one.tickets for one in figures):
        yield (
            "Most of these have one ticket. If this is the wrong column, name another with --map category=COLUMN or"
            " --map subcategory=COLUMN."
        )
    elif few:
        yield f"{_count(len(few), 'label')} with too few tickets: label more of them, or merge them with others."


def _label_row(one: LabelFigures) -> tuple[str, ...]:
    label = "/".join(part for part in one.label if part is not None)
    return (
        short(one.name),
        short(label),
        f"{one.tickets:,}",
        "-" if one.recall is None else f"{one.recall:.2f}",
        "-" if one.precision is None else f"{one.precision:.2f}",
        f"needs {one.missing} more" if one.missing else "",
    )


def _confused(title: str, pairs: Sequence[Confusion]) -> Iterator[Grid]:
    if pairs:
        rows = (
            (
                short(pair.name),
                short(pair.answered),
                f"{pair.times:,}" if not at else "",
                f"line {example.line}: {example.text}",
            )
            for pair in pairs
            for at, example in enumerate(pair.examples)
        )
        yield Grid(("label", "answered", "times", "for example"), tuple(rows), title, numeric=frozenset(("times",)))


def _repeats(report: Report) -> Iterator[str | Grid]:
    if report.duplicates:
        yield (
            f"{_count(report.duplicates, 'ticket')} repeat text and label of another one, numbers apart (for example"
            f" {_lines(report.duplicated[0].lines)}). No text stands on both sides of the measurement."
        )
    if report.contradictions:
        rows = tuple(
            (", ".join(map(short, one.labels)), ", ".join(map(str, one.lines[:5])), one.text)
            for one in report.contradicted
        )
        yield Grid(
            ("labels", "lines", "text"),
            rows,
            f"{_count(report.contradictions, 'ticket')} have a text that has several labels: decide which is right.",
        )


def _alike(report: Report) -> Iterator[str]:
    for spelling in report.alike:
        said = ", ".join(
            f"{short(name)} ({_count(count, 'ticket')})"
            for name, count in zip(spelling.labels, spelling.counts, strict=True)
        )
        merge = shlex.quote(f"{shown(spelling.labels[1])}={shown(spelling.labels[0])}")
        yield f"These labels look like one: {said}. If they are, say so: --merge {merge}"


def _rules(report: Report) -> str:
    rules = report.rules
    keywords = sum(one.keywords for one in report.languages)
    precision = "" if rules.precision is None else f", and are right in {rules.precision:.0%} of those"
    return (
        f"{_count(keywords, 'keyword')} for the rules, which answer while the model cannot be asked: they find one in"
        f" {rules.answered:.0%} of unseen tickets{precision}."
    )


def short(name: str) -> str:
    """A name that leaves room for others."""
    return name if len(name) <= _NAME_CHARACTERS else f"{name[: _NAME_CHARACTERS - 1]}…"
