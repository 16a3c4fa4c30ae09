"""Serves pictures by what they are: `/blob/{sha256}` to look at, `/blob/{sha256}/download` to keep."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from workbench import errors

SHA256 = re.compile(r"[0-9a-f]{64}\Z")
#: what a download is called at most, in characters, so that every file system takes it
LONGEST_NAME = 150
EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "application/json": ".json",
    "application/zip": ".zip",
}


class Blob(Protocol):
    """What the database knows about stored bytes."""

    @property
    def media_type(self) -> str: ...

    @property
    def erased_at(self) -> datetime | None: ...


#: where the bytes of a blob lie, given its sha256 and, for a download, the header that names it: a file, the bytes
#: themselves, or an address that serves them
Source = Callable[[str, str], Path | bytes | str]


def blobs(find: Callable[[str], Blob | None], source: Source) -> list[Route]:
    """The routes, given how to find a blob's row and where its bytes lie.

    The endpoints are plain functions, which Starlette runs in its thread pool: the database is never asked on the
    event loop. Whoever reaches them was let in by the middleware.
    """

    def show(request: Request) -> Response:
        return _answer(request, find, source)

    def download(request: Request) -> Response:
        return _answer(request, find, source, name=request.query_params.get("name", ""))

    return [
        Route("/blob/{sha256}", show, methods=["GET", "HEAD"]),
        Route("/blob/{sha256}/download", download, methods=["GET", "HEAD"]),
    ]


def refuse(request: Request, error: Exception) -> Response:
    """Turns our own errors into a status; the sentence stays inside, since an image tag can't show it."""
    status = 404 if isinstance(error, errors.NotFound) else 503 if isinstance(error, errors.Unavailable) else 400
    return _empty(status)


def attachment(name: str, media_type: str) -> str:
    """A Content-Disposition header for `name` as a person typed it (RFC 6266, RFC 8187).

    Path separators, control and direction-changing characters go; the extension is the one of `media_type`.
    """
    plain = "".join("-" if c in '<>:"/\\|?*' else c for c in unicodedata.normalize("NFC", name) if c.isprintable())
    extension = EXTENSIONS.get(media_type, "")
    stem = plain.strip(" .")
    if extension and stem.lower().endswith(extension):
        stem = stem[: -len(extension)]
    stem = stem[:LONGEST_NAME].strip(" .") or "picture"
    full = stem + extension
    ascii_name = unicodedata.normalize("NFKD", full).encode("ascii", "ignore").decode().replace("%", "")
    if not ascii_name.removesuffix(extension).strip(" .-"):
        ascii_name = "picture" + extension
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(full, safe='')}"


def _answer(
    request: Request, find: Callable[[str], Blob | None], source: Source, *, name: str | None = None
) -> Response:
    sha256 = request.path_params["sha256"]
    blob = find(sha256) if SHA256.match(sha256) else None
    if blob is None or blob.erased_at is not None:
        return _empty(404)
    headers = {
        "ETag": f'"{sha256}"',
        # the address is the content, so it never changes; "private", because who may see it is decided per person
        "Cache-Control": "private, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if name is not None:
        headers["Content-Disposition"] = attachment(name, blob.media_type)
    if _has_it(request.headers.get("if-none-match", ""), sha256):
        return Response(status_code=304, headers=headers)
    found = source(sha256, headers.get("Content-Disposition", ""))
    if isinstance(found, str):
        # the address holds for minutes only, and for whoever asked
        return RedirectResponse(found, 307, headers={"Cache-Control": "no-store"})
    if isinstance(found, bytes):
        return Response(found, media_type=blob.media_type, headers=headers)
    try:
        stat = found.stat()
    except FileNotFoundError:
        return _empty(404)
    return FileResponse(found, media_type=blob.media_type, headers=headers, stat_result=stat)


def _has_it(if_none_match: str, sha256: str) -> bool:
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return any(tag in ("*", f'"{sha256}"') for tag in tags)


def _empty(status: int) -> Response:
    return PlainTextResponse("", status_code=status, headers={"Cache-Control": "no-store"})
