"""The scoreboard page: files read once at the start, so that no path of a request ever meets the disk."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

#: Where the page is built in a source tree.
BUILT = Path(__file__).resolve().parent.parent / "clients" / "web" / "dist"

_HASHED = re.compile(r"[.-][A-Za-z0-9_]{8,}\.\w+$")
_MAX_FILE_BYTES = 16 << 20


class PageFile(NamedTuple):
    """A file as it is served."""

    body: bytes
    content_type: str
    etag: str
    cache_control: str


def read(folder: Path) -> dict[str, PageFile]:
    """Return the files of a folder by their path in URLs; none when there is no folder."""
    files: dict[str, PageFile] = {}
    if not folder.is_dir():
        return files
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size <= _MAX_FILE_BYTES:
            files[path.relative_to(folder).as_posix()] = _file(path)
    return files


def add_routes(app: web.Application, files: dict[str, PageFile]) -> None:
    """Serve the page at `/`."""

    async def serve(request: web.Request) -> web.Response:
        name = request.match_info.get("name", "") or "index.html"
        found = files.get(name)
        if found is None:
            raise web.HTTPNotFound
        headers = {"ETag": f'"{found.etag}"', "Cache-Control": found.cache_control}
        if any(tag.value in (found.etag, "*") for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = found.content_type
        headers["X-Content-Type-Options"] = "nosniff"
        return web.Response(body=found.body, headers=headers)

    app.router.add_get("/", serve)
    app.router.add_get("/{name:[A-Za-z0-9_][A-Za-z0-9_./-]*}", serve)


def _file(path: Path) -> PageFile:
    body = path.read_bytes()
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if guessed.startswith("text/") or guessed in ("application/javascript", "application/json"):
        guessed += "; charset=utf-8"
    # A build names a file after its content, so a hashed one never changes.
    lasting = _HASHED.search(path.name) is not None
    cache = "public, max-age=31536000, immutable" if lasting else "no-cache"
    return PageFile(body, guessed, hashlib.sha256(body).hexdigest()[:20], cache)
