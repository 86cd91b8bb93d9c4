"""Decides a ticket's answer from what the model, the cache and the rules say. Pure."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, NamedTuple

from consumer.answer.keyword_rules import MAX_ALTERNATIVES, Rules, RulesAnswer
from consumer.answer.override_record import Override
from consumer.answer.policy import NEVER, Policy, Thresholds
from consumer.answer.taxonomy import Taxonomy
from consumer.model.types import Label, ModelReply
from schemas.events import Decision, Method

# Says why an answer of the model is not automatic, and of which answers reports cannot choose a threshold.
UNCALIBRATED = "model.uncalibrated"
# By how many people decided alike: conventions, and no probabilities.
OVERRIDE_CONFIDENCES = {1: 0.9, 2: 0.97}
# Before the event_id of the correction.
OVERRIDE_PREFIX = "override:"

_by_confidence = attrgetter("confidence")


class AnswerBasis(NamedTuple):
    """What every answer is made with; replaced by a new value when one of its parts changes."""

    taxonomy: Taxonomy
    rules: Rules
    policy: Policy
    min_confidence: float


class Text(NamedTuple):
    """What is known of a ticket when it is answered."""

    subject: str
    description: str
    language: str | None
    fingerprint: str


def answer_from_labels(
    basis: AnswerBasis,
    text: Text,
    labels: Iterable[Label],
    model: str | None,
    method: Method,
    *,
    calibrated: bool = True,
) -> dict[str, Any]:
    """The event's fields `category` to `explanation` from the model's labels.

    Labels outside the taxonomy never leave the service: renamed ones are translated, retired and unknown ones are
    dropped. Below the minimum confidence the rules are asked too, and the more confident answer is taken. With
    confidences that are not calibrated no threshold means anything, so such an answer is never automatic.
    """
    known = translated(basis.taxonomy, labels)
    if not known:
        return _answer_by_rules(basis, text, known, model, ["model.no_known_label"], provisional=False)
    best = known[0]
    doubts = () if calibrated else (UNCALIBRATED,)
    if best.confidence >= basis.min_confidence:
        return _fields(basis, text, best, known[1:], model, method, [f"{method.lower()}.confident", *doubts])
    by_rules = basis.rules.answer(text.subject, text.description, text.language)
    below = f"model.below_min_confidence:{basis.min_confidence:g}"
    if by_rules.confidence > best.confidence:
        return _rules_fields(basis, text, by_rules, known, model, [below], provisional=False)
    return _fields(basis, text, best, known[1:], model, method, [below, *doubts])


def answer_from_override(basis: AnswerBasis, fingerprint: str, override: Override) -> dict[str, Any] | None:
    """The same fields from what people corrected; None where the taxonomy has no such category any more."""
    current = basis.taxonomy.translate(override.category, override.subcategory)
    if current is None:
        return None
    category, subcategory = current
    best = Label(category, OVERRIDE_CONFIDENCES[override.people], subcategory)
    explanation = [f"{OVERRIDE_PREFIX}{override.correction_id}", f"override.people:{override.people}"]
    fields = _fields(basis, Text("", "", None, fingerprint), best, [], None, "OVERRIDE", explanation)
    fields["decision"] = _decided_by_people(basis.policy.of(category), best.confidence, override.people)
    return fields


def _decided_by_people(thresholds: Thresholds, confidence: float, people: int) -> Decision:
    """AUTO where two agree, whatever the thresholds are, unless the category is never automatic."""
    if people > 1 and thresholds.auto < NEVER:
        return "AUTO"
    return thresholds.decide(confidence, may_be_automatic=False)


def answer_from_rules(basis: AnswerBasis, text: Text, cause: str, *, provisional: bool) -> dict[str, Any]:
    """The same fields from the rules alone; `cause` says why the model was not asked."""
    return _answer_by_rules(basis, text, [], None, [cause], provisional=provisional)


def answer_from_reply(basis: AnswerBasis, text: Text, reply: ModelReply) -> dict[str, Any]:
    """The same fields from the model's reply; provisional when the model could not be asked."""
    match reply.outcome:
        case "answered":
            labels, model, calibrated = reply.labels, reply.model, reply.calibrated
            return answer_from_labels(basis, text, labels, model, "MODEL", calibrated=calibrated)
        case "refused" | "garbled" | "not_asked":
            return answer_from_rules(basis, text, f"model.{reply.outcome}", provisional=False)
        case _:
            return answer_from_rules(basis, text, f"model.{reply.outcome}", provisional=True)


