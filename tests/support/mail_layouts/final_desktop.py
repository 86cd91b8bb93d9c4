"""Outlook for Windows, and mails that begin a thread, with signature and disclaimer."""

from tests.support.mail_layouts.final_mail import Mail, answered, blocks, layout, said, signature

WORD = (
    '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">'
    '<head><meta http-equiv=Content-Type content="text/html; charset=utf-8"><meta name=Generator content="Microsoft'
    " Word"
    ' 15 (filtered medium)"><style><!--\n/* Font Definitions */\n@font-face\n'
    "\t{font-family:Calibri;\n\tpanose-1:2 15 5 2 2"
    " 2 4 3 2 4;}\n/* Style Definitions */\np.MsoNormal, li.MsoNormal, div.MsoNormal\n\t{margin:0cm;\n"
    "\tfont-size:11.0pt;\n"
    '\tfont-family:"Calibri",sans-serif;}\n--></style><!--[if gte mso 9]><xml>\n<o:shapedefaults v:ext="edit"'
    ' spidmax="1026" />\n</xml><![endif]--></head>'
)
RULE = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"
LINE = "<p class=MsoNormal><span style='mso-fareast-language:EN-US'>{}<o:p></o:p></span></p>"
BLANK = "<p class=MsoNormal><o:p>&nbsp;</o:p></p>"
SMALL = "<p class=MsoNormal><span style='font-size:8.0pt;color:#7F7F7F'>{}<o:p></o:p></span></p>"


def words(text: str) -> str:
    return blocks(text, LINE, BLANK)


def headers(*lines: tuple[str, str]) -> str:
    """Write the block of headers of Outlook for Windows."""
    shown = "<br>".join(f"<b>{label}</b> {value}" for label, value in lines)
    return (
        f"<div><div style='{RULE}'><p class=MsoNormal><b><span lang=EN-US></span></b><span lang=EN-US>{shown}"
        "<o:p></o:p></span></p></div></div>"
    )


def outlook(mail: Mail, question: str) -> str:
    header = headers(
        ("From:", f"{mail.agent_name} &lt;{mail.desk_address}&gt; "),
        ("Sent:", f"{mail.at.day:02d} {mail.month} {mail.at.year} {mail.at:%H:%M}"),
        ("To:", f"{mail.name} &lt;{mail.address}&gt;"),
        ("Subject:", mail.topic),
    )
    own = words(f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n\n{signature(mail)}\n")
    small = blocks(mail.disclaimer, SMALL, BLANK)
    return (
        f'{WORD}<body lang=EN-GB link="#0563C1" vlink="#954F72" style=\'word-wrap:break-word\'><div class=WordSection1>'
        f"{own}{small}{BLANK}{header}{BLANK}{words(answered(mail))}</div></body></html>"
    )


def long_date(mail: Mail) -> str:
    return f"{mail.day}, {mail.at.day} de {mail.month} de {mail.at.year} {mail.clock}"


def outlook_spanish(mail: Mail, question: str) -> str:
    """Two earlier messages, each below its own block of headers."""
    newer = headers(
        ("De:", f"{mail.desk} &lt;{mail.desk_address}&gt; "),
        ("Enviado el:", long_date(mail)),
        ("Para:", f"{mail.name} &lt;{mail.address}&gt;"),
        ("Asunto:", f"RE: {mail.topic}"),
    )
    older = headers(
        ("De:", f"{mail.name} &lt;{mail.address}&gt; "),
        ("Enviado el:", long_date(mail.sent_before())),
        ("Para:", f"{mail.desk} &lt;{mail.desk_address}&gt;"),
        ("Asunto:", mail.topic),
    )
    own = words(f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n\n{signature(mail)}\n")
    small = blocks(mail.disclaimer, SMALL, BLANK)
    thread = f"{newer}{BLANK}{words(answered(mail))}{BLANK}{older}{BLANK}{words(mail.before)}"
    return (
        f'{WORD}<body lang=ES link="#0563C1" vlink="#954F72" style=\'word-wrap:break-word\'><div class=WordSection1>'
        f"{own}{small}{BLANK}{thread}</div></body></html>"
    )


def outlook_plain(mail: Mail, question: str) -> str:
    return (
        f"{said(mail, question, name=signature(mail))}\n\n\n-----Original Message-----\n"
        f"From: {mail.desk_company} {mail.desk} <{mail.desk_address}> \n"
        f"Sent: {mail.day}, {mail.month} {mail.at.day}, {mail.at.year} {mail.clock_12}\n"
        f"To: {mail.name} <{mail.address}>\nSubject: {mail.topic}\n\n{answered(mail)}\n"
    )


def outlook_plain_spanish(mail: Mail, question: str) -> str:
    return (
        f"{said(mail, question, name=signature(mail))}\n\n{mail.disclaimer}\n\n-----Mensaje original-----\n"
        f"De: {mail.agent_name} <{mail.desk_address}> \n"
        f"Enviado el: {long_date(mail)}\n"
        f"Para: {mail.name} <{mail.address}>\nAsunto: {mail.topic}\n\n{answered(mail)}\n"
    )


def first_mail(mail: Mail, question: str) -> str:
    """No quote; the signature has no dash line."""
    return f"{said(mail, question, name=signature(mail))}\n\n{mail.disclaimer}\n"


def first_mail_spanish(mail: Mail, question: str) -> str:
    """No quote; the signature has its dash line."""
    return f"{said(mail, question)}\n\n-- \n{signature(mail)}\n\n{mail.disclaimer}\n"


DESKTOP = (
    layout("outlook-desktop-disclaimer-en", "en", "html", outlook, subject="RE: {topic}"),
    layout("outlook-desktop-nested-disclaimer-es", "es", "html", outlook_spanish, subject="RE: {topic}"),
    layout("outlook-plain-signature-en", "en", "plain", outlook_plain, subject="RE: {topic}"),
    layout("outlook-plain-disclaimer-es", "es", "plain", outlook_plain_spanish, subject="RE: {topic}"),
    layout("new-mail-signature-disclaimer-en", "en", "plain", first_mail, subject="{topic}"),
    layout("new-mail-dash-disclaimer-es", "es", "plain", first_mail_spanish, subject="{topic}"),
)
