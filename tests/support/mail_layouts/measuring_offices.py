"""Relays, offices, lists, meetings, and people with habits of their own, as the measuring set has them."""

from html import escape

from tests.support.mail_layouts.measuring_mail import Mail, blocks, breaks, flowed, layout, mail_of, paragraphs, wrapped
from tests.support.mail_layouts.unseen_threads import Layout

OTHER = {"en": "es", "es": "en"}


def mimecast(mail: Mail, question: str) -> str:
    """A banner above, and a long disclaimer of the relay beneath the signature."""
    return (
        '<html><body><table border="0" style="background:#ffeb9c"><tr><td><b>CAUTION:</b> This email originated from'
        " outside of the organisation. Do not click links or open attachments unless you recognise the sender and"
        " know the content"
        f" is safe.</td></tr></table><br>{blocks(mail.greeting, 'p')}{blocks(question, 'p')}<p>{mail.closing}<br>"
        f"{mail.name}<br>{escape(mail.job)}</p><br><p><b>Disclaimer</b></p><p>{escape(mail.disclaimer)}</p><p>This"
        f" email has been scanned for"
        " viruses and malware, and may have been automatically archived by <b>Mimecast Ltd</b>, an innovator in"
        " Software as a Service (SaaS) for business.</p></body></html>"
    )


def proofpoint(mail: Mail, question: str) -> str:
    return (
        f"ZjQcmQRYFpfptBannerStart\nThis Message Is From an External Sender\nThis message came from outside your"
        f" organization.\n    Report Suspicious\nZjQcmQRYFpfptBannerEnd\n\n{mail.greeting}\n\n{wrapped(question)}\n"
        f"\n{mail.closing}\n\n{mail.name}\n"
        f"{mail.job}\n{mail.company} | {mail.street} | {mail.town}\nO {mail.phone}  C"
        f" {mail.mobile}\n{mail.address}\n{mail.slogan}\n"
        f"________________________________\n{mail.disclaimer}\n"
    )


def barracuda(mail: Mail, question: str) -> str:
    return (
        "[EXTERNO] PRECAUCIÓN: este correo se ha enviado desde fuera de la organización. No abra enlaces ni adjuntos"
        f" salvo que conozca al remitente.\n\n{mail.greeting}\n\n{question}\n\n{mail.closing}\n"
        f"\n{mail.name}\n{mail.company}\n"
        f"Tel. {mail.phone} - Móvil {mail.mobile}\n{mail.hours}\n\n{mail.disclaimer}\n\n"
        "Este mensaje ha sido analizado por Barracuda Email Security Gateway y se considera libre de virus.\n"
    )


def avast(mail: Mail, question: str) -> str:
    words = "Virus-free." if mail.language == "en" else "Libre de virus."
    return (
        f'<div dir="ltr">{breaks(mail.greeting)}<br><br>{breaks(question)}<br><br>{breaks(mail.closing)}<br>'
        f"{mail.first}</div>"
        '<div id="DAB4FAD8-2DD7-40BB-A1B8-4E2AA1F9FDF2"><br><table style="border-top:1px solid #D3D4DE"><tr><td><a'
        ' href="https://av.example/sig-email"><img src="https://av.example/icon.png" alt="" width="46"></a></td><td'
        f' style="color:#41424e">{words}<a href="https://av.example">www.avast.com</a></td></tr></table></div>'
    )


def office(mail: Mail, question: str) -> str:
    """An office of a bank, an insurer, a university or a council: a long signature and a disclaimer, no quote."""
    phone = "Tel." if mail.language == "en" else "Tfno.:"
    return (
        f"{mail.greeting}\n\n{paragraphs(question)}\n\n{mail.closing}\n"
        f"\n{mail.name.upper()}\n{mail.job}\n{mail.company}\n"
        f"{mail.street}\n{mail.town}\n{phone} {mail.phone} ext. {mail.ref % 900 + 100}\n"
        f"www.{mail.domain}\n{mail.hours}\n\n"
        f"{mail.slogan}\n\n{mail.disclaimer}\n"
    )


