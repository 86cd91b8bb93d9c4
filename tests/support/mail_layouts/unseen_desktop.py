"""Layouts of mail that is written in a program on a desk: Outlook, Apple Mail, Thunderbird."""

import textwrap
from datetime import timedelta

from tests.support.mail_layouts.unseen_markup import blocks, contact_lines, divs, html, lines, link, style_sheet
from tests.support.mail_layouts.unseen_threads import Layout, Mail, layout

WORD_HEAD = (
    '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:w="urn:schemas-microsoft-com:office:word">\n<head>\n<meta name="Generator"'
    ' content="Microsoft Word 15 (filtered medium)">\n<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}\n'
    "o\\:* {behavior:url(#default#VML);}\n</style><![endif]--><style>%s</style><!--[if gte mso 9]><xml>\n"
    '<o:shapedefaults v:ext="edit" spidmax="1026" />\n</xml><![endif]-->\n</head>\n'
)
EMPTY = '<p class="MsoNormal"><o:p>&nbsp;</o:p></p>\n'
APPLE_BODY = "overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;"


def word(text: str) -> str:
    """Word writes quotes as entities and breaks its source at 76 columns."""
    coded = blocks(text, '<p class="MsoNormal">', "<o:p></o:p></p>\n", EMPTY).replace("'", "&#8217;")
    return "\n".join(
        textwrap.fill(line, 76, break_long_words=False, break_on_hyphens=False) for line in coded.split("\n")
    )


def word_header(mail: Mail) -> str:
    """The header with a line above it that Outlook for Windows puts before a quote."""
    who, agent = mail.customer, mail.agent
    labels = ("De", "Enviado el", "Para", "Asunto") if mail.language == "es" else ("From", "Sent", "To", "Subject")
    values = (f"{html(agent.name)} &lt;{agent.mail}&gt; ", mail.long_date(), html(who.name), html(mail.topic))
    rows = "<br>\n".join(f"<b>{label}:</b> {value}" for label, value in zip(labels, values, strict=True))
    return (
        '<div>\n<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">\n'
        f'<p class="MsoNormal"><span lang="EN-US">{rows}<o:p></o:p></span></p>\n</div>\n</div>\n'
    )


def outlook_word(mail: Mail, question: str) -> str:
    """Word's HTML with 20 KB of style, a signature without a dash line, and a notice in small grey letters."""
    before = mail._replace(at=mail.at - timedelta(days=2))
    signature = "".join(
        f'<p class="MsoNormal"><span style="font-size:10.0pt;color:#1F3864;mso-fareast-language:EN-GB">{html(line)}'
        "<o:p></o:p></span></p>\n"
        for line in contact_lines(mail.customer)
    )
    notice = (
        '<p class="MsoNormal"><span style="font-size:7.5pt;color:gray">'
        f"{html(mail.disclaimer)}<o:p></o:p></span></p>\n"
        '<p class="MsoNormal"><b><span'
        f' style="font-size:8.0pt;color:green">{html(mail.environment)}<o:p></o:p></span></b></p>\n'
    )
    return (
        f"{WORD_HEAD % style_sheet(20)}"
        '<body lang="EN-GB" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">\n<div'
        ' class="WordSection1">\n'
        f"{word(mail.greeting)}{EMPTY}{word(question)}{EMPTY}{word(mail.closing)}{signature}"
        '<p class="MsoNormal"><img width="120" height="40" src="cid:image001.png@01DA0000.0"'
        ' alt="Logo"><o:p></o:p></p>\n'
        f"{notice}{EMPTY}{word_header(mail)}{EMPTY}{word(mail.earlier)}{EMPTY}{word_header(before)}{word(mail.older)}"
        "</div>\n</body>\n</html>\n"
    )


