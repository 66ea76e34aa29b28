"""A long join is shown as progress; a quick one is not worth it."""

import asyncio

from pair_ls.language_server.alarm import Alarm
from pair_ls.language_server.editor_client import EditorClient

PATIENCE_SECONDS = 0.5


class Progress:
    """Shown while documents are on their way from the hub for longer than a moment."""

    def __init__(self, editor: EditorClient, loop: asyncio.AbstractEventLoop) -> None:
        self.is_shown = False  # whether the editor can show it
        self._editor = editor
        self._loop = loop
        self._is_hub_expected = False
        self._waiting: set[str] = set()
        self._token: str | None = None
        self._alarm = Alarm(loop, self._begin)

    def hub_expected(self) -> None:
        """The hub is there, or about to be."""
        self._is_hub_expected = True

    def hub_lost(self) -> None:
        """Whatever is on its way does not come soon."""
        self._is_hub_expected = False
        self._stop()

    def started(self, uri: str) -> None:
        """This document was asked for."""
        if not self._is_hub_expected:
            return
        self._waiting.add(uri)
        if self._token is None:
            self._alarm.set_earliest(self._loop.time() + PATIENCE_SECONDS)

    def done(self, uri: str) -> None:
        """This document is here, or no longer wanted."""
        self._waiting.discard(uri)
        if not self._waiting:
            self._stop()

    def _stop(self) -> None:
        self._waiting.clear()
        self._alarm.stop()
        if self._token is not None:
            self._editor.end_progress(self._token)
            self._token = None

    def _begin(self) -> None:
        if self.is_shown:
            self._token = self._editor.begin_progress("pair-ls: joining the room")