def office_html(mail: Mail, question: str) -> str:
    """Certifications, networks, an appointment page; all in one table after a rule."""
    networks = " ".join(
        f'<a href="https://{site}.example"><img alt="{site}" src="cid:{site}"></a>' for site in ("facebook", "linkedin")
    )
    return (
        f"<p>{mail.greeting}</p><p>{breaks(question)}</p><p>{mail.closing}</p><hr><table><tr><td><img"
        f" src='cid:logo{mail.ref}' alt='{escape(mail.company)}'></td><td><strong>{mail.name}</strong> |"
        f" {escape(mail.job)}<br>{escape(mail.street)} &middot;"
        f" {mail.town}<br>&#128222; {mail.phone} &#9993; {mail.address}<br>{networks}<br><a"
        f" href='https://meet.{mail.domain}'>"
        f"{mail.booking}</a><br>{escape(mail.slogan)}</td></tr></table><p"
        f" style='font-size:8px'>{escape(mail.disclaimer)}</p>"
    )


def bilingual(mail: Mail, question: str) -> str:
    """Signature and disclaimer in two languages."""
    other = mail_of(OTHER[mail.language], mail.ref)
    return (
        f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n\n{mail.name}\n{mail.job} /"
        f" {other.job}\n{mail.company}\n{mail.phone}\n\n"
        f"{mail.disclaimer}\n\n{other.disclaimer}\n"
    )


def mailman(mail: Mail, question: str) -> str:
    return (
        f"{mail.greeting}\n\n{flowed(question)}\n\n{mail.closing}\n{mail.first}\n\n"
        f"_______________________________________________\n"
        f"members mailing list -- members@lists.{mail.domain}\nTo unsubscribe send an email to"
        f" members-leave@lists.{mail.domain}\n"
        f"https://lists.{mail.domain}/mailman3/lists/members\n"
    )


def google_groups(mail: Mail, question: str) -> str:
    return (
        f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n{mail.name}\n\n-- \nHas recibido este mensaje porque"
        f" estás suscrito al"
        f' grupo "{mail.desk}" de Grupos de Google.\nPara cancelar la suscripción a este grupo y dejar de recibir'
        f" sus mensajes, envía un correo electrónico a grupo+unsubscribe@groups.example.\nPara ver este debate, visita"
        f" https://groups.example/d/msgid/{mail.ref}.\n"
    )


def meeting(mail: Mail, question: str) -> str:
    """An answer to an invitation, over the invitation."""
    rule = "_" * 80
    return (
        f"{question}\n\n{mail.closing}\n{mail.first}\n\n-----Original Appointment-----\nFrom: {mail.desk}"
        f" <{mail.desk_address}>\nSent: {mail.day}, {mail.date} {mail.clock}\nTo: {mail.name}\nSubject:"
        f" {mail.topic}\nWhen: {mail.date} 10:00-10:30 (UTC+00:00)"
        f" Dublin, Edinburgh, Lisbon, London.\nWhere: Microsoft Teams Meeting\n\n{mail.earlier}\n{rule}\nMicrosoft"
        f" Teams Need help?\nJoin the meeting now\nMeeting ID: 345 {mail.ref % 1000:03} 118 20\nPasscode:"
        f" kX7pQ2\n{rule}\n"
    )


def teams(mail: Mail, question: str) -> str:
    return (
        f"<html><body><table><tr><td>Microsoft Teams</td></tr><tr><td><b>{mail.name} le ha mencionado en"
        f" {mail.desk}</b></td></tr><tr><td>{mail.name}</td></tr><tr><td>{breaks(question)}</td></tr><tr><td><a"
        f" href='https://teams.example/l/{mail.ref}'>Responder en Teams</a></td></tr><tr><td>Instalar Microsoft"
        f" Teams ahora: iOS Android</td></tr><tr><td>Este"
        " correo se envió"
        " desde un buzón no supervisado. Actualice las preferencias de correo en Teams. Actividad &gt; Configuración"
        " &gt; Notificaciones. &copy; 2024 Microsoft Corporation, One Microsoft Way, Redmond WA"
        " 98052-7329</td></tr></table></body></html>"
    )


def sharepoint(mail: Mail, question: str) -> str:
    return (
        f"<html><body><p>{mail.name} left a comment in"
        f" <b>Requests-{mail.ref}.docx</b></p><div><div>{mail.initials}</div><div>"
        f"{mail.name}</div><div>{breaks(question)}</div></div><p><a href='https://share.example/{mail.ref}'>Go to"
        f" comment</a></p><p>Why am I receiving this notification from Office? Unsubscribe.</p><p>Privacy Statement"
        f" | Notification Settings</p></body></html>"
    )


def voicemail(mail: Mail, question: str) -> str:
    return (
        f"You received a new voicemail from {mail.phone}\n\nCaller: {mail.name}\nDate: {mail.date} {mail.clock}\n"
        f"Length: 00:{mail.ref % 50 + 10}"
        f"\n\nTranscription:\n{question}\n\nTo listen to this message, open the attached file or dial *98.\nRate"
        f" this transcription: useful / not useful\n"
    )


