"""Apple Mail, the iPhone, Thunderbird, and Samsung's phones."""

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

APPLE_STYLE = "overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;"
APPLE_HEAD = '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'


def apple_mail(mail: Mail, question: str) -> str:
    attribution = f"On {mail.at.day} {mail.month[:3]} {mail.at.year}, at {mail.at:%H:%M}, {mail.agent_name}"
    return (
        f'{APPLE_HEAD}<body style="{APPLE_STYLE}">{blocks(said(mail, question))}'
        '<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>'
        f'{attribution} &lt;{mail.desk_address}&gt; wrote:</div><br class="Apple-interchange-newline"><div>'
        f'<meta charset="UTF-8"><div dir="ltr">{breaks(answered(mail))}</div></div></blockquote></div><br></body>'
        "</html>"
    )


def apple_when(mail: Mail) -> str:
    return f"El {mail.at.day} {mail.month[:3]} {mail.at.year}, a las {mail.clock}"


def apple_mail_spanish(mail: Mail, question: str) -> str:
    """The plain part: a signature without a dash line, and a quote within the quote."""
    when = apple_when(mail)
    older = f"{apple_when(mail.sent_before())}, {mail.name} <{mail.address}> escribió:\n\n{quoted(mail.before)}"
    thread = quoted(f"{answered(mail)}\n\n{older}")
    own = said(mail, question, name=signature(mail))
    return f"{own}\n\n{when}, {mail.agent_name} <{mail.desk_address}> escribió:\n\n{thread}\n"


def iphone(mail: Mail, question: str) -> str:
    when = f"{mail.month[:3]} {mail.at.day}, {mail.at.year}, at {mail.clock_narrow}"
    attribution = f"On {when}, {mail.desk} <{mail.desk_address}> wrote:"
    below = quoted(f"{attribution}\n\n\ufeff{answered(mail)}")
    return f"{question}\n\nSent from my iPhone\n\n{below}\n"


def iphone_spanish(mail: Mail, question: str) -> str:
    attribution = f"{apple_when(mail)}, {mail.agent_name}"
    text = blocks(f"{mail.greeting}\n{question}\n\n{mail.closing}")
    return (
        f'{APPLE_HEAD}<body dir="auto">{text}'
        '<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Enviado desde mi iPhone</div><div dir="ltr"><br>'
        f'<blockquote type="cite">{attribution} &lt;{mail.desk_address}&gt; escribió:<br><br></blockquote></div>'
        f'<blockquote type="cite"><div dir="ltr">\ufeff{breaks(answered(mail))}</div></blockquote></body></html>'
    )


def thunderbird(mail: Mail, question: str) -> str:
    """The reply stands below the quote; the signature has its dash line."""
    above = f"On {mail.at:%d/%m/%Y} {mail.at:%H:%M}, {mail.desk_company} {mail.desk} wrote:"
    return f"{above}\n{quoted(folded(answered(mail)))}\n\n{folded(said(mail, question))}\n\n-- \n{signature(mail)}\n"


def thunderbird_spanish(mail: Mail, question: str) -> str:
    """The reply stands below the quote; the signature has its dash line."""
    attribution = f"El {mail.at.day}/{mail.at.month}/{mail.at:%y} a las {mail.clock}, {mail.agent_name} escribió:"
    cite = f"mid:{mail.ticket}.{mail.at:%H%M}@{mail.desk_address.partition('@')[2]}"
    return (
        '<!DOCTYPE html>\n<html>\n  <head>\n    <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">\n'
        f'  </head>\n  <body>\n    <div class="moz-cite-prefix">{attribution}<br>\n    </div>\n'
        f'    <blockquote type="cite" cite="{cite}">\n'
        f'      <pre wrap="" class="moz-quote-pre">{folded(answered(mail))}</pre>\n    </blockquote>\n'
        f"    {blocks(said(mail, question), '<p>{}</p>', '')}\n"
        f'    <pre class="moz-signature" cols="72">-- \n{signature(mail)}</pre>\n  </body>\n</html>\n'
    )


def samsung(mail: Mail, question: str) -> str:
    line = '<div dir="auto">{}</div>'
    text = blocks(f"{question}\n\n{mail.closing} {mail.first}", line, line.format("<br>"))
    desk = f"{mail.desk} &lt;{link(mail.desk_address)}&gt;"
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body dir="auto">'
        f"{text}"
        '<div dir="auto"><br></div><div id="composer_signature" dir="auto"><div style="font-size:12px;color:#575757"'
        ' dir="auto">Sent from my Galaxy</div></div><div dir="auto"><br></div><div><br></div>'
        '<div align="left" dir="auto" style="font-size:100%;color:#000000"><div>-------- Original message'
        " --------</div>"
        f"<div>From: {desk} </div>"
        f"<div>Date: {mail.at:%d/%m/%Y}  {mail.at:%H:%M}  (GMT+00:00) </div><div>To: {mail.address} </div>"
        f"<div>Subject: {mail.topic} </div><div><br></div></div>{breaks(answered(mail))}</body></html>"
    )


def samsung_spanish(mail: Mail, question: str) -> str:
    return (
        f"{question}\n\n{mail.closing} {mail.first}\n\n\nEnviado desde mi Galaxy\n\n\n"
        f"-------- Mensaje original --------\nDe: {mail.agent_name} <{mail.desk_address}> \n"
        f"Fecha: {mail.at.day}/{mail.at.month}/{mail.at:%y}  {mail.at:%H:%M}  (GMT+01:00) \n"
        f"Para: {mail.name} <{mail.address}> \nAsunto: {mail.topic} \n\n{answered(mail)}\n"
    )


CLIENTS = (
    layout("apple-mail-en", "en", "html", apple_mail),
    layout("apple-mail-signature-nested-es", "es", "plain", apple_mail_spanish),
    layout("iphone-en", "en", "plain", iphone),
    layout("iphone-es", "es", "html", iphone_spanish),
    layout("thunderbird-below-dash-en", "en", "plain", thunderbird),
    layout("thunderbird-below-dash-es", "es", "html", thunderbird_spanish),
    layout("samsung-en", "en", "html", samsung),
    layout("samsung-es", "es", "plain", samsung_spanish),
)
