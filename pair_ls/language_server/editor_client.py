"""What the language server says to the editor. Nothing here waits for the editor to read."""

import json
from typing import Any

from pair_ls.language_server.convert import OWN_REQUEST_PREFIX
from pair_ls.language_server.transport import Writer, framed

ERROR, WARNING, INFORMATION = 1, 2, 3
"""LSP MessageType."""


class EditorClient:
    """Sends messages to the editor in the order of the calls.

    Requests that need no answer, or whose answer comes to `Dispatcher` by our own ids, go around pygls.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._last_request = 0

    def send(self, body: bytes) -> None:
        """One finished message."""
        self._writer.write(framed(body))

    def notify(self, method: str, params: Any) -> None:
        """A notification; `params` is LSP JSON."""
        self.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}, separators=(",", ":")).encode())

    def notify_if_reading(self, method: str, params: Any) -> None:
        """A notification that is left out while the editor does not read: the next one says it all again."""
        if not self._writer.is_congested:
            self.notify(method, params)

    def request(self, request_id: str, method: str, params: Any = None) -> None:
        """A request with one of our ids."""
        message = {"jsonrpc": "2.0", "id": request_id, "method": method}
        if params is not None:
            message["params"] = params
        self.send(json.dumps(message, separators=(",", ":")).encode())

    def show_message(self, message: str, kind: int) -> None:
        """window/showMessage: one sentence for the person."""
        self.notify("window/showMessage", {"type": kind, "message": message})

    def refresh_inlay_hints(self) -> None:
        """Ask the editor to ask for inlay hints again; whatever it answers is of no interest."""
        if not self._writer.is_congested:
            self.request(self._new_id("refresh"), "workspace/inlayHint/refresh")

    def show_document(self, uri: str, line: int) -> str:
        """Bring a file and a line (from 0) before the user's eyes; the id of the request."""
        start = {"line": line, "character": 0}
        params = {"uri": uri, "takeFocus": True, "selection": {"start": start, "end": start}}
        request_id = self._new_id("show")
        self.request(request_id, "window/showDocument", params)
        return request_id

    def begin_progress(self, title: str) -> str:
        """Show that something takes time; the token to end it with."""
        token = self._new_id("progress")
        self.request(token, "window/workDoneProgress/create", {"token": token})
        self.notify("$/progress", {"token": token, "value": {"kind": "begin", "title": title}})
        return token

    def report_progress(self, token: str, message: str, percentage: int) -> None:
        """How far it has come."""
        value = {"kind": "report", "message": message, "percentage": percentage}
        if not self._writer.is_congested:
            self.notify("$/progress", {"token": token, "value": value})

    def end_progress(self, token: str) -> None:
        """It is done."""
        self.notify("$/progress", {"token": token, "value": {"kind": "end"}})

    def _new_id(self, kind: str) -> str:
        self._last_request += 1
        return f"{OWN_REQUEST_PREFIX}{kind}-{self._last_request}"
