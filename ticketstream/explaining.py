"""A ticket's history on a terminal and for other programs."""

from collections.abc import Iterator, Mapping
from typing import Any

from analytics.reports.explain import Explanation, correction_of
from analytics.reports.report import in_json
from consumer.answer.decide import UNCALIBRATED
from terminal.safe_text import printable
from ticketstream.label_names import Names, named
from ticketstream.rendering import as_json, milliseconds


def explanation_json(explanation: Explanation) -> str:
    """Write the history as one line of JSON."""
    return as_json(explanation._asdict())


def explanation_text(explanation: Explanation, names: Names) -> str:
    """Write the history in lines, with the categories' names; values from outside cannot steer the terminal."""
    return "\n".join(printable(line) for line in _lines(explanation, names))


def _lines(explanation: Explanation, names: Names) -> Iterator[str]:
    yield f"ticket {explanation.ticket_id}"
    if not explanation.answers:
        yield "No answer is stored yet."
    for answer in explanation.answers:
        yield ""
        yield from _answer_lines(answer, names, explanation.overrides)
    if explanation.corrections:
        yield ""
    for correction in explanation.corrections:
        yield _correction_line(correction, names)


def _answer_lines(answer: dict[str, Any], names: Names, overrides: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    source = f"{answer['source_topic']} {answer['source_partition']} @ {answer['source_offset']}"
    provisional = ", provisional: the model will be asked again" if answer["provisional"] else ""
    yield f"revision {answer['revision']} at {in_json(answer['categorized_at'])}, of {source}{provisional}"
    yield f"  answer    {_label(answer, names)}"
    yield (
        f"  decision  {answer['decision']}"
        f" ({_automatic(answer['threshold_auto'])}, SUGGEST from {answer['threshold_suggest']:.2f})"
    )
    yield f"  method    {answer['method']}{_model(answer)}; taxonomy {answer['taxonomy']}, policy {answer['policy']}"
    yield f"  because   {', '.join(answer['explanation']) or 'no reason recorded'}"
    correction_id = correction_of(answer)
    if correction_id is not None:
        yield f"  corrected {_override(correction_id, overrides, names)}"
    if UNCALIBRATED in answer["explanation"]:
        yield "  never AUTO, because the model's confidence is not calibrated; `ticketstream calibrate` mends that"
    if answer["alternatives"]:
        yield f"  instead   {'; '.join(_label(label, names) for label in answer['alternatives'])}"
    if answer["audit_probability"]:
        yield f"  audit     drawn for people to judge (probability {answer['audit_probability']:g})"
    if answer["text_removed_chars"]:
        yield f"  text      {answer['text_removed_chars']:,} characters around the message were not read"
    yield f"  time      {_timings(answer['timings_ms'])}"


def _automatic(threshold: float) -> str:
    return f"AUTO from {threshold:.2f}" if threshold <= 1 else "never AUTO"


def _label(label: dict[str, Any], names: Names) -> str:
    share = label["subcategory_confidence"]
    of_subcategory = f", {share:.3f} of it {label['subcategory']}" if share is not None else ""
    return f"{_said(label, names)}, confidence {label['confidence']:.3f}{of_subcategory}"


def _said(label: dict[str, Any], names: Names) -> str:
    """The label, which commands take, and its name where that says more."""
    path = "/".join(filter(None, (label["category"], label["subcategory"])))
    name = named(path, names)
    return path if name.casefold() == path.replace("_", " ").casefold() else f"{path} ({name})"


def _model(answer: dict[str, Any]) -> str:
    model = f" {answer['model']}" if answer["model"] is not None else ""
    call = f", call {answer['model_call_id']}" if answer["model_call_id"] is not None else ""
    tries = f", {answer['attempts']} attempts" if answer["attempts"] > 1 else ""
    return f"{model} (model: {answer['model_outcome']}{call}{tries})"


def _timings(timings_ms: dict[str, float]) -> str:
    stages = [f"{stage} {milliseconds(ms)}" for stage, ms in timings_ms.items() if stage != "total"]
    return f"{milliseconds(timings_ms.get('total', 0.0))} ms: {', '.join(stages)}"


def _correction_line(correction: dict[str, Any], names: Names) -> str:
    by = f" {correction['corrected_by']}" if correction["corrected_by"] is not None else ""
    reason = f"; reason: {correction['reason']}" if correction["reason"] is not None else ""
    label = _said(correction, names)
    if correction["judged_revision"] is None:
        judged = "no answer of this ticket is stored yet"
    else:
        judged = f"revision {correction['judged_revision']} ({_states(correction)})"
    return f"{in_json(correction['corrected_at'])} {correction['origin']}{by}: {label}, judging {judged}{reason}"


def _override(correction_id: str, overrides: Mapping[str, dict[str, Any]], names: Names) -> str:
    """Who decided it, when, and on which ticket with an equal text."""
    found = overrides.get(correction_id)
    if found is None:
        return f"an equal text was corrected before; the correction {correction_id} is not stored (any more)"
    by = f" {found['corrected_by']}" if found["corrected_by"] is not None else ""
    said = f"{found['origin']}{by} at {in_json(found['corrected_at'])}: {_said(found, names)}"
    return f"an equal text, of ticket {found['ticket_id']}, by {said}; `ticketstream overrides remove` takes it away"


def _states(correction: dict[str, Any]) -> str:
    subcategory = correction["subcategory_state"]
    return f"category {correction['label_state']}, subcategory {subcategory}"
