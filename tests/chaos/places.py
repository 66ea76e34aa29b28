"""Where a hub keeps its rooms while it is being killed: SQLite, or a PostgreSQL of its own that can be killed too."""

import contextlib
import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.chaos.stored import read_text
from tests.support.hub_process import HubProcess
from tests.support.postgres import PostgresServer

# The harness types faster than people do, and makes many rooms.
_LIMITS = ("--limits-rooms-per-hour", "100000", "--limits-updates-per-second", "100000")


class HastyHub(HubProcess):
    """A hub with the fault that all this must find: it acknowledges before the commit (tests/chaos/hasty_hub.py)."""

    def command(self) -> list[str]:
        ours = super().command()
        return [sys.executable, "-m", "tests.chaos.hasty_hub", *ours[ours.index("hub") :]]


class Place:
    """A hub and its store. `is_hasty`: the negative control."""

    def __init__(self, *, on_postgresql: bool, is_hasty: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pair-ls-chaos-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        self.database = PostgresServer(durable=True) if on_postgresql else None
        root = str(Path(__file__).resolve().parent.parent.parent)
        self.hub = (HastyHub if is_hasty else HubProcess)(
            self.folder,
            database_url=None if self.database is None else self.database.url(),
            arguments=_LIMITS,
            extra={"PYTHONPATH": root},
        )

    def stored_text(self, room_id: str, document_id: str) -> str:
        """See stored.read_text."""
        url = None if self.database is None else self.database.url()
        return read_text(url, self.folder / "data", room_id, document_id)

    def kill_database(self) -> None:
        """The whole tree at once: PostgreSQL's children have sessions of their own."""
        for process in self._tree():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        assert self.database is not None
        self.database.kill9()

    def return_database(self) -> None:
        """After kill_database."""
        assert self.database is not None
        self.database.restart()

    @contextlib.contextmanager
    def frozen_database(self) -> Iterator[None]:
        """It neither answers nor hangs up."""
        tree = self._tree()
        for process in tree:
            process.suspend()
        try:
            yield
        finally:
            for process in tree:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def choose(self, target: str, dice: random.Random) -> str:
        """What is killed next."""
        return dice.choice(("hub", "database")) if target == "either" else target

    def _tree(self) -> list[psutil.Process]:
        assert self.database is not None
        assert self.database.child is not None
        main = psutil.Process(self.database.child.process.pid)
        return [main, *main.children(recursive=True)]

    def __enter__(self) -> Self:
        try:
            if self.database is not None:
                self.database.__enter__()
            self.hub.__enter__()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hub.__exit__(kind, error, trace)
        if self.database is not None:
            self.database.__exit__(kind, error, trace)
        self._folder.cleanup()
