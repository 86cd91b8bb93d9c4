"""Outlook for Windows, Apple Mail, Thunderbird, Samsung and Zoho, as the measuring set has them."""

from html import escape

from tests.support.mail_layouts.measuring_mail import (
    Mail,
    blocks,
    breaks,
    flowed,
    layout,
    paragraphs,
    quoted,
    sentences,
    wrapped,
)  # fmt: skip
from tests.support.mail_layouts.unseen_threads import Layout

OUTLOOK_HEAD = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Microsoft Word 15">'
    "<style><!--\n@font-face\n\t{font-family:Calibri;}\np.MsoNormal\n\t{margin:0cm;font-size:11.0pt;}\n--></style>"
    '<!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit"/></xml><![endif]--></head><body lang=EN-GB>'
)
HEADERS = {"en": ("From", "Sent", "To", "Subject"), "es": ("De", "Enviado el", "Para", "Asunto")}


def outlook_header(mail: Mail) -> str:
    """The earlier mail's header as Outlook for Windows writes it."""
    words = HEADERS[mail.language]
    return (
        f"{words[0]}: {mail.desk} <{mail.desk_address}>\n{words[1]}: {mail.day}, {mail.date} {mail.clock}\n"
        f"{words[2]}: {mail.name} <{mail.address}>\n{words[3]}: {mail.topic}"
    )


def outlook_windows(mail: Mail, question: str) -> str:
    """Word's HTML: every line a paragraph, a signature with an address and a disclaimer in grey."""
    line = "class=MsoNormal"
    signature = (
        f"{mail.name}\n{mail.job}\n{mail.company}\n{mail.street}, {mail.town}\nT: {mail.phone} | M: {mail.mobile}"
    )
    return (
        f"{OUTLOOK_HEAD}<div class=WordSection1>{blocks(mail.greeting, 'p', line)}"
        f"{blocks(paragraphs(question), 'p', line, '<o:p>&nbsp;</o:p>')}<p {line}><o:p>&nbsp;</o:p></p>"
        f"{blocks(mail.closing, 'p', line)}<p {line}><o:p>&nbsp;</o:p></p>{blocks(signature, 'p', line)}"
        f"<p {line}><span style='font-size:7.5pt;color:gray'>{escape(mail.disclaimer)}<o:p></o:p></span></p>"
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
        f"<p {line}>{breaks(outlook_header(mail))}<o:p></o:p></p></div>"
        f"{blocks(mail.earlier, 'p', line)}</div></body></html>"
    )


def outlook_plain(mail: Mail, question: str) -> str:
    """CRLF, a quote without signs, and an older one beneath it."""
    rule = "-----Original Message-----" if mail.language == "en" else "-----Mensaje original-----"
    text = (
        f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n\n{mail.name}\n{mail.job} | {mail.company}\n"
        f"{mail.phone}\n\n{rule}\n{outlook_header(mail)}\n\n{mail.earlier}\n\n{mail.agent} {mail.agent_last}\n\n"
        f"{rule}\n{outlook_header(mail.before())}\n\n{mail.older}\n"
    )
    return text.replace("\n", "\r\n")


def outlook_forward(mail: Mail, question: str) -> str:
    """A colleague forwards and adds nothing but a signature."""
    words = HEADERS[mail.language]
    return (
        f"\n\n{mail.agent} {mail.agent_last}\n{mail.desk}\n\n{words[0]}: {mail.name} <{mail.address}>\n{words[1]}: "
        f"{mail.day}, {mail.date} {mail.clock}\n{words[2]}: {mail.desk} <{mail.desk_address}>\n{words[3]}: {mail.topic}"
        f"\n\n{mail.greeting}\n\n{question}\n\n{mail.closing}\n{mail.name}\n"
    )


def apple_line(mail: Mail) -> str:
    if mail.language == "es":
        day = f"El {mail.at.day} {mail.month[:3]} {mail.at.year}, a las {mail.clock}"
        return f"{day}, {mail.desk} <{mail.desk_address}> escribió:"
    return (
        f"On {mail.at.day} {mail.month[:3]} {mail.at.year}, at {mail.clock}, {mail.desk} <{mail.desk_address}> wrote:"
    )


def iphone(mail: Mail, question: str) -> str:
    sent = "Sent from my iPhone" if mail.language == "en" else "Enviado desde mi iPhone"
    return (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">'
        f'{breaks(question)}<br><br>{mail.closing}<br>{mail.first}<br id="lineBreakAtBeginningOfSignature"><div'
        f' dir="ltr">{sent}</div><div dir="ltr"><br><blockquote'
        f' type="cite">{breaks(apple_line(mail))}<br><br></blockquote></div>'
        f'<blockquote type="cite"><div dir="ltr">\ufeff{breaks(mail.earlier)}</div></blockquote></body></html>'
    )


def apple_mail(mail: Mail, question: str) -> str:
    """Apple Mail on a Mac: the quote first, the answer beneath, a signature with a slogan."""
    return (
        f'<html><body style="overflow-wrap: break-word; line-break: after-white-space;"><div><blockquote type="cite">'
        f'<div>{breaks(apple_line(mail))}</div><br class="Apple-interchange-newline"><div>{breaks(mail.earlier)}</div>'
        f"</blockquote></div><br>{blocks(question)}<br><div>{mail.closing}</div><div>\n<div>{mail.name}<br>"
        f"{escape(mail.job)}, {escape(mail.company)}<br><i>{escape(mail.slogan)}</i></div></div></body></html>"
    )


