"""Where a message from the editor goes: the two kinds that typing consists of to the workspace, all else to pygls.

Handlers here run in the event loop, in arrival order, and never wait: a didChange sees the text that the one before
it left.
"""

import json
import logging
from collections.abc import Callable
from typing import Any, Protocol

from pair_ls.language_server.convert import OWN_REQUEST_PREFIX, DidChange, did_change

log = logging.getLogger(__name__)


class TypingHandler(Protocol):
    """Who takes the messages of typing."""

    def editor_changed(self, message: DidChange) -> None:
        """A didChange came."""
        ...

    def request_answered(self, request_id: str, message: dict[str, Any]) -> None:
        """The answer to a request of ours came: `message` has `result` or `error`."""
        ...


class Dispatcher:
    """Reads message bodies. One bad message costs that message, not the session."""

    def __init__(self, typing: TypingHandler, rest: Callable[[dict[str, Any]], None]) -> None:
        self._typing = typing
        self._rest = rest

    def receive(self, body: bytes) -> None:
        """Handle one message body."""
        try:
            message = json.loads(text_of(body))
        except ValueError:
            log.error("skipped a message of %d bytes that is not JSON", len(body))
            return
        if isinstance(message, dict):
            self._dispatch(message)
        else:
            log.error("skipped a message of %d bytes that is not an object", len(body))

    def _dispatch(self, message: dict[str, Any]) -> None:
        try:
            self._route(message)
        except Exception:  # the edge: one handler's failure must not end the editor's session
            log.exception("a handler failed for %s", message.get("method", "an answer"))

    def _route(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method == "textDocument/didChange":
            self._typing.editor_changed(did_change(message["params"]))
            return
        request_id = message.get("id")
        if method is None and isinstance(request_id, str) and request_id.startswith(OWN_REQUEST_PREFIX):
            self._typing.request_answered(request_id, message)
            return
        self._rest(message)


def text_of(body: bytes) -> str:
    """The body as text. Broken UTF-8 does not end the session: half a surrogate pair stays, the rest becomes U+FFFD."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        pass
    try:
        return body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        log.error("a message of %d bytes is not UTF-8", len(body))
        return body.decode("utf-8", "replace")
