"""What stands above a message: warnings of the mail server, and a greeting."""

from collections.abc import Sequence

from tickets.text.paragraphs import joined, paragraphs
from tickets.text.phrases import first_words, folded, phrases

MAX_BANNER_LINES = 4
MAX_BANNER = 400
MAX_BANNERS = 3
MAX_INTRODUCTION = 80
MAX_GREETING_WORDS = 6
MAX_NAMES = 2

_WARNINGS = phrases("""
    caution
    warning
    external
    [external
    ** external
    ***
    attention
    precaucion
    advertencia
    atencion
    externo
    [externo
    correo externo
    aviso
    this email originated
    this message originated
    this email came from
    this message came from
    this message was sent from outside
    this email was sent from outside
    este correo procede
    este correo se origino
    este correo electronico se origino
    este correo proviene
    este mensaje procede
    este mensaje proviene
    este mensaje se origino
""")
_FROM_OUTSIDE = phrases("""
    outside
    external
    extern
    fuera de
    del exterior
    unknown sender
    remitente desconocido
""")
# Outlook says this above mail from new senders.
_RARE_SENDER = phrases("""
    you don't often get email from
    you do not often get email from
    some people who received this message don't often get email from
    no suele recibir correo
    no suele recibir mensajes
    no recibe correo
    no recibe a menudo
    algunos contactos que recibieron este mensaje no suelen recibir correos
""")
_GREETINGS = frozenset(
    phrases("""
    hi
    hello
    hey
    dear
    greetings
    good
    to
    hola
    buenas
    buenos
    buen
    estimado
    estimada
    estimados
    estimadas
    estimad@s
    querido
    querida
    queridos
    muy
    saludos
    a
""")
)
# A greeting may go on with these words, and with one or two names.
_GREETED = frozenset(
    phrases("""
    there
    all
    team
    everyone
    everybody
    folks
    again
    sir
    sirs
    madam
    sir/madam
    or
    and
    support
    customer
    service
    services
    help
    desk
    colleagues
    friends
    morning
    afternoon
    evening
    day
    whom
    it
    may
    concern
    the
    to
    mr
    mrs
    ms
    dr
    hi
    hello
    hola
    buenas
    buenos
    buen
    tardes
    noches
    dias
    dia
    equipo
    de
    del
    soporte
    atencion
    al
    cliente
    a
    todos
    todas
    señor
    señora
    señores
    sr
    sra
    sres
    señor/a
    señores/as
    mio
    mios
    mia
    amigos
    amigo
    quien
    corresponda
    que
    tal
    y
    compañeros
    compañeras
    departamento
    servicio
    tecnico
""")
)
_INTRODUCES = phrases("""
    commented
    replied
    wrote
    responded
    added a comment
    left a comment
    sent a message
    comento
    respondio
    escribio
    ha comentado
    ha respondido
    ha escrito
    anadio un comentario
    ha anadido un comentario
""")
_ENDS = ",:.!;"
GREETING_WORDS = _GREETINGS
BANNER_WORDS = first_words((*_WARNINGS, *_RARE_SENDER)) | {"precaución", "atención"}


def without_banner(lines: Sequence[str]) -> Sequence[str]:
    """Without the warnings that a mail server writes above a message."""
    start = 0
    for _ in range(MAX_BANNERS):
        found = paragraphs(lines[start : start + MAX_BANNER_LINES])
        if not found:
            break
        begin, end = (start + index for index in found[0])
        if _is_banner(joined(lines, begin, end)) and not _is_banner(lines[begin]):
            start = end
        elif _is_banner(lines[begin]):
            start = begin + 1
        else:
            break
    return lines[start:] if start else lines


def without_introduction(lines: Sequence[str]) -> Sequence[str]:
    """Without a first line with which a help desk names the writer: `Ana Gil commented:`."""
    for index, line in enumerate(lines):
        if line:
            return lines[index + 1 :] if _is_introduction(line) else lines
    return lines


def without_greeting(lines: Sequence[str]) -> Sequence[str]:
    """Without a first line that only greets."""
    for index, line in enumerate(lines):
        if line:
            return lines[index + 1 :] if is_greeting(line) else lines
    return lines


def is_greeting(line: str) -> bool:
    """Whether a line greets and says nothing else: `Hola, buenos días:`, `Dear Ms Holm,`."""
    words = line.split(maxsplit=MAX_GREETING_WORDS)
    if not words or len(words) > MAX_GREETING_WORDS or folded(words[0]).rstrip(_ENDS) not in _GREETINGS:
        return False
    names = [word for word in words[1:] if folded(word).strip(_ENDS + "()") not in _GREETED]
    if any(not word[0].isupper() for word in names):
        return False
    return len(names) <= MAX_NAMES and (not names or line.rstrip()[-1] in _ENDS)


def _is_introduction(line: str) -> bool:
    return len(line) <= MAX_INTRODUCTION and line.endswith(":") and folded(line).rstrip(": ").endswith(_INTRODUCES)


def _is_banner(paragraph: str) -> bool:
    if len(paragraph) > MAX_BANNER:
        return False
    text = folded(paragraph)
    return text.startswith(_RARE_SENDER) or (
        text.lstrip("*![(⚠\ufe0f ").startswith(_WARNINGS) and any(sign in text for sign in _FROM_OUTSIDE)
    )