def apple_plain(mail: Mail, question: str) -> str:
    """The text part, flowed, three quotes deep."""
    first, second, third = (apple_line(sent) for sent in (mail, mail.before(), mail.before().before()))
    older = quoted(f"{mail.older}\n\n{third}\n\n" + quoted(mail.oldest))
    thread = quoted(f"{mail.earlier}\n\n{second}\n\n{older}")
    written = f"{mail.greeting}\n\n{flowed(paragraphs(question))}\n\n{mail.closing}\n{mail.first}"
    return f"{written}\n\n> {first}\n> \n{thread}\n"


def thunderbird_line(mail: Mail) -> str:
    if mail.language == "es":
        return f"El {mail.at.day}/{mail.at.month}/{mail.at:%y} a las {mail.clock}, {mail.desk} escribió:"
    return f"On {mail.at:%d/%m/%Y} {mail.clock}, {mail.desk} wrote:"


def thunderbird(mail: Mail, question: str) -> str:
    signature = f"-- \n{mail.name}\n{mail.company}\n{mail.street}\n{mail.town}\nhttps://www.{mail.domain}"
    return (
        f"<html><body><p>{mail.greeting}</p>{blocks(question, 'p')}<p>{mail.closing}<br></p>"
        f'<div class="moz-cite-prefix">{thunderbird_line(mail)}<br></div><blockquote type="cite"'
        f' cite="mid:{mail.ref}@desk'
        f'.example"><pre class="moz-quote-pre" wrap="">{escape(mail.earlier)}</pre></blockquote>'
        f'<pre class="moz-signature" cols="72">{escape(signature)}</pre></body></html>'
    )


def thunderbird_below(mail: Mail, question: str) -> str:
    """Quote, answer, signature: the order of the mailing lists."""
    return (
        f"{thunderbird_line(mail)}\n{quoted(wrapped(mail.earlier))}\n\n{flowed(question)}\n"
        f"\n{mail.closing}\n{mail.first}\n\n"
        f"-- \n{mail.name}\n{mail.job}\n{mail.company}\n{mail.slogan}\n"
    )


def interleaved(mail: Mail, question: str) -> str:
    """The customer answers between the lines of the desk, one sentence after another."""
    lines = [mail.earlier, mail.older, mail.oldest]
    parts = sentences(question)
    spread = [*parts[:2], "\n\n".join(parts[2:])]
    turns = [f"{quoted(line)}\n\n{part}".rstrip() for line, part in zip(lines, spread, strict=False)]
    return f"{thunderbird_line(mail)}\n" + "\n\n".join(turns) + f"\n\n{mail.closing}\n{mail.first}\n"


def samsung(mail: Mail, question: str) -> str:
    words, sent, rule = ("From", "Date", "To", "Subject"), "Sent from my Galaxy", "Original message"
    if mail.language == "es":
        words, sent, rule = ("De", "Fecha", "Para", "Asunto"), "Enviado desde mi Galaxy", "Mensaje original"
    return (
        f'<html><body dir="auto"><div dir="auto">{breaks(question)}</div><div dir="auto"><br></div><div dir="auto">'
        f'{mail.closing}</div><div dir="auto">{mail.first}</div><div dir="auto"><br></div><div id="composer_signature"'
        f' dir="auto"><div style="font-size:12px;color:#575757" dir="auto">{sent}</div></div><div dir="auto"><br></div>'
        f'<div align="left" dir="auto" style="font-size:100%"><div>-------- {rule} --------</div><div>{words[0]}: '
        f"{mail.desk} &lt;{mail.desk_address}&gt; </div><div>{words[1]}: {mail.at:%d/%m/%Y  %H:%M}  (GMT+00:00) </div>"
        f"<div>{words[2]}: {mail.address} </div><div>{words[3]}: {mail.topic} </div><div><br></div></div>"
        f"<div>{breaks(mail.earlier)}</div></body></html>"
    )


def zoho_mail(mail: Mail, question: str) -> str:
    wrote = "escribió" if mail.language == "es" else "wrote"
    on = "El" if mail.language == "es" else "On"
    return (
        f"{mail.greeting}\n{question}\n\n{mail.closing}\n{mail.name}\n{mail.company}\n\n\n---- {on} {mail.day[:3]}, "
        f"{mail.at.day} {mail.month[:3]} {mail.at.year} {mail.at:%H:%M:%S} +0100 {mail.desk} <{mail.desk_address}>"
        f" {wrote} ----\n\n{mail.earlier}\n"
    )


DESKTOP: tuple[Layout, ...] = (
    layout("outlook-windows-en", "en", "html", outlook_windows, subject="RE: {topic}"),
    layout("outlook-windows-es", "es", "html", outlook_windows, subject="RE: {topic}"),
    layout("outlook-plain-crlf-en", "en", "plain", outlook_plain, subject="RE: {topic}"),
    layout("outlook-plain-crlf-es", "es", "plain", outlook_plain, subject="RE: {topic}"),
    layout("outlook-forward-es", "es", "plain", outlook_forward, subject="RV: {topic}"),
    layout("iphone-en", "en", "html", iphone),
    layout("iphone-es", "es", "html", iphone),
    layout("apple-mail-below-en", "en", "html", apple_mail),
    layout("apple-plain-three-deep-es", "es", "plain", apple_plain),
    layout("thunderbird-es", "es", "html", thunderbird),
    layout("thunderbird-below-flowed-en", "en", "plain", thunderbird_below),
    layout("thunderbird-interleaved-en", "en", "plain", interleaved),
    layout("thunderbird-interleaved-es", "es", "plain", interleaved),
    layout("samsung-en", "en", "html", samsung),
    layout("samsung-es", "es", "html", samsung),
    layout("zoho-mail-es", "es", "plain", zoho_mail),
    layout("zoho-mail-en", "en", "plain", zoho_mail),
)
