"""Layouts of mail that is written on a telephone."""

from tests.support.mail_layouts.unseen_markup import crlf, divs, html, lines, wrapped
from tests.support.mail_layouts.unseen_threads import Layout, Mail, layout
from tests.support.mail_layouts.unseen_webmail import outlook_header

AUTO = ' dir="auto"'
HEAD = '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
OUTLOOK_FONT = ' dir="ltr" style="font-family: Aptos, -apple-system, HelveticaNeue; font-size: 12pt;"'


def outlook_footer(mail: Mail) -> str:
    if mail.language == "es":
        return 'Obtener <a href="https://aka.example/ghei36">Outlook para Android</a>'
    return 'Get <a href="https://aka.example/o0ukef">Outlook for iOS</a>'


def outlook_phone(mail: Mail, question: str) -> str:
    return (
        f'<html><head></head><body>\n{divs(question, OUTLOOK_FONT)}\n<div id="ms-outlook-mobile-body-separator-line"'
        f' data-applydefaultfontstyles="true"{OUTLOOK_FONT}><br></div>\n'
        '<div id="ms-outlook-mobile-signature" class="ms-outlook-mobile-signature" data-signature-version="2.0">'
        f'{outlook_footer(mail)}</div>\n<div id="mail-editor-reference-message-container"'
        ' class="ms-outlook-mobile-reference'
        f'-message skipProofing">{outlook_header(mail)}<div>{html(mail.earlier)}</div></div>\n</body></html>\n'
    )


def outlook_phone_typed_into_the_signature(mail: Mail, question: str) -> str:
    """Writers put the cursor where they like: here all the words are inside the signature's element."""
    return (
        '<html><head></head><body>\n<div><br></div>\n<div id="ms-outlook-mobile-signature" dir="auto"><div><br></div>\n'
        f"{divs(question, AUTO)}\n<div><br></div>\n<div>{html(mail.customer.name)}</div></div>\n"
        f"{outlook_header(mail)}<div>{html(mail.earlier)}</div>\n</body></html>\n"
    )


def iphone_reply(mail: Mail, question: str) -> str:
    agent, at = mail.agent, mail.at
    footer, wrote = "Sent from my iPhone", f"On {mail.short_date()}, at {at:%H:%M}, {agent.name} <{agent.mail}> wrote:"
    if mail.language == "es":
        footer = "Enviado desde mi iPhone"
        wrote = f"El {mail.short_date()}, a la(s) {at:%H:%M}, {agent.name} <{agent.mail}> escribió:"
    return (
        f'{HEAD}<body dir="auto">{lines(question)}<br id="lineBreakAtBeginningOfSignature"><div'
        f' dir="ltr">{footer}</div>'
        f'<div dir="ltr"><br><blockquote type="cite">{html(wrote)}<br><br></blockquote></div><blockquote type="cite">'
        f'<div dir="ltr">\ufeff<div>{html(mail.earlier)}</div></div></blockquote></body></html>'
    )


def iphone_plain(mail: Mail, question: str) -> str:
    """The plain part of the same reply: the quote begins with the attribution, itself quoted."""
    agent = mail.agent
    wrote = f"On {mail.short_date()}, at {mail.at:%H:%M}, {agent.name} <{agent.mail}> wrote:"
    return f"{question}\n\nSent from my iPad\n\n> {wrote}\n> \n> \ufeff{wrapped(mail.earlier, 90, '> ')[2:]}\n> \n"


def samsung_header(mail: Mail) -> list[str]:
    who, agent, at = mail.customer, mail.agent, mail.at
    if mail.language == "es":
        return [
            "-------- Mensaje original --------",
            f"De: {agent.name} <{agent.mail}>",
            f"Fecha: {at.day}/{at.month}/{at:%y}  {at:%H:%M}  (GMT+01:00)",
            f"Para: {who.name} <{who.mail}>",
            f"Asunto: {mail.topic}",
        ]
    return [
        "-------- Original message --------",
        f"From: {agent.name} <{agent.mail}>",
        f"Date: {at.day}/{at.month}/{at:%y}  {at:%H:%M}  (GMT+00:00)",
        f"To: {who.name} <{who.mail}>",
        f"Subject: {mail.topic}",
    ]


def samsung_reply(mail: Mail, question: str) -> str:
    footer = "Enviado desde mi Galaxy" if mail.language == "es" else "Sent from my Galaxy"
    rows = "".join(f"<div>{html(line)} </div>" for line in samsung_header(mail))
    return (
        f'{HEAD}<body dir="auto">{divs(question, AUTO)}<div dir="auto"><br></div><div id="composer_signature"'
        f' dir="auto"><div style="font-size:12px;color:#575757" dir="auto">{footer}</div></div><div'
        ' dir="auto"><br></div>'
        '<div><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000"><!-- originalMessage -->'
        f"{rows}<div><br></div></div>{html(mail.earlier)}<br></body></html>"
    )


def samsung_plain(mail: Mail, question: str) -> str:
    footer = "Enviado desde mi Galaxy" if mail.language == "es" else "Sent from my Galaxy"
    return crlf("\n".join([question, "", "", footer, "", *samsung_header(mail), "", mail.earlier, ""]))


def yahoo_phone(mail: Mail, question: str) -> str:
    agent, at = mail.agent, mail.at
    date = f"On {mail.day}, {mail.month} {at.day}, {at.year}, {mail.clock} {at:%p}"
    return (
        f'{lines(question)}<br><br><div id="ymail_android_signature"><a id="ymail_android_signature_link"'
        ' href="https://yahoo.example/mobile">Yahoo Mail: Search, Organize, Conquer</a></div> <br> '
        '<blockquote style="margin: 0 0 20px 0;"> <div style="font-family:Roboto, sans-serif; color:#6D00F6;"> <div>'
        f'{date}, {html(agent.name)}</div><div>&lt;{agent.mail}&gt; wrote:</div> </div> <div style="padding:'
        " 10px 0 0 20px;"
        f' border-left: 1px solid #6D00F6;"><div>{html(mail.earlier)}</div></div> </blockquote>'
    )


def other_phone_plain(mail: Mail, question: str) -> str:
    """The footers of less known programs, with a name below."""
    footer = "Sent from my phone. Please excuse brevity and any typos."
    if mail.language == "es":
        footer = "Enviado desde mi móvil. Disculpe la brevedad y las posibles erratas."
    return f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n{mail.customer.name}\n\n{footer}\n"


PHONES: tuple[Layout, ...] = (
    layout("outlook_ios_reply", "en", "html", outlook_phone),
    layout("outlook_android_reply_spanish", "es", "html", outlook_phone, reply="RE: "),
    layout("outlook_ios_typed_into_the_signature", "en", "html", outlook_phone_typed_into_the_signature),
    layout("iphone_reply", "en", "html", iphone_reply),
    layout("iphone_reply_spanish", "es", "html", iphone_reply),
    layout("ipad_reply_plain", "en", "plain", iphone_plain),
    layout("samsung_reply", "en", "html", samsung_reply),
    layout("samsung_reply_plain_spanish", "es", "plain", samsung_plain),
    layout("yahoo_android_reply", "en", "html", yahoo_phone),
    layout("other_phone_plain", "en", "plain", other_phone_plain, reply=""),
    layout("other_phone_plain_spanish", "es", "plain", other_phone_plain, reply=""),
)
