"""Layouts of plain text: quotes, attributions, signatures, notices, warnings and lists."""

from tests.support.mail_layouts.unseen_markup import DASHES, contact_lines, crlf, flowed, wrapped
from tests.support.mail_layouts.unseen_threads import Layout, Mail, layout

RULE = "_" * 32


def wrote(mail: Mail) -> str:
    """Thunderbird's attribution."""
    if mail.language == "es":
        return f"El {mail.at:%d/%m/%Y} a las {mail.at:%H:%M}, {mail.agent.name} escribió:"
    return f"On {mail.at:%d/%m/%Y} {mail.at:%H:%M}, {mail.agent.name} wrote:"


def gmail_wrote(mail: Mail) -> str:
    """Gmail's attribution, which goes over two lines where it is longer than 78 columns."""
    agent, at = mail.agent, mail.at
    if mail.language == "es":
        date = f"El {mail.day[:3]}, {at.day} {mail.month[:3]} {at.year} a las {at:%H:%M}"
        return wrapped(f"{date}, {agent.name} (<{agent.mail}>) escribió:", 78)
    date = f"On {mail.day[:3]}, {mail.month[:3]} {at.day}, {at.year} at {mail.clock}\u202f{at:%p}"
    return wrapped(f"{date} {agent.name} <{agent.mail}> wrote:", 78)


def thread(mail: Mail) -> str:
    """The quote of a thread, three levels deep."""
    return "\n".join(
        [
            wrapped(mail.earlier, 76, "> "),
            ">",
            f"> {wrote(mail)}",
            wrapped(mail.older, 74, ">> "),
            f">> {wrote(mail)}",
            wrapped(mail.oldest, 72, ">>> "),
            ">>>",
            ">> ",
        ]
    )


def flowed_above(mail: Mail, question: str) -> str:
    """Thunderbird's format=flowed with the reply, then a dash line, above the quote."""
    signature = "\n".join(contact_lines(mail.customer))
    quote = f"{wrote(mail)}\n{flowed_quote(mail)}"
    return f"{flowed(question)}\n\n{DASHES}\n{signature}\n\n{quote}\n"


def flowed_quote(mail: Mail) -> str:
    return wrapped(mail.earlier, 70, "> ").replace("\n", " \n")


def flowed_below(mail: Mail, question: str) -> str:
    signature = "\n".join(contact_lines(mail.customer)[:2])
    return f"{wrote(mail)}\n{flowed_quote(mail)}\n\n{flowed(question)}\n\n{DASHES}\n{signature}\n"


def interleaved(mail: Mail, question: str) -> str:
    """The reply stands below one quoted line; other quoted lines follow."""
    who = mail.customer
    return (
        f"{mail.greeting}\n\n{wrote(mail)}\n{wrapped(mail.older, 72, '> ')}\n>\n{wrapped(mail.earlier, 72, '> ')}\n\n"
        f"{wrapped(question, 72)}\n\n{wrapped(mail.oldest, 72, '> ')}\n\n{mail.closing}\n{who.name}\n"
    )


def nested(mail: Mail, question: str) -> str:
    return f"{wrapped(question, 76)}\n\n{gmail_wrote(mail)}\n\n{thread(mail)}\n"


def gmail_plain(mail: Mail, question: str) -> str:
    quote = wrapped(f"{mail.earlier}\n\n{mail.agent.name}\n", 78, "> ")
    return f"{wrapped(question, 78)}\n\n{gmail_wrote(mail)}\n\n{quote}\n"


def original_message(mail: Mail, question: str) -> str:
    """Outlook's plain text of old: five hyphens around the title, CRLF, four headers."""
    who, agent = mail.customer, mail.agent
    title, labels = "-----Original Message-----", ("From", "Sent", "To", "Subject")
    if mail.language == "es":
        title, labels = "-----Mensaje original-----", ("De", "Enviado el", "Para", "Asunto")
    values = (f"{agent.name} [mailto:{agent.mail}]", mail.long_date(), who.name, mail.topic)
    header = "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    signature = "\n".join(contact_lines(who))
    return crlf(
        f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n\n{signature}\n\n{title}\n{header}\n\n{mail.greeting}\n\n{mail.earlier}\n"
    )