def translated(taxonomy: Taxonomy, labels: Iterable[Label]) -> list[Label]:
    """The labels as the taxonomy names them now, best first; labels that became one category are added up."""
    known = [label for label in (_in_use(taxonomy, label) for label in labels) if label is not None]
    if len({label.category for label in known}) < len(known):
        by_category: dict[str, list[Label]] = {}
        for label in known:
            by_category.setdefault(label.category, []).append(label)
        known = [_merged(labels_of_one) for labels_of_one in by_category.values()]
    known.sort(key=_by_confidence, reverse=True)
    return known


def _in_use(taxonomy: Taxonomy, label: Label) -> Label | None:
    current = taxonomy.translate(label.category, label.subcategory)
    if current is None:
        return None
    category, subcategory = current
    within = label.subcategory_confidence
    if category == label.category and subcategory == label.subcategory and (subcategory is not None or within is None):
        return label
    return Label(category, label.confidence, subcategory, within if subcategory is not None else None)


def _merged(labels: list[Label]) -> Label:
    """One label for several of one category: P(category) is their sum, P(subcategory) is relative to that sum."""
    if len(labels) == 1:
        return labels[0]
    total = sum(label.confidence for label in labels)
    joint: dict[str, float] = {}
    for label in labels:
        if label.subcategory is not None:
            within = label.confidence * (label.subcategory_confidence or 0.0)
            joint[label.subcategory] = joint.get(label.subcategory, 0.0) + within
    category, confidence = labels[0].category, min(1.0, total)
    if not joint or not total:
        return Label(category, confidence)
    best = max(joint, key=joint.__getitem__)
    # It is 0 when the subcategories came without a confidence.
    return Label(category, confidence, best, min(1.0, joint[best] / total) or None)


def _answer_by_rules(
    basis: AnswerBasis, text: Text, known: list[Label], model: str | None, codes: list[str], *, provisional: bool
) -> dict[str, Any]:
    by_rules = basis.rules.answer(text.subject, text.description, text.language)
    return _rules_fields(basis, text, by_rules, known, model, codes, provisional=provisional)


def _rules_fields(
    basis: AnswerBasis,
    text: Text,
    by_rules: RulesAnswer,
    known: list[Label],
    model: str | None,
    codes: list[str],
    *,
    provisional: bool,
) -> dict[str, Any]:
    best = Label(by_rules.category, by_rules.confidence, by_rules.subcategory, by_rules.subcategory_confidence)
    others = known or list(by_rules.alternatives)
    fields = _fields(basis, text, best, others, model, "RULES", [*codes, *by_rules.explanation])
    fields["provisional"] = provisional
    return fields


def _fields(
    basis: AnswerBasis,
    text: Text,
    best: Label,
    others: list[Label],
    model: str | None,
    method: Method,
    explanation: list[str],
) -> dict[str, Any]:
    thresholds = basis.policy.of(best.category)
    may_be_automatic = method != "RULES" and UNCALIBRATED not in explanation
    return {
        "category": best.category,
        "subcategory": best.subcategory,
        "confidence": best.confidence,
        "subcategory_confidence": best.subcategory_confidence,
        "decision": thresholds.decide(best.confidence, may_be_automatic=may_be_automatic),
        "method": method,
        "provisional": False,
        "alternatives": _alternatives(best, others),
        "model": model,
        "taxonomy": basis.taxonomy.version,
        "policy": basis.policy.version,
        "threshold_auto": thresholds.auto,
        "threshold_suggest": thresholds.suggest,
        "fingerprint": text.fingerprint,
        "explanation": explanation,
    }


def _alternatives(best: Label, others: list[Label]) -> list[dict[str, Any]]:
    return [
        {
            "category": other.category,
            "confidence": other.confidence,
            "subcategory": other.subcategory,
            "subcategory_confidence": other.subcategory_confidence,
        }
        for other in others
        if other.category != best.category
    ][:MAX_ALTERNATIVES]
