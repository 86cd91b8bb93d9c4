"""Layouts of mail that is written in a browser: Gmail, Outlook on the web, Yahoo, Proton."""

from tests.support.mail_layouts.unseen_markup import blocks, contact_lines, divs, html, lines, link, table_signature
from tests.support.mail_layouts.unseen_threads import Layout, Mail, layout

OUTLOOK_FONT = ' style="font-family: Aptos, Calibri, Helvetica, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);"'
YAHOO_FONT = ' style="font-family:Helvetica Neue, Helvetica, Arial, sans-serif;font-size:16px;"'
GMAIL_QUOTE = (
    'class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"'
)


def gmail_attribution(mail: Mail) -> str:
    """Gmail's line above the quote."""
    agent, at = mail.agent, mail.at
    if mail.language == "es":
        date = f"El {mail.day[:3]}, {at.day} {mail.month[:3]} {at.year} a las {at:%H:%M}"
        return f"{date}, {html(agent.name)} (&lt;{link(agent.mail)}&gt;) escribió:"
    date = f"On {mail.day[:3]}, {mail.month[:3]} {at.day}, {at.year} at {mail.clock}\u202f{at:%p}"
    return f"{date} {html(agent.name)} &lt;{link(agent.mail)}&gt; wrote:"


def gmail_quote(mail: Mail) -> str:
    inner = (
        f'<div dir="ltr"><div>{html(mail.earlier)}</div><div><br></div><div>{html(mail.agent.name)}</div></div><br>'
        f'<div class="gmail_quote"><blockquote {GMAIL_QUOTE}><div dir="ltr">{html(mail.older)}</div></blockquote></div>'
    )
    return (
        '<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
        f"{gmail_attribution(mail)}<br></div><blockquote {GMAIL_QUOTE}>{inner}</blockquote></div>\n"
    )


def gmail_reply(mail: Mail, question: str) -> str:
    first, *rest = question.split("\n")
    return f'<div dir="ltr">{html(first)}{divs(chr(10).join(rest)) if rest else ""}</div>{gmail_quote(mail)}'


def gmail_signed(mail: Mail, question: str) -> str:
    """A new message with Gmail's own prefix before the signature."""
    return (
        f'<div dir="ltr"><div>{html(mail.greeting)}</div><div><br></div>{divs(question)}<div><br></div>'
        f'<div>{html(mail.closing)}</div><br clear="all"><div><br></div><span class="gmail_signature_prefix">--'
        " </span><br>"
        '<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr">'
        f"{table_signature(mail)}</div></div></div>\n"
    )


def gmail_phone(mail: Mail, question: str) -> str:
    """A reply from the phone: `dir=auto`, a signature between the reply and the quote."""
    who = mail.customer
    return (
        f'<div dir="auto">{lines(question)}<br><br><div data-smartmail="gmail_signature"'
        f' dir="auto">{html(who.name)}<br>'
        f"{html(who.company)}<br>{who.mobile}</div></div>{gmail_quote(mail)}"
    )


def gmail_forward(mail: Mail, question: str) -> str:
    """A colleague forwards what the customer wrote, without a word of his own."""
    who, at = mail.customer, mail.at
    return (
        '<div dir="ltr"><br><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
        f'---------- Forwarded message ---------<br>From: <strong class="gmail_sendername" dir="auto">{html(who.name)}'
        f'</strong> <span dir="auto">&lt;{link(who.mail)}&gt;</span><br>Date: {mail.day[:3]}, {mail.month[:3]}'
        f" {at.day},"
        f" {at.year} at {mail.clock}\u202f{at:%p}<br>Subject: {html(mail.topic)}<br>To: "
        f" &lt;{link(mail.agent.mail)}&gt;<br></div>"
        f'<br><br><div dir="ltr">{divs(question)}</div>\n</div></div>\n'
    )


def outlook_header(mail: Mail) -> str:
    """The header that Outlook on the web puts before a quote."""
    labels = ("De", "Enviado", "Para", "Asunto") if mail.language == "es" else ("From", "Sent", "To", "Subject")
    who, agent = mail.customer, mail.agent
    values = (
        f"{html(agent.name)} &lt;{agent.mail}&gt;",
        mail.long_date(),
        f"{html(who.name)} &lt;{who.mail}&gt;",
        html(mail.topic),
    )
    rows = "<br>\n".join(f"<b>{label}:</b> {value}" for label, value in zip(labels, values, strict=True))
    return (
        '<hr style="display:inline-block;width:98%" tabindex="-1">\n<div id="divRplyFwdMsg" dir="ltr">'
        '<font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">'
        f"{rows}</font>\n<div>&nbsp;</div>\n</div>\n"
    )


def outlook_web(mail: Mail, question: str) -> str:
    who = mail.customer
    style = '<style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style>'
    return (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        f'{style}\n</head>\n<body dir="ltr">\n{divs(mail.greeting, OUTLOOK_FONT)}\n{divs(question, OUTLOOK_FONT)}\n'
        f"<div{OUTLOOK_FONT}><br></div>\n<div"
        f' id="Signature">\n<p>{html(mail.closing)}</p><p><b>{html(who.name)}</b><br>'
        f'{html(who.job)}<br>{html(who.company)}<br>Tel. {who.phone}</p></div>\n<div id="appendonsend"></div>\n'
        f"{outlook_header(mail)}<div>{html(mail.earlier)}</div>\n</body>\n</html>\n"
    )


