"""Notifications of web forms: the message among the labels of its fields."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from tickets.text.html_text import CELL
from tickets.text.paragraphs import says
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
_EMPTY_SUBJECTS = frozenset(phrases("empty_subjects"))
_TICKET_NUMBER = re.compile(r"[\[(]?#?\d+[\])]?")
_WHO_WORDS = phrases("form_who_words")
_WHAT_WORDS = phrases("form_what_words")
_MAY_BE_FORM = ("mail", "Mail", "MAIL", "ame", "orreo", "ombre", "Caller", "Phone", "essage", "ensaje")


class _Field(NamedTuple):
    """One line of a form.

    Attributes:
        kind: who for what describes the writer, what for the message, title for its subject; None without a label.
        value: what stands behind the label.
    """

    kind: Literal["who", "what", "title"] | None
    value: str


class Form(NamedTuple):
    """What the customer wrote into a form.

    Attributes:
        message: the lines of the message.
        titles: its subject, if the form asks for one.
    """

    message: list[str]
    titles: list[str]


def is_notice(subject: str) -> bool:
    """Whether a subject says nothing of the customer's: a form's own one, or `Your message`."""
    text = folded(subject)
    return _TICKET_NUMBER.sub("", text).strip(" .:!") in _EMPTY_SUBJECTS or any(phrase in text for phrase in _NOTICES)


def may_be_form(text: str) -> bool:
    """Whether a text can be a form's notification: a quick look."""
    return any(word in text for word in _MAY_BE_FORM)


def form_of(lines: Sequence[str]) -> Form | None:
    """What the customer wrote into a form, from its notification; None when the lines are none.

    A notification has a field with the message, and others that say who writes; a subject counts as one of these.
    """
    strictly = [_field(line) for line in lines]
    form = _form(lines, strictly)
    if form is None and sum(field.kind == "who" for field in strictly) >= LABELS_NEEDED:
        # A form for sure: now a word is enough to find the message.
        form = _form(lines, [_field(line, loosely=True) for line in lines])
    return form


def _form(lines: Sequence[str], fields: Sequence[_Field]) -> Form | None:
    kinds = Counter(field.kind for field in fields)
    if not kinds["what"] or not kinds["who"] or kinds["who"] + kinds["title"] < LABELS_NEEDED:
        return None
    form = Form([], [])
    in_message = False
    for line, field in zip(lines, fields, strict=True):
        if field.kind == "title" and not is_notice(field.value):
            form.titles.append(field.value)
        elif field.kind == "what":
            form.message.append(field.value)
        elif field.kind is None and in_message and not _RULE.match(line):
            form.message.append(line)
            continue
        in_message = field.kind == "what"
    return form if says(form.message) else None


def _field(line: str, *, loosely: bool = False) -> _Field:
    label, cell, value = line.partition(CELL)
    if cell:
        return _Field(_kind(label, loosely=True), value.strip())
    if len(line) <= MAX_LABEL:
        # In many forms the label is a line of its own; a sign beside the label says so.
        kind = _kind(line, loosely=line.startswith("* ") or line.endswith(("*", ":")))
        if kind is not None:
            return _Field(kind, "")
    found = _LABEL.match(line) if ":" in line[:MAX_LABEL] or " -" in line or " \u2013" in line else None
    if found is None:
        return _Field(None, "")
    return _Field(_kind(found["label"], loosely=loosely), (found["value"] or "").strip())


def _kind(label: str, *, loosely: bool) -> Literal["who", "what", "title"] | None:
    """What a label says, by the lists; loosely, a word of the lists is enough."""
    text = folded(label).strip("\u00bf*: ")
    if text in _WHAT or text.rstrip("?") in _WHAT:
        return "what"
    if text in _TITLE:
        return "title"
    if text in _WHO:
        return "who"
    if not loosely or len(label) > MAX_LABEL:
        return None
    if any(word in text for word in _WHAT_WORDS):
        return "what"
    return "who" if any(word in text for word in _WHO_WORDS) else None
