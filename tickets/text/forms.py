"""Notifications of web forms: the message among the labels of its fields."""

import re
from collections.abc import Sequence

from tickets.text.phrases import folded, phrases

MAX_LABEL = 60
LABELS_NEEDED = 2

# `Name: Ana`, in bold type `*Name:* Ana`, and `Name - Ana`.
_LABEL = re.compile(r"\W{0,3}(?P<label>[^\W\d_][^:]{0,58}?)\W{0,3}(?::\*{0,2}|\s[-\u2013])(?:\s+(?P<value>.*))?$")
_RULE = re.compile(r"[-_=*]{2,}\s*$")
_WHO = frozenset(
    phrases("""
    name
    your name
    full name
    first name
    last name
    first and last name
    town
    attachment
    attachments
    group
    group name
    agent
    type
    source
    tags
    i accept the privacy policy
    i agree to the privacy policy
    privacy policy
    consent
    customer name
    contact name
    sender name
    email
    your email
    email address
    your email address
    e-mail
    e-mail address
    customer email
    sender email
    from
    phone
    phone number
    your phone
    contact number
    telephone
    mobile
    company
    company name
    organisation
    organization
    country
    city
    address
    postcode
    zip
    ip
    ip address
    page
    page url
    url
    website
    date
    time
    submitted
    submitted on
    reference
    ticket
    ticket id
    ticket number
    order
    order number
    account
    account number
    customer number
    department
    topic
    category
    priority
    status
    reporter
    requester
    customer
    user agent
    preferred contact
    preferred contact method
    language
    nombre
    tu nombre
    su nombre
    nombre completo
    nombre y apellidos
    apellido
    apellidos
    correo
    tu correo
    su correo
    correo electronico
    tu correo electronico
    su correo electronico
    direccion de correo
    direccion de correo electronico
    de
    telefono
    tu telefono
    su telefono
    telefono de contacto
    movil
    empresa
    poblacion
    localidad
    provincia
    adjunto
    adjuntos
    archivos adjuntos
    grupo
    tipo
    acepto la privacidad
    acepto la politica de privacidad
    politica de privacidad
    pais
    ciudad
    direccion
    codigo postal
    pagina
    fecha
    hora
    enviado
    referencia
    pedido
    numero de pedido
    numero de cliente
    n\u00ba de cliente
    n\u00ba de pedido
    cuenta
    departamento
    tema
    categoria
    prioridad
    estado
    cliente
    dni
    nif
    idioma
""")
)
_WHAT = frozenset(
    phrases("""
    message
    your message
    message body
    comment
    comments
    additional comments
    question
    your question
    enquiry
    inquiry
    your enquiry
    your inquiry
    description
    issue description
    details
    body
    feedback
    request
    issue
    problem
    how can we help
    how can we help?
    how can we help you
    how can we help you?
    what can we help you with?
    mensaje
    tu mensaje
    su mensaje
    cuerpo del mensaje
    comentario
    comentarios
    pregunta
    tu pregunta
    su pregunta
    consulta
    tu consulta
    su consulta
    motivo
    motivo de la consulta
    motivo de su consulta
    descripcion
    detalle
    detalles
    observaciones
    solicitud
    incidencia
    problema
    texto
    en que podemos ayudarle
    en que podemos ayudarle?
    en que podemos ayudarte
    en que podemos ayudarte?
""")
)
_TITLE = frozenset(
    phrases("""
    subject
    your subject
    title
    summary
    asunto
    tu asunto
    titulo
""")
)
_NOTICES = phrases("""
    contact form
    web form
    website form
    form submission
    new submission
    form entry
    new message from
    new customer message
    customer message on
    message from your website
    new enquiry from
    new inquiry from
    new entry
    formulario de contacto
    formulario web
    nuevo mensaje de
    nuevo mensaje del
    mensaje de cliente
    nueva consulta
    nuevo envio
    mensaje desde la web
""")
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
