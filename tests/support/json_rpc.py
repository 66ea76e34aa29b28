"""JSON-RPC with the LSP's base protocol, over the stdin and stdout of a real `pair-ls lsp`."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.processes import PAIR_LS, STOP_SECONDS, clean_environment

# Messages are JSON as the LSP describes it; a test looks into them with the keys of the specification, so `Any`.
LONGEST_LINE = 64 << 20


class ResponseError(Exception):
    """The server answered a request with an error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error.get("message", ""))
        self.code = error.get("code")
        self.data = error.get("data")


class LanguageServerProcess:
    """The process and its messages. `on_request` answers the server's requests, notifications go to `on_notification`.

    Both are plain functions, called in the order in which the messages came.
    """

    def __init__(self, process: asyncio.subprocess.Process, stderr_path: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self.stderr_path = stderr_path
        self.on_request: Callable[[str, Any], Any] = lambda method, params: None
        self.on_notification: Callable[[str, Any], None] = lambda method, params: None
        self.after_answer: list[Callable[[], None]] = []
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls,
        *,
        log_folder: Path,
        name: str = "lsp",
        arguments: Sequence[str] = (),
        extra: Mapping[str, str] | None = None,
    ) -> "LanguageServerProcess":
        """`pair-ls lsp` with its stderr in `log_folder`, with nobody's personal configuration."""
        log_folder.mkdir(parents=True, exist_ok=True)
        stderr_path = log_folder / f"{name}.stderr"
        personal = {"PAIR_LS_CONFIG": str(log_folder / "config.toml")}
        with stderr_path.open("ab") as stderr:
            process = await asyncio.create_subprocess_exec(
                *[*PAIR_LS, "lsp", "--stdio", *arguments],
                env=clean_environment({**personal, **(extra or {})}),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                limit=LONGEST_LINE,
                start_new_session=True,
            )
        return cls(process, stderr_path)

    def notify(self, method: str, params: object) -> None:
        """Queued for writing; see `drain`."""
        self._write({"method": method, "params": params})

    async def request(self, method: str, params: object, *, seconds: float = 30) -> Any:
        """The result; ResponseError where the server refuses."""
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self._write({"id": number, "method": method, "params": params})
        async with asyncio.timeout(seconds):
            return await answer

    async def drain(self) -> None:
        """Wait until the server has read most of what was written."""
        await self._stdin.drain()

    def stderr(self) -> str:
        return self.stderr_path.read_text(encoding="utf-8", errors="replace")

    async def stop(self) -> int:
        """As an editor ends a server: shutdown, exit; killed when it does not go. The exit code."""
        with contextlib.suppress(TimeoutError, ConnectionError, ResponseError, RuntimeError):
            await self.request("shutdown", None, seconds=STOP_SECONDS)
            self.notify("exit", None)
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        return await self.kill9()

    async def kill9(self) -> int:
        """SIGKILL to its process group, and reaped. The exit code it ended with."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        code = await self.process.wait()
        await asyncio.wait([self._reader], timeout=STOP_SECONDS)
        self._stdin.close()
        return code

    def _write(self, message: dict[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False, separators=(",", ":")).encode()
        self._stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def _read(self) -> None:
        """Until the server closes its stdout; then every open request fails."""
        try:
            while True:
                header = await self._stdout.readuntil(b"\r\n\r\n")
                lengths = [line for line in header.split(b"\r\n") if line.lower().startswith(b"content-length:")]
                self._take(json.loads(await self._stdout.readexactly(int(lengths[0].partition(b":")[2]))))
        except asyncio.IncompleteReadError:
            gone = RuntimeError(f"the language server closed its stdout:\n{self.stderr()[-4000:]}")
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(gone)

    def _take(self, message: Any) -> None:
        if "method" not in message:
            self._settle(message)
        elif "id" in message:
            result = self.on_request(message["method"], message.get("params"))
            self._write({"id": message["id"], "result": result})
            after, self.after_answer = self.after_answer, []
            for act in after:
                act()
        else:
            self.on_notification(message["method"], message.get("params"))

    def _settle(self, message: Any) -> None:
        answer = self._waiting.pop(message["id"])
        if answer.done():
            return
        if "error" in message:
            answer.set_exception(ResponseError(message["error"]))
        else:
            answer.set_result(message.get("result"))


async def until(condition: Callable[[], bool], *, what: str, seconds: float = 20) -> None:
    """Let everything run until the condition holds, at most `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.005)
    except TimeoutError as error:
        raise TimeoutError(f"waited {seconds:g} s in vain for {what}") from error
