"""Bodies of requests, read no further than they may be long."""

from starlette.requests import Request


async def read(request: Request, most: int) -> bytes:
    """Return the body; of one that is longer than `most` bytes, its beginning and one byte more."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            break
    return body[: most + 1]