def outlook_new(mail: Mail, question: str) -> str:
    """The new Outlook for Windows: `elementToProof`, and the quote in a container with an id."""
    mark = f' class="elementToProof"{OUTLOOK_FONT}'
    who = mail.customer
    signature = "".join(f'<p style="margin:0cm">{html(line)}</p>' for line in contact_lines(who))
    banner = (
        '<div style="padding:6pt;background-color:#EAEAEA;font-size:10pt">You don\'t often get email from '
        f'{who.mail}. <a href="https://aka.example/LearnAboutSenderIdentification">Learn why this is'
        " important</a></div>"
    )
    return (
        f'<html><head></head><body dir="ltr">{banner}\n{divs(question, mark)}<div{mark}><br></div>'
        f'<div id="Signature" class="elementToProof" style="color: inherit;">{signature}</div>'
        '<div id="mail-editor-reference-message-container">\n'
        f'<div class="ms-outlook-mobile-reference-message skipProofing">{outlook_header(mail)}</div>'
        f"<p>{html(mail.earlier)}</p></div>\n</body></html>\n"
    )


def yahoo_reply(mail: Mail, question: str) -> str:
    """Yahoo marks classes and ids with `ydp` and a number of each mail."""
    mark = f"ydp{mail.number * 7919 % 0xFFFFFFF:07x}"
    agent, at = mail.agent, mail.at
    if mail.language == "es":
        date = f"En {mail.day}, {at.day} de {mail.month} de {at.year}, {at:%H:%M:%S} CET"
        attribution = f"{date}, {html(agent.name)} &lt;{agent.mail}&gt; escribió:"
    else:
        date = f"On {mail.day}, {mail.month} {at.day}, {at.year} at {mail.clock}:{at:%S %p} GMT"
        attribution = f"{date}, {html(agent.name)} &lt;{agent.mail}&gt; wrote:"
    body = blocks(question, '<div dir="ltr" data-setdir="false">', "</div>", '<div dir="ltr"><br></div>')
    return (
        f'<html><head></head><body><div class="{mark}yahoo-style-wrap"{YAHOO_FONT}><div></div>\n        {body}'
        f'<div><br></div><div class="{mark}signature">{html(mail.closing)}<br>{html(mail.customer.name)}</div></div>'
        f'<div id="{mark}yahoo_quoted_{mail.number * 104729 % 10**10}" class="{mark}yahoo_quoted">\n'
        "<div style=\"font-family:'Helvetica Neue', Helvetica, Arial, sans-serif;font-size:13px;color:#26282a;\">\n"
        f'<div>{attribution}</div>\n<div><br></div>\n<div><div dir="ltr">{html(mail.earlier)}</div></div>\n'
        "</div></div></body></html>\n"
    )


def proton_reply(mail: Mail, question: str) -> str:
    agent, at = mail.agent, mail.at
    font = ' style="font-family: Arial, sans-serif; font-size: 14px;"'
    site = '<a target="_blank" href="https://proton.example/mail/home">Proton Mail</a>'
    if mail.language == "es":
        sent = f"Enviado con {site}, correo electrónico seguro."
        wrote = f"El {mail.day}, {at.day} de {mail.month} de {at.year} a las {at:%H:%M}, {html(agent.name)} escribió:"
    else:
        sent = f"Sent with {site} secure email."
        wrote = f"On {mail.day}, {mail.month} {at.day}, {at.year} at {mail.clock} {at:%p}, {html(agent.name)} wrote:"
    return (
        f"{divs(question, font)}<div{font}><br></div>"
        f'<div class="protonmail_signature_block"{font}><div class="protonmail_signature_block-user '
        f'protonmail_signature_block-empty"></div><div class="protonmail_signature_block-proton">{sent}</div></div>'
        f"<div{font}><br></div><div"
        f' class="protonmail_quote">{wrote.replace(" wrote", f" &lt;{agent.mail}&gt; wrote")}<br>'
        '<blockquote class="protonmail_quote"'
        f' type="cite">{divs(mail.earlier)}<br>{html(agent.name)}</blockquote><br></div>'
    )


WEBMAIL: tuple[Layout, ...] = (
    layout("gmail_web_reply", "en", "html", gmail_reply),
    layout("gmail_web_reply_spanish", "es", "html", gmail_reply),
    layout("gmail_new_with_table_signature", "en", "html", gmail_signed, reply=""),
    layout("gmail_new_with_table_signature_spanish", "es", "html", gmail_signed, reply=""),
    layout("gmail_phone_reply_with_signature", "en", "html", gmail_phone),
    layout("gmail_phone_reply_with_signature_spanish", "es", "html", gmail_phone),
    layout("gmail_forward_of_the_customer", "en", "html", gmail_forward, reply="Fwd: "),
    layout("outlook_web_reply", "en", "html", outlook_web),
    layout("outlook_web_reply_spanish", "es", "html", outlook_web, reply="RE: "),
    layout("outlook_new_with_first_contact_banner", "en", "html", outlook_new),
    layout("yahoo_reply", "en", "html", yahoo_reply),
    layout("yahoo_reply_spanish", "es", "html", yahoo_reply),
    layout("proton_reply", "en", "html", proton_reply),
    layout("proton_reply_spanish", "es", "html", proton_reply),
)
