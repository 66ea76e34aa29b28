"""What every HTTP request must pass before the app sees it: our own name, a JSON body, and not too much of it."""

import contextlib

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pair_ls.hub.origins import Origins
from pair_ls.hub.problem import problem

_WITH_BODY = ("POST", "PUT", "PATCH")
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


class _TooLarge(Exception):
    """The body is longer than it said, or than it may be."""


class Border:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, origins: Origins, most_bytes: int) -> None:
        self._app = app
        self._origins = origins
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers what may not pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            await problem(*refusal)(scope, receive, send)
            return
        counted = _Counted(receive, self._most_bytes)
        with contextlib.suppress(_TooLarge):
            await self._app(scope, counted.receive, counted.unless_too_large(_with_headers(send)))
        if counted.is_too_large:
            await problem(*self._too_large())(scope, receive, _with_headers(send))

    def _refusal(self, method: str, headers: Headers) -> tuple[int, str, str] | None:
        if not self._origins.is_ours(headers.get("host", "")):
            return 421, "foreign-host", "This hub serves this machine only, and not under that name."
        if method not in _WITH_BODY:
            return None
        if not self._origins.is_allowed(headers.get("origin"), headers.get("host", "")):
            return 403, "foreign-origin", "Pages of this origin may not use this hub."
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return 415, "wrong-content-type", "The request needs the header Content-Type: application/json."
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._most_bytes:
            return self._too_large()
        return None

    def _too_large(self) -> tuple[int, str, str]:
        return 413, "too-large", f"A request may have at most {self._most_bytes} bytes."


class _Counted:
    """A body that comes in pieces. What the app makes of one that ends too early is not sent."""

    def __init__(self, receive: Receive, most_bytes: int) -> None:
        self._receive = receive
        self._left = most_bytes
        self.is_too_large = False

    async def receive(self) -> Message:
        """The next piece. Raises _TooLarge."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.is_too_large = True
            raise _TooLarge
        return message

    def unless_too_large(self, send: Send) -> Send:
        """Drops what is sent from then on."""

        async def send_if_fine(message: Message) -> None:
            if not self.is_too_large:
                await send(message)

        return send_if_fine


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *SECURITY_HEADERS]
        await send(message)

    return with_headers
