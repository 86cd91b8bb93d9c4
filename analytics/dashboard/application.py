"""The page's addresses, and what answers them."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from analytics.dashboard import figures
from analytics.dashboard.access import Access
from analytics.dashboard.asking import Asking, Found
from analytics.dashboard.bodies import read
from analytics.dashboard.judged import judged
from analytics.dashboard.live import Live
from analytics.dashboard.models_figures import folder_figures, models_since
from analytics.dashboard.models_folder import Models, read_models
from analytics.dashboard.pages import PAGES, Pages
from analytics.dashboard.review_routes import UNSET, ReviewRoutes
from analytics.dashboard.static_files import StaticFiles
from analytics.dashboard.writers import Writers

Endpoint = Callable[[Request], Awaitable[Response]]


# Half the interval at which a page asks: two pages share answers, and no page gets the same answer twice.
KEEP_S: Final = 2.5
KEEP_ACCURACY_S: Final = 20.0
NO_MODELS: Final = Models()
_MOST_TYPED: Final = 4096
_LONGEST_ID: Final = 1000
_PLAIN: Final = re.compile(r"[!-~]*")


class Dashboard:
    """Answers the page's requests.

    Args:
        asking: asks ClickHouse.
        live: returns the state of the service.
        token: the secret of the visitors; when it is empty, everybody may see the page.
        renamed: earlier labels and the labels in use that they became; see `Question`.
        names: gives the names of the labels in a language, by `category` or `category/subcategory`.
        review: answers what the review queue asks; without it nobody may judge.
        models: where the versions of the model are, and how long there are texts to compare them on.
    """

    def __init__(
        self,
        asking: Asking,
        live: Callable[[], Live],
        token: str,
        renamed: Mapping[str, str] | None = None,
        names: Callable[[str], Mapping[str, str]] = lambda _: {},
        review: ReviewRoutes | None = None,
        models: Models = NO_MODELS,
    ) -> None:
        self._asking = asking
        self._review = review
        self._writers = review.writers if review else Writers("")
        self._models_of = models
        self._live = live
        self._renamed = renamed or {}
        self._access = Access(token)
        self._files = StaticFiles()
        self._pages = Pages(self._files, names)

    def routes(self) -> list[BaseRoute]:
        pages = [Route(address, self._shown(name)) for name, address in PAGES.items()]
        return [
            *pages,
            *(self._review.routes() if self._review else ()),
            Route("/sign-in", self._sign_in, methods=["GET", "POST"]),
            Route("/files/{state}/{path:path}", self._files.answer),
            Route("/api/live", self._guarded(self._now)),
            Route("/api/overview", self._guarded(self._overview)),
            Route("/api/operations", self._guarded(self._operations)),
            Route("/api/accuracy", self._guarded(self._accuracy)),
            Route("/api/models", self._guarded(self._models)),
            Route("/api/tickets", self._guarded(self._tickets)),
            Route("/api/ticket", self._guarded(self._ticket)),
        ]

    def _lets_in(self, request: Request) -> bool:
        """Whether this visitor may look: who may judge may."""
        return self._access.lets_in(request) or self._writers.session(request) is not None

    def _shown(self, name: str) -> Endpoint:
        async def show(request: Request) -> Response:
            if self._lets_in(request):
                values = self._review.values(request) if self._review else UNSET
                return self._pages.page(request, name, **(values if name == "review" else {}))
            return self._pages.page(request, "sign_in", 401, wrong=False, back=_here(request))

        return show

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return self._pages.page(request, "sign_in", wrong=False, back="/")
        typed = parse_qs((await read(request, _MOST_TYPED))[:_MOST_TYPED].decode(errors="replace"))
        back = _own_address(typed.get("back", ["/"])[0])
        token = typed.get("token", [""])[0].strip()
        judges = self._writers.is_token(token)
        if not judges and not self._access.is_token(token):
            return self._pages.page(request, "sign_in", 401, wrong=True, back=back)
        response = RedirectResponse(back, 303)
        if judges:
            self._writers.remember(request, response)
        if self._access.is_token(token):
            self._access.remember(request, response)
        return response

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            if self._lets_in(request):
                return await endpoint(request)
            return JSONResponse(
                {"problem": "sign_in", "detail": "HTTP_TOKEN is set: sign in, or send it as Bearer."}, 401
            )

        return answer

    async def _now(self, _: Request) -> Response:
        return JSONResponse((await run_in_threadpool(self._live))._asdict())

    async def _overview(self, request: Request) -> Response:
        minutes = _chosen(request, "minutes", figures.SLICES_S, 60)
        return _json(
            await self._asking.ask(("overview", minutes), lambda client: figures.overview(client, minutes), KEEP_S)
        )

    async def _operations(self, request: Request) -> Response:
        minutes = _chosen(request, "minutes", figures.SLICES_S, 60)
        return _json(
            await self._asking.ask(("operations", minutes), lambda client: figures.operations(client, minutes), KEEP_S)
        )

    async def _accuracy(self, request: Request) -> Response:
        days = _chosen(request, "days", figures.DAYS, 30)
        found = await self._asking.ask(
            ("accuracy", days), lambda client: judged(client, days, self._renamed), KEEP_ACCURACY_S
        )
        return _json(found)

    async def _models(self, request: Request) -> Response:
        days = _chosen(request, "days", figures.DAYS, 7)
        folder = await run_in_threadpool(read_models, self._models_of.folder)
        found = await self._asking.ask(
            ("models", days, folder.last_gate),
            lambda client: models_since(client, days, self._renamed, folder.last_gate, self._models_of.texts_kept_days),
            KEEP_ACCURACY_S,
        )
        return _json(found, {"folder": folder_figures(folder)})

    async def _tickets(self, request: Request) -> Response:
        beginning = request.query_params.get("beginning", "")[:_LONGEST_ID]
        return _json(
            await self._asking.ask(("tickets", beginning), lambda client: figures.tickets(client, beginning), KEEP_S)
        )

    async def _ticket(self, request: Request) -> Response:
        ticket_id = request.query_params.get("id", "")[:_LONGEST_ID]
        return _json(
            await self._asking.ask(("ticket", ticket_id), lambda client: figures.ticket(client, ticket_id), KEEP_S)
        )


def _json(found: Found, rest: Mapping[str, Any] | None = None) -> Response:
    """Answer with what was found; `rest` is what is known without ClickHouse, and told in any case."""
    if found.problem:
        return JSONResponse(figures.plain({"problem": found.problem, "detail": found.detail, "rest": rest}), 503)
    return JSONResponse(figures.plain(found.data | rest if rest else found.data))


def _chosen(request: Request, name: str, choices: Any, otherwise: int) -> int:
    """Return a number from the address if it is one of the choices."""
    given = request.query_params.get(name, "")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else otherwise
    return number if number in choices else otherwise


def _own_address(wanted: str) -> str:
    """Return the address to go to after signing in: only ever one of our pages."""
    path, _, query = wanted.partition("?")
    # Browsers read other characters as ends of lines or as slashes; a form of ours never sends them unescaped.
    return wanted if path in PAGES.values() and _PLAIN.fullmatch(query) else "/"


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
