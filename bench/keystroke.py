"""From a key in one editor to the edit in the other, as a multiple of a bare websocket echo in the same run.

python -m bench.keystroke [KEYSTROKES]

Four processes work (two `pair-ls lsp`, a hub, a server that only echoes) and this one, which is both editors and measures. The
echo is asked between the keystrokes, so a noisy machine slows down both. To reach: p50 at most 4 times the echo's, at most
10 % more for 1 MB than for 10 kB, and at most 1.2 ms of processor time of both language servers for each keystroke.
"""

import asyncio
import json
import os
import random
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.sync.client import ClientConnection, connect

from tests.end_to_end.pair import share_and_join
from tests.support.hub_process import HubProcess
from tests.support.processes import PAIR_LS, clean_environment, free_port

SIZES = (10_000, 1_000_000)
KEYSTROKES = 1500
WARM_UP = 100
PAUSE_SECONDS = 0.002
PAYLOAD = 32
NAME = "text.py"


class Editor:
    """The least that an editor does, and nothing that waits: a pipe to `pair-ls lsp` and the version of one document."""

    def __init__(self, folder: Path) -> None:
        self.uri = (folder / NAME).as_uri()
        self.version = 1
        self._buffer = bytearray()
        with (folder.parent / f"{folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*PAIR_LS, "lsp"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=clean_environment({"PAIR_LS_CONFIG": str(folder / "none.toml")}),
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to_server = self.process.stdin.fileno()
        self._from_server = self.process.stdout.fileno()
        self.send({"id": 1, "method": "initialize", "params": {"rootUri": folder.as_uri(), "capabilities": {}}})
        self.receive()
        self.send({"method": "initialized", "params": {}})

    def send(self, message: dict[str, Any]) -> None:
        self.write(framed(message))

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._to_server, view) :]

    def receive(self, seconds: float = 20) -> Any:
        """The next message: JSON of the LSP."""
        while (message := self._cut()) is None:
            if not select.select([self._from_server], [], [], seconds)[0]:
                raise TimeoutError("the language server does not answer")
            self._buffer += os.read(self._from_server, 1 << 20)
        return message

    def open(self, text: str) -> None:
        item = {"uri": self.uri, "languageId": "python", "version": self.version, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})

    def wait_until_shared(self) -> None:
        """Asks for the status until the document is in step with the room and nothing waits."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            self.send({"id": 2, "method": "workspace/executeCommand", "params": {"command": "pair.status"}})
            while "result" not in (answer := self.receive()):
                self.follow(answer)
            status = answer["result"]
            if not status["unacknowledged"] and [one for one in status["documents"] if one["sharing"] == "bound"]:
                return
            time.sleep(0.02)
        raise TimeoutError(f"not shared: {status}")

    def keystroke(self, line: int, character: int) -> bytes:
        """The bytes of a didChange that types an x."""
        self.version += 1
        place = {"line": line, "character": character}
        change = {"range": {"start": place, "end": place}, "text": "x"}
        document = {"uri": self.uri, "version": self.version}
        return framed(
            {"method": "textDocument/didChange", "params": {"textDocument": document, "contentChanges": [change]}}
        )

    def follow(self, request: Any) -> None:
        """Apply an edit as a truthful editor does: answer, and report the change. All else is answered with nothing."""
        if request.get("method") != "workspace/applyEdit":
            if "id" in request:
                self.send({"id": request["id"], "result": None})
            return
        self.send({"id": request["id"], "result": {"applied": True}})
        (edit,) = request["params"]["edit"]["documentChanges"][0]["edits"]
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        changes = [{"range": edit["range"], "text": edit["newText"]}]
        self.send({"method": "textDocument/didChange", "params": {"textDocument": document, "contentChanges": changes}})

    def next_edit(self) -> Any:
        """The next applyEdit request."""
        while (message := self.receive()).get("method") != "workspace/applyEdit":
            self.follow(message)
        return message

    def cpu_seconds(self) -> float:
        """Of all threads, from the scheduler: finer than the ticks of /proc/PID/stat."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def _cut(self) -> Any:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        (line,) = [one for one in bytes(self._buffer[:end]).split(b"\r\n") if one.startswith(b"Content-Length:")]
        length = int(line.partition(b":")[2])
        if len(self._buffer) < end + 4 + length:
            return None
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        return json.loads(body)


