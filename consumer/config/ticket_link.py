"""The setting that leads to a ticket in the desk of its users."""

from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator

_ID: Final = "{ticket_id}"


def problem_of_link(template: str) -> str:
    """Why a template of addresses cannot be used; empty where it can."""
    try:
        parts = urlsplit(template)
        named = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named or not template.isprintable() or " " in template:
        return f"is no address; write it like https://helpdesk.example/tickets/{_ID}"
    if template.count(_ID) != 1 or _ID in parts.netloc:
        return f"needs {_ID} once, where the id of the ticket stands, as in https://helpdesk.example/tickets/{_ID}"
    return ""


def link_of(template: str, ticket_id: str) -> str:
    """The address of a ticket, with the id percent-encoded; empty without a template."""
    quoted = quote(ticket_id, safe="")
    # A part of a path that is one dot or two would lead elsewhere.
    return template.replace(_ID, quoted.replace(".", "%2E") if quoted in {".", ".."} else quoted)


def _checked(setting: str) -> str:
    if setting and (problem := problem_of_link(setting)):
        raise ValueError(problem)
    return setting


TicketLink = Annotated[str, AfterValidator(_checked)]
