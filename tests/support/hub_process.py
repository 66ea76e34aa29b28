"""A real `pair-ls hub` on a free port of the loopback, with a data folder of its own."""

import io
import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError

from tests.support.processes import PAIR_LS, ChildProcess, free_port

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class HubProcess:
    """Started by `with HubProcess(folder) as hub`; kill9() and restart() keep port and data folder.

    `database_url` None: SQLite in the data folder. `arguments`: further flags of `pair-ls hub`. `extra`: environment.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str | None = None,
        arguments: Sequence[str] = (),
        extra: dict[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.websocket_url = f"ws://127.0.0.1:{self.port}"
        self.extra = extra or {}
        self.database_url = database_url
        self.arguments = arguments
        self.child: ChildProcess | None = None

    def command(self) -> list[str]:
        database = [] if self.database_url is None else ["--database-url", self.database_url]
        place = ["--host", "127.0.0.1", "--port", str(self.port), "--data-dir", str(self.folder / "data")]
        return [*PAIR_LS, "hub", *place, *database, *self.arguments]

    def spawn(self) -> ChildProcess:
        """Start without waiting until it answers: for tests of a hub that does not come up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.child = ChildProcess(self.command(), folder=self.folder, name="hub", extra=self.extra)
        return self.child

    def start(self, seconds: float = 30.0) -> Self:
        """Start and wait until GET /healthz answers 200."""
        self.spawn().wait_until(self.is_healthy, what="GET /healthz answers", seconds=seconds)
        return self

    def is_healthy(self) -> bool:
        try:
            with OPENER.open(f"{self.url}/healthz", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def request(self, method: str, path: str, body: object = None, *, token: str | None = None) -> Any:
        """One JSON request; the decoded answer (a dictionary of the REST API, so `Any`). HTTP errors are raised."""
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        try:
            with OPENER.open(request, timeout=10) as response:
                return json.loads(response.read() or b"null")
        except HTTPError as error:  # which holds its socket until somebody reads it
            with error:
                body = io.BytesIO(error.read())
            raise HTTPError(error.url, error.code, error.msg, error.headers, body) from None

    def create_room(self, **fields: object) -> Any:
        """POST /api/rooms; the answer has roomId, token, links."""
        return self.request("POST", "/api/rooms", fields)

    @property
    def process_id(self) -> int:
        return self._running().process.pid

    def stderr(self) -> str:
        return self._running().stderr()

    def stdout(self) -> str:
        return self._running().stdout()

    def kill9(self) -> None:
        self._running().kill9()

    def stop(self) -> int:
        """Asked politely (SIGTERM); the exit code."""
        return self._running().stop()

    def restart(self) -> None:
        """Stop if it still runs, and start again on the same port and data."""
        self.stop()
        self.start()

    def _running(self) -> ChildProcess:
        assert self.child is not None, "the hub was not started"
        return self.child

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.child is not None:
            self.child.stop()
