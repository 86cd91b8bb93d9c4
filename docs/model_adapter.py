"""Puts a model that takes one ticket a call behind ticketstream's API: python model_adapter.py UPSTREAM_URL PORT."""

# ruff: noqa: INP001 - a file to copy, part of no package.

import asyncio
import sys
from collections import Counter
from typing import Any

import urllib3
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

MODEL = "upstream-1"  # Name the upstream model's version here: reports compare models by it.
LABELS = {  # The upstream model's labels in the words of the taxonomy. Others pass through as categories.
    "late-payment": ("billing", "payment_issue"),
    "double-charge": ("billing", "transaction_charged_twice"),
    "stolen-card": ("security", "lost_or_stolen_card"),
}


def translate(scored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """P(category) is the sum over its labels; P(subcategory given the category) the best label's share of it."""
    totals: Counter[str] = Counter()
    best: dict[str, tuple[float, str | None]] = {}
    for item in scored:
        category, subcategory = LABELS.get(item["name"], (item["name"], None))
        totals[category] += item["score"]
        best[category] = max(best.get(category, (0.0, None)), (item["score"], subcategory), key=lambda pair: pair[0])
    return [
        {
            "category": category,
            "confidence": min(total, 1.0),
            "subcategory": best[category][1],
            "subcategory_confidence": best[category][0] / total if best[category][1] else None,
        }
        for category, total in totals.most_common()
    ]


def ask(pool: urllib3.PoolManager, url: str, ticket: dict[str, Any]) -> list[dict[str, Any]]:
    """One call upstream; what it refuses is refused with its own status and Retry-After."""
    try:
        reply = pool.request("POST", url, json={"text": f"{ticket['subject']}\n{ticket['description']}"})
    except urllib3.exceptions.HTTPError as error:
        raise HTTPException(503, "upstream cannot be reached") from error
    if reply.status != 200:
        wait = reply.headers.get("Retry-After")
        raise HTTPException(reply.status, "refused upstream", headers={"Retry-After": wait} if wait else None)
    return translate(reply.json()["labels"])


def create_app(upstream_url: str) -> Starlette:
    """The batch API; the tickets of a batch are asked about at the same time."""
    pool = urllib3.PoolManager(maxsize=32, retries=False, timeout=8.0)

    async def classify(request: Request) -> JSONResponse:
        body = await request.json()
        tickets = body["tickets"]
        answers = await asyncio.gather(*(run_in_threadpool(ask, pool, upstream_url, ticket) for ticket in tickets))
        predictions = [
            {"id": ticket["id"], "labels": labels[: body.get("top_k", 3)]}
            for ticket, labels in zip(tickets, answers, strict=True)
        ]
        return JSONResponse({"model": MODEL, "predictions": predictions})

    return Starlette(routes=[Route("/", classify, methods=["POST"])])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    uvicorn.run(create_app(sys.argv[1]), port=int(sys.argv[2]))