def underline_header(mail: Mail, question: str) -> str:
    """Outlook on the web as plain text: a line of underscores, then the header."""
    who, agent = mail.customer, mail.agent
    sender, reader = f"{agent.name} <{agent.mail}>", f"{who.name} <{who.mail}>"
    header = f"From: {sender}\nSent: {mail.long_date()}\nTo: {reader}\nSubject: {mail.topic}"
    return crlf(f"{question}\n\n{who.name}\n{who.job}\n\n{RULE}\n{header}\n\n{mail.earlier}\n\n{mail.agent.name}\n")


def mailing_list(mail: Mail, question: str) -> str:
    """A list's footer stands below the signature."""
    site = mail.customer.site.removeprefix("www.")
    rule = "_" * 47
    return (
        f"{wrapped(question, 72)}\n\n{DASHES}\n{mail.customer.name}\n{rule}\nHelpdesk mailing list -- helpdesk@{site}\n"
        f"To unsubscribe send an email to helpdesk-leave@{site}\nhttps://lists.{site}/mailman3/lists/helpdesk\n"
    )


def forwarded(mail: Mail, question: str) -> str:
    """Gmail's forward: what the customer wrote is below the header, unquoted."""
    who, at = mail.customer, mail.at
    title, labels, date = (
        "Forwarded message",
        ("From", "Date", "Subject", "To"),
        f"{mail.day[:3]}, {mail.month[:3]} {at.day}",
    )
    if mail.language == "es":
        title, labels, date = (
            "Mensaje reenviado",
            ("De", "Date", "Subject", "To"),
            f"{mail.day[:3]}, {at.day} {mail.month[:3]}",
        )
    values = (f"{who.name} <{who.mail}>", f"{date} {at.year} {at:%H:%M}", mail.topic, f"<{mail.agent.mail}>")
    header = "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    return f"---------- {title} ---------\n{header}\n\n\n{wrapped(question, 78)}\n"


def apple_forwarded(mail: Mail, question: str) -> str:
    """Apple's forward: all of the customer's mail is quoted."""
    who = mail.customer
    title, labels = "Begin forwarded message:", ("From", "Subject", "Date", "To")
    if mail.language == "es":
        title, labels = "Inicio del mensaje reenviado:", ("De", "Asunto", "Fecha", "Para")
    values = (f"{who.name} <{who.mail}>", mail.topic, f"{mail.short_date()}, {mail.at:%H:%M:%S} GMT", mail.agent.mail)
    header = "\n".join(f"> {label}: {value}" for label, value in zip(labels, values, strict=True))
    return f"{title}\n\n{header}\n> \n{wrapped(question, 78, '> ')}\n"


def signature_without_dashes(mail: Mail, question: str) -> str:
    """Closing, name, post, slogan: nothing marks where the signature begins."""
    who = mail.customer
    return (
        f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n\n{who.name} ({who.pronouns})\n{who.job}\n{who.company}\n"
        f'"{who.slogan}"\n{who.phone}\n{who.mail}\n'
    )


def only_contact_lines(mail: Mail, question: str) -> str:
    """No greeting and no closing line: the contact lines follow the words at once."""
    who = mail.customer
    tel, mobile = ("Tfno.", "Móvil") if mail.language == "es" else ("Tel", "Mobile")
    return (
        f"{question}\n\n{who.name}\n{who.company}\n{who.street}\n{who.town}\n{tel}: {who.phone}\n{mobile}:"
        f" {who.mobile}\n"
        f"{who.mail}\n{who.site}\n"
    )


def starred_signature(mail: Mail, question: str) -> str:
    """The plain part that is made of an HTML signature: stars for bold, addresses of links and of images."""
    who = mail.customer
    return (
        f"{question}\n\n{mail.closing}\n\n*{who.name}*\n*{who.job}*\n\n[image: {who.company}] <https://{who.site}>\n"
        f"*T* {who.phone}  *M* {who.mobile}\n*W* {who.site} <https://{who.site}/>\n[image: LinkedIn]\n"
        f"<https://linkedin.example/company/{who.site}> [image: Facebook]\n<https://facebook.example/{who.site}>\n"
    )


