"""What the view of the review queue asks of the service. Every address here writes, or hands a text out."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from analytics.dashboard.bodies import read
from analytics.dashboard.figures import plain
from analytics.dashboard.review_desk import UNDO_S, Refused
from analytics.dashboard.reviewing import Reviewing, shown
from analytics.dashboard.writers import Session, Writers

Act = Callable[[Request, Session, dict[str, Any]], Awaitable[Response]]

_CLOSED: Final[dict[str, Any]] = {"state": "unset", "word": "", "person": "", "labels": {}}
# What the page is made with where nobody may judge.
UNSET: Final[dict[str, Any]] = {"review": _CLOSED}
_LONGEST_BODY: Final = 4096
_REFUSED: Final = {
    "taken": "Somebody else looks at this ticket now.",
    "judged": "This ticket was judged already.",
    "gone": "This ticket is not yours any more.",
    "full": "Too many judgements wait to be published; none is taken until the broker takes them.",
}


class ReviewRoutes:
    """Answers what the view asks.

    Args:
        reviewing: the queue.
        writers: who may judge.
        labels: the categories in use, each with its subcategories.
        link: gives the address of a ticket in another system by its id; empty where there is none.
    """

    def __init__(
        self,
        reviewing: Reviewing,
        writers: Writers,
        labels: Mapping[str, Sequence[str]],
        link: Callable[[str], str] = lambda _: "",
    ) -> None:
        self.writers = writers
        self._reviewing = reviewing
        self._labels = {category: list(subcategories) for category, subcategories in labels.items()}
        self._link = link

    def routes(self) -> list[BaseRoute]:
        acts = {"take": self._take, "judge": self._judge, "undo": self._undo, "skip": self._skip, "leave": self._leave}
        return [Route(f"/api/review/{name}", self._checked(act), methods=["POST"]) for name, act in acts.items()]

    def values(self, request: Request) -> dict[str, Any]:
        """Return what the page is made with; the word and the labels only for who may judge."""
        session = self.writers.session(request)
        if session is None:
            return {"review": _CLOSED | {"state": self.writers.state}}
        person = self.writers.verified(request) or ""
        return {"review": {"state": "ready", "word": session.word, "person": person, "labels": self._labels}}

    def _checked(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            refusal = self.writers.refusal(request)
            session = self.writers.session(request)
            if refusal is not None or session is None:
                status, problem, detail = refusal or (401, "write_sign_in", "")
                return JSONResponse({"problem": problem, "detail": detail}, status)
            said = _object(await read(request, _LONGEST_BODY))
            if said is None:
                detail = f"The body has to be a JSON object of at most {_LONGEST_BODY} bytes."
                return JSONResponse({"problem": "failed", "detail": detail}, 400)
            return await act(request, session, said)

        return answer

    async def _take(self, request: Request, session: Session, said: dict[str, Any]) -> Response:
        by = self.writers.person(request, _text(said, "name"))
        found = await self._reviewing.take(session.name, by)
        if found.problem:
            return JSONResponse({"problem": found.problem, "detail": found.detail}, 503)
        return self._json(tickets=[shown(ticket, self._link(ticket.ticket_id)) for ticket in found.data])

    async def _judge(self, request: Request, session: Session, said: dict[str, Any]) -> Response:
        event_id, category, subcategory = _text(said, "event_id"), said.get("category"), said.get("subcategory")
        held = self._reviewing.desk.ticket_of(session.name, event_id)
        own = (held.category, held.subcategory) if held is not None else None
        if not isinstance(category, str) or not (subcategory is None or isinstance(subcategory, str)):
            return JSONResponse({"problem": "failed", "detail": "category has to be a text."}, 400)
        if (category, subcategory) != own and not self._is_in_use(category, subcategory):
            return JSONResponse({"problem": "failed", "detail": "The taxonomy does not have this label."}, 400)
        by = self.writers.person(request, _text(said, "name"))
        result = self._reviewing.desk.judge(session.name, event_id, (category, subcategory), by)
        if isinstance(result, Refused):
            return JSONResponse({"problem": f"review_{result.reason}", "detail": _REFUSED[result.reason]}, 409)
        return self._json(number=result.number, undo_s=UNDO_S)

    async def _undo(self, _: Request, session: Session, said: dict[str, Any]) -> Response:
        number = said.get("number")
        ticket = self._reviewing.desk.undo(session.name, number) if isinstance(number, int) else None
        return self._json(undone=ticket is not None)

    async def _skip(self, _: Request, session: Session, said: dict[str, Any]) -> Response:
        self._reviewing.desk.skip(session.name, _text(said, "event_id"))
        return self._json()

    async def _leave(self, _: Request, session: Session, __: dict[str, Any]) -> Response:
        self._reviewing.leave(session.name)
        return self._json()

    def _is_in_use(self, category: str, subcategory: str | None) -> bool:
        return category in self._labels and (subcategory is None or subcategory in self._labels[category])

    def _json(self, **answer: Any) -> Response:
        return JSONResponse(plain({**answer, "unpublished": self._reviewing.desk.unpublished()._asdict()}))


def _object(body: bytes) -> dict[str, Any] | None:
    if len(body) > _LONGEST_BODY:
        return None
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _text(said: dict[str, Any], name: str) -> str:
    """Return a field that is a text, without what no UTF-8 can hold."""
    value = said.get(name)
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""