def dictated(mail: Mail, question: str) -> str:
    """One line, no signs, and an apology for what the phone understood."""
    sorry = (
        "Dictado al teléfono; disculpe las erratas."
        if mail.language == "es"
        else "Dictated on my phone, please excuse typos."
    )
    return f"{question}\n\n{mail.first}\n\n{sorry}\n{mail.mobile}\n"


def away(mail: Mail, question: str) -> str:
    """A standing notice of an absence above what was written."""
    notice = (
        f"*** I will be out of the office from {mail.date} for two weeks, with limited access to email. For urgent"
        f" matters, call {mail.agent} on {mail.phone}. ***"
    )
    if mail.language == "es":
        notice = (
            f"*** Estaré fuera de la oficina a partir del {mail.date}, sin acceso al correo. Para asuntos urgentes,"
            f" contacte con {mail.agent} en el {mail.phone}. ***"
        )
    return f"{notice}\n\n{mail.greeting}\n\n{question}\n\n{mail.closing}\n{mail.name}\n{mail.company}\n"


def capitals(mail: Mail, question: str) -> str:
    """A writer who leaves the capitals on."""
    return f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n{mail.name}\n{mail.company}\n{mail.mobile}\n".upper()


def spaces(mail: Mail, question: str) -> str:
    """Non-breaking spaces in empty lines and after sentences, as editors leave them."""
    shown = "".join(
        f"<p>{escape(line, quote=False)}&nbsp;</p><p>&nbsp;</p>" for line in paragraphs(question).split("\n\n")
    )
    return (
        f"<div><p>{mail.greeting}&nbsp;</p><p>&nbsp;</p>{shown}<p>{mail.closing}&nbsp;</p><p>&nbsp;&nbsp;{mail.name}&nbsp;</p>"
        f"<p>{escape(mail.company)}&nbsp;&nbsp;|&nbsp;&nbsp;{mail.phone}</p></div>"
    )


def bare(mail: Mail, question: str) -> str:
    """Greeting, question, closing and initials, one line each."""
    return f"{mail.greeting}\n{question}\n{mail.closing}\n{mail.initials}"


OFFICES: tuple[Layout, ...] = (
    layout("mimecast-en", "en", "html", mimecast, subject="[EXTERNAL] {topic}"),
    layout("proofpoint-en", "en", "plain", proofpoint, subject="[External] {topic}"),
    layout("barracuda-es", "es", "plain", barracuda, subject="[EXTERNO] {topic}"),
    layout("avast-es", "es", "html", avast),
    layout("avast-en", "en", "html", avast),
    layout("office-en", "en", "plain", office, subject="{topic}"),
    layout("office-es", "es", "plain", office, subject="{topic}"),
    layout("office-table-en", "en", "html", office_html, subject="{topic}"),
    layout("office-table-es", "es", "html", office_html, subject="{topic}"),
    layout("bilingual-en", "en", "plain", bilingual, subject="{topic}"),
    layout("bilingual-es", "es", "plain", bilingual, subject="{topic}"),
    layout("mailman-en", "en", "plain", mailman, subject="[members] {topic}"),
    layout("google-groups-es", "es", "plain", google_groups, subject="[grupo] {topic}"),
    layout("meeting-en", "en", "plain", meeting, subject="Declined: {topic}"),
    layout("teams-es", "es", "html", teams, subject="{name} le ha mencionado: {topic}"),
    layout("sharepoint-en", "en", "html", sharepoint, subject="{name} left a comment: {topic}"),
    layout("voicemail-en", "en", "plain", voicemail, subject="Voicemail: {topic}"),
    layout("dictated-en", "en", "plain", dictated, subject="{topic}"),
    layout("dictated-es", "es", "plain", dictated, subject="{topic}"),
    layout("away-en", "en", "plain", away, subject="{topic}"),
    layout("away-es", "es", "plain", away, subject="{topic}"),
    layout("capitals-en", "en", "plain", capitals, subject="{topic}"),
    layout("capitals-es", "es", "plain", capitals, subject="{topic}"),
    layout("spaces-es", "es", "html", spaces, subject="{topic}"),
    layout("bare-es", "es", "plain", bare, subject="{topic}"),
    layout("bare-en", "en", "plain", bare, subject="{topic}"),
)
