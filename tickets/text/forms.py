"""Notifications of web forms: the message among the labels of its fields."""

import re
from collections.abc import Sequence

from tickets.text.phrases import folded, phrases

MAX_LABEL = 60
LABELS_NEEDED = 2

# `Name: Ana`, in bold type `*Name:* Ana`, and `Name - Ana`.
_LABEL = re.compile(r"\W{0,3}(?P<label>[^\W\d_][^:]{0,58}?)\W{0,3}(?::\*{0,2}|\s[-\u2013])(?:\s+(?P<value>.*))?$")
_RULE = re.compile(r"[-_=*]{2,}\s*$")
_WHO = frozenset(phrases("form_who"))
_WHAT = frozenset(phrases("form_what"))
_TITLE = frozenset(phrases("form_title"))
_NOTICES = phrases("form_notices")
_LABELS = _WHO | _WHAT | _TITLE


def is_notice(subject: str) -> bool:
    """Whether a subject is that of the program that sends forms on, and not the customer's."""
    text = folded(subject)
    return any(phrase in text for phrase in _NOTICES)


def message_of(lines: Sequence[str]) -> Sequence[str] | None:
    """The subject and message of a form's notification; None when the lines are none.

    A notification has a field with the message, and others that say who writes; a subject counts as one of these.
    """
    fields = [_field(line) for line in lines]
    names = [name for name, _ in fields]
    who = sum(name in _WHO for name in names)
    if not who or who + sum(name in _TITLE for name in names) < LABELS_NEEDED or _WHAT.isdisjoint(names):
        return None
    kept: list[str] = []
    in_message = False
    for line, (name, value) in zip(lines, fields, strict=True):
        if name in _WHAT or name in _TITLE:
            in_message = name in _WHAT
            kept.append(value)
        elif name in _WHO or _RULE.match(line):
            in_message = False
        elif in_message:
            kept.append(line)
    return kept if any(kept) else None


def _field(line: str) -> tuple[str, str]:
    """The label with which a line begins, folded, and what stands behind it; empty without a label.

    In a table the label is a line of its own.
    """
    if len(line) <= MAX_LABEL and (alone := folded(line).strip("\u00bf* ")) in _LABELS:
        return alone, ""
    found = _LABEL.match(line) if ":" in line[:MAX_LABEL] or " -" in line or " \u2013" in line else None
    if found is None:
        return "", ""
    return folded(found["label"]).strip("\u00bf* "), (found["value"] or "").strip()
