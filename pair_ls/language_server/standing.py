"""Where the language server stands with its hub, and when that is worth a sentence to the user."""

import asyncio
import time

from pair_ls.errors import PairError
from pair_ls.language_server.alarm import Alarm
from pair_ls.language_server.editor_client import ERROR, WARNING, EditorClient
from pair_ls.language_server.status import HubState

PATIENCE_SECONDS = 3.0
"""A hub that is back sooner (a restart) is not worth a message."""


class Standing:
    """`since` is when the present state began, in seconds since 1970."""

    def __init__(self, editor: EditorClient, loop: asyncio.AbstractEventLoop) -> None:
        self.state = HubState.NONE
        self.since: float | None = None
        self.problem: str | None = None
        self._hub_url = ""
        self._editor = editor
        self._loop = loop
        self._outage_alarm = Alarm(loop, self._tell_outage)

    def entered(self, hub_url: str) -> None:
        """A room was entered; its hub is asked for."""
        self._hub_url = hub_url
        self._become(HubState.CONNECTING)

    def left(self) -> None:
        """In no room any more."""
        self._outage_alarm.stop()
        self._become(HubState.NONE)

    def connected(self) -> None:
        """The hub is there (again)."""
        self._outage_alarm.stop()
        self._become(HubState.CONNECTED)

    def lost(self) -> None:
        """The hub is not there. Told at once if it never was, else when it stays away; once per outage."""
        if self.state is HubState.CONNECTED:
            self._outage_alarm.set_earliest(self._loop.time() + PATIENCE_SECONDS)
        elif self.state is HubState.CONNECTING:
            self._tell_outage()
        if self.state is not HubState.OFFLINE:
            self._become(HubState.OFFLINE)

    def refused(self, error: PairError) -> None:
        """The hub said no. Work goes on, alone."""
        self._outage_alarm.stop()
        self.problem = error.message
        self._become(HubState.REFUSED)
        self._editor.show_message(f"pair-ls: {error.message} [{error.code}]", ERROR)

    def _become(self, state: HubState) -> None:
        self.state = state
        self.since = time.time()

    def _tell_outage(self) -> None:
        self._editor.show_message(
            f"pair-ls: the hub at {self._hub_url} does not answer. You can go on working; your edits are merged when it"
            " is back. [hub-unreachable]",
            WARNING,
        )