def with_disclaimer(mail: Mail, question: str) -> str:
    who = mail.customer
    return (
        f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n{who.name}\n{who.company}\n\n{mail.environment}\n\n"
        f"{wrapped(mail.disclaimer, 78)}\n"
    )


def with_ruled_disclaimer(mail: Mail, question: str) -> str:
    """A gateway adds the notice in one long line below a rule of stars."""
    return crlf(
        f"{question}\n\n{mail.customer.name}\n\n\n{'*' * 70}\n{mail.disclaimer}\n{'*' * 70}\n{mail.environment}\n"
    )


def with_banner(mail: Mail, question: str) -> str:
    """A gateway on the way puts its warning above what the customer writes."""
    banner = "[EXTERNAL EMAIL] DO NOT CLICK links or attachments unless you recognize the sender."
    if mail.language == "es":
        banner = (
            "[CORREO EXTERNO] Este mensaje se ha enviado desde fuera de la organización. No abra enlaces ni archivos"
            " adjuntos salvo que conozca al remitente."
        )
    return f"{banner}\n\n{mail.greeting}\n\n{question}\n\n{mail.closing}\n{mail.customer.name}\n"


PLAIN: tuple[Layout, ...] = (
    layout("thunderbird_flowed_above", "en", "plain", flowed_above),
    layout("thunderbird_flowed_above_spanish", "es", "plain", flowed_above),
    layout("thunderbird_flowed_below", "en", "plain", flowed_below),
    layout("thunderbird_flowed_below_spanish", "es", "plain", flowed_below),
    layout("interleaved_plain", "en", "plain", interleaved),
    layout("interleaved_plain_spanish", "es", "plain", interleaved),
    layout("three_nested_quotes", "en", "plain", nested),
    layout("three_nested_quotes_spanish", "es", "plain", nested),
    layout("gmail_plain_reply", "en", "plain", gmail_plain),
    layout("gmail_plain_reply_spanish", "es", "plain", gmail_plain),
    layout("original_message_with_crlf", "en", "plain", original_message, reply="RE: "),
    layout("original_message_with_crlf_spanish", "es", "plain", original_message, reply="RE: "),
    layout("outlook_web_plain_reply", "en", "plain", underline_header),
    layout("mailing_list_footer", "en", "plain", mailing_list, reply="[Helpdesk] "),
    layout("gmail_plain_forward_of_the_customer", "en", "plain", forwarded, reply="Fwd: "),
    layout("gmail_plain_forward_of_the_customer_spanish", "es", "plain", forwarded, reply="Fwd: "),
    layout("apple_plain_forward_of_the_customer", "en", "plain", apple_forwarded, reply="Fwd: "),
    layout("apple_plain_forward_of_the_customer_spanish", "es", "plain", apple_forwarded, reply="Fwd: "),
    layout("signature_without_dashes", "en", "plain", signature_without_dashes, reply=""),
    layout("signature_without_dashes_spanish", "es", "plain", signature_without_dashes, reply=""),
    layout("only_contact_lines", "en", "plain", only_contact_lines, reply=""),
    layout("only_contact_lines_spanish", "es", "plain", only_contact_lines, reply=""),
    layout("starred_signature", "en", "plain", starred_signature, reply=""),
    layout("disclaimer_and_environment", "en", "plain", with_disclaimer, reply=""),
    layout("disclaimer_and_environment_spanish", "es", "plain", with_disclaimer, reply=""),
    layout("ruled_disclaimer_with_crlf", "en", "plain", with_ruled_disclaimer),
    layout("ruled_disclaimer_with_crlf_spanish", "es", "plain", with_ruled_disclaimer),
    layout("external_banner", "en", "plain", with_banner, reply="[EXT] "),
    layout("external_banner_spanish", "es", "plain", with_banner, reply="[EXT] "),
)
