"""Gmail, Yahoo and Outlook on the web, and phones, as the measuring set has them."""

from html import escape

from tests.support.mail_layouts.measuring_mail import Mail, blocks, breaks, layout, link, paragraphs, quoted, wrapped
from tests.support.mail_layouts.unseen_threads import Layout

GMAIL_QUOTE = (
    'class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"'
)


def gmail_line(mail: Mail) -> str:
    """The line over Gmail's quote, in HTML."""
    who = f'<strong class="gmail_sendername" dir="auto">{mail.desk}</strong>'
    if mail.language == "es":
        day = f"El {mail.day[:3]}, {mail.at.day} {mail.month[:3]} {mail.at.year} a las {mail.clock}"
        return f'<div dir="ltr" class="gmail_attr">{day}, {who} ({link(mail.desk_address)}) escribió:<br></div>'
    day = f"On {mail.day[:3]}, {mail.month[:3]} {mail.at.day}, {mail.at.year} at {mail.at.strftime('%I:%M')}\u202fAM"
    return f'<div dir="ltr" class="gmail_attr">{day} {who} &lt;{link(mail.desk_address)}&gt; wrote:<br></div>'


def gmail_signature(mail: Mail) -> str:
    """A signature with a logo, links to networks, and a slogan."""
    networks = " | ".join(
        f'<a href="https://{site}.example/{mail.ref}">{site.title()}</a>' for site in ("linkedin", "x")
    )
    return (
        '<div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature"'
        f' data-smartmail="gmail_signature"><div dir="ltr"><table><tr><td><img src="https://www.{mail.domain}/logo.png"'
        f' width="96" alt="{escape(mail.company)}"></td><td><b>{mail.name}</b><br>{escape(mail.job)}<br>{mail.mobile}'
        f"<br>{networks}<br><i>{escape(mail.slogan)}</i></td></tr></table></div></div>"
    )


def gmail_web_above(mail: Mail, question: str) -> str:
    return (
        f'<div dir="ltr"><div>{mail.greeting}</div><div><br></div>{blocks(question)}<div><br></div>'
        f"<div>{mail.closing}</div><div>{mail.first}</div>{gmail_signature(mail)}</div><br>"
        f'<div class="gmail_quote gmail_quote_container">{gmail_line(mail)}<blockquote {GMAIL_QUOTE}><div dir="ltr">'
        f"{blocks(mail.earlier)}<div>{mail.agent}<br>{mail.desk}</div></div></blockquote></div>"
    )


def gmail_web_below(mail: Mail, question: str) -> str:
    """The answer stands under the quote, within Gmail's container."""
    return (
        f'<div dir="ltr"><div class="gmail_quote">{gmail_line(mail)}<blockquote {GMAIL_QUOTE}>{breaks(mail.earlier)}'
        f"</blockquote><div><br></div>{blocks(question)}<div><br></div><div>{mail.closing}"
        f" {mail.first}</div></div></div>"
    )


def gmail_phone(mail: Mail, question: str) -> str:
    """Written on a phone: one block, a name alone, three quotes deep."""
    second, third = gmail_line(mail.before()), gmail_line(mail.before().before())
    deepest = f"<blockquote {GMAIL_QUOTE}>{breaks(mail.oldest)}</blockquote>"
    deeper = f"<blockquote {GMAIL_QUOTE}>{breaks(mail.older)}<br>{third}{deepest}</blockquote>"
    return (
        f'<div dir="auto">{breaks(question)}<div dir="auto"><br></div><div dir="auto">{mail.first}</div></div><br>'
        f'<div class="gmail_quote">{gmail_line(mail)}<blockquote {GMAIL_QUOTE}>{breaks(mail.earlier)}<br>'
        f"{second}{deeper}</blockquote></div>"
    )


def gmail_plain(mail: Mail, question: str) -> str:
    """The text part of Gmail: hard breaks, and a line over the quote that is broken in two."""
    thread = quoted(f"{mail.earlier}\n\n{mail.agent}\n{mail.desk}")
    if mail.language == "es":
        day = f"El {mail.day[:3]}, {mail.at:%d} {mail.month[:3]} {mail.at.year} a la(s) {mail.at:%I:%M} a.m."
        line = f"{day}, {mail.desk} (\n{mail.desk_address}) escribió:"
    else:
        day = f"On {mail.day[:3]}, {mail.month[:3]} {mail.at.day}, {mail.at.year} at {mail.clock}"
        line = f"{day} {mail.desk} <\n{mail.desk_address}> wrote:"
    return f"{mail.greeting}\n\n{wrapped(question)}\n\n{mail.closing}\n{mail.initials}\n\n{line}\n\n{thread}\n"


def gmail_forward(mail: Mail, question: str) -> str:
    """A colleague hands the mail on and writes nothing: what the customer said is in the forwarded part."""
    return (
        f"---------- Forwarded message ---------\nFrom: {mail.name} <{mail.address}>\nDate: {mail.day[:3]}, "
        f"{mail.month[:3]} {mail.at.day}, {mail.at.year} at {mail.clock}\nSubject: {mail.topic}\nTo: "
        f"<{mail.desk_address}>\n\n\n{mail.greeting}\n\n{wrapped(question)}\n\n{mail.closing}\n{mail.name}\n"
    )