def framed(message: dict[str, Any]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def document(size: int) -> str:
    """Lines of code, about so many characters."""
    line = "    result = combine(first, second, key=lambda item: item.name)\n"
    return line * (size // len(line))


def measure(size: int, keystrokes: int, hub: HubProcess, echo: ClientConnection, folder: Path) -> dict[str, float]:
    """One document size; times in milliseconds."""
    folder.mkdir()
    folders = share_and_join(folder, hub)
    text = document(size)
    editors = [Editor(folders.ada), Editor(folders.bob)]
    try:
        for editor in editors:
            editor.open(text)
            editor.wait_until_shared()
        return alternate(editors, echo, text.count("\n"), keystrokes)
    finally:
        for editor in editors:
            editor.stop()


def alternate(editors: list[Editor], echo: ClientConnection, lines: int, keystrokes: int) -> dict[str, float]:
    """The editors take turns in typing; after each keystroke its arrival is awaited, reported back, and an echo asked."""
    pick = random.Random(1)
    payload = os.urandom(PAYLOAD)
    keys: list[float] = []
    echoes: list[float] = []
    line, character, cpu_before = 0, 0, 0.0
    for number in range(WARM_UP + keystrokes):
        if number == WARM_UP:
            cpu_before = sum(editor.cpu_seconds() for editor in editors)
        begin = time.perf_counter()
        echo.send(payload)
        echo.recv()
        echoes.append(time.perf_counter() - begin)
        typist, reader = editors[number % 2], editors[1 - number % 2]
        if number % 20 == 0:
            line, character = pick.randrange(lines), 0
        data = typist.keystroke(line, character)
        begin = time.perf_counter()
        typist.write(data)
        request = reader.next_edit()
        keys.append(time.perf_counter() - begin)
        reader.follow(request)
        character += 1
        time.sleep(PAUSE_SECONDS)
    cpu = (sum(editor.cpu_seconds() for editor in editors) - cpu_before) / keystrokes
    keys, echoes = keys[WARM_UP:], echoes[WARM_UP:]
    return {
        "echo p50": statistics.median(echoes) * 1e3,
        "key p50": statistics.median(keys) * 1e3,
        "key p90": statistics.quantiles(keys, n=10)[-1] * 1e3,
        "key p99": statistics.quantiles(keys, n=100)[-1] * 1e3,
        "times echo": statistics.median(keys) / statistics.median(echoes),
        "cpu": cpu * 1e3,
    }


async def echo_server(port: int) -> None:
    """What `websockets` needs to send a message back, and nothing else."""

    async def answer(socket: ServerConnection) -> None:
        async for message in socket:
            await socket.send(message)

    async with serve(answer, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


def connected(port: int) -> ClientConnection:
    """A connection to the echo, once it listens."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return connect(f"ws://127.0.0.1:{port}", compression=None, proxy=None)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def main(arguments: list[str]) -> None:
    """Print the table."""
    if arguments[:1] == ["--echo"]:
        asyncio.run(echo_server(int(arguments[1])))
        return
    keystrokes = int(arguments[0]) if arguments else KEYSTROKES
    port = free_port()
    echo_process = subprocess.Popen([sys.executable, "-m", "bench.keystroke", "--echo", str(port)])
    try:
        with tempfile.TemporaryDirectory() as name, HubProcess(Path(name) / "hub") as hub, connected(port) as echo:
            print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {keystrokes} keystrokes per size")
            print(f"{'':10}{'echo p50':>10}{'key p50':>10}{'p90':>8}{'p99':>8}{'x echo':>8}{'CPU of both':>13}")
            ratios = []
            for size in SIZES:
                found = measure(size, keystrokes, hub, echo, Path(name) / str(size))
                ratios.append(found["times echo"])
                print(
                    f"{size // 1000:>7} kB{found['echo p50']:>7.2f} ms{found['key p50']:>7.2f} ms{found['key p90']:>8.2f}"
                    f"{found['key p99']:>8.2f}{found['times echo']:>8.2f}{found['cpu']:>10.2f} ms"
                )
            print(f"to reach: x echo <= 4, CPU <= 1.2 ms; growth with size {ratios[1] / ratios[0] - 1:+.0%} (<= +10 %)")
    finally:
        echo_process.kill()
        echo_process.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