def outlook_word_from_outside(mail: Mail, question: str) -> str:
    """A gateway put its warning before the first paragraph."""
    warning = (
        '<table border="0" cellspacing="0" cellpadding="0" width="100%" style="background:#FFEB9C"><tr><td>'
        '<p class="MsoNormal"><b><span style="color:#9C6500">CAUTION:</span></b> This email originated from'
        " outside of the"
        " organization. Do not click links or open attachments unless you recognize the sender and know the content is"
        " safe.<o:p></o:p></p></td></tr></table>\n"
    )
    if mail.language == "es":
        warning = (
            '<div style="border:1px solid #c00;padding:4px"><p class="MsoNormal"><b>ATENCIÓN:</b> este correo'
            " procede de"
            " fuera de la organización. No pulse en los enlaces ni abra los adjuntos si no reconoce al remitente."
            "<o:p></o:p></p></div>\n"
        )
    return outlook_word(mail, question).replace(
        '<div class="WordSection1">\n', f'<div class="WordSection1">\n{warning}', 1
    )


def outlook_mac(mail: Mail, question: str) -> str:
    who, agent = mail.customer, mail.agent
    rows = "<br>".join(
        f'<b><span style="font-size:12.0pt;color:black">{label}: </span></b><span style="color:black">{value}</span>'
        for label, value in (
            ("From", f"{html(agent.name)} &lt;{agent.mail}&gt;"),
            ("Date", mail.long_date().replace(" AM", "").replace(" PM", "")),
            ("To", f"{html(who.name)} &lt;{who.mail}&gt;"),
            ("Subject", html(mail.topic)),
        )
    )
    return (
        f'<html><head><style>{style_sheet(1)}</style></head><body lang="EN-GB"><div'
        f' class="WordSection1">{word(question)}'
        f"{EMPTY}<div><p"
        f' class="MsoNormal">{html(who.name)}<br>{html(who.pronouns)}<br>{html(who.company)}<o:p></o:p></p></div>'
        '<div id="mail-editor-reference-message-container"><div><div style="border:none;border-top:solid #B5C4DF 1.0pt;'
        f'padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal" style="margin-bottom:12.0pt">{rows}<o:p></o:p></p></div>'
        f"{word(mail.earlier)}</div></div></div></body></html>"
    )


def apple_reply(mail: Mail, question: str) -> str:
    agent, date = mail.agent, mail.short_date()
    wrote = f"On {date}, at {mail.at:%H:%M}, {html(agent.name)} &lt;{agent.mail}&gt; wrote:"
    if mail.language == "es":
        wrote = f"El {date}, a las {mail.at:%H:%M}, {html(agent.name)} &lt;{agent.mail}&gt; escribió:"
    return (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
        f'<body style="{APPLE_BODY}">{lines(question)}<br id="lineBreakAtBeginningOfMessage"><div>\n<meta'
        ' charset="UTF-8">'
        f'<div>{html(mail.closing)}<br>{html(mail.customer.name)}</div>\n</div>\n<div><br><blockquote type="cite">'
        f"<div>{wrote}</div><br"
        f' class="Apple-interchange-newline"><div><div>{html(mail.earlier)}</div></div></blockquote>'
        "</div><br></body></html>"
    )


def apple_forward(mail: Mail, question: str) -> str:
    """What the customer wrote is the forwarded message."""
    who, agent = mail.customer, mail.agent
    title, labels = "Begin forwarded message:", ("From", "Subject", "Date", "To")
    if mail.language == "es":
        title, labels = "Inicio del mensaje reenviado:", ("De", "Asunto", "Fecha", "Para")
    values = (
        f"{html(who.name)} &lt;{link(who.mail)}&gt;",
        html(mail.topic),
        f"{mail.short_date()}, {mail.at:%H:%M:%S} GMT",
        link(agent.mail),
    )
    font = "font-family: -webkit-system-font, Helvetica Neue, Helvetica, sans-serif;"
    rows = "".join(
        f'<div style="margin: 0px;"><span style="{font}"><b>{label}: </b></span><span'
        f' style="{font}">{value}<br></span></div>'
        for label, value in zip(labels, values, strict=True)
    )
    return (
        f'<html><head></head><body style="{APPLE_BODY}"><br id="lineBreakAtBeginningOfMessage"><div><br>'
        f'<blockquote type="cite"><div>{title}</div><br class="Apple-interchange-newline">{rows}<br><div><div>'
        f"{divs(question)}</div></div></blockquote></div><br></body></html>"
    )


