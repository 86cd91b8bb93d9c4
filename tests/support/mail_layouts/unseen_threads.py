"""What stands around the customer's words in the unseen layouts: the thread, the dates, the notices of companies."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.support.mail_layouts.unseen_notices import CLOSING, DISCLAIMER, ENVIRONMENT, GREETING
from tests.support.mail_layouts.unseen_people import Person, person, pick

# Mails that the help desk sent before. They speak of many subjects, none of which is what the customer asks now.
EARLIER = {
    "en": (
        "Thank you for getting in touch. We have received your message and will answer within two working days.",
        (
            "We are sorry to hear that. Could you tell us the order number, and the date on which the parcel should"
            " have come?"
        ),
        "Your refund was approved this morning. Please allow five days before the money shows on your statement.",
        "For your security we have locked the card. A new card and a new PIN will reach you in separate envelopes.",
        "I have passed this to our billing team. They will check the invoice and correct the amount if necessary.",
        "Please try to reset your password first. The link on the sign-in page expires after thirty minutes.",
        (
            "As requested, we will delete your account at the end of the month. You can cancel this at any time"
            " before then."
        ),
        "The transfer is pending because the other bank has not confirmed it. Nothing needs to be done on your side.",
        "Could you send us a photo of the damage? Then we can arrange a replacement or an exchange at no cost.",
        "We changed the exchange rate on Monday at noon. Your top-up was made before that, at the old rate.",
        "Your booking is confirmed for two adults. Breakfast is included, and parking can be paid on arrival.",
        "To verify your identity we need a copy of a passport or of a driving licence, both sides, in colour.",
        "Our engineers have restarted the router from here. Please unplug it for a minute if the light stays red.",
    ),
    "es": (
        (
            "Gracias por ponerse en contacto con nosotros. Hemos recibido su mensaje y le responderemos en dos días"
            " hábiles."
        ),
        "Lamentamos lo ocurrido. ¿Podría indicarnos el número de pedido y la fecha en que debía llegar el paquete?",
        "Su reembolso se aprobó esta mañana. El importe aparecerá en su extracto en un plazo de cinco días.",
        "Por seguridad hemos bloqueado la tarjeta. Recibirá la nueva tarjeta y el nuevo PIN en sobres separados.",
        "He trasladado su caso a facturación. Revisarán la factura y corregirán el importe si es necesario.",
        "Pruebe primero a restablecer la contraseña. El enlace de la página de acceso caduca a los treinta minutos.",
        "Tal como pidió, eliminaremos su cuenta a final de mes. Puede anular esta solicitud en cualquier momento.",
        "La transferencia está pendiente porque el otro banco no la ha confirmado. Usted no tiene que hacer nada.",
        "¿Puede enviarnos una foto de los daños? Así tramitaremos el cambio o la sustitución sin coste alguno.",
        "Cambiamos el tipo de cambio el lunes a mediodía. Su recarga se hizo antes, con el tipo anterior.",
        (
            "Su reserva está confirmada para dos adultos. El desayuno está incluido y el aparcamiento se paga a la"
            " llegada."
        ),
        "Para verificar su identidad necesitamos una copia del pasaporte o del permiso de conducir, por ambas caras.",
        "Nuestros técnicos han reiniciado el router desde aquí. Desenchúfelo un minuto si la luz sigue en rojo.",
    ),
}
DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
}


class Mail(NamedTuple):
    """Everything of one mail but the question."""

    language: str
    number: int
    customer: Person
    agent: Person
    at: datetime
    earlier: str
    older: str
    oldest: str
    greeting: str
    closing: str
    disclaimer: str

    @property
    def day(self) -> str:
        return DAYS[self.language][self.at.weekday()]

    @property
    def month(self) -> str:
        return MONTHS[self.language][self.at.month - 1]

    @property
    def topic(self) -> str:
        """The subject of the thread: neutral words, so that the question alone has a meaning."""
        return f"[#{48000 + self.number * 17}] " + ("Your message" if self.language == "en" else "Su mensaje")

    @property
    def environment(self) -> str:
        return ENVIRONMENT[self.language]

    @property
    def clock(self) -> str:
        """Hours and minutes of twelve hours, without a zero before the hour."""
        return f"{self.at.hour % 12 or 12}:{self.at:%M}"

    def long_date(self) -> str:
        """Outlook's long date."""
        if self.language == "es":
            return f"{self.day}, {self.at.day} de {self.month} de {self.at.year} {self.at:%H:%M}"
        return f"{self.day}, {self.month} {self.at.day}, {self.at.year} {self.clock} {self.at:%p}"

    def short_date(self) -> str:
        """Day, short month, year, as Apple writes them."""
        return f"{self.at.day} {self.month[:3]} {self.at.year}"


class Layout(NamedTuple):
    """One way in which mail arrives; `wrap` makes subject and body of a question and a number."""

    name: str
    language: str
    kind: str
    wrap: Callable[[str, int], tuple[str, str]]


class Kept(NamedTuple):
    """A ticket of a person that looks like mail in part, and whose words must all stay."""

    name: str
    subject: str
    body: str
    must_contain: tuple[str, ...]


Writer = Callable[[Mail, str], str]


def layout(name: str, language: str, kind: str, write: Writer, *, reply: str = "Re: ") -> Layout:
    """Make a layout of a writer, which sets the body around the question."""

    def wrap(question: str, number: int) -> tuple[str, str]:
        mail = mail_of(language, number)
        return reply + mail.topic, write(mail, question)

    return Layout(name, language, kind, wrap)


def mail_of(language: str, number: int) -> Mail:
    """Invent the people, the dates and the thread of one mail."""
    customer, agent = person(language, number), person(language, number + 7)
    details = customer._asdict() | {"number": number % 1_000_000}
    turn = number + number // 7
    first = agent.name.partition(" ")[0]
    return Mail(
        language=language,
        number=number,
        customer=customer,
        agent=agent,
        at=datetime(2024, 1, 8, 7, 4, tzinfo=UTC) + timedelta(days=number % 700, minutes=number * 37 % 840),
        earlier=pick(EARLIER[language], turn, 5),
        older=pick(EARLIER[language], turn + 1, 5),
        oldest=pick(EARLIER[language], turn + 2, 5),
        greeting=pick(GREETING[language], number, 3).format(first=first),
        closing=pick(CLOSING[language], turn, 3),
        disclaimer=pick(DISCLAIMER[language], number, 2).format(**details),
    )
