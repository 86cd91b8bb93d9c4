"""One mail of the final layouts: who writes to whom, when, and what stands around the question."""

import textwrap
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from random import Random
from typing import NamedTuple, Self

from tests.support.mail_layouts import final_people as people
from tests.support.mail_layouts import final_phrases as phrases
from tests.support.mail_layouts.unseen_threads import Layout

DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
}


class Mail(NamedTuple):
    """What a layout sets around the question."""

    language: str
    first: str
    last: str
    address: str
    company: str
    host: str
    job: str
    street: str
    town: str
    phone: str
    desk: str
    desk_company: str
    desk_address: str
    agent: str
    agent_last: str
    ticket: int
    at: datetime
    topic: str
    greeting: str
    closing: str
    answer: str
    before: str
    disclaimer: str

    def sent_before(self) -> Self:
        """The same mail, a day and some hours earlier: the message that was answered."""
        return self._replace(at=self.at - timedelta(hours=27, minutes=12))

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def agent_name(self) -> str:
        return f"{self.agent} {self.agent_last}"

    @property
    def day(self) -> str:
        return DAYS[self.language][self.at.weekday()]

    @property
    def month(self) -> str:
        return MONTHS[self.language][self.at.month - 1]

    @property
    def clock(self) -> str:
        """The time of 24 hours, without a zero in front."""
        return f"{self.at.hour}:{self.at:%M}"

    @property
    def clock_12(self) -> str:
        """The time as Americans write it."""
        return f"{self.at.hour % 12 or 12}:{self.at:%M} {self.at:%p}"

    @property
    def clock_narrow(self) -> str:
        """The same, with the narrow space that Gmail and Apple Mail set."""
        return self.clock_12.replace(" ", "\u202f")


Writer = Callable[[Mail, str], str]


def layout(name: str, language: str, kind: str, write: Writer, *, subject: str = "Re: {topic}") -> Layout:
    """Make a layout of a writer, which sets the body around the question."""

    def wrap(question: str, number: int) -> tuple[str, str]:
        mail = mail_of(name, language, number)
        return subject.format(**mail._asdict()), write(mail, question)

    return Layout(name, language, kind, wrap)


def mail_of(name: str, language: str, number: int) -> Mail:
    """Choose the people and the phrases; layout and number decide."""
    choice = Random(f"final {name} {number}")
    first, agent = choice.sample(people.FIRST[language], 2)
    last, agent_last = choice.sample(people.LAST[language], 2)
    company, desk_company = choice.choice(people.COMPANY[language]), choice.choice(people.DESK_COMPANY[language])
    mailbox = choice.choice((*people.MAILBOX[language], f"{slug(company)}.example"))
    address = f"{slug(first)}.{slug(last.split()[0])}@{mailbox}"
    host, street, town = f"{slug(company)}.example", *place_of(choice, language)
    return Mail(
        language=language,
        first=first,
        last=last,
        address=address,
        company=company,
        host=host,
        job=choice.choice(people.JOB[language]),
        street=street,
        town=town,
        phone=choice.choice(people.PHONE[language]).format(choice.randrange(1_000)),
        desk=choice.choice(people.DESK[language]),
        desk_company=desk_company,
        desk_address=f"{'support' if language == 'en' else 'soporte'}@{slug(desk_company)}.example",
        agent=agent,
        agent_last=agent_last,
        ticket=choice.randrange(10_000, 990_000),
        at=datetime(2025, 2, 3, 8, 0, tzinfo=UTC)
        + timedelta(days=choice.randrange(400), minutes=choice.randrange(720)),
        topic=choice.choice(phrases.TOPIC[language]),
        greeting=choice.choice(phrases.GREETING[language]).format(agent=agent),
        closing=choice.choice(phrases.CLOSING[language]),
        answer=choice.choice(phrases.ANSWER[language]),
        before=choice.choice(phrases.BEFORE[language]),
        disclaimer=choice.choice(phrases.DISCLAIMER[language]).format(
            company=company, street=street, town=town, address=address, host=host
        ),
    )


def place_of(choice: Random, language: str) -> tuple[str, str]:
    return choice.choice(people.STREET[language]), choice.choice(people.TOWN[language])


def slug(words: str) -> str:
    """Write words as a part of an address: letters and digits without accents."""
    plain = unicodedata.normalize("NFKD", words.casefold())
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


def said(mail: Mail, question: str, *, name: str = "") -> str:
    """Write the customer's own words with greeting and closing; the first name stands below unless another is given."""
    return f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n{name or mail.first}"


def answered(mail: Mail) -> str:
    """Write the agent's earlier answer."""
    if mail.language == "en":
        return f"Hi {mail.first},\n\n{mail.answer}\n\nKind regards,\n{mail.agent}\n{mail.desk_company} {mail.desk}"
    return f"Hola, {mail.first}:\n\n{mail.answer}\n\nUn saludo,\n{mail.agent}\n{mail.desk} de {mail.desk_company}"


def signature(mail: Mail) -> str:
    """Write the lines of a business signature."""
    phone = "Tel" if mail.language == "en" else "Tfno."
    return (
        f"{mail.name}\n{mail.job}\n{mail.company}\n{mail.street}, {mail.town}\n"
        f"{phone}: {mail.phone}\n{mail.address} | www.{mail.host}"
    )


def quoted(text: str) -> str:
    """Set the sign of quotes before every line."""
    return "\n".join(f"> {line}".rstrip() if not line.startswith(">") else f">{line}" for line in text.split("\n"))


def folded(text: str, width: int = 72) -> str:
    """Break long lines, as programs do that send plain text."""
    lines = (textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))
    return "\n".join("\n".join(line) for line in lines)


def blocks(text: str, line: str = "<div>{}</div>", blank: str = "<div><br></div>") -> str:
    """Write each line as an element of HTML."""
    return "".join(line.format(escape(part, quote=False)) if part.strip() else blank for part in text.split("\n"))


def breaks(text: str) -> str:
    """Write text in HTML with a break at the end of each line."""
    return escape(text, quote=False).replace("\n", "<br>\n")


def link(address: str) -> str:
    return f'<a href="mailto:{address}">{address}</a>'
