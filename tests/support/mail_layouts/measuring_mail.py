"""The mail of one number: who writes, to which desk, when, and the thread; and the tools that set text in a layout."""

import re
import textwrap
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import NamedTuple
from unicodedata import normalize

from tests.support.mail_layouts.measuring_people import (
    BOOKING,
    COMPANY,
    DESK,
    FIRST,
    HOURS,
    JOB,
    LAST,
    SLOGAN,
    STREET,
    TOWN,
)
from tests.support.mail_layouts.measuring_phrases import CLOSING, DISCLAIMER, EARLIER, GREETING, TOPIC
from tests.support.mail_layouts.unseen_threads import Layout

DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre",
    ),
}  # fmt: skip


class Mail(NamedTuple):
    """What varies between two mails of one layout."""

    language: str
    ref: int
    first: str
    last: str
    company: str
    job: str
    street: str
    town: str
    slogan: str
    booking: str
    hours: str
    phone: str
    mobile: str
    agent: str
    agent_last: str
    desk: str
    at: datetime
    earlier: str
    older: str
    oldest: str
    greeting: str
    closing: str
    topic: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def initials(self) -> str:
        return self.first[0] + self.last[0]

    @property
    def domain(self) -> str:
        return f"{plain(self.company)[:16]}.example"

    @property
    def address(self) -> str:
        return f"{plain(self.first)}.{plain(self.last)}@{self.domain}"

    @property
    def desk_address(self) -> str:
        return f"{plain(self.desk)[:14]}@desk.example"

    @property
    def disclaimer(self) -> str:
        text = pick(DISCLAIMER[self.language], self.ref, 4)
        return text.format(**self._asdict(), domain=self.domain)

    @property
    def day(self) -> str:
        return DAYS[self.language][self.at.weekday()]

    @property
    def month(self) -> str:
        return MONTHS[self.language][self.at.month - 1]

    @property
    def date(self) -> str:
        """The date as the language writes it out."""
        if self.language == "es":
            return f"{self.at.day} de {self.month} de {self.at.year}"
        return f"{self.month} {self.at.day}, {self.at.year}"

    @property
    def clock(self) -> str:
        return self.at.strftime("%H:%M")

    def before(self) -> "Mail":
        """The same people three days and some minutes earlier."""
        return self._replace(at=self.at - timedelta(days=3, minutes=97))


Writer = Callable[[Mail, str], str]


def plain(text: str) -> str:
    """Leave the lower-case ASCII letters, as an address has them."""
    return re.sub(r"[^a-z]", "", normalize("NFKD", text).lower())


def pick(values: Sequence[str], number: int, step: int) -> str:
    """Take a value of a list; lists that are equally long do not turn together."""
    return values[(number * step + number // len(values)) % len(values)]


def mail_of(language: str, number: int) -> Mail:
    agent = pick(FIRST[language], number + 5, 3)
    thread = [pick(EARLIER[language], number + turn, 2) for turn in (0, 1, 2)]
    return Mail(
        language=language,
        ref=21_000 + number,
        first=pick(FIRST[language], number, 1),
        last=pick(LAST[language], number, 2),
        company=pick(COMPANY[language], number, 5),
        job=pick(JOB[language], number, 7),
        street=pick(STREET[language], number, 1),
        town=pick(TOWN[language], number, 5),
        slogan=pick(SLOGAN[language], number, 7),
        booking=pick(BOOKING[language], number, 3),
        hours=pick(HOURS[language], number, 5),
        phone=phone(language, number, "1632 960", "910 99"),
        mobile=phone(language, number + 311, "7700 900", "600 99"),
        agent=agent,
        agent_last=pick(LAST[language], number + 3, 5),
        desk=pick(DESK[language], number, 3),
        at=datetime(2023, 2, 6, 7, 11, tzinfo=UTC) + timedelta(days=number % 900, minutes=number * 41 % 850),
        earlier=thread[0],
        older=thread[1],
        oldest=thread[2],
        greeting=pick(GREETING[language], number, 5).format(agent=agent),
        closing=pick(CLOSING[language], number, 7),
        topic=f"{pick(TOPIC[language], number, 3)} #{21_000 + number}",
    )


def phone(language: str, number: int, english: str, spanish: str) -> str:
    """Invent a number, of a range that nobody owns where the country keeps one, in one of four spellings."""
    digits = f"{number * 7 % 1_000:03}"
    if language == "es":
        head, ends = spanish, f"{digits[0]} {number % 10}{digits[1:]}"
        return (f"+34 {head}{ends}", f"{head}{ends}", f"(+34) {head}{ends}", f"0034 {head}{ends}")[number % 4]
    return (f"+44 {english}{digits}", f"0{english}{digits}", f"+44 (0){english} {digits}", f"(555) 0100-{digits}")[
        number % 4
    ]


def layout(name: str, language: str, kind: str, write: Writer, subject: str = "Re: {topic}") -> Layout:
    """Make a layout of a writer, which sets the body around the question."""

    def wrap(question: str, number: int) -> tuple[str, str]:
        mail = mail_of(language, number)
        return subject.format(topic=mail.topic, name=mail.name, desk=mail.desk), write(mail, question)

    return Layout(name, language, kind, wrap)


def sentences(question: str) -> list[str]:
    """Split at the blank lines and where sentences end."""
    return [part for part in re.split(r"(?<=[.?!;])\s+|\n\s*\n", question.strip()) if part]


def paragraphs(question: str) -> str:
    """Set every sentence of the question as a paragraph."""
    return "\n\n".join(sentences(question))


def flowed(text: str, width: int = 72) -> str:
    """Break lines softly, with the space before the break that format=flowed asks for (RFC 3676)."""
    return "\n".join(" \n".join(textwrap.wrap(line, width, break_long_words=False)) for line in text.split("\n"))


def wrapped(text: str, width: int = 72) -> str:
    """Break lines hard, as old clients do."""
    return "\n".join(
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in text.split("\n")
    )


def quoted(text: str) -> str:
    """Put a sign of quotation before every line; a sign before a sign without a space."""
    return "\n".join((">" if line.startswith(">") else "> " if line else ">") + line for line in text.split("\n"))


def blocks(text: str, tag: str = "div", attributes: str = "", gap: str = "<br>") -> str:
    """Make an element of every line; an empty line shows its gap."""
    opening = f"<{tag} {attributes}>" if attributes else f"<{tag}>"
    return "".join(f"{opening}{escape(line, quote=False) or gap}</{tag}>" for line in text.split("\n"))


def breaks(text: str) -> str:
    """Part the lines with <br>."""
    return "<br>\n".join(escape(line, quote=False) for line in text.split("\n"))


def link(address: str) -> str:
    return f'<a href="mailto:{address}">{address}</a>'