def yahoo_web(mail: Mail, question: str) -> str:
    if mail.language == "es":
        line = f"En {mail.day}, {mail.date}, {mail.at:%H:%M:%S} CET, {mail.desk} &lt;{mail.desk_address}&gt; escribió:"
    else:
        line = (
            f"On {mail.day}, {mail.date} at {mail.at:%I:%M:%S %p} GMT, {mail.desk} &lt;{mail.desk_address}&gt; wrote:"
        )
    return (
        '<html><head></head><body><div class="ydp4c1yahoo-style-wrap" style="font-family:Helvetica Neue, Arial;'
        f'font-size:13px;"><div dir="ltr" data-setdir="false">{breaks(paragraphs(question))}</div><div><br></div>'
        f'<div class="ydp4c1signature"><div>{mail.closing}</div><div>{mail.name}</div></div></div>'
        f'<div id="ydp{mail.ref}yahoo_quoted_{mail.ref}" class="ydp{mail.ref}yahoo_quoted"><div style="color:#26282a;">'
        f"<div>{line}</div><div><br></div><div>{breaks(mail.earlier)}</div></div></div></body></html>"
    )


def yahoo_phone(mail: Mail, question: str) -> str:
    if mail.language == "es":
        sent = "Enviado desde Yahoo Mail para Android"
        day = f"El {mail.day[:3]}., {mail.at:%d} de {mail.month[:3]} de {mail.at.year} a la(s) {mail.clock}"
        line = f"{day}, {mail.desk}<{mail.desk_address}> escribió:"
    else:
        sent = "Sent from Yahoo Mail for iPhone"
        line = f"On {mail.day}, {mail.date}, {mail.clock}, {mail.desk} <{mail.desk_address}> wrote:"
    return f"{question}\n\n\n{mail.first}\n\n{sent}\n\n\n{line}\n\n{quoted(mail.earlier)}\n"


def outlook_web(mail: Mail, question: str) -> str:
    """Outlook on the web: a signature with an appointment page, a rule, and a header of the earlier mail."""
    font = 'style="font-family: Aptos, Calibri, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);"'
    words = ("From", "Sent", "To", "Subject")
    when = f"{mail.day}, {mail.date} {mail.at:%I:%M %p}"
    if mail.language == "es":
        words, when = ("De", "Enviado", "Para", "Asunto"), f"{mail.day}, {mail.date} {mail.clock}"
    return (
        f'<html><body dir="ltr">{blocks(mail.greeting, "div", f"class=elementToProof {font}")}<div {font}><br></div>'
        f"{blocks(paragraphs(question), 'div', f'class=elementToProof {font}')}<div {font}><br></div>"
        f'<div id="Signature"><p>{mail.closing}</p><p><b>{mail.name}</b><br>{escape(mail.job)}<br>'
        f'{escape(mail.company)}</p><p><a href="https://book.{mail.domain}/{mail.ref}">{mail.booking}</a></p><p>{mail.hours}</p></div>'
        '<div id="appendonsend"></div><hr tabindex="-1" style="display:inline-block; width:98%"><div id="divRplyFwdMsg"'
        f' dir="ltr"><font face="Calibri"><b>{words[0]}:</b> {mail.desk}'
        f" &lt;{mail.desk_address}&gt;<br><b>{words[1]}:</b>"
        f" {when}<br><b>{words[2]}:</b> {mail.name} &lt;{mail.address}&gt;<br><b>{words[3]}:</b> {mail.topic}</font>"
        f"<div>&nbsp;</div></div><div>{breaks(mail.earlier)}</div></body></html>"
    )


def outlook_phone(mail: Mail, question: str) -> str:
    if mail.language == "es":
        get, words = (
            "Obtener <a href='https://aka.example/o'>Outlook para Android</a>",
            ("De", "Enviado", "Para", "Asunto"),
        )
    else:
        get, words = "Get <a href='https://aka.example/o'>Outlook for iOS</a>", ("From", "Sent", "To", "Subject")
    return (
        f'<html><body><div dir="ltr">{breaks(question)}</div><div id="ms-outlook-mobile-signature"'
        f' dir="ltr"><div></div>'
        f'<div dir="ltr">{mail.closing}</div><div dir="ltr">{mail.initials}</div>{get}</div><hr style="width:98%">'
        f'<div id="divRplyFwdMsg" dir="ltr"><b>{words[0]}:</b> {mail.desk}'
        f" &lt;{mail.desk_address}&gt;<br><b>{words[1]}:"
        f"</b> {mail.day}, {mail.date} {mail.clock}<br><b>{words[2]}:</b> {mail.address}<br><b>{words[3]}:</b> "
        f'{mail.topic}<br></div><div style="font-family:Arial">{breaks(mail.earlier)}</div></body></html>'
    )


WEBMAIL: tuple[Layout, ...] = (
    layout("gmail-web-above-en", "en", "html", gmail_web_above),
    layout("gmail-web-above-es", "es", "html", gmail_web_above),
    layout("gmail-web-below-es", "es", "html", gmail_web_below),
    layout("gmail-phone-three-deep-en", "en", "html", gmail_phone),
    layout("gmail-plain-en", "en", "plain", gmail_plain),
    layout("gmail-plain-es", "es", "plain", gmail_plain),
    layout("gmail-forward-en", "en", "plain", gmail_forward, subject="Fwd: {topic}"),
    layout("yahoo-web-en", "en", "html", yahoo_web),
    layout("yahoo-web-es", "es", "html", yahoo_web),
    layout("yahoo-phone-es", "es", "plain", yahoo_phone, subject="RE: {topic}"),
    layout("outlook-web-en", "en", "html", outlook_web),
    layout("outlook-web-es", "es", "html", outlook_web, subject="RE: {topic}"),
    layout("outlook-phone-es", "es", "html", outlook_phone, subject="RE: {topic}"),
    layout("outlook-phone-en", "en", "html", outlook_phone),
)
