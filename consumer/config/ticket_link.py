"""The setting that leads to a ticket in the desk of its users."""

from typing import Annotated

from pydantic import AfterValidator

from analytics.reports.review_tickets import problem_of_link


def _checked(setting: str) -> str:
    if setting and (problem := problem_of_link(setting)):
        raise ValueError(problem)
    return setting


TicketLink = Annotated[str, AfterValidator(_checked)]
