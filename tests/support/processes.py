"""Real child processes for tests: output in files, waited for with a deadline, killed and reaped in any case.

Never pipes: a full one stops the child, and a child that outlives its test holds the runner's own pipe open.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PAIR_LS = (sys.executable, "-m", "pair_ls")
START_SECONDS = 30.0
STOP_SECONDS = 10.0


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], *, what: str, seconds: float = START_SECONDS) -> None:
    """Ask again and again, at most `seconds`; the failure says what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.01)


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without any setting of pair_ls or of an engine: a test says what it sets."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PAIR_LS_", "OPENAI_"))}
    return {**kept, "PYTHONUNBUFFERED": "1", **(extra or {})}


class ChildProcess:
    """One child with stdout and stderr in `folder`; use it in a `with`."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        name: str,
        extra: Mapping[str, str] | None = None,
        user: int | None = None,
        group: int | None = None,
    ) -> None:
        self.name = name
        self.stdout_path = folder / f"{name}.stdout"
        self.stderr_path = folder / f"{name}.stderr"
        with self.stdout_path.open("ab") as stdout, self.stderr_path.open("ab") as stderr:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env=clean_environment(extra),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=None if user is None else [],
            )

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def stdout(self) -> str:
        return self.stdout_path.read_text(encoding="utf-8", errors="replace")

    def stderr(self) -> str:
        return self.stderr_path.read_text(encoding="utf-8", errors="replace")

    def wait_until(self, condition: Callable[[], bool], *, what: str, seconds: float = START_SECONDS) -> None:
        """Like `wait_until`, but a child that ended meanwhile fails at once, with its last words."""

        def met_or_ended() -> bool:
            if condition():
                return True
            if not self.is_running:
                raise RuntimeError(
                    f"{self.name} ended with {self.process.returncode} before {what}:\n{self.stderr()[-4000:]}"
                )
            return False

        wait_until(met_or_ended, what=f"{what} ({self.name})", seconds=seconds)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """The exit code, of a child that should end by itself."""
        return self.process.wait(seconds)

    def send_signal(self, number: signal.Signals) -> None:
        """To the child and to what it started (its process group)."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def kill9(self) -> None:
        """SIGKILL, and reaped: nothing it did not make durable survives."""
        self.send_signal(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Asked politely, killed when it does not listen; the exit code."""
        if self.is_running:
            self.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.kill9()
        return self.process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
