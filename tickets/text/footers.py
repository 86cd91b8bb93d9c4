"""What companies and mail servers put below a message: disclaimers, wishes for trees, ways to unsubscribe."""

from collections.abc import Sequence

from tickets.text.paragraphs import joined, paragraphs
from tickets.text.phrases import folded, phrases

SIGNS_NEEDED = 3
MAX_LINK_WORDS = 12

_BEGINNINGS = phrases("""
    please consider the environment
    please think of the environment
    please think about the environment
    consider the environment
    think before you print
    antes de imprimir
    por favor, antes de imprimir
    piense en el medio ambiente
    piensa en el medio ambiente
    por favor, piense en el medio ambiente
    virus-free
    virus free
    libre de virus
    este correo electronico no contiene virus
    el software de antivirus
    this email has been scanned
    this email has been checked for viruses
    this e-mail was sent from a contact form
    this email was sent from a contact form
    this email was sent from your website
    this is an automated message
    this is an automatic message
    to unsubscribe
    unsubscribe
    you received this message because
    you are receiving this
    para darse de baja
    para cancelar su suscripcion
    has recibido este mensaje porque
    ha recibido este mensaje porque
    ha recibido este correo porque
    este correo ha sido enviado desde
    este correo se ha enviado desde
    este correo fue enviado desde
    este mensaje ha sido enviado desde
    este mensaje se ha enviado desde
    este mensaje fue enviado desde
    este es un mensaje automatico
    follow us on
    don't want to receive
    manage your notification
    turn off
    view request
    view in
    view this
    view the ticket
    sent on
    enviado el
    ver la solicitud
    ver en
    no desea recibir
    ©
    copyright
    siguenos en
""")
# The only ones that ask something.
_ASK = phrases("""
    don't want to receive
    no longer want to receive
    no desea recibir
    no quiere recibir
""")
# Disclaimers speak in a few words of their own; one sentence of a customer never holds so many of them.
_SIGNS = phrases("""
    confidential
    intended
    recipient
    addressee
    privileged
    attachment
    disclos
    distribut
    copying
    information transmitted
    information contained
    person or entity
    is addressed
    addressed to
    strictly forbidden
    strictly prohibited
    delete
    in error
    notify
    sender
    unauthori
    prohibited
    liab
    virus
    unsubscribe
    mailing list
    registered in
    registered office
    company number
    this email
    this e-mail
    this message
    confidencial
    destinatari
    remitente
    adjunt
    divulga
    difusion
    elimin
    borr
    destru
    por error
    notifi
    comuni
    prohibid
    este mensaje
    este correo
    este e-mail
    proteccion de datos
    datos personales
    reglamento
    rgpd
    lopd
    2016/679
    acceso, rectificacion
    responsable del tratamiento
    responsable de sus datos
    tratamiento de sus datos
    con la finalidad de
    fichero
    a terceros
    dar de baja
    darse de baja
    cancelar su suscripcion
    privacy policy
    politica de privacidad
    legal responsib
    responsabilidad
    internet communications
    internet e-mail
    personal data
    cederan a terceros
    obligacion legal
    registro mercantil
    aviso legal
    legislacion
""")


def without_footers(lines: Sequence[str]) -> Sequence[str]:
    """Without the disclaimers and advertisements below a message."""
    kept = len(lines)
    for begin, end in reversed(paragraphs(lines)):
        if not is_footer(joined(lines, begin, end)) and not all(map(_is_link, lines[begin:end])):
            break
        kept = begin
    return lines[:kept] if kept < len(lines) else lines


def hints_at_footer(line: str) -> bool:
    """Whether a line below a signature can belong to a disclaimer: one word of those is enough there."""
    text = folded(line)
    return any(sign in text for sign in _SIGNS)


def _is_link(line: str) -> bool:
    """Whether a line only leads somewhere: `View request: https://desk.example/7`."""
    words = line.split(maxsplit=MAX_LINK_WORDS)
    return words[-1].startswith(("http://", "https://", "<http")) and (len(words) == 1 or words[-2].endswith(":"))


def is_footer(paragraph: str) -> bool:
    """Whether a paragraph, or a line of one, is no part of the message."""
    text = folded(paragraph)
    if "?" in paragraph and not text.startswith(_ASK):
        return False
    return text.lstrip("*_- \u2013").startswith(_BEGINNINGS) or sum(sign in text for sign in _SIGNS) >= SIGNS_NEEDED
