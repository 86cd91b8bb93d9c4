"""Notifications of web forms: the message among the labels of its fields."""

import re
from collections.abc import Sequence

MAX_LABEL = 60
LABELS_NEEDED = 2

_LABEL = re.compile(r"[*\s]*(?P<label>[^\W\d_][^:\n]{0,58}?)\s*\*{0,2}:\*{0,2}(?:\s+(?P<value>.*))?$")
_WHO = re.compile(
    r"(?:your |full |first |last |customer |contact |user |sender'?s? )?(?:name|e-?mail(?: address)?|phone(?: number)?"
    r"|telephone|mobile|company|country|city|address|from|ip(?: address)?|page|url|date|time|reference|ticket(?: (?:id|number))?"
    r"|order(?: number)?|account(?: number)?|department|topic|priority|website|reporter|requester|customer|preferred contact)$"
    r"|(?:su |tu )?(?:nombre(?: y apellidos| completo)?|apellidos?|correo(?: electr[óo]nico)?|email|tel[ée]fono(?: de contacto)?"
    r"|m[óo]vil|empresa|pa[íi]s|ciudad|direcci[óo]n|de|ip|p[áa]gina|fecha|hora|referencia|pedido|n[úu]mero de (?:pedido|cliente)"
    r"|departamento|tema|prioridad|cliente|dni|nif)$",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"(?:your |the )?(?:message|comments?|question|enquiry|inquiry|description|details|body|feedback|request|issue"
    r"|how can we help(?: you)?\??|what can we help you with\??|problem)(?: body| text)?$"
    r"|(?:su |tu |el )?(?:mensaje|comentarios?|consulta|pregunta|descripci[óo]n|detalles?|observaciones|solicitud|incidencia"
    r"|motivo(?: de (?:la|su) consulta)?|¿?en qu[ée] podemos ayudarle\??|problema|texto)$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?:subject|asunto|title|t[íi]tulo)$", re.IGNORECASE)
_RULE = re.compile(r"[-_=*]{2,}\s*$")


def message_of(lines: Sequence[str]) -> Sequence[str] | None:
    """The subject and message of a form's notification; None when the lines are none.

    A notification has at least two fields that say who writes, and one field with the message.
    """
    who = sum(1 for line in lines if (name := _name(line)) and _WHO.match(name))
    if who < LABELS_NEEDED:
        return None
    kept: list[str] = []
    takes, found = False, False
    for line in lines:
        name = _name(line)
        if name and (_WHAT.match(name) or _SUBJECT.match(name)):
            is_message = _WHAT.match(name) is not None
            takes, found = is_message, found or is_message
            kept.append(_value(line))
        elif name and _WHO.match(name):
            takes = False
        elif takes and _RULE.match(line):
            takes = False
        elif takes:
            kept.append(line)
    return kept if found and any(kept) else None


def _name(line: str) -> str | None:
    """The label with which a line begins."""
    if ":" not in line[:MAX_LABEL]:
        return None
    found = _LABEL.match(line)
    return found["label"].strip() if found else None


def _value(line: str) -> str:
    found = _LABEL.match(line)
    return (found["value"] or "").strip() if found else ""