def cite_prefix(mail: Mail) -> str:
    agent, at = mail.agent, mail.at
    wrote = f"On {at:%d/%m/%Y} {at:%H:%M}, {html(agent.name)} wrote:"
    if mail.language == "es":
        wrote = f"El {at:%d/%m/%Y} a las {at:%H:%M}, {html(agent.name)} escribió:"
    return f'<div class="moz-cite-prefix">{wrote}<br>\n    </div>\n'


def cite(mail: Mail, text: str) -> str:
    mid = f'cite="mid:{mail.number:08x}@{mail.agent.site.removeprefix("www.")}"'
    return f'    <blockquote type="cite" {mid}>\n      <p>{html(text)}</p>\n    </blockquote>\n'


def moz_signature(mail: Mail) -> str:
    return (
        f'    <div class="moz-signature">-- <br>\n      {"<br>".join(map(html, contact_lines(mail.customer)))}</div>\n'
    )


def thunderbird(mail: Mail, *parts: str) -> str:
    head = (
        '<!DOCTYPE html>\n<html>\n  <head>\n    <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">\n'
    )
    return f"{head}  </head>\n  <body>\n    {''.join(parts)}{moz_signature(mail)}  </body>\n</html>\n"


def thunderbird_above(mail: Mail, question: str) -> str:
    """The reply and the signature stand above the quote."""
    reply = blocks(question, "<p>", "</p>\n", "<p><br>\n    </p>\n")
    return thunderbird(mail, reply).replace("  </body>", f"    {cite_prefix(mail)}{cite(mail, mail.earlier)}  </body>")


def thunderbird_below(mail: Mail, question: str) -> str:
    reply = blocks(question, "<p>", "</p>\n", "<p><br>\n    </p>\n")
    return thunderbird(mail, cite_prefix(mail), cite(mail, mail.earlier), reply)


def thunderbird_between(mail: Mail, question: str) -> str:
    """The reply stands below one of two quoted paragraphs."""
    reply = blocks(question, "<p>", "</p>\n", "<p><br>\n    </p>\n")
    return thunderbird(mail, cite_prefix(mail), cite(mail, mail.earlier), reply, cite(mail, mail.older))


DESKTOP: tuple[Layout, ...] = (
    layout("outlook_word_reply_of_20_kb", "en", "html", outlook_word, reply="RE: "),
    layout("outlook_word_reply_of_20_kb_spanish", "es", "html", outlook_word, reply="RE: "),
    layout("outlook_word_with_external_banner", "en", "html", outlook_word_from_outside, reply="RE: [EXTERNAL] "),
    layout(
        "outlook_word_with_external_banner_spanish", "es", "html", outlook_word_from_outside, reply="RE: [EXTERNO] "
    ),
    layout("outlook_mac_reply", "en", "html", outlook_mac),
    layout("apple_mail_reply", "en", "html", apple_reply),
    layout("apple_mail_reply_spanish", "es", "html", apple_reply),
    layout("apple_mail_forward_of_the_customer", "en", "html", apple_forward, reply="Fwd: "),
    layout("apple_mail_forward_of_the_customer_spanish", "es", "html", apple_forward, reply="Rv: "),
    layout("thunderbird_reply_above", "en", "html", thunderbird_above),
    layout("thunderbird_reply_below_spanish", "es", "html", thunderbird_below),
    layout("thunderbird_reply_between", "en", "html", thunderbird_between),
)
