"""The guest page and its parts, from the wheel: read once, then served from memory."""

import mimetypes
import secrets
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request
from starlette.responses import Response

from pair_ls.hub.problem import problem

router = APIRouter(include_in_schema=False)

_FOREVER = "public, max-age=31536000, immutable"
# Scripts and styles of our own only; what the page connects to is this hub.
_POLICY = (
    "default-src 'self'; script-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; "
    "style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)
_NOT_BUILT = "The guest page is not part of this installation. Join from an editor: pair-ls join LINK."


class PageFiles:
    """`assets` are named after their content, so they never change."""

    def __init__(self) -> None:
        folder = files("pair_ls.hub") / "page" / "dist"
        index = folder / "index.html"
        self.index = index.read_text(encoding="utf-8") if index.is_file() else None
        self.assets = _read_all(folder / "assets") if self.index is not None else {}


def _read_all(folder: Traversable) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@router.get("/")
@router.get("/r/{room_id}")
async def page(request: Request) -> Response:
    """One page for all rooms: which one stands in the address, the token behind the #."""
    files_of_page: PageFiles = request.state.page_files
    if files_of_page.index is None:
        return problem(404, "no-page", _NOT_BUILT)
    nonce = secrets.token_urlsafe(16)
    headers = {"Content-Security-Policy": _POLICY.format(nonce=nonce), "Cache-Control": "no-cache"}
    return Response(files_of_page.index.replace("{{nonce}}", nonce), headers=headers, media_type="text/html")


@router.get("/assets/{name}")
async def asset(name: str, request: Request) -> Response:
    """A part of the page, packed if the browser can unpack it."""
    assets = request.state.page_files.assets
    packed = assets.get(f"{name}.gz") if "gzip" in request.headers.get("accept-encoding", "") else None
    body = packed if packed is not None else assets.get(name)
    if body is None:
        return problem(404, "not-found", "There is no such file.")
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=mimetypes.guess_type(name)[0] or "application/octet-stream")
