"""How mail programs put words into HTML and into lines."""

import textwrap
from html import escape

from tests.support.mail_layouts.unseen_people import Person
from tests.support.mail_layouts.unseen_threads import Mail

# RFC 3676, section 4.3: two hyphens and a blank stand before the signature.
DASHES = "-- "


def html(text: str) -> str:
    """Escape what must be escaped between tags; mail programs leave quotes as they are."""
    return escape(text, quote=False)


def blocks(text: str, opening: str, closing: str, blank: str) -> str:
    """Put each line of a text into a block of its own, and a blank block for an empty line."""
    return "".join(f"{opening}{html(line)}{closing}" if line.strip() else blank for line in text.split("\n"))


def divs(text: str, style: str = "") -> str:
    return blocks(text, f"<div{style}>", "</div>", f"<div{style}><br></div>")


def lines(text: str) -> str:
    """Break lines as programs do that write no blocks."""
    return "<br>".join(html(line) for line in text.split("\n"))


def link(address: str, attributes: str = "") -> str:
    return f'<a href="mailto:{address}"{attributes}>{address}</a>'


def wrapped(text: str, columns: int, prefix: str = "") -> str:
    """Wrap each line; long words stay whole."""
    return "\n".join(
        textwrap.fill(
            line,
            columns,
            initial_indent=prefix,
            subsequent_indent=prefix,
            break_long_words=False,
            break_on_hyphens=False,
        )
        or prefix.rstrip()
        for line in text.split("\n")
    )


def flowed(text: str, columns: int = 72) -> str:
    """Wrap as format=flowed (RFC 3676): a soft break is a blank at the end, and some beginnings are stuffed."""
    return "\n".join(_stuffed(line, columns) for line in text.split("\n"))


def _stuffed(line: str, columns: int) -> str:
    soft = wrapped(line, columns - 2).split("\n")
    return " \n".join(f" {part}" if part.startswith((" ", ">", "From ")) else part for part in soft)


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def contact_lines(person: Person) -> list[str]:
    """The lines of a signature: name, post, company, telephone, address, site."""
    return [
        person.name,
        f"{person.job} | {person.company}",
        f"T: {person.phone} | M: {person.mobile}",
        f"{person.street}, {person.town}",
        person.site,
    ]


def style_sheet(kilobytes: int) -> str:
    """Font and list definitions as Word writes them, repeated to the size of a real mail's head."""
    rules = ["<!--", "/* Font Definitions */"]
    level = 0
    while sum(len(rule) + 1 for rule in rules) < kilobytes * 1024:
        level += 1
        rules += [
            f'@font-face\n\t{{font-family:"Font {level}";\n\tpanose-1:2 4 5 3 5 4 6 3 2 {level % 10};}}',
            (
                f"@list l{level}:level{level % 9 + 1}\n\t{{mso-level-number-format:bullet;\n\tmso-level-text:\uf0b7;"
                "\n\tmso-level-tab-stop:none;\n\tmso-level-number-position:left;\n\ttext-indent:-18.0pt;\n\tfont-family:Symbol;}"
            ),
        ]
    rules += ["p.MsoNormal, li.MsoNormal, div.MsoNormal\n\t{margin:0cm;\n\tfont-size:11.0pt;}", "-->"]
    return "\n".join(rules)


def table_signature(mail: Mail) -> str:
    """A signature as its own table: the logo on the left, contact lines and social links on the right."""
    who = mail.customer
    social = " | ".join(
        f'<a href="https://{network}.example/{who.site}"><img src="https://{who.site}/{network}.png" alt="{title}"'
        ' width="20" height="20"></a>'
        for network, title in (("linkedin", "LinkedIn"), ("facebook", "Facebook"), ("instagram", "Instagram"))
    )
    return (
        '<table cellpadding="0" cellspacing="0" border="0" style="font-family:Arial;font-size:12px"><tbody><tr>'
        f'<td style="padding-right:12px"><img src="https://{who.site}/logo.png" alt="{html(who.company)}"'
        ' width="96"></td>'
        f'<td style="border-left:2px solid #0a5"><b>{html(who.name)}</b> <i>{who.pronouns}</i><br>{html(who.job)}<br>'
        f'<span style="color:#0a5">{html(who.company)}</span><br>T {who.phone} &middot; M {who.mobile}<br>'
        f"{html(who.street)}, {html(who.town)}<br>{link(who.mail)} &middot; "
        f'<a href="https://{who.site}">{who.site}</a><br>{social}<br><em>{html(who.slogan)}</em></td></tr></tbody></table>'
    )
