"""Gmail in a browser and on a phone, and Outlook on the web and on a phone."""

from tests.support.mail_layouts.final_mail import (
    Mail,
    answered,
    blocks,
    breaks,
    folded,
    layout,
    link,
    quoted,
    said,
    signature,
)

GMAIL_BAR = "margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"
APTOS = "font-family: Aptos, Aptos_EmbeddedFont, Calibri, Helvetica, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);"


def gmail_quote(attribution: str, inner: str) -> str:
    """Set quoted HTML below its attribution, as Gmail does."""
    return (
        f'<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{attribution}<br></div>'
        f'<blockquote class="gmail_quote" style="{GMAIL_BAR}">{inner}</blockquote></div>'
    )


def gmail_web(mail: Mail, question: str) -> str:
    attribution = (
        f"On {mail.day[:3]}, {mail.month[:3]} {mail.at.day}, {mail.at.year} at {mail.clock_narrow} {mail.agent_name}"
        " &lt;"
        f"{link(mail.desk_address)}&gt; wrote:"
    )
    inner = f'<div dir="ltr">{blocks(answered(mail))}</div>\n'
    return f'<div dir="ltr">{blocks(said(mail, question))}</div><br>{gmail_quote(attribution, inner)}\n'


def gmail_when(mail: Mail) -> str:
    return f"{mail.day[:3]}, {mail.at.day} {mail.month[:3]} {mail.at.year} a las {mail.clock}"


def gmail_web_spanish(mail: Mail, question: str) -> str:
    """A signature with its dash line, and a quote within the quote."""
    older = gmail_quote(
        f"El {gmail_when(mail.sent_before())}, {mail.name} (&lt;{link(mail.address)}&gt;) escribió:",
        f'<div dir="ltr">{blocks(mail.before)}</div>',
    )
    newer = gmail_quote(
        f"El {gmail_when(mail)}, {mail.desk} (&lt;{link(mail.desk_address)}&gt;) escribió:",
        f'<div dir="ltr">{blocks(answered(mail))}</div><br>{older}',
    )
    prefix = '<div><br clear="all"></div><div><br></div><span class="gmail_signature_prefix">-- </span><br>'
    sign = (
        '<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature">'
        f'<div dir="ltr">{blocks(signature(mail))}</div></div>'
    )
    text = blocks(f"{mail.greeting}\n\n{question}\n\n{mail.closing}")
    return f'<div dir="ltr">{text}{prefix}{sign}</div><br>{newer}\n'


def gmail_phone(mail: Mail, question: str) -> str:
    """The plain part, which breaks its lines."""
    attribution = (
        f"On {mail.day[:3]}, {mail.at.day} {mail.month[:3]} {mail.at.year}, {mail.at:%H:%M} {mail.agent_name},"
        f" <{mail.desk_address}> wrote:"
    )
    below = f"{folded(attribution, 78)}\n\n{quoted(folded(answered(mail), 76))}"
    return f"{folded(question, 78)}\n\n{mail.closing}\n{mail.first}\n\n{below}\n"


def gmail_phone_spanish(mail: Mail, question: str) -> str:
    attribution = (
        f"El {mail.day[:3]}, {mail.at.day} {mail.month[:3]} {mail.at.year}, {mail.clock}, {mail.agent_name} &lt;"
        f"{link(mail.desk_address)}&gt; escribió:"
    )
    text = blocks(f"{question}\n\n{mail.closing}", '<div dir="auto">{}</div>', '<div dir="auto"><br></div>')
    inner = f'<div dir="ltr">{breaks(answered(mail))}</div>\n'
    return f'<div dir="auto">{text}</div><br>{gmail_quote(attribution, inner)}\n'


def outlook_web(mail: Mail, question: str) -> str:
    """The block of headers stands below a rule."""
    line = f'<div class="elementToProof" style="{APTOS}">{{}}</div>\n'
    sign = f'<div id="Signature" class="elementToProof">\n{blocks(signature(mail))}</div>\n'
    header = (
        '<div id="appendonsend"></div>\n<hr style="display:inline-block;width:98%" tabindex="-1">\n'
        '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">'
        f"<b>From:</b> {mail.desk_company} {mail.desk} &lt;{mail.desk_address}&gt;<br>\n"
        f"<b>Sent:</b> {mail.day}, {mail.month} {mail.at.day}, {mail.at.year} {mail.clock_12}<br>\n"
        f"<b>To:</b> {mail.name} &lt;{mail.address}&gt;<br>\n<b>Subject:</b> {mail.topic}</font>\n<div>&nbsp;</div>"
        "\n</div>"
    )
    text = blocks(f"{mail.greeting}\n\n{question}\n\n{mail.closing}", line, line.format("<br>"))
    style = '<style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style>'
    return (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        f'{style}\n</head>\n<body dir="ltr">\n{text}{sign}{header}\n'
        f'<div class="BodyFragment"><div class="PlainText">{breaks(answered(mail))}</div></div>\n</body>\n</html>\n'
    )


def outlook_phone_spanish(mail: Mail, question: str) -> str:
    line = f'<div style="{APTOS}" dir="auto">{{}}</div>\n'
    sent_with = (
        '<div id="ms-outlook-mobile-signature" dir="auto"><div style="direction: ltr;">Obtener '
        '<a href="https://aka.example/o0ukef">Outlook para iOS</a></div></div>\n'
    )
    header = (
        '<hr style="display:inline-block;width:98%" tabindex="-1">\n<div id="divRplyFwdMsg" dir="ltr">'
        '<font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">'
        f"<b>De:</b> {mail.desk} &lt;{mail.desk_address}&gt;<br>\n"
        f"<b>Enviado:</b> {mail.day}, {mail.at.day} de {mail.month} de {mail.at.year} {mail.clock}<br>\n"
        f"<b>Para:</b> {mail.name} &lt;{mail.address}&gt;<br>\n<b>Asunto:</b> {mail.topic}</font>\n<div>&nbsp;</div>"
        "\n</div>"
    )
    text = blocks(f"{question}\n\n{mail.closing}", line, line.format("<br>"))
    return (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n</head>\n<body>\n'
        f'<div id="mail-editor-reference-message-container">{text}{line.format("<br>")}{sent_with}{header}\n'
        f"<div>{breaks(answered(mail))}</div></div>\n</body>\n</html>\n"
    )


WEBMAIL = (
    layout("gmail-web-above-en", "en", "html", gmail_web),
    layout("gmail-web-signature-nested-es", "es", "html", gmail_web_spanish),
    layout("gmail-phone-en", "en", "plain", gmail_phone),
    layout("gmail-phone-es", "es", "html", gmail_phone_spanish),
    layout("outlook-web-signature-en", "en", "html", outlook_web),
    layout("outlook-phone-es", "es", "html", outlook_phone_spanish, subject="RE: {topic}"),
)
